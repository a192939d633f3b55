"""Issue 3 item 4: trusted documents, by id or whole, for clients that are bound to them and for those that are not."""

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.clients import add_client, lock_client
from auth.tokens import Admitted
from hub.settings import Settings
from hub.store.documents import EVERYBODY, TrustedDocuments, add_document, hash_of, remove_document
from hub.store.pools import Database
from hub.viewer import PartyKind
from infra.asgi import create_app
from infra.edge.operations import Operation
from infra.edge.requests import request_of
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret
from schema.budget import Budget
from schema.graph import Graph, Request
from tests.infra.edge.conftest import FakeAuthority
from tests.infra.running import hub
from tests.infra.test_cli import refused
from tests.schema.untouched import Untouched, codes, graph_on, viewer

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def fresh_document() -> str:
    """A document nobody has seen."""
    return f"query Q{uuid4().hex} {{ viewer {{ kind }} }}"


@dataclass
class Desk:
    """A client, the documents of one process, and a front door over a database that counts."""

    engine: AsyncEngine
    client: str
    trusted: TrustedDocuments
    untouched: Untouched
    graph: Graph
    now: float = 0.0

    async def trust(self, text: str, client: str | None = None) -> str:
        """Register a document and let the five seconds pass."""
        async with self.engine.begin() as connection:
            assert await add_document(connection, text, "test", client or self.client, NOW)
        self.now += 5
        return hash_of(text)

    async def lock(self, *, locked: bool) -> None:
        """Bind the client, or let it go, and let the five seconds pass."""
        async with self.engine.begin() as connection:
            await lock_client(connection, self.client, locked=locked)
        self.now += 5

    async def ask(self, document: str, client: str | None = None) -> tuple[int, list[str]]:
        """Status and codes of one answer."""
        answer = await self.graph.answer(viewer(client or self.client), Request(document))
        return answer.status, codes(answer)


@pytest.fixture
async def desk(database: Database) -> Desk:
    """A new employer's client on the shared database."""
    engine = database.engine("hub_auth")
    async with engine.begin() as connection:
        made = await add_client(connection, party=uuid4(), kind=PartyKind.EMPLOYER, organisation=uuid4(), name="test", now=NOW)
    found: list[Desk] = []
    trusted = TrustedDocuments(engine, lambda: found[0].now)
    untouched = Untouched()
    found.append(Desk(engine, made.client_id, trusted, untouched, graph_on(untouched, trusted=trusted)))
    return found[0]


async def test_a_bound_client_sends_its_trusted_documents_and_nothing_else(desk: Desk) -> None:
    mine, everybodys, other = fresh_document(), fresh_document(), fresh_document()
    await desk.trust(mine)
    await desk.trust(everybodys, EVERYBODY)
    await desk.trust(other, "cli_another")
    assert await desk.ask(fresh_document()) == (200, [])
    await desk.lock(locked=True)
    asked = desk.untouched.reads
    for document in (fresh_document(), other, mine + " ", f"#\n{mine}", "", "{", "{ __typename }"):
        assert await desk.ask(document) == (403, ["DOCUMENT_NOT_TRUSTED"]), document
    assert desk.untouched.reads == asked
    assert await desk.ask(mine) == await desk.ask(everybodys) == (200, [])
    assert await desk.ask(fresh_document(), "cli_unbound") == (200, [])
    await desk.lock(locked=False)
    assert await desk.ask(fresh_document()) == (200, [])


async def test_a_document_trusted_no_longer_is_refused_within_seconds(desk: Desk) -> None:
    mine = fresh_document()
    hash_ = await desk.trust(mine)
    await desk.lock(locked=True)
    assert await desk.ask(mine) == (200, [])
    async with desk.engine.begin() as connection:
        assert await remove_document(connection, hash_, "cli_another") == []
        assert await remove_document(connection, hash_) == [desk.client]
    assert await desk.ask(mine) == (200, [])
    desk.now += 5
    assert await desk.ask(mine) == (403, ["DOCUMENT_NOT_TRUSTED"])


async def test_requests_do_not_ask_the_database_for_documents(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reading in five seconds, and the texts only when they have changed."""
    mine = fresh_document()
    await desk.trust(mine)
    loads = []
    real = TrustedDocuments._load
    monkeypatch.setattr(TrustedDocuments, "_load", lambda self: loads.append(desk.now) or real(self))
    for _ in range(50):
        assert await desk.ask(mine) == (200, [])
    assert len(loads) == 1
    before = desk.trusted._texts
    desk.now += 5
    assert await desk.ask(mine) == (200, []) and len(loads) == 2 and desk.trusted._texts is before


async def test_a_bound_client_hears_no_stream_but_a_trusted_one(desk: Desk) -> None:
    await desk.lock(locked=True)
    with pytest.raises(Exception, match="DOCUMENT_NOT_TRUSTED"):
        await anext(aiter(desk.graph.listen(viewer(desk.client), Request("subscription { progress { cursor } }"))))


class Admitting(FakeAuthority):
    """Believes that every token is the client's."""

    client = ""

    async def admit(self, header: str | None, proof: str | None = None, method: str = "POST") -> Admitted:
        """Who asks."""
        return Admitted(viewer(self.client), time.time() + 60, "kid")


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[Any]:
    """POSTs a body to the whole edge, and answers status, body and headers."""
    authority = Admitting()
    authority.client = desk.client
    app = create_app(Settings(), authority, desk.graph, probe=lambda: None)  # type: ignore[arg-type]

    async def post(**body: Any) -> tuple[int, Any, Any]:
        headers = {"accept": "application/graphql-response+json", "authorization": "Bearer x"}
        answer = await client.post("http://hub/graphql", json=body, headers=headers)
        return answer.status_code, answer.json(), answer.headers

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        post.app = app  # type: ignore[attr-defined]
        yield post


async def test_a_document_is_sent_by_its_id(desk: Desk, http: Any) -> None:
    """GraphQL over HTTP's `documentId`, and the form of Apollo's clients."""
    text = fresh_document()
    hash_ = await desk.trust(text)
    await desk.lock(locked=True)
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": hash_}}
    for body in ({"documentId": f"sha256:{hash_}"}, {"extensions": apollo}, {"query": text, "extensions": apollo}):
        status, found, _ = await http(**body)
        assert (status, found) == (200, {"data": {}}), body


async def test_an_unknown_id_is_refused_with_a_code(desk: Desk, http: Any) -> None:
    """Apollo's clients hear the message on which they send the document; somebody else's document is unknown too."""
    others = await desk.trust(fresh_document(), "cli_another")
    for id_ in ("sha256:" + "0" * 64, f"sha256:{others}", "sha256:", "nonsense"):
        status, found, _ = await http(documentId=id_)
        assert status == 400 and found["errors"][0]["extensions"]["code"] == "DOCUMENT_UNKNOWN", id_
    status, found, _ = await http(extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}})
    assert (status, found["errors"][0]["message"]) == (400, "PersistedQueryNotFound")
    for bad in ({"documentId": 5}, {"documentId": ""}, {"documentId": "x" * 201}, {"extensions": {"persistedQuery": 5}}, {}):
        status, found, _ = await http(**bad)
        assert status == 400 and found["errors"][0]["extensions"]["code"] == "BODY_INVALID", bad
    assert desk.untouched.reads == 0


async def test_on_a_socket_a_document_is_sent_by_its_id_too(desk: Desk) -> None:
    """The payload of `subscribe` is a request like any other."""
    hash_ = await desk.trust(fresh_document())
    app = create_app(Settings(), Admitting(), desk.graph, probe=lambda: None)  # type: ignore[arg-type]
    said: list[Any] = []

    async def say(message: str) -> None:
        said.append(orjson.loads(message))

    for id_ in (f"sha256:{hash_}", "sha256:unknown"):
        request = request_of({"documentId": id_})
        await Operation(app.desk, "1", request, viewer(desk.client), say, "t").run(lambda: None)
    assert [each["type"] for each in said] == ["next", "complete", "error"]
    assert said[2]["payload"][0]["extensions"]["code"] == "DOCUMENT_UNKNOWN"


async def test_epa_107_an_operation_has_its_name_in_the_measures_where_its_document_is_trusted(desk: Desk, http: Any) -> None:
    """The same name in a document nobody registered, or registered for another client alone, is nobody's."""
    mine, others = (f"query {name} {{ viewer {{ kind }} }} # {uuid4()}" for name in ("Mine", "Theirs"))
    await desk.trust(mine)
    await desk.trust(others, "cli_another")
    for text in (mine, others, "query Nobodys { viewer { kind } }", mine.replace("kind", "kind ")):
        assert (await http(query=text))[0] == 200
    http.app.desk.finished.write()
    told = http.app.desk.metrics.text()[0].decode()
    assert 'operation="Mine",status="200"} 1.0' in told and "Theirs" not in told and "Nobodys" not in told
    assert 'operation="unnamed",status="200"} 3.0' in told


async def test_over_http_a_spent_budget_is_429_with_the_seconds_to_wait(desk: Desk, http: Any) -> None:
    """`extensions.cost` of a request asks for the cost, and only `true` does."""
    page, twice = "{ apprentices { nodes { id } } }", "{ a: apprentices { nodes { id } } b: apprentices { nodes { id } } }"
    desk.graph.entry._budget = Budget(10**9)
    for document in (page, twice, "{ viewer { kind } }"):
        assert await desk.ask(document) == (200, [])
    desk.graph.entry._budget = Budget(60, 10, lambda: 0.0)
    assert (await http(query=page, extensions={"cost": "yes"}))[1] == {"data": {}}
    status, found, headers = await http(query=page, extensions={"cost": True})
    assert (status, headers["retry-after"]) == (429, "5")
    assert found["errors"][0]["extensions"]["code"] == "THROTTLED"
    status, found, _ = await http(query="{ viewer { kind } }", extensions={"cost": True})
    assert (status, found["extensions"]["cost"]["budget"]["available"]) == (200, 8)
    status, found, headers = await http(query=twice)
    assert (status, found["errors"][0]["extensions"]["code"]) == (400, "COST_EXCEEDED") and "retry-after" not in headers


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for the commands of this module, its path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hubd"))
    server = EmbeddedPostgres(cluster_folder(folder), read_secret(folder))
    yield folder
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_an_operator_keeps_trusted_documents(home: Path, tmp_path: Path) -> None:
    """Added whole or by a manifest, listed, removed; a document the hub would refuse is refused here, with its place."""
    good, results, wrong, deep = (tmp_path / f"{name}.graphql" for name in ("good", "results", "wrong", "deep"))
    good.write_text("query Queue { apprentices { nodes { id } } }\n")
    results.write_text("{ apprentices { nodes { results { grade } } } }")
    wrong.write_text("{\n  viewer { nope }\n}")
    deep.write_text("{ viewer { kind " + "... { kind " * 40 + "}" * 42)
    relay, apollo, other = (tmp_path / f"{name}.json" for name in ("relay", "apollo", "other"))
    relay.write_bytes(orjson.dumps({"a": "query Relay { viewer { kind } }"}))
    operations = [{"id": "x", "name": "Apollo", "type": "query", "body": "query Apollo { viewer { kind } }"}]
    apollo.write_bytes(orjson.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}))
    other.write_text("[]")
    assert hub(home, "organisation", "add", "Oak", "--as", "employer", "--id", "EMPLOYER_NUMBER:900000001").code == 0
    made = hub(home, "client", "add", "EMPLOYER_NUMBER:900000001", "--as", "employer", "--name", "HR", "--documents-only")
    client = made.out.split()[1]
    added = hub(home, "documents", "add", str(good), str(relay), str(apollo), "--client", client)
    assert added.code == 0 and f"sha256:{hash_of(good.read_text())}  good.graphql" in added.out, added
    assert "known already" in hub(home, "documents", "add", str(good), "--client", client).out
    assert hub(home, "documents", "add", str(results)).code == 0
    for file, code, place in (
        (results, "FIELD_NOT_IN_SLICE", "Apprentice.results"),
        (wrong, "GRAPHQL_VALIDATION_FAILED", "wrong.graphql:2:12"),
        (deep, "DEPTH_TOO_GREAT", "deep.graphql:1:1"),
        (other, "INPUT_INVALID", "other.json"),
    ):
        ran = hub(home, "documents", "add", str(file), "--client", client)
        refused(ran, code)
        assert place in ran.err, ran
    refused(hub(home, "documents", "add", str(good), "--client", client, HUB_COST_BUDGET="50"), "COST_EXCEEDED")
    listed = hub(home, "documents", "list").out
    assert listed.count(client) == 3 and "results.graphql: every client" in listed and "Relay" not in listed
    assert "trusted documents only" in hub(home, "client", "list").out
    assert hub(home, "client", "unlock", client).code == 0
    assert "trusted documents only" not in hub(home, "client", "list").out
    assert hub(home, "client", "lock", client).code == 0
    refused(hub(home, "client", "lock", "cli_nobody"), "NOT_FOUND")
    assert hub(home, "documents", "remove", f"sha256:{hash_of(good.read_text())}").code == 0
    refused(hub(home, "documents", "remove", hash_of(good.read_text())), "NOT_FOUND")
