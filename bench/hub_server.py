"""The hub itself, as it is served: its edge, gate, limits and budgets, its log (to nowhere), measures and audit of reads."""

import os

import uvloop

from bench.serving import BOUNDLESS, UNRECORDED, open_authority, open_database, secret_of, settings
from bench.world import TODAY
from hub.acts.engine import Engine
from hub.keyring import HeldKeys
from hub.store.bell import Bell
from hub.store.documents import TrustedDocuments
from hub.store.plans import load_library
from hub.store.recorder import recording
from infra.asgi import create_app, serve
from infra.edge.health import database_probe
from infra.edge.logs import set_up_logs
from schema.budget import Budget
from schema.graph import Graph


async def main() -> None:
    """Serve until stopped."""
    found = settings()
    set_up_logs()
    database = open_database(found)
    seal = secret_of(found)
    engine = Engine(database, load_library(), seal, lambda: TODAY, HeldKeys())
    trusted, budget = TrustedDocuments(database.engine("hub_auth")), Budget(BOUNDLESS, BOUNDLESS)
    authority = await open_authority(found, database)
    async with recording(database) as recorder:
        kept = None if UNRECORDED in os.environ else recorder
        graph = Graph(database, engine, seal, lambda: TODAY, Bell(database), trusted, budget, recorder=kept)
        app = create_app(found, authority, graph, probe=database_probe(database, found.relay_lag_ms))
        await serve(app, found)
    await database.close()


if __name__ == "__main__":
    uvloop.run(main())
