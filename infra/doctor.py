"""Looks at everything a hub needs and says, line by line, what is well and what to do about what is not."""

import platform
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from hub.errors import HubError
from hub.settings import Settings
from hub.store.pools import owner_connection
from hub.store.relay import behind
from infra.asgi import listening
from infra.budget import budget_of
from infra.clock import calendar
from infra.database import expected_version
from infra.lint import lint
from infra.proof import prove
from infra.storage import Storage, open_storage, version_of

OK, WARN, FAIL = "ok", "warn", "fail"
CLOCK_SECONDS = 2.0
SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Found:
    """One line: what was looked at, how it is, and what to do when it is not well."""

    what: str
    state: str
    said: str
    todo: str = ""


async def examine(settings: Settings) -> list[Found]:
    """Every line, in the order in which one thing rests on another."""
    found = [_python(), _secret(settings), _port(settings)]
    try:
        async with open_storage(settings) as storage:
            found += [each async for each in _database(settings, storage)]
    except HubError as refused:
        found.append(Found("database", FAIL, refused.problem.message, "Check HUB_DATABASE_URL and that the server runs."))
    return found


def _python() -> Found:
    said = f"Python {platform.python_version()} on {platform.system()}"
    return Found("python", OK if sys.version_info >= (3, 11) else FAIL, said)


def _secret(settings: Settings) -> Found:
    if settings.secret is None:
        todo = "" if settings.database_url is None else "Set HUB_SECRET, so that every process derives the same passwords."
        return Found("secret", WARN if todo else OK, f"kept in {settings.home / 'secret'}", todo)
    if len(settings.secret.get_secret_value()) < SHORTEST_SECRET:
        return Found("secret", FAIL, "HUB_SECRET is short", "Use at least 32 random characters: openssl rand -hex 32.")
    return Found("secret", OK, "HUB_SECRET is set")


def _port(settings: Settings) -> Found:
    try:
        listening(settings).close()
    except OSError as error:
        todo = "If that is this hub, all is well; else choose another with HUB_PORT."
        return Found("port", WARN, f"{settings.host}:{settings.port} is taken ({error.strerror})", todo)
    return Found("port", OK, f"{settings.host}:{settings.port} is free")


async def _database(settings: Settings, storage: Storage) -> AsyncIterator[Found]:
    owner = await owner_connection(storage.owner_url)
    try:
        whose = "the hub's own" if storage.own is not None else "HUB_DATABASE_URL"
        yield Found("database", OK, f"{whose}, PostgreSQL {await owner.fetchval('show server_version')}")
        yield await _clock(owner)
        version = await version_of(storage)
        if version != expected_version():
            said = f"{version or 'no hub yet'}, this release needs {expected_version()}"
            yield Found("schema version", WARN if storage.own and not version else FAIL, said, "Run `hub db upgrade`.")
            return
        yield Found("schema version", OK, version)
        async for each in _inside(settings, storage, owner):
            yield each
    finally:
        await owner.close()


async def _inside(settings: Settings, storage: Storage, owner: asyncpg.Connection) -> AsyncIterator[Found]:
    try:
        late = await _relay(settings, storage)
    except asyncpg.InvalidAuthorizationSpecificationError:
        todo = "Use the HUB_SECRET they were made with, or let a DBA run what `hub db roles` prints."
        yield Found("roles", FAIL, "the hub's roles are not let in", todo)
        return
    yield Found("roles", OK, "the hub's roles are let in")
    for each in await lint(owner):
        if each.breaches:
            yield Found(each.name, FAIL, f"{each.sentence} Not so: {', '.join(each.breaches[:5])}", "Run `hub db upgrade`.")
    yield Found("locks", OK, "row security, policies and rights were looked at")
    proofs = await prove(storage.database, calendar(settings.today)().isoformat())
    for proof in (each for each in proofs if each.failures):
        yield Found("one statement", FAIL, f"{proof.kind}: {', '.join(proof.failures)}", "Do not serve on this server.")
    yield Found("one statement", OK, "a read sets its own context and leaves nothing behind")
    if late is None:
        yield Found("relay", OK, "at work, and not behind")
    else:
        yield Found("relay", WARN, late, "Is a hub running? It relays the events.")
    yield await _budget(storage, owner)


async def _clock(owner: asyncpg.Connection) -> Found:
    before = time.time()
    theirs: datetime = await owner.fetchval("select clock_timestamp()")
    apart = abs(theirs.timestamp() - (before + time.time()) / 2)
    ours = datetime.now(UTC).strftime("%H:%M:%S UTC")
    if apart > CLOCK_SECONDS:
        return Found("clock", FAIL, f"{apart:.1f} s apart from the database's", "Set both by NTP: tokens live by the clock.")
    return Found("clock", OK, f"{ours}, as the database's")


async def _relay(settings: Settings, storage: Storage) -> str | None:
    connection = await storage.database.connect("hub_operator")
    try:
        return await behind(connection, datetime.now(UTC), settings.relay_lag_ms)
    finally:
        await connection.close()


async def _budget(storage: Storage, owner: asyncpg.Connection) -> Found:
    budget = await budget_of(storage.database, owner)
    said = f"at most {budget.most} connections a process, {budget.available} on the server"
    if budget.processes < 1:
        return Found("connections", FAIL, said, "Raise max_connections or lower HUB_CONNECTIONS.")
    return Found("connections", OK, f"{said}: room for {budget.processes} process{'es' * (budget.processes > 1)}")
