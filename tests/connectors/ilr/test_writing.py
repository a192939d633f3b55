"""Made-up cohorts: the same for the same seed, valid by our description and the official schema, at any size."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.ilr.official import OfficialSchema
from connectors.ilr.people import cohort, ulns
from connectors.ilr.reading import check, learners
from connectors.ilr.writing import write_cohort, write_learners
from hub.errors import HubError
from hub.words import parse_uln

EMPLOYERS = ["900000001", "900000002"]
STARTS = [date(2024, 9, 2), date(2025, 2, 3)]


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Writes a cohort and answers its path."""

    def to_file(size: int, seed: int = 1, **changes: Any) -> Path:
        path = tmp_path / f"{seed}-{size}.xml"
        facts = {"provider_ukprn": "10009999", "employers": EMPLOYERS, "starts": STARTS, "lars_code": "648"}
        write_cohort(path, size=size, seed=seed, **(facts | changes))
        return path

    return to_file


Make = Callable[..., Path]


def test_the_same_seed_gives_the_same_bytes(make: Make, tmp_path: Path) -> None:
    first = make(30).read_bytes()
    assert make(30).read_bytes() == first
    assert make(30, seed=2).read_bytes() != first


def test_unique_learner_numbers_are_valid_and_never_shared_between_seeds() -> None:
    seen: set[str] = set()
    for seed in range(39):
        batch = [uln for uln, _ in zip(ulns(seed), range(200), strict=False)]
        assert all(parse_uln(uln) == uln and uln.startswith("99") for uln in batch)
        assert seen.isdisjoint(batch)
        seen.update(batch)
    assert len(list(ulns(38))) >= 220_000


@pytest.mark.parametrize("assessor", [None, "EPA0001"])
def test_a_cohort_is_valid_by_our_description_and_all_of_it_is_on_the_standard(make: Make, assessor: str | None) -> None:
    path = make(25, assessor=assessor)
    assert check(path).faults == []
    aims = [node.all("LearningDelivery")[0].values for node in learners(path)]
    assert {(aim["AimType"], aim["ProgType"], aim["StdCode"]) for aim in aims} == {("1", "25", "648")}
    assert {aim.get("EPAOrgID") for aim in aims} == {assessor}


def test_a_cohort_is_valid_by_the_official_schema(make: Make, official_schema: Path) -> None:
    assert check(make(300, assessor="EPA0001"), OfficialSchema(official_schema)).faults == []


def test_learners_of_any_status_are_valid(tmp_path: Path, official_schema: Path) -> None:
    [one] = cohort(employers=EMPLOYERS, size=1, starts=STARTS, seed=3)
    people = [replace(one, status=status, ended=date(2025, 3, 1)) for status in (2, 3, 6)]
    odd = replace(one, given_names="Zo\xeb & <Co>", uln="9999999999")
    write_learners(tmp_path / "x.xml", [one, odd, *people], provider_ukprn="10009999", lars_code="1")
    assert check(tmp_path / "x.xml", OfficialSchema(official_schema)).faults == []
    assert [node.values["GivenNames"] for node in learners(tmp_path / "x.xml")][1] == "Zo\xeb & <Co>"


def test_a_cohort_is_spread_over_employers_and_starts() -> None:
    people = list(cohort(employers=EMPLOYERS, size=40, starts=STARTS, seed=3))
    assert {(each.employer, each.started) for each in people} == {(e, s) for e in EMPLOYERS for s in STARTS}
    assert len({each.uln for each in people}) == len({each.reference for each in people}) == 40


@pytest.mark.parametrize("changes", [{"size": -1}, {"size": 220_001}, {"employers": []}, {"starts": []}])
def test_an_impossible_cohort_is_refused(changes: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"employers": EMPLOYERS, "size": 1, "starts": STARTS, "seed": 1} | changes
    with pytest.raises(HubError, match="ARGUMENT_INVALID"):
        next(cohort(**facts))


GROWTH = """
import asyncio, resource, sys
from datetime import date
from pathlib import Path
from connectors.ilr.importing import import_ilr
from connectors.ilr.writing import write_cohort

class Outcome:
    def __init__(self, count):
        self.items = tuple((n, "UNCHANGED", None, None, None) for n in range(count))

async def act(viewer, name, input):
    return Outcome(len(input["learners"]))

def peak(size):
    path = Path(sys.argv[1])
    write_cohort(path, provider_ukprn="10009999", employers=["900000001"], size=size, starts=[date(2025, 2, 3)], seed=1,
                 lars_code="648")
    schema = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    assert asyncio.run(import_ilr(path, act, None, schema=schema)).unchanged == size
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = peak(1000)
print(peak(int(sys.argv[2])) - before)
"""


def test_memory_stays_bounded_over_20_000_learners(tmp_path: Path) -> None:
    """Written, checked and registered, a file of 38 MB takes less than 8 MiB more than a small one."""
    assert _growth(tmp_path, "20000") < 8 * 1024


@pytest.mark.deep
def test_memory_stays_bounded_over_100_000_learners(tmp_path: Path, official_schema: Path) -> None:
    """A file of 190 MB, held against the official schema too, takes less than 24 MiB more than a small one."""
    assert _growth(tmp_path, "100000", str(official_schema)) < 24 * 1024


def _growth(folder: Path, *arguments: str) -> int:
    """By how many KiB the process grew at its largest."""
    command = [sys.executable, "-c", GROWTH, str(folder / "cohort.xml"), *arguments]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
