"""A file through the real act: what lands in the tables, what a second run changes, and what lands nowhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from connectors.ilr import import_ilr, write_cohort
from hub.acts.act import Outcome
from hub.store.pools import Database
from hub.viewer import Viewer
from hub.words import id_text
from tests.hub.acts.dumps import differences, dump
from tests.world import Party, World, new_world

EMPLOYERS = ["900000101", "900000102", "900000103"]
CANARIES = ("CAN000NIN", "CANARY", "canary@", "1971-03-17", "07000")


@dataclass
class Door:
    """What the act answered, as a connector reads it."""

    items: list[tuple[int, str, str | None, str | None, str | None]]


def door(world: World) -> Callable[[Viewer, str, dict[str, Any]], Awaitable[Door]]:
    """The front door the connector is handed."""

    async def act(viewer: Viewer, name: str, input: dict[str, Any], /) -> Door:
        async def read(_: asyncpg.Connection | None, outcome: Outcome) -> Door:
            assert not outcome.problems, outcome.problems
            return Door([_item(each) for each in outcome.given["items"]])

        return await world.engine.do(viewer, name, input, read)

    return act


def _item(each: dict[str, Any]) -> tuple[int, str, str | None, str | None, str | None]:
    first = each["errors"][0] if each["errors"] else None
    apprentice = each.get("apprentice")
    said = (first.code, first.message) if first else (None, None)
    return (each["index"], each["outcome"], *said, id_text("apr", apprentice) if apprentice else None)


@pytest.fixture
async def place(world: Database) -> tuple[World, Party]:
    """A world of its own, and a training provider in it."""
    made = await new_world(world)
    return made, await made.party("provider")


async def test_a_made_up_cohort_lands_once(place: tuple[World, Party], tmp_path: Path) -> None:
    """Sixty apprentices of three employers nobody knows yet; the second run changes no row of any table."""
    world, provider = place
    path = tmp_path / "cohort.xml"
    ukprn, starts = provider.identifier["value"], [date(2024, 9, 2), date(2025, 1, 6)]
    write_cohort(
        path, provider_ukprn=ukprn, employers=EMPLOYERS, size=60, starts=starts, seed=7, lars_code="648", assessor="EPA0001"
    )
    report = await import_ilr(path, door(world), provider.viewer, ukprn=ukprn)
    assert (report.registered, report.refused, len(report.not_taken)) == (60, 0, 0)
    assert {row.code for row in report.notes} == {"ILR_EPAO_NOT_TAKEN"}
    before = await dump(world.database)
    again = await import_ilr(path, door(world), provider.viewer, ukprn=ukprn)
    assert (again.registered, again.updated, again.unchanged) == (0, 0, 60)
    assert differences(before, await dump(world.database)) == {}
    unclaimed = await world.rows(
        "select o.claimed, i.value from apprentices.organisation o join apprentices.organisation_identifier i "
        "on i.organisation_id = o.id where i.scheme = 'EMPLOYER_NUMBER'"
    )
    assert {(row["value"], row["claimed"]) for row in unclaimed} == {(number, False) for number in EMPLOYERS}
    cards = await world.rows("select kind, status, reach, count(*) as n from hub.card group by 1, 2, 3")
    assert {(row["kind"], row["status"], row["reach"], row["n"]) for row in cards} == {
        ("provider", "CLAIMED", 3, 60),
        ("employer", "CLAIMED", 1, 60),
    }


async def test_canaries_land_in_no_table(place: tuple[World, Party], ilr: Any, write: Callable[[str], Path]) -> None:
    world, provider = place
    hidden = {"Ethnicity": "CANARYETHNICITY", "Sex": "CANARYSEX", "LLDDHealthProb": "CANARYLLDD", "PostcodePrior": "CANARYP1"}
    hidden |= {"Postcode": "CANARYP2", "DateOfBirth": "1971-03-17"}
    person = ilr.learner(ilr.aim(DelLocPostCode="CANARYP3"), **hidden)
    extra = {"NINumber": "CAN000NIN", "AddLine1": "CANARYADDRESS", "TelNo": "07000CANARY", "Email": "canary@example.invalid"}
    order = ["LearnRefNumber", "ULN", "FamilyName", "GivenNames", "DateOfBirth", "Ethnicity", "Sex", "LLDDHealthProb"]
    order += [
        "NINumber",
        "PostcodePrior",
        "Postcode",
        "AddLine1",
        "TelNo",
        "Email",
        "LearnerEmploymentStatus",
        "LearningDelivery",
    ]
    whole = {name: {**person, **extra}[name] for name in order}
    report = await import_ilr(write(ilr.message(whole, ukprn=provider.identifier["value"])), door(world), provider.viewer)
    assert (report.registered, report.fault_count) == (1, 0)
    rows = str(await dump(world.database))
    assert "Ashmock" in rows
    assert not any(canary in rows for canary in CANARIES)


async def test_an_employer_that_differs_is_a_note(place: tuple[World, Party], ilr: Any, write: Callable[[str], Path]) -> None:
    world, provider = place
    ukprn = provider.identifier["value"]
    for employer, outcome in (("900000001", ("REGISTERED", [])), ("900000002", ("UNCHANGED", ["EMPLOYER_DIFFERS"]))):
        jobs = [{"EmpStat": "10", "DateEmpStatApp": "2024-09-01", "EmpId": employer}]
        path = write(ilr.message(ilr.learner(LearnerEmploymentStatus=jobs), ukprn=ukprn))
        report = await import_ilr(path, door(world), provider.viewer)
        assert (report.registered, report.unchanged) == ((1, 0) if outcome[0] == "REGISTERED" else (0, 1))
        assert [row.code for row in report.notes] == outcome[1]


async def test_the_official_sample(place: tuple[World, Party], official_sample: Path) -> None:
    """Both apprentices on standards are registered, every other learner reported, and again nothing changes."""
    world, provider = place
    report = await import_ilr(official_sample, door(world), provider.viewer)
    assert (report.learners, report.registered, report.refused, len(report.not_taken)) == (19, 2, 0, 17)
    before = await dump(world.database)
    again = await import_ilr(official_sample, door(world), provider.viewer)
    assert (again.registered, again.updated, again.unchanged) == (0, 0, 2)
    assert differences(before, await dump(world.database)) == {}
