"""The demonstration with its tour, on a plan whose grades are canaries, with everything that it writes in reach."""

import asyncio
import logging
import shutil
import tempfile
from base64 import b64decode
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path
from socket import socket
from typing import Any

import asyncpg
import httpx2
import orjson
import pytest
from pydantic import SecretStr

from hub.settings import Settings
from hub.store.roles import password
from infra import engines, storage
from infra.asgi import Server, configuration, create_app
from infra.commands.serving import bound
from infra.demo import cast, playing
from infra.demo.cast import Lot, Stage
from infra.demo.keeping import file_of
from infra.demo.parties import REFERENCE, DemoParty
from infra.demo.stage import Hands
from infra.edge.health import database_probe
from infra.edge.logs import set_up_logs
from infra.edge.pages import Demo
from infra.postgres import EmbeddedPostgres, cluster_folder
from infra.runtime import Runtime
from infra.tour import assessing, running
from infra.tour.clients import Client, Reply
from infra.tour.play import Play
from tests.conftest import SECRET
from tests.hub.acts.dumps import everything
from tests.infra.edge.conftest import until
from tests.infra.sealing.canaries import BEST, FAILED, PASSED, canary_library
from tests.infra.sealing.hosting import METRICS
from tests.infra.sealing.lookout import named_in, place_in_log, places

GRADES = {"PASS": PASSED, "FAIL": FAILED, "DISTINCTION": BEST}
TEXTS = {"THEME-1": "ZQTHEMEZQ", "DISP-1": "ZQDISPENSEDZQ"}
CANARIES = GRADES | TEXTS
BREACH = {"breach": "101 minutes"}
# One whose grades wait for their release, a fail among them, and what went wrong is not dispensed; two with one result.
LOTS = (
    Lot(1, Stage.TO_RELEASE, (36, 36), (90, 90), ("DISTINCTION", "FAIL"), "breach"),
    Lot(2, Stage.POSTED, (33, 36), (60, 75)),
)
PERSONAL = {"given name": "Tamlin", "family name": "Tourist", "signatory": "Tess Madeup"}
CLIENTS = ("httpx2", "httpcore", "httpcore2", "websockets.client")
"""The loggers of the clients, which in this test share the hub's process."""


def put(value: Any) -> Any:
    """Any value with canaries for its words."""
    if isinstance(value, dict):
        return {name: put(each) for name, each in value.items()}
    if isinstance(value, list):
        return [put(each) for each in value]
    return CANARIES.get(value, value) if isinstance(value, str) else value


def back(body: bytes) -> bytes:
    """An answer with the words for their canaries."""
    for word, canary in CANARIES.items():
        body = body.replace(canary.encode(), word.encode())
    return body


@dataclass
class Toured:
    """A demonstration at work, what it wrote beside its tables, what its clients hold, and what each look at it found."""

    home: Path
    cluster: EmbeddedPostgres
    log: StringIO = field(default_factory=StringIO)
    records: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    answers: dict[str, bytearray] = field(default_factory=lambda: defaultdict(bytearray))
    found: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    url: str = ""
    apprentice: str = ""

    @property
    def hidden(self) -> dict[str, str | bytes]:
        """What stands sealed until it is released: grades, texts, a breach's sentence, documents that are the EPAO's alone."""
        told: dict[str, str | bytes] = {canary: canary for canary in CANARIES.values()} | BREACH
        waiting = [f"{uln}-slides-1" for uln in orjson.loads((self.home / "demo.json").read_bytes())["shared"]]
        for name, of in [("slides", f"{self.apprentice}-slides"), *((f"slides {n}", of) for n, of in enumerate(waiting))]:
            digest = sha256(of.encode())
            told |= {name: digest.hexdigest(), f"bytes of {name}": digest.digest()}
        return told

    @property
    def secrets(self) -> dict[str, str | bytes]:
        """What only its holder may have, by name."""
        clients = orjson.loads((self.home / "demo.json").read_bytes())["clients"]
        told: dict[str, str | bytes] = {f"secret of {name}": each["client_secret"] for name, each in clients.items()}
        told |= {f"token {number}": token.rpartition(".")[2] for number, token in enumerate(sorted(self.tokens))}
        told |= {f"password of {role}": password(SECRET, role) for role in ("hub_owner", "hub_auth", "hub_epao")}
        for file in (self.home / "sealing").iterdir():
            for key, each in orjson.loads(file.read_bytes())["keys"].items():
                told |= {f"sealing key {key}": each["key"], f"bytes of sealing key {key}": b64decode(each["key"])}
        return told | {"the hub's own secret": SECRET}

    async def look(self, moment: str, connection: asyncpg.Connection, begun: tuple[str, int]) -> None:
        """Looks everywhere; in logs and measures for personal data too."""
        kept, found = self.hidden | self.secrets, {}
        texts = {name: word for name, word in kept.items() if name not in GRADES.values()}
        beside = kept | PERSONAL | {"ULN": self.apprentice}
        async for place, held in places(connection, self.cluster.folder, begun):
            # Of the plan's own pages, the grades are no news.
            words = {"plan": texts, "server": beside}.get(place.partition(" ")[0], kept)
            found[place] = named_in(held, words)
        found |= {place: named_in(held, beside) for place, held in (await self.told()).items()}
        found |= {f"answers to {name}": named_in(bytes(held), self.hidden) for name, held in self.answers.items()}
        self.found[moment] = {place: told for place, told in found.items() if told}

    async def told(self) -> Mapping[str, bytes]:
        """What the hub wrote beside its database: its log, all there was to log, its measures, the files of its home."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{self.url}/metrics", headers={"authorization": f"Bearer {METRICS}"})
            assert answer.status_code == 200
        files = [path for path in self.home.iterdir() if path.is_file() and path.name not in ("demo.json", "secret")]
        beside = {f"home {path.name}": path.read_bytes() for path in files}
        return {
            "log": self.log.getvalue().encode(),
            "records": "\n".join(self.records).encode(),
            "metrics": answer.content,
        } | beside


class Keeping(logging.Handler):
    """Keeps all that a record carries, whatever of it the log would show; of an exception its kind alone."""

    def __init__(self, kept: list[str]):
        super().__init__(logging.DEBUG)
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one record."""
        told = {name: each for name, each in record.__dict__.items() if name != "exc_info"}
        self._kept.append(f"{record.getMessage()} {told!r}")


@contextmanager
def logs_kept(into: Toured) -> Iterator[None]:
    """Every log as `hub demo` sets it up, but from DEBUG on."""
    root, names = logging.getLogger(), ("hub", *CLIENTS, "uvicorn", "uvicorn.error", "authlib")
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names}
    set_up_logs(into.log, logging.DEBUG)
    logging.getLogger("hub").setLevel(logging.NOTSET)
    root.addHandler(Keeping(into.records))
    for name in CLIENTS:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:], level, levels = before
        root.setLevel(level)
        for name, each in levels.items():
            logging.getLogger(name).setLevel(each)


def set_the_scene(into: Toured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the canary plan, the small cast, and canaries on whatever hands and clients send."""
    library = canary_library(REFERENCE)
    for module in (engines, storage, playing):
        monkeypatch.setattr(module, "load_library", lambda: library)
    monkeypatch.setattr(cast, "LOTS", LOTS)
    done = Hands.do

    async def do(self: Hands, party: DemoParty, act: str, on: date | None = None, /, **given: Any) -> dict[str, Any]:
        return await done(self, party, act, on, **put(given))

    class Putting(Client):
        """A client of the tour that sends canaries for the words, and reads the words for the canaries."""

        async def post(self, body: Any, token: str | None = None) -> Reply:
            reply = await super().post(put(body), token)
            into.tokens.add(await self.token())
            into.answers[self.name] += reply.body
            body = back(reply.body)
            return Reply(reply.status, body, orjson.loads(body))

    monkeypatch.setattr(Hands, "do", do)
    monkeypatch.setattr(running, "Client", Putting)


@asynccontextmanager
async def served(runtime: Runtime, opened: socket) -> AsyncIterator[None]:
    """Serves a runtime for a while, with the demonstration's pages."""
    settings, probe = runtime.settings, database_probe(runtime.storage.database, runtime.settings.relay_lag_ms)
    demo = Demo.read(file_of(settings))
    app = create_app(settings, runtime.authority, runtime.graph, probe=probe, demo=demo)
    server = Server(configuration(app, settings), app.desk.drain)
    task = asyncio.ensure_future(server._serve([opened]))
    await until(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def toured(monkeypatch: pytest.MonkeyPatch) -> Toured:
    """Makes a demonstration, plays the whole tour against it, and looks everywhere before the release and at the end."""
    home = Path(tempfile.mkdtemp(prefix="hubs"))
    made = Toured(home, EmbeddedPostgres(cluster_folder(home), SECRET))
    opened, settings = bound(Settings(home=home, port=0, secret=SecretStr(SECRET.decode()), metrics_token=SecretStr(METRICS)))
    set_the_scene(made, monkeypatch)
    try:
        # Statistics would copy the plan's own grades about.
        await made.cluster.prepare(fsync="off", autovacuum="off", wal_keep_size="1GB", log_min_messages="info")
        await made.cluster.create("hub")
        with logs_kept(made):
            await _play(made, settings, opened, monkeypatch)
    finally:
        made.cluster.stop()
        shutil.rmtree(home, ignore_errors=True)
    return made


async def _play(made: Toured, settings: Settings, opened: socket, monkeypatch: pytest.MonkeyPatch) -> None:
    async with storage.open_storage(settings) as before, everything(before.database) as connection:
        await storage.bring_up_to_date(before)
        # Hint bits of the plan's pages are written here, before the story.
        await connection.execute("vacuum freeze")
        begun = await place_in_log(connection)
        async with playing.demonstration(settings, fresh=False, told=lambda _: None) as (runtime, _), served(runtime, opened):
            found = running.read(file_of(settings))
            made.url, release = found.urls["url"], assessing.release

            async def released(play: Play) -> None:
                made.apprentice = play.uln
                await made.look("before the release", connection, begun)
                await release(play)

            monkeypatch.setattr(assessing, "release", released)
            assert (await running.tour(found, lambda _: None)).checks > 60
            await made.look("at the end", connection, begun)
