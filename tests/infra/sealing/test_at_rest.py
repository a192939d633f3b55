"""What the host holds tells of no result before its release: dump, write-ahead log, files, server log, logs, metrics (d4).

The plan has grades of its own, so that each can be looked for, and every free text is a canary.
"""

from collections.abc import AsyncIterator

import pytest

from tests.hub.acts.dumps import everything
from tests.infra.sealing.canaries import HIDDEN, MINUTES, PASSED, SLIDES, TEXTS, canary_library, play
from tests.infra.sealing.hosting import Host, hosted
from tests.infra.sealing.lookout import found_in, place_in_log, places


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    """A hub of a test's own that knows the canary plan."""
    async with hosted(canary_library()) as made:
        yield made


async def looked_at(host: Host) -> dict[str, set[str]]:
    """Where the story left what, by place; the plan's own rows were there before it."""
    words, found = (*HIDDEN, PASSED), {}
    async with everything(host.world.database) as connection:
        await connection.execute("vacuum freeze")
        begun = await place_in_log(connection)
        await play(host)
        async for place, held in places(connection, host.cluster.folder, begun):
            # Of the plan's own pages and what stands beside them, the grades are no news.
            found[place] = found_in(held, (*TEXTS, SLIDES, MINUTES) if place.startswith(("plan", "file")) else words)
    found |= {"log": found_in(host.logged(), words), "metrics": found_in(await host.metrics(), words)}
    return {place: told for place, told in found.items() if told}


async def test_d4_dump_write_ahead_log_files_logs_and_metrics_hold_no_unreleased_grade_and_no_canary(host: Host) -> None:
    """Issue 4, Must show: after a story with every sealed text a canary and grades that stand nowhere else."""
    found = await looked_at(host)
    assert {place: told - {PASSED} for place, told in found.items() if told - {PASSED}} == {}
    # What was released is where it belongs: the look would have found the others.
    assert {place for place, told in found.items() if PASSED in told} >= {"table grades.release", "write-ahead log"}
    read = b"".join(host.answers)
    assert found_in(read, HIDDEN) == set(HIDDEN), "the EPAO itself reads all of it"


@pytest.mark.usefixtures("unsealed")
async def test_d4_the_same_look_finds_every_one_of_them_where_nothing_is_sealed(host: Host) -> None:
    """The look has teeth: without the seal each hidden word is in the dump and in the write-ahead log."""
    found = await looked_at(host)
    in_tables = set().union(*(told for place, told in found.items() if place.startswith("table")))
    assert set(HIDDEN) <= in_tables and set(HIDDEN) <= found["write-ahead log"]
