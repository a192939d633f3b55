"""Runs one subgraph: a process with roles of its own, that serves its nouns and believes tokens another process issues."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import URL, make_url

from auth.issuers import read_issuers
from auth.verifier import Verifier
from hub.acts.engine import Engine
from hub.errors import HubError
from hub.keyring import NO_KEYS, Keys
from hub.settings import LEAST_CONNECTIONS as LEAST
from hub.settings import Settings
from hub.store.bell import Bell
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.store.recorder import recording
from hub.store.roles import seat_of, subgraph_seal, subgraph_secret
from infra.clock import calendar
from infra.engines import issuer_of, seal_of
from infra.sealing.checking import require_keys
from infra.sealing.ring import folder_of, ring_of
from infra.storage import Storage, seat_in
from schema.graph import Graph

SEALING = "grades"
"""The noun that opens and closes what is sealed."""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """One subgraph at work."""

    database: Database
    verifier: Verifier
    graph: Graph


@asynccontextmanager
async def open_subgraph(settings: Settings, nouns: Collection[str]) -> AsyncIterator[Subgraph]:
    """Opens the subgraph of one noun or of several; raises HubError SETTING_INVALID for a setting it cannot do without.

    One with the grades raises HubError SEALING_KEY_MISSING for a database that holds what no key at hand opens.
    """
    url, secret, seal, issuer = _needed(settings)
    seat = seat_of(nouns)
    database = Database(url, secret, settings.connections, seat, settings.timeout_seconds)
    today = calendar(settings.today)
    bell, stop = Bell(database), asyncio.Event()
    ringing = asyncio.create_task(bell.run(stop))
    try:
        if SEALING in nouns and settings.sealing_required:
            await require_keys(database, ring_of(settings, own=False))
        trusted, engine_of_process = read_issuers(settings.trusted_issuers), database.engine(seat.process)
        verifier = Verifier(engine_of_process, issuer, settings.audience, issues=settings.issue_tokens, trusted=trusted)
        engine = Engine(database, load_library(), seal, today, _keys(settings, nouns))
        async with recording(database) as recorder:
            yield Subgraph(database, verifier, Graph(database, engine, seal, today, bell, nouns=nouns, recorder=recorder))
    finally:
        stop.set()
        await ringing
        await database.close()


def _keys(settings: Settings, nouns: Collection[str]) -> Keys:
    """The sealing keys: no other subgraph but the grades' needs any, so none is given any."""
    return ring_of(settings, own=False) if SEALING in nouns else NO_KEYS


def _needed(settings: Settings) -> tuple[str, bytes, bytes, str]:
    found = (settings.database_url, settings.secret, settings.seal, settings.issuer)
    for name, value in zip(("DATABASE_URL", "SECRET", "SEAL", "ISSUER"), found, strict=True):
        if value is None:
            raise HubError("SETTING_INVALID", f"A subgraph needs HUB_{name}: `hub subgraph settings` prints what it needs.")
    url, secret, seal, issuer = found
    assert url is not None and secret is not None and seal is not None and issuer is not None
    return url, secret.get_secret_value().encode(), bytes.fromhex(seal.get_secret_value()), issuer


async def settings_of(settings: Settings, storage: Storage, nouns: Collection[str]) -> dict[str, str]:
    """The environment of one subgraph's process: the database without its owner, and secrets that open no other's roles.

    The roles of several nouns are made here; raises HubError ROLES_MISSING where the owner may not make them.
    """
    seat = seat_of(nouns)
    if len(seat.nouns) > 1:
        await seat_in(storage, seat)
    sealing = {
        "HUB_SEALING_KEYS": str(folder_of(settings).resolve()),
        "HUB_SEALING_MAKE": str(ring_of(settings, own=storage.own is not None).make).lower(),
    }
    return {
        "HUB_DATABASE_URL": _nobody(storage.database.url).render_as_string(hide_password=False),
        "HUB_SECRET": subgraph_secret(storage.secret, seat.name).decode(),
        "HUB_SEAL": subgraph_seal(seal_of(storage.secret), *seat.nouns).hex(),
        "HUB_ISSUER": issuer_of(settings),
        "HUB_AUDIENCE": settings.audience,
        # Several processes at one server: each asks for little, until whoever runs them gives more.
        "HUB_CONNECTIONS": str(LEAST),
        **(sealing if SEALING in seat.nouns else {}),
    }


def _nobody(url: URL) -> URL:
    return make_url(url).set(drivername="postgresql", username=None, password=None)
