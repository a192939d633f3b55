"""Readiness against a real database: its version, its relay, and a server that is not there (issue item 11)."""

from datetime import UTC, datetime, timedelta

from hub.store.pools import Database, owner_connection
from hub.store.relay import ensure_epoch
from infra.edge.health import Health, database_probe
from infra.edge.stay import Drain


async def codes(database: Database, lag_ms: int = 10_000) -> list[str]:
    """Why this database cannot serve."""
    return [problem.code for problem in await database_probe(database, lag_ms)()]


async def test_a_database_of_this_release_is_ready_until_its_relay_falls_behind(world: Database) -> None:
    assert await codes(world) == ["RELAY_BEHIND"], "none has worked yet"
    relay = await world.connect("hub_relay")
    await ensure_epoch(relay, datetime.now(UTC))
    assert await codes(world) == []
    await relay.execute("update hub.epoch set relay_lag_ms = 20000")
    assert await codes(world) == ["RELAY_BEHIND"]
    assert await codes(world, lag_ms=30_000) == []
    await relay.execute("update hub.epoch set relay_at = $1", datetime.now(UTC) - timedelta(minutes=1))
    assert await codes(world, lag_ms=30_000) == ["RELAY_BEHIND"], "it has fallen silent"
    await relay.close()


async def test_a_database_of_another_version_is_not_ready(world: Database) -> None:
    owner = await owner_connection(world.url.render_as_string(hide_password=False))
    await owner.execute("update hub.schema_version set version_num = 'older'")
    await owner.close()
    assert await codes(world) == ["SCHEMA_VERSION"]


async def test_a_server_that_is_not_there(tmp_path) -> None:  # type: ignore[no-untyped-def]
    nowhere = Database(
        f"postgresql://nobody:x@/none?host={tmp_path}", b"a secret for tests only, of more than thirty-two bytes"
    )
    answer = await Health(database_probe(nowhere, 1), Drain()).ready(None)  # type: ignore[arg-type]
    assert answer.status_code == 503
    assert b'"DATABASE_UNREACHABLE"' in bytes(answer.body)
