"""Loads the world straight by SQL into an embedded cluster that is kept between runs."""

import hashlib
import time
from dataclasses import asdict
from pathlib import Path

import asyncpg

from bench.world import World
from hub.settings import Settings
from hub.store.plans import install, load_library
from hub.store.pools import Database
from hub.store.roles import password
from infra.database import upgrade
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret

SQL = Path(__file__).with_name("load.sql")
FAST = {"session_replication_role": "replica", "synchronous_commit": "off", "maintenance_work_mem": "512MB", "jit": "off"}
INDEXES = """
select schemaname || '.' || indexname as name, indexdef as sql from pg_indexes
where schemaname = any($1) and not exists (select 1 from pg_constraint c join pg_namespace n on n.oid = c.connamespace
  where c.conname = indexname and n.nspname = schemaname)
"""
SCHEMAS = ["apprentices", "gateway", "portfolios", "grades", "hub"]


def home() -> Path:
    """Where the bench keeps its cluster: beside the hub's own, never in it."""
    return Settings().home / "bench"


def open_cluster() -> EmbeddedPostgres:
    """The bench's own running cluster."""
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    return EmbeddedPostgres(cluster_folder(folder), read_secret(folder))


async def superuser(cluster: EmbeddedPostgres, database: str) -> asyncpg.Connection:
    """A connection past every policy, for loading and cleaning up."""
    return await asyncpg.connect(
        host=cluster.socket_folder, user="postgres", database=database, password=password(cluster.secret, "postgres")
    )


async def ensure(cluster: EmbeddedPostgres, world: World, *, fresh: bool = False) -> tuple[str, float]:
    """The name of a database that holds this world, and how many seconds it took to load (0 when it was there)."""
    await cluster.prepare()
    name = _name(world)
    if fresh:
        await cluster.drop(name)
    connection = await superuser(cluster, "postgres")
    try:
        if await connection.fetchval("select 1 from pg_database where datname = $1", name):
            return name, 0.0
        # A load of this size would otherwise stop for a checkpoint every few seconds.
        await connection.execute("alter system set max_wal_size = '4GB'")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()
    started = time.perf_counter()
    making = f"{name}_part"
    await cluster.drop(making)
    await cluster.create(making)
    await _fill(cluster, making, world)
    connection = await superuser(cluster, "postgres")
    await connection.execute(f'alter database "{making}" rename to "{name}"')
    await connection.close()
    return name, time.perf_counter() - started


def _name(world: World) -> str:
    """A database's name says its size and what filled it, so that a changed loader or schema loads again."""
    here = Path(__file__).parents[1]
    schema = [SQL, *sorted((here / "infra/migrations/versions").iterdir()), *sorted((here / "hub/plan/plans").iterdir())]
    locks = [here / "hub/slices/rows.py", here / "hub/store/policies.py"]
    made_of = b"".join(each.read_bytes() for each in (*schema, *locks) if each.is_file())
    mark = hashlib.sha256(made_of + str(asdict(world)).encode()).hexdigest()[:10]
    return f"bench_{world.total}_{mark}"


async def _fill(cluster: EmbeddedPostgres, name: str, world: World) -> None:
    database = Database(cluster.owner_url(name), cluster.secret)
    await upgrade(database)
    async with database.engine("hub_operator").begin() as connection:
        await install(connection, load_library())
    await database.close()
    numbers = {**asdict(world), "total": world.total, "ordinary": world.ordinary}
    connection = await superuser(cluster, name)
    try:
        for setting, value in FAST.items():
            await connection.execute(f"set {setting} = '{value}'")
        indexes = await connection.fetch(INDEXES, SCHEMAS)
        for index in indexes:
            await connection.execute(f"drop index {index['name']}")
        await connection.execute(SQL.read_text().format(**numbers))
        for index in indexes:
            await connection.execute(index["sql"])
        await connection.execute("vacuum analyze")
        await connection.execute("checkpoint")
    finally:
        await connection.close()
