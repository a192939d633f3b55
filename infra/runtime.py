"""Opens everything one hub process needs, in order, and closes it in the reverse order."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date

from auth.authority import Authority
from auth.issuers import read_issuers
from hub.acts.engine import Engine
from hub.settings import Settings
from hub.store.documents import TrustedDocuments
from hub.store.recorder import recording
from infra.door import Door
from infra.engines import engine_of, issuer_of, seal_of
from infra.heads import Sealer
from infra.sealing.checking import require_keys
from infra.sealing.ring import ring_of
from infra.storage import Storage, ready_storage
from infra.worker import Worker
from schema.budget import Budget
from schema.graph import Graph


@dataclass(frozen=True, slots=True)
class Runtime:
    """One open hub: `today` answers the date in Europe/London, `worker` is at work already."""

    settings: Settings
    storage: Storage
    today: Callable[[], date]
    engine: Engine
    authority: Authority
    graph: Graph
    worker: Worker

    @property
    def door(self) -> Door:
        """The front doors that connectors are handed."""
        return Door(self.engine, self.graph)


@asynccontextmanager
async def run_on(settings: Settings, storage: Storage) -> AsyncIterator[Runtime]:
    """A hub at work on an open database of the right version."""
    engine = engine_of(settings, storage)
    database, today = storage.database, engine.today
    authority = await Authority.open(
        database.engine("hub_auth"), issuer_of(settings), settings.audience, storage.secret,
        live=settings.live, issues=settings.issue_tokens, trusted=read_issuers(settings.trusted_issuers),
    )  # fmt: skip
    sealer = Sealer(database, authority.ring, authority.issuer)
    async with Worker(database, today, home=settings.home, beside={"heads": sealer.run}) as worker:
        trusted = TrustedDocuments(database.engine("hub_auth"))
        budget = Budget(settings.cost_budget, settings.cost_restore)
        async with recording(database) as recorder:
            graph = Graph(database, engine, seal_of(storage.secret), today, worker.bell, trusted, budget, recorder=recorder)
            yield Runtime(settings, storage, today, engine, authority, graph, worker)


@asynccontextmanager
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """A hub at work.

    Raises HubError SCHEMA_VERSION for a database of another version that is not the hub's own, and SEALING_KEY_MISSING
    for one that holds what no key at hand opens.
    """
    async with ready_storage(settings, always=True) as storage:
        if settings.sealing_required:
            await require_keys(storage.database, ring_of(settings, own=False))
        async with run_on(settings, storage) as runtime:
            yield runtime
