"""Reads are recorded: one row each, none lost, and nobody's data leaves for a third party before its row is safe (B8)."""

import asyncio
import random
import sys
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from hub.errors import HubError
from hub.slices.rows import NOUNS
from hub.store import recorder as module
from hub.store.pools import Database
from hub.store.recorder import Recorder, What
from hub.store.roles import SEATS, subgraph_secret
from hub.trace import TRACE
from tests.hub.store.recording import WHAT, above, parties, recorded, rows
from tests.hub.store.telling import until


async def written(recorder: Recorder) -> bool:
    """Whether nothing waits any more."""
    return recorder.waiting == 0


LOCK = "lock table hub.audit in exclusive mode"
STILL = 0.3


async def test_b8_a_row_says_who_read_what_of_whom_and_when(world: Database) -> None:
    """Issue 4, 5: party, client, operation, document, classes, subjects, instant and trace."""
    (viewer,) = await parties(world, "employer")
    subjects = [uuid4(), uuid4()]
    TRACE.set("a" * 32)
    before = datetime.now(UTC)
    await recorded(world, viewer, *subjects)
    (row,) = await rows(world)
    assert (row["party_id"], row["client"], row["act"], row["kind"]) == (viewer.party, viewer.client, "Queue", "read")
    assert (row["subjects"], row["classes"], row["trace"]) == (subjects, ["gateway", "identity"], "a" * 32)
    assert row["fingerprint"] == WHAT.fingerprint and before <= row["at"] <= datetime.now(UTC)
    TRACE.set(None)


async def test_b8_many_at_once_are_written_each_with_its_own_subjects(world: Database) -> None:
    """Rows that share a statement keep their own subjects, classes and order."""
    viewers = await parties(world, "employer", "provider", "epao")
    recorder, expected = Recorder(world), {}

    async def read(number: int) -> None:
        name = f"Q{number}"
        expected[name] = [uuid4() for _ in range(number % 7)]
        what = What(name, b"f", ("identity",) if number % 2 else ())
        await recorder.record(viewers[number % 3], what, tuple(expected[name]))

    await asyncio.gather(*(read(number) for number in range(700)))
    await recorder.close()
    found = await rows(world)
    assert {row["act"]: row["subjects"] for row in found} == expected and len(found) == 700
    assert all(row["classes"] == (["identity"] if int(row["act"][1:]) % 2 else []) for row in found)


@pytest.mark.parametrize("kind", ["epao", "regulator", "apprentice"])
async def test_b8_a_third_party_waits_until_its_row_is_safe(world: Database, kind: str) -> None:
    """DESIGN §5: while the insert is held up nothing is answered, and it is as soon as the row is committed."""
    (viewer,) = await parties(world, kind if kind == "epao" else "employer")
    viewer = type(viewer)(viewer.party, module.PartyKind(kind), viewer.organisation, viewer.client, viewer.scopes)
    recorder, lock = Recorder(world), await above(world)
    transaction = lock.transaction()
    await transaction.start()
    await lock.execute(LOCK)
    reading = asyncio.create_task(recorder.record(viewer, WHAT, (uuid4(),)))
    await asyncio.sleep(STILL)
    assert not reading.done()
    await transaction.rollback()
    await reading
    assert len(await rows(world)) == 1
    await lock.close()
    await recorder.close()


async def test_b8_an_owner_does_not_wait_and_its_row_comes_a_moment_later(world: Database) -> None:
    """DESIGN §5: own-data reads may be written just after."""
    (viewer,) = await parties(world, "provider")
    recorder, lock = Recorder(world), await above(world)
    async with lock.transaction():
        await lock.execute(LOCK)
        await asyncio.wait_for(recorder.record(viewer, WHAT, (uuid4(),)), 20)
        assert recorder.waiting == 1
    await until(lambda: written(recorder))
    assert len(await rows(world)) == 1
    await lock.close()
    await recorder.close()


async def test_b8_reads_are_refused_while_they_cannot_be_recorded(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 4, 5: no row, no read; HUB_UNAVAILABLE for owner and third party alike, and all is written afterwards."""
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    owner, third = await parties(world, "employer", "epao")
    recorder, lock = Recorder(world), await above(world)
    transaction = lock.transaction()
    await transaction.start()
    await lock.execute(LOCK)
    await recorder.record(owner, WHAT, (uuid4(),))
    with pytest.raises(HubError, match="recorded"):
        await recorder.record(third, WHAT, (uuid4(),))
    refused: list[str] = []

    async def told() -> bool:
        try:
            recorder.open()
        except HubError as no:
            refused.append(no.problem.code)
        return bool(refused)

    await until(told)
    assert refused == ["HUB_UNAVAILABLE"]
    with pytest.raises(HubError):
        await recorder.record(owner, WHAT, (uuid4(),))
    await transaction.rollback()
    monkeypatch.undo()
    await until(lambda: written(recorder))
    recorder.open()
    await recorder.record(third, WHAT, (uuid4(),))
    await recorder.close()
    # Two came before it was known; the third party's was refused and is on record all the same.
    assert len(await rows(world)) == 3
    await lock.close()


async def test_b8_rows_that_wait_are_bounded(world: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that lags makes readers wait instead of memory grow."""
    monkeypatch.setattr(module, "MOST", 10)
    (viewer,) = await parties(world, "employer")
    recorder, lock = Recorder(world), await above(world)
    transaction = lock.transaction()
    await transaction.start()
    await lock.execute(LOCK)
    readers = [asyncio.create_task(recorder.record(viewer, WHAT, (uuid4(),))) for _ in range(60)]
    await asyncio.sleep(STILL)
    assert sum(each.done() for each in readers) <= 20 and recorder.waiting <= 20
    await transaction.rollback()
    await asyncio.gather(*readers)
    await recorder.close()
    assert len(await rows(world)) == 60
    await lock.close()


async def test_b8_a_writer_cut_off_in_mid_statement_writes_each_row_once(
    world: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever of a cut connection had arrived is not written a second time, and nothing is lost."""
    # How long readers wait is not what is asked here, and a busy machine connects slowly.
    monkeypatch.setattr(module, "PATIENCE", 20.0)
    viewers = await parties(world, "employer", "epao")
    recorder, boss = Recorder(world), await above(world)
    done, cuts = asyncio.Event(), 0

    async def cutting() -> None:
        nonlocal cuts
        while not done.is_set():
            cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hub_audit'"
            cuts += len(await boss.fetch(cut))
            await asyncio.sleep(random.uniform(0.01, 0.15))

    async def read(number: int) -> None:
        await asyncio.sleep(number * 0.004)
        await recorder.record(viewers[number % 2], What(f"Q{number}", b"f", ()), (uuid4(),))

    cutter = asyncio.create_task(cutting())
    await asyncio.gather(*(read(number) for number in range(300)))
    done.set()
    await cutter
    await recorder.close()
    assert cuts > 2
    assert sorted(row["act"] for row in await rows(world)) == sorted(f"Q{number}" for number in range(300))
    await boss.close()


async def test_b8_closing_writes_what_waits(world: Database) -> None:
    """A hub that is stopped loses no record of an own-data read."""
    (viewer,) = await parties(world, "employer")
    recorder = Recorder(world)
    for _ in range(2_500):
        await recorder.record(viewer, WHAT, (uuid4(),))
    assert recorder.waiting > 0
    await recorder.close()
    assert recorder.waiting == 0 and len(await rows(world)) == 2_500


async def test_b8_after_kill_9_every_answer_to_a_third_party_is_on_record(world: Database) -> None:
    """Issue 4, 5: a process that is killed in mid-read has answered nothing that was not recorded."""
    (viewer,) = await parties(world, "epao")
    url, secret = world.url.render_as_string(hide_password=False), world.secret.decode()
    command = (sys.executable, "-m", "tests.hub.store.reading", url, secret, str(viewer.party))
    answered: set[str] = set()
    killed = 0
    while killed < 3 or len(answered) <= 50:
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        answered.add((await process.stdout.readline()).decode().strip())
        await asyncio.sleep(random.random() * 0.3)
        process.kill()
        answered |= set((await process.stdout.read()).decode().split("\n")[:-1])
        await process.wait()
        killed += 1
    assert answered <= {row["act"] for row in await rows(world)}


@pytest.mark.parametrize("noun", NOUNS)
async def test_b8_a_subgraph_records_under_its_own_role_and_reads_no_record(world: Database, noun: str) -> None:
    """Each noun's process writes the audit with the rights of its own role, which may neither read nor change it."""
    url = world.url.set(username=None, password=None).render_as_string(hide_password=False)
    seated = Database(url, subgraph_secret(world.secret, noun), 22, SEATS[noun])
    (viewer,) = await parties(world, "epao")
    await recorded(seated, viewer, uuid4())
    assert [row["party_id"] for row in await rows(world)] == [viewer.party]
    connection = await seated.connect(SEATS[noun].auditor)
    for statement in ("select count(*) from hub.audit", "delete from hub.audit", "update hub.audit set act = ''"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()
