"""Every operation leaves one row, whatever door it comes by; heads are sealed, kept and checked (B8, issue 4, 5)."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import orjson
import pytest

from auth.heads import public_keys, read_head, sealed_head
from auth.keys import KeyRing, ensure_signing_key
from hub.errors import HubError
from hub.store.bell import Bell
from hub.store.pools import Database
from hub.store.recorder import Recorder
from hub.store.relay import Relay
from hub.store.verifying import Head
from infra.heads import Sealer
from schema.graph import Graph, Request
from tests.conftest import SECRET
from tests.hub.store.recording import above, chained, checked, rows
from tests.hub.store.telling import now, until
from tests.world import BY, SEAL, Party, Story, World, new_story, new_world

ONE = "query One($id: ID!) { apprentice(id: $id) { id familyName gateway { passed } } }"
ONE_ULN = "query U($id: ID!) { apprentice(id: $id) { uln } }"
ENTITIES = "query E($r: [_Any!]!) { _entities(representations: $r) { ... on Apprentice { id familyName } } }"
STREAM = "subscription P($a: String) { progress(after: $a) { cursor event { type apprentice { id familyName } } } }"
REFERENCE = "mutation M($i: SetMyReferenceInput!) { setMyReference(input: $i) { apprentice { id familyName } replayed } }"
FILE = "mutation F($i: FileGatewayItemsInput!) { fileGatewayItems(input: $i) { items { apprentice { id } errors { code } } } }"


@dataclass
class Recorded:
    """A graph that records, over a world with one apprentice."""

    graph: Graph
    recorder: Recorder
    story: Story
    world: Database

    async def ask(self, party: Party, document: str, **variables: Any) -> Any:
        """One answer, read."""
        return orjson.loads((await self.graph.answer(party.viewer, Request(document, variables))).body)

    async def _written(self) -> bool:
        return self.recorder.waiting == 0

    async def since(self, before: int) -> list[asyncpg.Record]:
        """The rows that have come since there were so many."""
        await until(self._written)
        return (await rows(self.world))[before:]


@pytest.fixture
async def at(world: Database) -> AsyncIterator[Recorded]:
    """An apprentice past the gateway."""
    made = await new_world(world)
    story = await new_story(made)
    await story.to_gateway()
    recorder = Recorder(world)
    graph = Graph(world, made.engine, SEAL, lambda: made.today, Bell(world), recorder=recorder)
    yield Recorded(graph, recorder, story, world)
    await recorder.close()


async def test_b8_a_query_leaves_one_row_with_the_classes_it_selects(at: Recorded) -> None:
    """B8: also by `node`, by `_entities`, in a list, and what @include leaves out is not among the classes."""
    story, before = at.story, len(await rows(at.world))
    assert (await at.ask(story.employer, ONE, id=story.id))["data"]["apprentice"]
    (row,) = await at.since(before)
    assert (row["act"], row["kind"], row["subjects"]) == ("One", "read", [story.apprentice])
    assert row["classes"] == ["gateway", "identity"] and row["party_id"] == story.employer.viewer.party
    asked: list[tuple[str, dict[str, Any], list[str]]] = [
        (ENTITIES, {"r": [{"__typename": "Apprentice", "id": story.id}]}, ["identity"]),
        ("{ apprentices { nodes { id portfolio { state } } } }", {}, ["identity", "portfolio"]),
        (
            "query C($x: Boolean!) { apprentices { nodes { id gateway @include(if: $x) { passed } } } }",
            {"x": False},
            ["identity"],
        ),
        ("{ cohort { apprentices { nodes { id } } } }", {}, ["gateway", "identity"]),
    ]
    for document, variables, classes in asked:
        before = len(await rows(at.world))
        assert "errors" not in await at.ask(story.provider, document, **variables)
        (row,) = await at.since(before)
        assert (row["classes"], row["subjects"]) == (classes, [story.apprentice]), document


async def test_b8_nobody_finds_a_uln_in_the_trail_by_trying_every_one(at: Recorded) -> None:
    """B8: the fingerprint of a document is keyed, also where it stands for the operation's name."""
    story, before = at.story, len(await rows(at.world))
    found = orjson.loads((await at.graph.answer(story.provider.viewer, Request(ONE_ULN, {"id": story.id}))).body)
    document = f'{{ apprentice(uln: "{found["data"]["apprentice"]["uln"]}") {{ id }} }}'
    for _ in range(2):
        assert (await at.ask(story.provider, document))["data"]["apprentice"] == {"id": story.id}
    _, one, again = await at.since(before)
    assert one["fingerprint"] == again["fingerprint"] and one["act"] == one["fingerprint"].hex()[:16]
    for tried in (hashlib.sha256(document.encode()).digest(), hmac.digest(b"", document.encode(), "sha256")):
        assert tried != one["fingerprint"]
    keyed = hmac.digest(SEAL, b"document:" + document.encode(), "sha256")
    assert one["fingerprint"] == keyed, "only who holds the seal can say which document it was"


async def test_b8_what_holds_nobodys_data_leaves_no_row(at: Recorded) -> None:
    """Standards, oneself, an apprentice outside the slice, a refused operation."""
    before = len(await rows(at.world))
    for document in ("{ viewer { kind } }", "{ standards { reference } }", '{ apprentice(uln: "1") { id } }', "{ nope }"):
        await at.ask(at.story.employer, document)
    stranger = await at.story.world.party("employer")
    assert (await at.ask(stranger, ONE, id=at.story.id))["data"] == {"apprentice": None}
    assert await at.since(before) == []


async def test_b8_an_act_leaves_its_own_row_and_no_second_for_its_answer(at: Recorded) -> None:
    """One row per operation; its classes are those of the act and of its payload."""
    before = len(await rows(at.world))
    given = {"apprenticeId": at.story.id, "myReference": "A-1", "idempotencyKey": "once"}
    assert (await at.ask(at.story.employer, REFERENCE, i=given))["data"]["setMyReference"]["replayed"] is False
    (row,) = await at.since(before)
    assert (row["act"], row["kind"], row["subjects"]) == ("setMyReference", "act", [at.story.apprentice])
    assert row["classes"] == ["identity"]
    # Sent once more it does nothing, and is a read of its answer.
    before = len(await rows(at.world))
    assert (await at.ask(at.story.employer, REFERENCE, i=given))["data"]["setMyReference"]["replayed"] is True
    (row,) = await at.since(before)
    assert (row["act"], row["kind"], row["subjects"]) == ("M", "read", [at.story.apprentice])


async def test_b8_a_refused_act_leaves_no_row(at: Recorded) -> None:
    """A batch leaves a row for each item that was done."""
    story = at.story
    other = Story(story.world, story.employer, story.provider, story.epao)
    await (await other.register()).confirm()
    before = len(await rows(at.world))
    item = {"apprenticeId": other.id, "requirement": "PQIP", "achievedOn": "2026-02-01"}
    body = await at.ask(story.provider, FILE, i={"items": [item, {**item, "requirement": "NONE"}]})
    assert [len(each["errors"]) for each in body["data"]["fileGatewayItems"]["items"]] == [0, 1]
    (row,) = await at.since(before)
    assert (row["act"], row["subjects"]) == ("fileGatewayItem", [other.apprentice])


async def test_b8_each_delivery_of_a_stream_leaves_a_row(at: Recorded) -> None:
    """A subscription's first message holds nobody's data; each event that does is one row."""
    story, stop = at.story, asyncio.Event()
    relay = asyncio.create_task(Relay(at.world, now).run(stop))
    ringing = asyncio.create_task(at.graph.streams.bell.run(stop))
    before = len(await rows(at.world))
    stream = at.graph.listen(story.employer.viewer, Request(STREAM, {}))
    await anext(stream)
    assert await at.since(before) == []
    await story.world.do(story.provider, "setContact", apprenticeId=story.id, email="sam@people.example")
    body = orjson.loads(await anext(stream))
    assert body["data"]["progress"]["event"]["apprentice"]["id"] == story.id
    found = [row for row in await at.since(before) if row["kind"] == "event"]
    assert [(row["act"], row["classes"], row["subjects"]) for row in found] == [
        ("P", ["event", "identity"], [story.apprentice])
    ]
    await stream.aclose()
    stop.set()
    await asyncio.gather(relay, ringing)


async def test_b8_a_third_party_is_answered_when_its_row_is_safe_and_not_before(at: Recorded) -> None:
    """DESIGN §5: with the insert held up the EPAO hears nothing, the employer does; the EPAO's row is there when it hears."""
    lock = await above(at.world)
    transaction = lock.transaction()
    await transaction.start()
    await lock.execute("lock table hub.audit in exclusive mode")
    epao = asyncio.create_task(at.ask(at.story.epao, ONE, id=at.story.id))
    employer = await asyncio.wait_for(at.ask(at.story.employer, ONE, id=at.story.id), 20)
    assert employer["data"]["apprentice"]["id"] == at.story.id
    await asyncio.sleep(0.3)
    assert not epao.done()
    await transaction.rollback()
    assert (await epao)["data"]["apprentice"]["id"] == at.story.id
    assert at.story.epao.viewer.party in {row["party_id"] for row in await rows(at.world)}
    await lock.close()


async def test_the_owner_asks_who_read_and_the_client_is_told_for_its_own_alone(at: Recorded) -> None:
    """Issue 4, 5: organisation, kind, when and classes; the client id of one's own clients only."""
    story = at.story
    await at.ask(story.provider, ONE, id=story.id)
    await at.since(0)
    await chained(at.world)
    shown = "kind client classes organisation { name }"
    query = f"query W($id: ID!) {{ apprentice(id: $id) {{ accesses(first: 1) {{ nodes {{ {shown} }} }} }} }}"
    for party, client in ((story.employer, None), (story.provider, story.provider.viewer.client)):
        (node,) = (await at.ask(party, query, id=story.id))["data"]["apprentice"]["accesses"]["nodes"]
        assert (node["kind"], node["client"], node["classes"]) == ("PROVIDER", client, ["gateway", "identity"])
        assert node["organisation"]["name"].startswith("The provider")


async def test_heads_are_sealed_and_shown_to_their_party_alone(at: Recorded) -> None:
    """Issue 4, 5: `auditHead` and `hub audit heads` give the same head, whose signature a key of the hub made."""
    async with at.world.engine("hub_auth").begin() as connection:
        await ensure_signing_key(connection, SECRET, now())
        keys = await public_keys(connection)
    ring = KeyRing(at.world.engine("hub_auth"), SECRET, lambda: now().timestamp())
    await chained(at.world)
    sealer = Sealer(at.world, ring, "https://hub.example")
    assert await sealer.seal() == 3 and await sealer.seal() == 0
    for party in (at.story.employer, at.story.epao):
        told = (await at.ask(party, "{ auditHead { seq hash signature } }"))["data"]["auditHead"]
        head = read_head(told["signature"], keys)
        assert head == Head(party.viewer.party, told["seq"], bytes.fromhex(told["hash"]))
        assert (await checked(at.world, [head])).faults == []
    body, _, mark = told["signature"].rpartition(".")
    for forged in (f"{body}.{mark[:-4]}AAAA", body, "nonsense", told["signature"].replace(".", "", 1)):
        with pytest.raises(HubError, match="head"):
            read_head(forged, keys)
    other = ring.signer(now().timestamp())
    sealed: Callable[..., str] = sealed_head
    with pytest.raises(HubError):
        read_head(sealed(other, "https://hub.example", head, now()), {})


async def test_epa_107_when_an_epao_reads_is_told_at_the_release_and_of_results_never(world: Database) -> None:
    """EPA-107: after the gateway its reads are hidden until a grade is released; then those without results are told."""
    made: World = await new_world(world)
    story = await new_story(made)
    for step in (story.register, story.confirm, story.file_items, story.nominate, story.accept, story.file_portfolio):
        await step()
    recorder = Recorder(world)
    at = Recorded(Graph(world, made.engine, SEAL, lambda: made.today, Bell(world), recorder=recorder), recorder, story, world)

    async def told() -> list[list[str]]:
        await at.since(0)
        await chained(world)
        query = "query W($id: ID!) { apprentice(id: $id) { accesses(first: 100) { nodes { kind classes } } } }"
        body = await at.ask(story.employer, query, id=story.id)
        return [each["classes"] for each in body["data"]["apprentice"]["accesses"]["nodes"] if each["kind"] == "EPAO"]

    name = "query N($id: ID!) { apprentice(id: $id) { id familyName } }"
    await at.ask(story.epao, name, id=story.id)
    early = await told()
    assert early == [["identity"], ["gateway"]]
    await (await story.validate()).decide()
    await at.ask(story.epao, name, id=story.id)
    await at.ask(story.epao, "query R($id: ID!) { apprentice(id: $id) { id results { grade } } }", id=story.id)
    await story.acknowledge()
    made.today = date(2026, 5, 1)
    await story.authenticate()
    await made.do(story.epao, "postResult", **story.discussion("PASS"))
    await made.do(story.epao, "postResult", **story.case_study("PASS"))
    assert await told() == early
    await made.do(story.epao, "releaseGrade", apprenticeId=story.id, by=BY)
    assert sorted(await told()) == sorted([*early, ["identity"], ["portfolio"]])
    await recorder.close()
