"""Brings a database to this release's schema, locks and plan data, and says what is wrong with one that is not."""

from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from hub.errors import HubError
from hub.store.base import SCHEMAS
from hub.store.policies import statements
from hub.store.pools import Database, owner_connection
from hub.store.roles import ROLES, Seat, role_sql, set_sql

# PostgreSQL's code for a right that is missing.
REFUSED = "42501"
MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def expected_version() -> str:
    """The schema version this release of the hub works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def known_versions() -> frozenset[str]:
    """The schema versions this release can upgrade from."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


async def upgrade(database: Database) -> None:
    """Creates or updates schemas, tables, roles, grants and policies; repeating it changes nothing.

    Raises HubError ROLES_MISSING or OWNER_LACKS_RIGHTS when the owner may not do its part.
    """
    url = database.url.render_as_string(hide_password=False)
    try:
        await _create_roles(url, database.secret)
    except asyncpg.InsufficientPrivilegeError as error:
        message = "The owner may not create roles. Let a DBA run what `hub db roles` prints, then repeat `hub db upgrade`."
        raise HubError("ROLES_MISSING", message) from error
    try:
        await _bring(database, url)
    except (asyncpg.InsufficientPrivilegeError, ProgrammingError) as error:
        if isinstance(error, ProgrammingError) and getattr(error.orig, "sqlstate", None) != REFUSED:
            raise
        raise HubError("OWNER_LACKS_RIGHTS") from error


async def _bring(database: Database, url: str) -> None:
    engine = create_async_engine(database.url)
    try:
        async with engine.begin() as migrating:
            await migrating.run_sync(_migrate)
    finally:
        await engine.dispose()
    connection = await owner_connection(url)
    try:
        async with connection.transaction():
            existing = await connection.fetch(
                "select schemaname || '.' || tablename as t, policyname as p from pg_policies where schemaname = any($1)",
                list(SCHEMAS),
            )
            for statement in statements([(row["t"], row["p"]) for row in existing]):
                await connection.execute(statement)
    finally:
        await connection.close()


def _migrate(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    for schema in SCHEMAS:
        connection.exec_driver_sql(f"create schema if not exists {schema}")
    command.upgrade(config, "head")


async def _create_roles(url: str, secret: bytes) -> None:
    """Creates the roles if they are missing; an owner who may not create roles asks a DBA to run `hub db roles`."""
    connection = await owner_connection(url)
    try:
        present = await connection.fetchval("select count(*) from pg_roles where rolname = any($1)", list(ROLES))
        if present < len(ROLES):
            for statement in role_sql(secret):
                await connection.execute(statement)
    finally:
        await connection.close()


async def create_set(database: Database, seat: Seat) -> None:
    """Creates the roles of a set of nouns; raises HubError ROLES_MISSING when the owner may not."""
    connection = await owner_connection(database.url.render_as_string(hide_password=False))
    try:
        async with connection.transaction():
            for statement in set_sql(database.secret, seat):
                await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError as error:
        message = f"The owner may not create roles. Let a DBA run what `hub db roles {' '.join(seat.nouns)}` prints."
        raise HubError("ROLES_MISSING", message) from error
    finally:
        await connection.close()


async def schema_version(connection: asyncpg.Connection) -> str | None:
    """The schema version of a database, or none when the hub was never installed there."""
    try:
        found: str | None = await connection.fetchval("select version_num from hub.schema_version")
        return found
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
