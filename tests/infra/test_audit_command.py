"""`hub audit` as the operator uses it: heads that parties keep, a check that names what was altered, and who saw whom."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest

from hub.settings import Settings
from hub.store.pools import Database
from infra.storage import open_storage
from tests.hub.store.recording import above, chained, parties, recorded, rows
from tests.infra.running import hub


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A hub of one's own, with its roles."""
    folder = tmp_path_factory.mktemp("audit")
    assert hub(folder, "audit", "heads").code == 0
    yield folder


def within(home: Path, work: Any) -> Any:
    """Runs work on the database of a home, in a loop and a server of its own."""

    async def working() -> Any:
        async with open_storage(Settings(home=home)) as storage:
            return await work(storage.database)

    return asyncio.run(working())


def test_b8_a_known_sequence_is_answered_exactly_and_a_tampered_one_is_named(home: Path, tmp_path: Path) -> None:
    """Issue 4, 5: who saw an apprentice, what a client read between two moments; then a changed record, exit code 1."""
    one, other = uuid4(), uuid4()

    async def played(database: Database) -> Any:
        employer, epao = await parties(database, "employer", "epao")
        for subject in (one, other, one):
            await recorded(database, employer, subject)
        await chained(database)
        await recorded(database, epao, one)
        return employer, epao

    employer, epao = within(home, played)
    found = [orjson.loads(line) for line in hub(home, "audit", "who", "--saw", f"apr_{one}", "--json").out.splitlines()]
    assert [each["client"] for each in found] == [employer.client, employer.client, epao.client]
    assert {tuple(each["subjects"]) for each in found} == {(f"apr_{one}",)}
    lines = hub(home, "audit", "who", "--client", employer.client, "--since", "2020-01-01").out.splitlines()
    assert len(lines) == 3 and all("read Queue" in line for line in lines)
    assert hub(home, "audit", "who", "--client", employer.client, "--until", "2020-01-01").out == ""
    within(home, chained)
    kept = tmp_path / "heads.jws"
    kept.write_text(hub(home, "audit", "heads").out)
    whole = hub(home, "audit", "verify", "--head", str(kept))
    assert (whole.code, whole.out.splitlines()[-1]) == (0, "4 records in 2 chains, 0 not linked yet: whole.")

    async def tampered(database: Database) -> Any:
        row = (await rows(database))[1]["id"]
        boss = await above(database)
        await boss.execute("update hub.audit set client = 'cli_somebody_else' where id = $1", row)
        await boss.close()
        return row

    row = within(home, tampered)
    told = hub(home, "audit", "verify", "--json")
    first = orjson.loads(told.out)["faults"][0]
    assert told.code == 1
    assert (first["party"], first["seq"], first["record"]) == (f"pty_{employer.party}", 2, str(row))


def test_a_head_that_no_key_of_the_hub_signed_is_refused(home: Path, tmp_path: Path) -> None:
    """A forged head proves nothing, and is not taken for a broken chain."""
    forged = tmp_path / "forged.jws"
    forged.write_text("eyJhbGciOiJub25lIn0.e30.")
    ran = hub(home, "audit", "verify", "--head", str(forged))
    assert ran.code == 1 and ran.err.startswith("HEAD_INVALID")
