"""The hub itself, as it is served: its edge, gate, limits and budgets, its log (to nowhere), measures and audit of reads.

What the limits and the accounting of costs take is told by the same hub with none.
"""

import os
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bench.serving import BOUNDLESS, UNLIMITED, UNRECORDED, open_authority, open_database, secret_of, settings
from bench.world import TODAY
from hub.acts.engine import Engine
from hub.keyring import HeldKeys
from hub.settings import Settings
from hub.store.bell import Bell
from hub.store.documents import TrustedDocuments
from hub.store.plans import load_library
from hub.store.recorder import recording
from infra.asgi import Hub, Server, configuration, create_app, listening, serve
from infra.edge.health import database_probe
from infra.edge.logs import set_up_logs
from infra.edge.overruns import Overruns
from schema.budget import Budget
from schema.graph import Graph


class Endless(Overruns):
    """Operations that take as long as they take."""

    def limit(self, receive: Any = None) -> Any:
        """No limit."""
        return nullcontext()


async def serve_unlimited(app: Hub, found: Settings) -> None:
    """Serve without a look at how large, how many and how slow requests are."""
    app.desk = replace(app.desk, overruns=Endless(found.timeout_seconds))
    config = configuration(app, found)
    config.http = HttpToolsProtocol
    await Server(config, app.desk.drain).serve([listening(found)])


async def main() -> None:
    """Serve until stopped."""
    limited = UNLIMITED not in os.environ
    found = settings()
    if not limited:
        found = found.model_copy(update=dict.fromkeys(("client_rate", "address_rate", "address_connections"), 0))
    set_up_logs()
    database = open_database(found)
    seal = secret_of(found)
    engine = Engine(database, load_library(), seal, lambda: TODAY, HeldKeys())
    trusted = TrustedDocuments(database.engine("hub_auth"))
    budget = Budget(BOUNDLESS, BOUNDLESS) if limited else None
    authority = await open_authority(found, database)
    async with recording(database) as recorder:
        kept = None if UNRECORDED in os.environ else recorder
        graph = Graph(database, engine, seal, lambda: TODAY, Bell(database), trusted, budget, recorder=kept)
        app = create_app(found, authority, graph, probe=database_probe(database, found.relay_lag_ms))
        await (serve if limited else serve_unlimited)(app, found)
    await database.close()


if __name__ == "__main__":
    uvloop.run(main())
