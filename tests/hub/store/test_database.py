"""The schema that the migrations make is the schema that the code describes, and every table is locked."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine

from hub.slices.rows import TABLES
from hub.store.base import SCHEMAS
from hub.store.pools import Database, owner_connection
from hub.store.spine import Xid8
from hub.store.tables import metadata
from infra.database import expected_version, schema_version, upgrade

ischema_names["xid8"] = Xid8
URL = {"hide_password": False}


def _differences(connection: Connection) -> list[object]:
    options = {"include_schemas": True, "version_table": "schema_version", "version_table_schema": "hub"}
    options["include_name"] = lambda name, kind, _: kind != "schema" or name in SCHEMAS
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


async def test_migrations_make_the_described_tables(database: Database) -> None:
    engine = create_async_engine(database.url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


async def test_upgrade_twice_changes_nothing(world: Database) -> None:
    await upgrade(world)
    connection = await owner_connection(world.url.render_as_string(**URL))
    assert await schema_version(connection) == expected_version()
    await connection.close()


async def test_no_context_no_rows(database: Database) -> None:
    for role in ("hub_employer", "hub_provider", "hub_epao"):
        pool = await database.reader(role)
        assert await pool.fetchval("select count(*) from hub.card") == 0
        assert await pool.fetchval("select count(*) from apprentices.identity") == 0


def test_every_table_has_its_slice() -> None:
    assert {table.fullname for table in metadata.sorted_tables} == set(TABLES)
