"""The worker: what a day brings is told once, and the whole way from an act to a reader runs in one process."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from hub.slices.rows import FULL, IDENTITY
from hub.store.pools import Database
from hub.store.relay import Relay
from hub.store.streams import Place, follow, head
from hub.viewer import PartyKind
from infra.worker import Worker, tick, utc_now
from tests.hub.store.telling import drained, tell, teller, until, viewer

TODAY = date(2026, 9, 1)
TOMORROW = TODAY + timedelta(days=1)
NOW = datetime(2026, 9, 1, 5, tzinfo=UTC)
FOREVER = date.max

CARD = (
    "insert into hub.card (party_id, apprentice_id, kind, reach, opened_on, status, readiness, standard_id, name_sort, "
    "due_sort, gateway_sort, start_sort) values ($1, $2, $3, $4, '2025-01-01', 'ON_PROGRAMME', 'NOT_READY', $5, '', "
    "'infinity', 'infinity', 'infinity')"
)


@dataclass(frozen=True)
class Intake:
    """One employer, one provider with a claim and one EPAO, all with cards for the same apprentices."""

    world: Database
    employer: UUID = field(default_factory=uuid4)
    provider: UUID = field(default_factory=uuid4)
    epao: UUID = field(default_factory=uuid4)
    standard: UUID = field(default_factory=uuid4)

    async def add(self, status: str, ready_from: date | None) -> UUID:
        """An apprentice whose stored readiness is this."""
        apprentice, connection = uuid4(), await teller(self.world)
        await connection.execute(
            "insert into apprentices.standard (id, title, planned) values ($1, 'Any', true) on conflict do nothing",
            self.standard,
        )
        await _insert_apprentice(connection, apprentice, self.standard)
        await connection.execute(
            "insert into gateway.readiness (apprentice_id, status, ready_from, overlays) values ($1, $2, $3, '{}')",
            apprentice, status, ready_from,
        )  # fmt: skip
        cards = ((self.employer, "employer", FULL), (self.provider, "provider", IDENTITY), (self.epao, "epao", FULL))
        for party, kind, reach in cards:
            await connection.execute(CARD, party, apprentice, kind, reach, self.standard)
        await connection.close()
        return apprentice

    async def move(self, apprentice: UUID, ready_from: date) -> None:
        """A changed fact moves the date."""
        connection = await teller(self.world)
        await connection.execute(
            "update gateway.readiness set ready_from = $2 where apprentice_id = $1", apprentice, ready_from
        )
        await connection.close()

    async def heard(self) -> list[tuple[UUID, UUID]]:
        """Everything that was ever told: (party, apprentice) in order, relayed or not."""
        connection = await self.world.connect("hub_relay")
        await Relay(self.world, utc_now).move(connection)
        rows = await connection.fetch("select party_id, apprentice_id from hub.event where type = 'gateway.ready' order by seq")
        await connection.close()
        return [(row["party_id"], row["apprentice_id"]) for row in rows]


async def _insert_apprentice(connection: asyncpg.Connection, apprentice: UUID, standard: UUID) -> None:
    organisation = uuid4()
    await connection.execute("insert into apprentices.organisation values ($1, 'Any', null, true)", organisation)
    await connection.execute(
        "insert into apprentices.apprentice (id, standard_id, employer_id) values ($1, $2, $3)",
        apprentice, standard, organisation,
    )  # fmt: skip


async def test_a_day_tells_once_who_became_ready_and_only_those_who_may_know(world: Database) -> None:
    intake = Intake(world)
    ready = await intake.add("NOT_READY", TODAY)
    missed = await intake.add("NOT_READY", TODAY - timedelta(days=9))
    by_act = await intake.add("READY", TODAY)
    for status, day in (
        ("NOT_READY", TOMORROW),
        ("NOT_READY", None),
        ("CLAIMED", TODAY),
        ("ON_BREAK", TODAY),
        ("PASSED", TODAY),
    ):
        await intake.add(status, day)
    assert await tick(world, TODAY, NOW) == 3
    told = await intake.heard()
    assert sorted(told) == sorted((intake.employer, each) for each in (ready, missed, by_act))
    for _ in range(2):
        assert await tick(world, TODAY, NOW) == 0
    assert await intake.heard() == told
    assert await tick(world, TOMORROW, NOW) == 1


async def test_four_workers_on_one_morning_tell_once(world: Database) -> None:
    intake = Intake(world)
    apprentices = [await intake.add("NOT_READY", TODAY) for _ in range(6)]
    told = await asyncio.gather(*(tick(world, TODAY, NOW) for _ in range(4)))
    assert sum(told) == 6
    assert sorted(await intake.heard()) == sorted((intake.employer, each) for each in apprentices)


async def test_a_date_that_moves_is_told_again_when_it_comes(world: Database) -> None:
    intake = Intake(world)
    apprentice = await intake.add("NOT_READY", TODAY)
    assert await tick(world, TODAY, NOW) == 1
    await intake.move(apprentice, TOMORROW)
    assert await tick(world, TODAY, NOW) == 0
    assert await tick(world, TOMORROW, NOW) == 1
    assert await intake.heard() == [(intake.employer, apprentice)] * 2


async def test_the_worker_carries_acts_and_days_to_readers(world: Database) -> None:
    intake, clock = Intake(world), [TODAY]
    party, stop = viewer(intake.employer), asyncio.Event()
    apprentice = await intake.add("NOT_READY", TODAY)
    async with Worker(world, lambda: clock[0]) as worker:
        pool = await world.party_reader(PartyKind.EMPLOYER)
        rows = follow(pool, worker.bell, party, lambda: clock[0], Place(1, 0), stop)
        async with asyncio.timeout(60):
            assert (await anext(rows)).apprentice_id == apprentice
        connection = await teller(world)
        await tell(connection, [intake.employer], 1)
        await connection.close()
        async with asyncio.timeout(60):
            assert (await anext(rows)).seq == 2
        await rows.aclose()
        began = utc_now()
        await worker.stop()
        assert utc_now() - began < timedelta(seconds=1)
    assert (await head(pool, party, TODAY)).seq == 2


async def test_a_job_that_fails_is_started_again(world: Database) -> None:
    worker, failures = Worker(world, lambda: TODAY), iter((True, False))

    async def fail_once(run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        if next(failures):
            raise ZeroDivisionError
        await run(stop)

    run = worker.relay.run
    worker.relay.run = lambda stop: fail_once(run, stop)  # type: ignore[method-assign]
    async with worker:
        await until(lambda: _leads(worker))
        connection = await teller(world)
        await tell(connection, [uuid4()], 1)
        await connection.close()
        await drained(world)


async def _leads(worker: Worker) -> bool:
    return worker.relay.leading
