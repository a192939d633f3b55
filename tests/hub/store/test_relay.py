"""The relay misses nothing, repeats nothing, keeps order, and may be killed at any step (DESIGN §6, requirement EPA-107)."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.store.pools import Database
from hub.store.relay import Relay, bump_epoch, ensure_epoch, lag_ms
from tests.hub.store.telling import drained, now, tell, teller, told, until

STEPS = ("polling", "begun", "moved", "measured", "committed")
PARTIES = [uuid4() for _ in range(5)]


@asynccontextmanager
async def running(*relays: Relay) -> AsyncIterator[None]:
    """The relays at work."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(relay.run(stop)) for relay in relays]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _write(database: Database, numbers: Callable[[], int], seed: int) -> dict[int, list[UUID]]:
    """One writer: every tenth transaction is long, every fifteenth rolls back; answers what it committed, in order."""
    dice = random.Random(seed)
    connection = await teller(database)
    kept: dict[int, list[UUID]] = {}
    for _ in range(12):
        written = {numbers(): dice.sample(PARTIES, dice.randint(1, 5)) for _ in range(dice.randint(1, 3))}
        transaction = connection.transaction()
        await transaction.start()
        for number, parties in written.items():
            await tell(connection, parties, number)
            if dice.random() < 0.1:
                await asyncio.sleep(dice.random() * 0.08)
        if dice.random() < 1 / 15:
            await transaction.rollback()
        else:
            await transaction.commit()
            kept |= written
        await asyncio.sleep(dice.random() * 0.02)
    await connection.close()
    return kept


async def test_24_writers_none_missed_none_repeated(world: Database) -> None:
    counter = count()
    async with running(Relay(world, now, batch=17)):
        kept = await asyncio.gather(*(_write(world, lambda: next(counter), seed) for seed in range(24)))
        await drained(world)
    streams = await told(world)
    for party in PARTIES:
        expected = [[number for number, parties in own.items() if party in parties] for own in kept]
        assert sorted(streams[party]) == sorted(number for own in expected for number in own)
        for own in expected:
            assert [number for number in streams[party] if number in set(own)] == own


async def test_the_later_act_is_told_later_though_its_transaction_began_earlier(world: Database) -> None:
    party = uuid4()
    early, other, late = [await teller(world) for _ in range(3)]
    early_transaction, other_transaction = early.transaction(), other.transaction()
    await early_transaction.start()
    await early.execute("select pg_current_xact_id()")
    await other_transaction.start()
    await other.execute("select pg_current_xact_id()")
    await tell(late, [party], 1)
    await tell(early, [party], 2)
    await early_transaction.commit()
    relay = await world.connect("hub_relay")
    moving = Relay(world, now)
    assert await moving.move(relay) == 0
    await other_transaction.commit()
    assert await moving.move(relay) == 2
    assert await told(world) == {party: [1, 2]}
    for each in (early, other, late, relay):
        await each.close()


async def test_a_recipient_named_twice_hears_once_and_nobody_is_no_event(world: Database) -> None:
    party = uuid4()
    writer, relay = await teller(world), await world.connect("hub_relay")
    await tell(writer, [party, party], 1)
    await tell(writer, [], 2)
    assert await Relay(world, now).move(relay) == 2
    assert await told(world) == {party: [1]}
    await writer.close()
    await relay.close()


async def _prepare(world: Database) -> dict[UUID, list[int]]:
    writer = await teller(world)
    for number in range(40):
        await tell(writer, PARTIES[: 1 + number % 5], number)
    await writer.close()
    return {party: [n for n in range(40) if n % 5 >= place] for place, party in enumerate(PARTIES)}


@pytest.mark.parametrize("death", ["cancelled", "backend"])
@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_the_end_is_the_same(world: Database, step: str, death: str) -> None:
    expected = await _prepare(world)
    passed = count(1)
    killer = await world.connect("hub_relay")

    async def kill(at: str) -> None:
        if at == step and next(passed) == 3:
            if death == "cancelled":
                doomed.cancel()
                await asyncio.sleep(0)
            else:
                await killer.execute(
                    "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database "
                    "where l.locktype = 'advisory' and l.granted and d.datname = current_database()"
                )

    stop = asyncio.Event()
    doomed = asyncio.create_task(Relay(world, now, batch=7, step=kill).run(stop))
    try:
        if death == "cancelled":
            with pytest.raises(asyncio.CancelledError):
                await doomed
            assert sum(map(len, (await told(world)).values())) < sum(map(len, expected.values()))
            doomed = asyncio.create_task(Relay(world, now, batch=7).run(stop))
        await drained(world)
    finally:
        stop.set()
        await doomed
        await killer.close()
    assert next(passed) > 3
    assert await told(world) == expected


async def test_one_leads_and_the_other_takes_over_within_a_second(world: Database) -> None:
    stops = asyncio.Event(), asyncio.Event()
    relays = Relay(world, now), Relay(world, now)
    tasks = [asyncio.create_task(relay.run(stop)) for relay, stop in zip(relays, stops, strict=True)]

    async def led() -> bool:
        return any(relay.leading for relay in relays)

    await until(led)
    await asyncio.sleep(0.5)
    assert sum(relay.leading for relay in relays) == 1
    first = 0 if relays[0].leading else 1
    stops[first].set()
    await tasks[first]
    began = now()
    await until(led, 3)
    assert now() - began < timedelta(seconds=1)
    assert relays[1 - first].leading
    stops[1 - first].set()
    await asyncio.gather(*tasks)


async def test_lag_is_the_age_of_the_oldest_waiting_row(world: Database) -> None:
    clock = datetime(2026, 9, 1, 12, tzinfo=UTC)
    relay, writer, holder = await world.connect("hub_relay"), await teller(world), await teller(world)
    await ensure_epoch(relay, now())
    await ensure_epoch(relay, now())
    holding = holder.transaction()
    await holding.start()
    await holder.execute("select pg_current_xact_id()")
    await tell(writer, [uuid4()], 1, clock - timedelta(seconds=3))
    moving = Relay(world, lambda: clock)
    assert await moving.move(relay) == 0
    assert await lag_ms(relay, clock) == 3000
    assert await _lag(relay) == 3000
    await holding.commit()
    assert await moving.move(relay) == 1
    assert await _lag(relay) == 0
    for each in (relay, writer, holder):
        await each.close()


async def _lag(connection: asyncpg.Connection) -> int:
    lag: int = await connection.fetchval("select relay_lag_ms from hub.epoch")
    return lag


async def test_with_nothing_to_do_nothing_is_written(world: Database) -> None:
    relay = await world.connect("hub_relay")
    await ensure_epoch(relay, now())
    moving = Relay(world, now)
    before = await relay.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text")
    for _ in range(20):
        assert await moving.move(relay) == 0
    assert await relay.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text") == before
    await relay.close()


async def test_two_restores_of_one_backup_never_share_an_epoch(world: Database) -> None:
    relay = await world.connect("hub_relay")
    await ensure_epoch(relay, now())
    first = await bump_epoch(relay, datetime(2026, 9, 1, 12, tzinfo=UTC))
    await relay.execute("update hub.epoch set epoch = 1")
    second = await bump_epoch(relay, datetime(2026, 9, 1, 12, 5, tzinfo=UTC))
    assert 1 < first < second < await bump_epoch(relay, datetime(2026, 9, 1, 12, 5, tzinfo=UTC))
    await relay.close()
