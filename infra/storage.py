"""The database a hub stands on: its own in the home folder, or the one that HUB_DATABASE_URL names."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from hub.errors import HubError
from hub.settings import Settings
from hub.store.lost import AWAY
from hub.store.plans import install, load_library
from hub.store.pools import Database, owner_connection
from hub.store.roles import Seat
from infra.database import create_set, expected_version, known_versions, schema_version, upgrade
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret

OWN = "hub"
# The first release of each line without the leak of statistics past row security (CVE-2025-8713).
FIRST_SAFE = {15: 150_014, 16: 160_010, 17: 170_006}
LOCKED_OUT = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError)


@dataclass(frozen=True, slots=True)
class Storage:
    """An open database with the secret of its roles; `own` is the embedded server, if it is the hub's own."""

    database: Database
    secret: bytes
    own: EmbeddedPostgres | None

    @property
    def owner_url(self) -> str:
        """The owner's URL, with its password."""
        return self.database.url.render_as_string(hide_password=False)


def secret_of(settings: Settings) -> bytes:
    """HUB_SECRET, else the secret kept in the home folder."""
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    return read_secret(settings.home)


def opened_on(settings: Settings, url: str, secret: bytes) -> Database:
    """The pools of a process over a database, within the limits of the settings."""
    return Database(url, secret, settings.connections, longest=settings.timeout_seconds)


@asynccontextmanager
async def open_storage(settings: Settings, database: str = OWN) -> AsyncIterator[Storage]:
    """Opens the database, starting the embedded server where it is the hub's own; `database` names one of its own.

    Raises HubError DATABASE_UNREACHABLE with what to do.
    """
    secret = secret_of(settings)
    if settings.database_url is not None:
        async with _closing(Storage(opened_on(settings, settings.database_url, secret), secret, None)) as storage:
            await _reach(storage)
            yield storage
        return
    own = await asyncio.to_thread(EmbeddedPostgres, cluster_folder(settings.home), secret)
    try:
        opened = opened_on(settings, own.owner_url(database), secret)
        async with _closing(Storage(opened, secret, own)) as storage:
            await _own(storage, database)
            yield storage
    finally:
        await asyncio.to_thread(own.stop)


@asynccontextmanager
async def _closing(storage: Storage) -> AsyncIterator[Storage]:
    try:
        yield storage
    finally:
        await storage.database.close()


async def _own(storage: Storage, database: str) -> None:
    """Prepares the hub's own server when it does not yet let the owner in."""
    try:
        await (await owner_connection(storage.owner_url)).close()
    except (*LOCKED_OUT, asyncpg.InvalidCatalogNameError):
        assert storage.own is not None
        await storage.own.prepare()
        await storage.own.create(database)


async def _reach(storage: Storage) -> None:
    try:
        connection = await owner_connection(storage.owner_url)
        number = int(await connection.fetchval("show server_version_num"))
        await connection.close()
    except LOCKED_OUT as error:
        raise HubError("DATABASE_UNREACHABLE", "The database refuses the user or password of HUB_DATABASE_URL.") from error
    except asyncpg.InvalidCatalogNameError as error:
        raise HubError("DATABASE_UNREACHABLE", "HUB_DATABASE_URL names a database that does not exist.") from error
    except AWAY as error:
        raise HubError("DATABASE_UNREACHABLE", f"No database answers at HUB_DATABASE_URL ({type(error).__name__}).") from error
    if number < FIRST_SAFE.get(number // 10_000, FIRST_SAFE[15]):
        raise HubError("DATABASE_TOO_OLD")


async def _let_in(storage: Storage) -> None:
    """Raises HubError ROLES_MISSING unless the hub's own roles may log in with the passwords of this secret."""
    try:
        await (await storage.database.connect("hub_operator")).close()
    except LOCKED_OUT as error:
        message = "The roles' passwords come from another HUB_SECRET: use that one, or let a DBA run `hub db roles` again."
        raise HubError("ROLES_MISSING", message) from error


async def seat_in(storage: Storage, seat: Seat) -> None:
    """Makes the roles of a set of nouns, unless they are there; raises HubError ROLES_MISSING when the owner may not."""
    try:
        await (await storage.database.connect(seat.process)).close()
    except LOCKED_OUT:
        if storage.own is not None:
            await storage.own.seat_in(seat)
        else:
            await create_set(storage.database, seat)


async def bring_up_to_date(storage: Storage) -> None:
    """Upgrades schema, roles and policies and installs the plans; refuses a database of a later release.

    Raises HubError SCHEMA_VERSION; ROLES_MISSING when the owner may not create roles and nobody else has;
    OWNER_LACKS_RIGHTS when it may not create schemas in the database, or tables in schemas that another made.
    """
    found = await version_of(storage)
    if found is not None and found not in known_versions():
        raise HubError(
            "SCHEMA_VERSION", f"The database is at version {found}, which this release does not know: use a later one."
        )
    if storage.own is not None and found != expected_version():
        await storage.own.prepare()
    await upgrade(storage.database)
    await _let_in(storage)
    async with storage.database.engine("hub_operator").begin() as connection:
        await install(connection, load_library())


async def version_of(storage: Storage) -> str | None:
    """The version of the schema that stands in the database; none when the hub was never installed there."""
    connection = await owner_connection(storage.owner_url)
    try:
        return await schema_version(connection)
    finally:
        await connection.close()


async def require_version(storage: Storage) -> None:
    """Raises HubError SCHEMA_VERSION, with the command to run, unless the database is at this release's version."""
    found, expected = await version_of(storage), expected_version()
    if found == expected:
        await _let_in(storage)
        return
    todo = "use a later release" if found is not None and found not in known_versions() else "run `hub db upgrade`"
    state = f"is at version {found}" if found else "holds no hub yet"
    raise HubError("SCHEMA_VERSION", f"The database {state}; this release needs {expected}: {todo}.")


@asynccontextmanager
async def ready_storage(settings: Settings, *, always: bool = False) -> AsyncIterator[Storage]:
    """An open database at this release's version: the hub's own is brought there, another's must be there already.

    `always` writes the locks and plans of the hub's own database anew, also at the right version.
    """
    async with open_storage(settings) as storage:
        if storage.own is not None and (always or await version_of(storage) != expected_version()):
            await bring_up_to_date(storage)
        else:
            await require_version(storage)
        yield storage
