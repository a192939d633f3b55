"""What the host holds tells of no result before its release: dump, write-ahead log, files, server log, logs, metrics (d4).

The plan has grades of its own, so that each can be looked for, and every free text is a canary.
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any

import httpx2
import pytest

from auth.tokens import Admitted
from hub.acts.engine import Engine
from hub.keyring import HeldKeys, Keys
from hub.plan.document import load_plan
from hub.sealing import DataKey
from hub.settings import Settings
from hub.slices.fields import FIELDS
from hub.store import sealed
from hub.store.bell import Bell
from hub.store.plans import Library, install, load_library
from hub.store.pools import Database
from hub.store.relay import Relay, ensure_epoch
from hub.viewer import Viewer
from hub.words import id_text
from infra.asgi import Server, configuration, create_app, listening
from infra.database import upgrade
from infra.edge.logs import JsonLines
from infra.postgres import EmbeddedPostgres
from schema.graph import Graph
from schema.reader import opening
from tests.conftest import SECRET
from tests.hub.acts.dumps import everything
from tests.infra.edge.conftest import FakeAuthority, until
from tests.infra.sealing.lookout import dumped, found_in, logged_since, place_in_log
from tests.slices.asking import selection
from tests.world import BY, SEAL, Story, World, new_story

FAILED, PASSED, BEST = "QZFAILEDQZ", "QZPASSEDQZ", "QZBESTQZ"
TEXTS = ("ZQREASONZQ", "ZQTHEMEZQ", "ZQMARKERZQ", "ZQDISPENSEDZQ")
DOCUMENT, SLIDES = "beef" * 16, "feeb" * 16
"""The employer vouches for the one, which so is no secret; the other is the EPAO's alone."""
MINUTES = "145 minutes"
HIDDEN = (FAILED, BEST, *TEXTS, SLIDES, MINUTES)
"""What no host may hold: a failed attempt and the best grade are never released here, nor is any text of a marking."""

OPEN_BREACHES = """select b.id from grades.breach b join grades.result r on r.id = b.result_id
where b.apprentice_id = $1 and r.current and not b.dispensed"""


def canary_library() -> Library:
    """The library with one more standard, whose grades are words that stand nowhere else."""
    text = (files("hub.plan") / "plans" / "ST0648_1.0.yaml").read_text().replace("reference: ST0648", "reference: ST0999")
    for code, canary in (("FAIL", FAILED), ("PASS", PASSED), ("DISTINCTION", BEST)):
        for before, after in ((": ", ","), (": ", "}")):
            text = text.replace(f"{before}{code}{after}", f"{before}{canary}{after}")
    known = load_library()
    plan = load_plan(text, "ST0999_1.0.yaml")
    return Library({**known.plans, (plan.reference, plan.version): plan}, known.overlays)


@dataclass
class CanaryWorld(World):
    """A world whose acts know the canary plan; EPAOs are asked for over HTTP."""

    keys: Keys = field(default_factory=HeldKeys)
    library: Library = field(default_factory=canary_library)

    @property
    def engine(self) -> Engine:
        return Engine(self.database, self.library, SEAL, lambda: self.today, self.keys)


class Believes(FakeAuthority):
    """Admits everybody as the viewer that the token names."""

    def __init__(self) -> None:
        super().__init__()
        self.viewers: dict[str, Viewer] = {}

    async def admit(self, header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True) -> Admitted:
        """Who asks."""
        return Admitted(self.viewers[(header or "").removeprefix("Bearer ")], 4e9, "kid")


@dataclass
class Host:
    """A hub on a cluster of its own, over HTTP, with what it writes on the side."""

    cluster: EmbeddedPostgres
    world: CanaryWorld
    graph: Graph
    authority: Believes
    url: str = ""
    log: StringIO = field(default_factory=StringIO)
    app: Any = None
    answers: list[bytes] = field(default_factory=list)

    async def ask(self, party: Any, document: str, **variables: Any) -> bytes:
        """One answer over HTTP."""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            sent = {"query": document, "variables": variables}
            token = {"authorization": f"Bearer {party.viewer.kind}"}
            self.answers.append((await http.post(f"{self.url}/graphql", json=sent, headers=token)).content)
        return self.answers[-1]

    async def do(self, story: Story, name: str, payload: str = "replayed errors { code message }", **given: Any) -> bytes:
        """One act of the EPAO's over HTTP."""
        shape = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation D($input: {shape}!) {{ {name}(input: $input) {{ {payload} }} }}"
        return await self.ask(story.epao, document, input=given)

    async def metrics(self) -> bytes:
        """The measures."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{self.url}/metrics")).content

    def logged(self) -> bytes:
        """The log so far."""
        self.app.desk.finished.write()
        return self.log.getvalue().encode()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """Such a hub, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hubs"))
    cluster = EmbeddedPostgres(folder / "pg", SECRET)
    # Statistics would copy the plan's own grades about; hint bits of its pages are written below, before the story.
    await cluster.prepare(fsync="off", autovacuum="off", log_min_messages="info", log_connections="off")
    await cluster.create("hub")
    database = Database(cluster.owner_url("hub"), SECRET)
    await upgrade(database)
    world = CanaryWorld(database)
    async with database.engine("hub_operator").begin() as connection:
        await install(connection, world.library)
    graph = Graph(database, world.engine, SEAL, lambda: world.today, Bell(database))
    made = Host(cluster, world, graph, Believes())
    try:
        async with serving(made):
            yield made
    finally:
        await database.close()
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def serving(host: Host) -> AsyncIterator[None]:
    """Serves a host for a while, every line of its log captured."""

    async def probe() -> list[Any]:
        return []

    settings = Settings(port=0)
    host.app = create_app(settings, host.authority, host.graph, probe=probe)  # type: ignore[arg-type]
    opened = listening(settings)
    server = Server(configuration(host.app, settings), host.app.desk.drain)
    handler, log = logging.StreamHandler(host.log), logging.getLogger("hub")
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    level, _ = log.level, log.setLevel(logging.DEBUG)
    task = asyncio.ensure_future(server._serve([opened]))
    await until(lambda: server.started)
    host.url = f"http://127.0.0.1:{opened.getsockname()[1]}"
    yield
    server.should_exit = True
    await task
    log.removeHandler(handler)
    log.setLevel(level)


async def assessing(host: Host) -> Story:
    """An apprentice on the canary plan whose results can be posted."""
    world = host.world
    world.today = date(2026, 3, 2)
    story = await new_story(world)
    await story.register(standard={"reference": "ST0999"})
    for step in (story.confirm, story.file_items, story.nominate, story.accept, story.file_portfolio, story.validate):
        await step()
    await story.decide()
    await story.acknowledge()
    world.today = date(2026, 5, 1)
    for kind in ("employer", "provider", "epao"):
        host.authority.viewers[kind] = getattr(story, kind).viewer
    return story


def discussion(story: Story, grade: str, **changes: Any) -> dict[str, Any]:
    """A discussion of that grade, every text of it a canary."""
    given = story.discussion(grade, minutes=145, **changes)
    part = given["components"][0] | {"outcome": grade, "extraMinutes": 17, "theme": None, "marker": None}
    return given | {"components": [part]}


def case_study(story: Story, grade: str) -> dict[str, Any]:
    """A case study of that grade, every text of it a canary."""
    given = story.case_study(grade, document=DOCUMENT)
    parts = [part | {"outcome": grade} for part in given["components"]]
    parts[0] |= {"theme": "ZQTHEMEZQ", "marker": "ZQMARKERZQ"}
    return given | {"components": parts}


async def play(host: Host) -> None:
    """Posted, read by everybody, refused, replayed, corrected, dispensed; one released after a correction, one never."""
    for released in (False, True):
        story = await assessing(host)
        await story.authenticate(DOCUMENT if not released else "c" * 64)
        await _mark(host, story, released=released)
        await _read(host, story)
        if released:
            await _release(host, story)
            await _read(host, story)
        await _relay(host.world.database)


async def _mark(host: Host, story: Story, *, released: bool) -> None:
    first, last = (BEST, PASSED) if released else (PASSED, FAILED)
    await host.do(story, "postResult", **discussion(story, first), idempotencyKey="one")
    await host.do(story, "postResult", **discussion(story, first), idempotencyKey="one")
    await host.do(story, "correctResult", **discussion(story, last), version=1, reason="ZQREASONZQ")
    bad = discussion(story, "ZQNOGRADEZQ") | {"reason": "ZQREASONZQ"}
    await host.do(story, "postResult", **bad)
    late = case_study(story, BEST) | {"attempt": 7}
    batch = {"items": [late, discussion(story, BEST)], "idempotencyKey": "batch"}
    for _ in range(2):
        await host.do(story, "postResults", "items { errors { code message } }", **batch)
    own = story.case_study(PASSED) if released else case_study(story, BEST)
    own = own | {"components": [part | {"outcome": PASSED if released else BEST} for part in own["components"]]}
    await host.do(story, "postResult", **own)
    await _dispense(host, story)


async def _dispense(host: Host, story: Story) -> None:
    for row in await host.world.rows(OPEN_BREACHES, story.apprentice):
        given = {"apprenticeId": story.id, "breachId": id_text("brc", row["id"]), "reference": "ZQDISPENSEDZQ", "by": BY}
        await host.do(story, "grantDispensation", **given)


async def _release(host: Host, story: Story) -> None:
    said = await host.do(story, "releaseGrade", apprenticeId=story.id, by=BY)
    assert b'"errors":[]' in said, said


def may_ask(kind: str, of: str, name: str) -> bool:
    """Whether a kind of party may ask for a field."""
    return kind in FIELDS[of, name].kinds


async def _read(host: Host, story: Story) -> None:
    schema = host.graph.schema
    for party in (story.epao, story.employer, story.provider):
        asked = selection(schema, schema.type_map["Apprentice"], partial(may_ask, party.viewer.kind), 3)
        await host.ask(party, f"query R($id: ID!) {{ apprentice(id: $id) {{ {asked} }} }}", id=story.id)
        await host.ask(party, "{ events(first: 50) { nodes { type method reason } } }")
    await host.ask(story.epao, f'{{ node(id: "{BEST}") {{ id }} nothing(grade: "{FAILED}") }}')


async def _relay(database: Database) -> None:
    connection = await database.connect("hub_relay")
    try:
        await ensure_epoch(connection, datetime.now(UTC))
        while await Relay(database, lambda: datetime.now(UTC)).move(connection):
            pass
    finally:
        await connection.close()


async def looked_at(host: Host) -> dict[str, set[str]]:
    """Where the story left what, by place; the plan's own rows were there before it."""
    async with everything(host.world.database) as connection:
        await connection.execute("vacuum freeze")
        begun = await place_in_log(connection)
        await play(host)
        log = await logged_since(connection, host.cluster.folder, begun)
        tables = await dumped(connection)
    words = (*HIDDEN, PASSED)
    found = {f"table {name}": found_in(held, words) for name, held in tables.items()}
    found |= {"write-ahead log": found_in(log, words), "log": found_in(host.logged(), words)}
    found |= {"metrics": found_in(await host.metrics(), words)}
    for path in host.cluster.folder.rglob("*"):
        if path.is_file() and (path.suffix == ".log" or path.name == "log"):
            found[f"server {path.name}"] = found_in(path.read_bytes(), words)
        elif path.is_file() and path.parent.parent.name == "base":
            found[f"file {path.name}"] = found_in(path.read_bytes(), (*TEXTS, SLIDES, MINUTES))
    return {place: told for place, told in found.items() if told}


async def test_d4_dump_write_ahead_log_files_logs_and_metrics_hold_no_unreleased_grade_and_no_canary(host: Host) -> None:
    """Issue 4, Must show: after a story with every sealed text a canary and grades that stand nowhere else."""
    found = await looked_at(host)
    assert {place: told - {PASSED} for place, told in found.items() if told - {PASSED}} == {}
    # What was released is where it belongs: the look would have found the others.
    assert {place for place, told in found.items() if PASSED in told} >= {"table grades.release", "write-ahead log"}
    read = b"".join(host.answers)
    assert found_in(read, HIDDEN) == set(HIDDEN), "the EPAO itself reads all of it"


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hub that writes what it should seal as it is."""

    def plainly(key: DataKey, plaintext: bytes, aad: bytes) -> bytes:
        return b"\x01" + key.id + b"\0" * 12 + plaintext

    def back(key: DataKey, box: bytes, aad: bytes) -> bytes:
        return box[21:]

    monkeypatch.setattr(sealed, "seal", plainly)
    for module in (sealed, opening):
        monkeypatch.setattr(module, "open_", back)
    yield


@pytest.mark.usefixtures("unsealed")
async def test_d4_the_same_look_finds_every_one_of_them_where_nothing_is_sealed(host: Host) -> None:
    """The look has teeth: without the seal each hidden word is in the dump and in the write-ahead log."""
    found = await looked_at(host)
    in_tables = set().union(*(told for place, told in found.items() if place.startswith("table")))
    assert set(HIDDEN) <= in_tables and set(HIDDEN) <= found["write-ahead log"]
