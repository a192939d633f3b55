"""Generated worlds: the row matrix, the two worlds and the embargo, in over 500 worlds of chance for each full run."""

import random
from time import monotonic

import pytest

from hub.errors import HubError
from tests.counting import counted
from tests.slices.asking import Front, front_of
from tests.slices.bundles import Values, apart, asked, heard, values
from tests.slices.flips import flip
from tests.slices.land import NOW
from tests.slices.rolled import Rolled, above, undone
from tests.slices.truth import differences, purge
from tests.slices.worlds import PASSED, Made, Stock, make, ready
from tests.world import Party

QUICK, DEEP, BATCHES = 16, 80, 3
"""Worlds of a batch: two batches are played by `make test`, six by `make prove`, 512 in all."""
CLONED = 20
"""Worlds over one clone: what was undone still fills its tables, so that the next ones take longer."""
Said = dict[str, bytes]


async def answers(front: Front, party: Party, given: Values) -> Said:
    """All a party is sent: every answer, and the end of its stream."""
    found = await asked(front, party, given)
    found |= {f"stream {n}": each for n, each in enumerate(await heard(front, party))}
    return found


async def foreign_cursors(front: Front, world: Made, given: Values) -> list[str]:
    """Cursors that were made for another party, which any party may come by."""
    document = "{ apprentices { pageInfo { endCursor } } events { pageInfo { endCursor } } }"
    _, body = await front.ask(world.parties["epao"][0], document)
    return [each["pageInfo"]["endCursor"] for each in body["data"].values() if each["pageInfo"]["endCursor"]]


async def played(rolled: Rolled, front: Front, stock: Stock, seed: int) -> int:
    """One world: rows as the matrix has them; two worlds alike; the embargo flipped and nothing noticed. Who noticed."""
    chance = random.Random(f"play {seed}")
    async with undone(rolled) as connection:
        world = await make(connection, stock, seed)
        for party in world.everyone:
            wrong = await differences(connection, party, NOW.isoformat())
            assert not wrong, (seed, party.viewer.kind, sorted(wrong)[:5])
        given = await values(connection, world, world.seed)
        given.cursors += await foreign_cursors(front, world, given)
        looking = [chance.choice(each) for each in world.parties.values()]
        before = [await answers(front, party, given) for party in looking]
        noticed = await _flipped(rolled, front, world, looking, before, given)
        for place in chance.sample(range(len(looking)), 2):
            await _alone(rolled, front, looking[place], before[place], given)
    return noticed


async def _flipped(rolled: Rolled, front: Front, world: Made, looking: list[Party], before: list[Said], given: Values) -> int:
    noticed = 0
    connection = await rolled.take("")
    savepoint = connection.transaction()
    await savepoint.start()
    noticing, readable = await flip(connection, world, random.Random(f"flip {world.seed}"))
    for party, was in zip(looking, before, strict=True):
        if party not in noticing:
            told = apart(was, await answers(front, party, given))
            assert not told, (world.seed, party.viewer.kind, told)
        elif readable:
            noticed += bool(apart(was, await answers(front, party, given)))
    await rolled.take("")
    await savepoint.rollback()
    return noticed


async def _alone(rolled: Rolled, front: Front, party: Party, before: Said, given: Values) -> None:
    connection = await rolled.take("")
    savepoint = connection.transaction()
    await savepoint.start()
    assert await purge(connection, party) > 100
    told = apart(before, await answers(front, party, given))
    assert not told, (party.viewer.kind, told)
    await rolled.take("")
    await savepoint.rollback()


async def _run(stock: Stock, seeds: range) -> int:
    async with stock.land.clone() as database, above(stock.land, database) as rolled:
        await ready(rolled.connection)
        front = front_of(stock.land, rolled)
        return sum([await played(rolled, front, stock, seed) for seed in seeds])


async def batch(stock: Stock, seeds: range) -> None:
    """Plays worlds one after another over one clone, and says how fast."""
    began = monotonic()
    noticed = sum([await _run(stock, seeds[start : start + CLONED]) for start in range(0, len(seeds), CLONED)])
    assert noticed > 0, "no EPAO ever noticed that its own results had changed"
    took = monotonic() - began
    counted(f"generated worlds {seeds.start}-{seeds.stop - 1}: {len(seeds)} in {took:.1f} s, {len(seeds) / took:.2f} a second;"
            f" two worlds, embargo flipped, rows of 12 parties")  # fmt: skip


@pytest.mark.parametrize("full", [False, True], ids=["as acts leave it", "every row for everybody"])
async def test_d7_two_worlds_and_embargo_in_generated_worlds(stocks: dict[bool, Stock], full: bool) -> None:
    """d7, (e) 2, (e) 3, EPA-107: a few generated worlds in every run of the tests."""
    start = 10_000 * full
    await batch(stocks[full], range(start, start + QUICK))


@pytest.mark.deep
@pytest.mark.parametrize("full", [False, True], ids=["as acts leave it", "every row for everybody"])
@pytest.mark.parametrize("number", range(BATCHES))
async def test_d7_two_worlds_and_embargo_in_many_generated_worlds(stocks: dict[bool, Stock], full: bool, number: int) -> None:
    """d7, (e) 2, (e) 3, EPA-107: 480 more, each with other casts, dates, reaches, equal ULNs and keys."""
    start = 10_000 * full + 1000 * (number + 1)
    await batch(stocks[full], range(start, start + DEEP))


# table, kind, condition: a policy that opens too much, and which comparison has to notice it
OPENED = [
    ("hub.card", "employer", "true", "alone"),
    ("hub.event", "provider", "true", "alone"),
    ("apprentices.leaver_record", "epao", "true", "alone"),
    ("gateway.item", "provider", "true", "alone"),
    ("grades.assessment", "employer", "true", "flip"),
    ("grades.grade", "provider", "audience = 'epao'", "flip"),
]


@pytest.mark.parametrize(("table", "kind", "using", "how"), OPENED, ids=str)
async def test_the_comparisons_notice_an_open_lock(
    stocks: dict[bool, Stock], table: str, kind: str, using: str, how: str
) -> None:
    """A law that cannot fail proves nothing: with one policy opened too far, two worlds or the flip tell."""
    stock = stocks[True]
    async with stock.land.clone() as database, above(stock.land, database) as rolled:
        await ready(rolled.connection)
        front = front_of(stock.land, rolled)
        async with undone(rolled) as connection:
            world = await make(connection, stock, 3)
            await connection.execute(PASSED)
            await connection.execute(f"alter policy sees_{kind} on {table} using ({using})")
            given, party = await values(connection, world, world.seed), world.parties[kind][0]
            assert await differences(connection, party, NOW.isoformat())
            # A stream with foreign numbers in it has gaps, and so ends at once.
            with pytest.raises((AssertionError, HubError)):
                before = await answers(front, party, given)
                if how == "alone":
                    await _alone(rolled, front, party, before, given)
                else:
                    assert party not in (await flip(await rolled.take(""), world, random.Random(1)))[0]
                    assert not apart(before, await answers(front, party, given))
