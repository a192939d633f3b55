"""Streams: each party reads its own, resumes from any cursor, misses nothing and hears nothing twice (DESIGN §6)."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import HubError
from hub.store.bell import Bell, Ear
from hub.store.pools import Database, Pool
from hub.store.relay import Relay, bump_epoch
from hub.store.streams import EventCursors, EventRow, Place, after, follow, head
from hub.viewer import PartyKind
from infra.postgres import EmbeddedPostgres
from tests.conftest import SECRET
from tests.hub.store.telling import drained, now, tell, teller, until, viewer

TODAY = date(2026, 9, 1)
CURSORS = EventCursors(b"a key for tests")


@dataclass(frozen=True)
class Live:
    """A database with a relay and a bell at work."""

    database: Database
    bell: Bell

    async def pool(self) -> Pool:
        """The pool employers read on."""
        return await self.database.party_reader(PartyKind.EMPLOYER)

    async def post(self, party: UUID, numbers: list[int]) -> None:
        """One transaction that tells the party of each number."""
        connection = await teller(self.database)
        async with connection.transaction():
            for number in numbers:
                await tell(connection, [party], number)
        await connection.close()


@pytest.fixture(scope="module")
async def live(cluster: EmbeddedPostgres, template: str) -> AsyncIterator[Live]:
    """One live database for this module; every test has fresh parties."""
    await cluster.create("live_hub", template)
    database = Database(cluster.owner_url("live_hub"), SECRET)
    stop, bell = asyncio.Event(), Bell(database)
    tasks = [asyncio.create_task(each.run(stop)) for each in (Relay(database, now, batch=5), bell)]
    yield Live(database, bell)
    stop.set()
    await asyncio.gather(*tasks)
    await database.close()
    await cluster.drop("live_hub")


async def _take(rows: AsyncIterator[EventRow], count: int) -> list[EventRow]:
    found: list[EventRow] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found.append(await anext(rows))
    return found


def _refused(code: str, party: UUID, cursor: str, epoch: int = 3) -> None:
    with pytest.raises(HubError) as refusal:
        CURSORS.open(party, cursor, epoch)
    assert refusal.value.problem.code == code


@given(seq=st.integers(0, 2**63 - 1), data=st.data())
def test_a_cursor_opens_for_its_party_and_epoch_only(seq: int, data: st.DataObject) -> None:
    party = uuid4()
    cursor = CURSORS.close(party, Place(3, seq))
    assert cursor == CURSORS.close(party, Place(3, seq))
    assert CURSORS.open(party, cursor, 3) == seq
    _refused("CURSOR_INVALID", uuid4(), cursor)
    _refused("CURSOR_EXPIRED", party, cursor, 4)
    where = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_").filter(lambda each: each != cursor[where]))
    _refused("CURSOR_INVALID", party, cursor[:where] + letter + cursor[where + 1 :])
    _refused("CURSOR_INVALID", party, cursor[:where])


@given(st.text(max_size=80))
def test_text_that_is_no_cursor_is_refused_with_a_code(text: str) -> None:
    _refused("CURSOR_INVALID", uuid4(), text)


def test_another_key_opens_nothing() -> None:
    party = uuid4()
    _refused("CURSOR_INVALID", party, EventCursors(b"another key").close(party, Place(3, 1)))


async def test_each_party_reads_its_own_stream_only(live: Live) -> None:
    mine, other = uuid4(), uuid4()
    await live.post(mine, [1, 2])
    await live.post(other, [3])
    await drained(live.database)
    for kind in (PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO):
        pool = await live.database.party_reader(kind)
        assert [row.seq for row in await after(pool, viewer(mine, kind), TODAY, None, 10)] == [1, 2]
        assert [row.seq for row in await after(pool, viewer(other, kind), TODAY, None, 10)] == [1]
        assert await after(pool, viewer(uuid4(), kind), TODAY, None, 10) == []
        assert (await head(pool, viewer(mine, kind), TODAY)).seq == 2
        assert (await head(pool, viewer(uuid4(), kind), TODAY)).seq == 0
        assert await pool.fetchval("select count(*) from hub.event") == 0
        assert await pool.fetchval("select current_setting('hub.party', true)") in ("", None)


async def test_one_page_after_another_is_the_whole_stream(live: Live) -> None:
    party = viewer(uuid4())
    await live.post(party.party, list(range(23)))
    await drained(live.database)
    pool = await live.pool()
    rows: list[EventRow] = []
    while page := await after(pool, party, TODAY, rows[-1].seq if rows else 0, 5):
        rows += page
    assert [row.seq for row in rows] == list(range(1, 24))
    assert rows[0].type == "gateway.item_filed"
    assert rows[0].at <= now()
    assert len({row.id for row in rows}) == 23


async def test_events_no_longer_kept_are_a_coded_answer(live: Live) -> None:
    party = viewer(uuid4())
    connection = await live.database.connect("hub_relay")
    await connection.execute("insert into hub.stream values ($1, 6)", party.party)
    for seq in (5, 6):
        await connection.execute(
            "insert into hub.event values ($1, $2, $3, 'apprentice.changed', null, null, '{}', $4)",
            party.party, seq, uuid4(), now(),
        )  # fmt: skip
    await connection.close()
    pool = await live.pool()
    with pytest.raises(HubError, match="CURSOR_EXPIRED"):
        await after(pool, party, TODAY, 2, 10)
    assert [row.seq for row in await after(pool, party, TODAY, 4, 10)] == [5, 6]
    assert [row.seq for row in await after(pool, party, TODAY, None, 10)] == [5, 6]


async def test_follow_catches_up_and_goes_on_live(live: Live) -> None:
    party = viewer(uuid4())
    await live.post(party.party, [1, 2, 3])
    await drained(live.database)
    pool, stop = await live.pool(), asyncio.Event()
    place = await head(pool, party, TODAY)
    rows = follow(pool, live.bell, party, lambda: TODAY, Place(place.epoch, 1), stop, page=2)
    assert [row.seq for row in await _take(rows, 2)] == [2, 3]
    delays = []
    for number in range(5):
        waiting = asyncio.create_task(_take(rows, 1))
        await asyncio.sleep(0.3)
        began = now()
        await live.post(party.party, [number])
        assert [row.seq for row in await waiting] == [4 + number]
        delays.append(now() - began)
    # The fastest of five, so that a busy machine does not decide; the slowest polls add up to a quarter of a second.
    assert min(delays) < timedelta(seconds=0.3)
    stop.set()
    assert [row async for row in rows] == []


async def test_follow_ends_when_told_and_leaves_nothing_behind(live: Live) -> None:
    party, stop = viewer(uuid4()), asyncio.Event()
    pool = await live.pool()
    place = await head(pool, party, TODAY)
    rows = follow(pool, live.bell, party, lambda: TODAY, place, stop)
    waiting = asyncio.create_task(_take(rows, 1))
    await until(lambda: _listens(live, party.party, expected=True))
    stop.set()
    with pytest.raises(StopAsyncIteration):
        await waiting
    await until(lambda: _listens(live, party.party, expected=False))
    abandoned = follow(pool, live.bell, party, lambda: TODAY, place, asyncio.Event())
    await live.post(party.party, [1, 2])
    await _take(abandoned, 1)
    await abandoned.aclose()
    assert await _listens(live, party.party, expected=False)


async def _listens(live: Live, party: UUID, *, expected: bool) -> bool:
    return (party in live.bell._ears) is expected


async def test_waiting_readers_hold_no_connection(live: Live) -> None:
    parties = [viewer(uuid4()) for _ in range(300)]
    pool, stop = await live.pool(), asyncio.Event()
    place = await head(pool, parties[0], TODAY)
    waiting = [asyncio.create_task(_take(follow(pool, live.bell, each, lambda: TODAY, place, stop), 1)) for each in parties]

    async def all_wait() -> bool:
        listen = [await _listens(live, each.party, expected=True) for each in parties]
        return all(listen) and pool.get_idle_size() == pool.get_size()

    await until(all_wait)
    connection = await teller(live.database)
    await tell(connection, [each.party for each in parties], 1)
    await connection.close()
    found = await asyncio.gather(*waiting)
    assert [[row.seq for row in rows] for rows in found] == [[1]] * 300
    stop.set()


async def test_a_place_beyond_the_end_or_of_another_epoch_has_expired(live: Live) -> None:
    party, pool = viewer(uuid4()), await live.pool()
    place = await head(pool, party, TODAY)
    for stale in (Place(place.epoch, place.seq + 1), Place(place.epoch + 1, 0), Place(place.epoch - 1, 0)):
        with pytest.raises(HubError, match="CURSOR_EXPIRED"):
            await anext(follow(pool, live.bell, party, lambda: TODAY, stale, asyncio.Event()))


async def test_a_new_epoch_ends_every_stream_of_the_old_one(live: Live) -> None:
    party, pool = viewer(uuid4()), await live.pool()
    old = await head(pool, party, TODAY)
    waiting = asyncio.create_task(_take(follow(pool, live.bell, party, lambda: TODAY, old, asyncio.Event()), 1))
    await until(lambda: _listens(live, party.party, expected=True))
    operator = await live.database.connect("hub_operator")
    await bump_epoch(operator, now())
    await operator.close()
    with pytest.raises(HubError, match="CURSOR_EXPIRED"):
        await waiting
    fresh = await head(pool, party, TODAY)
    _refused("CURSOR_EXPIRED", party.party, CURSORS.close(party.party, old), fresh.epoch)
    await live.post(party.party, [1])
    assert await _take(follow(pool, live.bell, party, lambda: TODAY, fresh, asyncio.Event()), 1)


async def test_an_ear_told_before_it_waits_does_not_sleep() -> None:
    ear = Ear(0, 1)
    ear.tell(4)
    async with asyncio.timeout(20):
        await ear.beyond(3)
        waiting = asyncio.create_task(ear.beyond(4))
        await asyncio.sleep(0)
        ear.end()
        await waiting
        await ear.beyond(9)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writers=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=4), min_size=1, max_size=4),
    leaves=st.lists(st.integers(0, 9), max_size=6),
    page=st.integers(1, 6),
    seed=st.integers(0, 2**16),
)
async def test_a_reader_that_comes_and_goes_misses_nothing(live: Live, **drawn: Any) -> None:
    """Property: whatever the writers do and wherever the reader leaves, the joined parts are the stream."""
    party, dice = viewer(uuid4()), random.Random(drawn["seed"])

    async def write(sizes: list[int]) -> None:
        for size in sizes:
            await live.post(party.party, [0] * size)
            await asyncio.sleep(dice.random() * 0.03)

    pool, stop = await live.pool(), asyncio.Event()
    place = await head(pool, party, TODAY)
    cursor = CURSORS.close(party.party, place)
    total, seen = sum(map(sum, drawn["writers"])), list[int]()
    writing = [asyncio.create_task(write(sizes)) for sizes in drawn["writers"]]
    for count in [*drawn["leaves"], total]:
        start = Place(place.epoch, CURSORS.open(party.party, cursor, place.epoch))
        rows = follow(pool, live.bell, party, lambda: TODAY, start, stop, page=drawn["page"])
        async with contextlib.aclosing(rows):
            seen += [row.seq for row in await _take(rows, min(count, total - len(seen)))]
        cursor = CURSORS.close(party.party, Place(place.epoch, len(seen)))
    await asyncio.gather(*writing)
    await drained(live.database)
    assert seen == list(range(1, total + 1))
    assert (await head(pool, party, TODAY)).seq == total
