"""The two overlays of national policy, on both sides of every date, and overlay documents that are wrong."""

from datetime import date, timedelta

import pytest

from hub.plan.apprentices import minimum_duration
from hub.plan.facts import Item
from hub.plan.gateway import readiness
from hub.plan.overlays import load_overlay
from hub.plan.reading import PlanError

ENGLISH_MATHS, EIGHT_MONTHS = "english-maths-19plus", "minimum-duration-8-months"
DAY = timedelta(days=1)


def english(plan, overlays, facts, today):
    """The English line of the checklist and the blockers on English."""
    answer = readiness(plan, overlays, facts, today)
    view = next(each for each in answer.items if each.requirement == "ENGLISH")
    return view, [each for each in answer.blockers if each.requirement == "ENGLISH"], answer


@pytest.mark.parametrize(
    ("band", "today", "required"),
    [
        ("19+", date(2025, 2, 10), True),
        ("19+", date(2025, 2, 11), False),
        ("16-18", date(2025, 2, 10), True),
        ("16-18", date(2025, 2, 11), True),
        ("under-16", date(2025, 2, 11), True),
        (None, date(2026, 11, 2), True),
    ],
)
def test_epa_017_x_13_english_by_age_band_and_day(plan, overlays, make, band, today, required):
    """EPA-017, X-13: from 11 February 2025 nobody who was 19 or over at the start needs English or maths."""
    facts = make.gateway(apprenticeship=make.apprenticeship(age_band=band), items=())
    view, blockers, answer = english(plan, overlays, facts, today)
    assert (view.state, view.met) == (("MISSING", False) if required else ("NOT_REQUIRED", True))
    assert view.overlay == (None if required else ENGLISH_MATHS)
    assert bool(blockers) == required
    assert (ENGLISH_MATHS in answer.overlays) == (not required)


def test_x_13_a_blocker_that_the_policy_lifts_says_until_when(plan, overlays, make):
    """X-13: the day before, the blocker carries the day on which it ends, so nothing goes stale at midnight."""
    facts = make.gateway(apprenticeship=make.apprenticeship(age_band="19+"), items=make.gateway().items[2:])
    before = readiness(plan, overlays, facts, date(2025, 2, 10))
    assert {each.until_on for each in before.blockers if each.requirement in ("ENGLISH", "MATHS")} == {date(2025, 2, 11)}
    assert before.ready_from == date(2026, 2, 2)
    assert before.ready_from == readiness(plan, overlays, facts, date(2025, 2, 11)).ready_from


def test_x_13_a_restart_keeps_the_age_and_the_first_start(plan, overlays, make):
    """X-13: the band is that of the first start, and so is the start that the minimum duration looks at."""
    restart = make.apprenticeship(start_on=date(2025, 9, 1), original_start_on=date(2023, 9, 4), age_band="16-18")
    view, _, _ = english(plan, overlays, make.gateway(apprenticeship=restart, items=()), date(2026, 11, 2))
    assert view.state == "MISSING"
    assert minimum_duration(plan, overlays, restart).months == 12


@pytest.mark.parametrize(
    ("start", "months", "ends", "overlay"),
    [
        (date(2025, 7, 31), 12, date(2026, 7, 31), None),
        (date(2025, 8, 1), 8, date(2026, 4, 1), EIGHT_MONTHS),
        (date(2026, 6, 30), 8, date(2027, 2, 28), EIGHT_MONTHS),
        (date(2024, 2, 29), 12, date(2025, 2, 28), None),
    ],
)
def test_epa_005_x_13_minimum_duration_by_start(plan, overlays, make, start, months, ends, overlay):
    """EPA-005, X-13: eight months for starts from 1 August 2025, twelve before; the month's end clamps (c6)."""
    least = minimum_duration(plan, overlays, make.apprenticeship(start_on=start, planned_end_on=date(2029, 1, 1)))
    assert (least.months, least.ends_on, least.overlay, least.rule) == (months, ends, overlay, "EPA-005")


def test_epa_005_the_gateway_opens_on_the_day_the_minimum_is_served(plan, overlays, make):
    """EPA-005: blocked the day before, ready on the day; nobody's move in between."""
    start = date(2025, 8, 1)
    facts = make.gateway(apprenticeship=make.apprenticeship(start_on=start, planned_end_on=date(2027, 8, 1)))
    before, after = (readiness(plan, overlays, facts, day) for day in (date(2026, 4, 1) - DAY, date(2026, 4, 1)))
    assert [(each.rule, each.party, each.until_on) for each in before.blockers] == [("EPA-005", None, date(2026, 4, 1))]
    assert (before.status, before.ready_from) == ("NOT_READY", date(2026, 4, 1))
    assert (after.status, after.ready_from, after.blockers) == ("READY", date(2026, 4, 1), ())
    assert EIGHT_MONTHS in after.overlays


def test_x_15_an_overlay_of_another_jurisdiction_changes_nothing(plan, overlays, make):
    """X-15: policy for England does not reach a plan of another jurisdiction."""
    elsewhere = plan.model_copy(update={"jurisdiction": "Wales"})
    facts = make.gateway(apprenticeship=make.apprenticeship(age_band="19+"), items=())
    view, _, answer = english(elsewhere, overlays, facts, date(2026, 11, 2))
    assert (view.state, answer.overlays) == ("MISSING", ())


def test_a_later_overlay_can_require_again(plan, overlays, make):
    """Spans follow one another: a future requirement is a blocker from its day on, and no bar today."""
    again = load_overlay(AGAIN, "again.yaml")
    facts = make.gateway(apprenticeship=make.apprenticeship(age_band="19+"), items=make.gateway().items[1:])
    answer = readiness(plan, (*overlays, again), facts, date(2026, 11, 2))
    assert [(each.requirement, each.from_on) for each in answer.blockers] == [("ENGLISH", date(2027, 1, 1))]
    assert answer.status == "READY"
    assert readiness(plan, (*overlays, again), facts, date(2027, 1, 1)).status == "NOT_READY"


AGAIN = """
id: english-again
jurisdiction: England
effectiveFrom: 2027-01-01
appliesTo: all
changes: [{requirement: ENGLISH, required: true}]
statement: English is needed again.
source: A policy made up for this test
"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("appliesTo: all", "appliesTo: starts", 5),
        ("appliesTo: all", "appliesTo: some", 5),
        ("2027-01-01", "2027-02-30", 4),
        ("required: true", "needed: true", 6),
        ("{requirement: ENGLISH, required: true}", "{requirement: ENGLISH}", 6),
        ("{requirement: ENGLISH, required: true}", "{}", 6),
    ],
)
def test_a_wrong_overlay_is_refused_at_its_line(old, new, line):
    """Overlay documents are checked like plans."""
    with pytest.raises(PlanError) as error:
        load_overlay(AGAIN.replace(old, new), "again.yaml")
    assert error.value.problems[0].line == line


def test_a_filed_item_that_is_no_longer_required_is_no_bar(plan, overlays, make):
    """X-13: a rejected or insufficient English item does not block where English is not required."""
    items = (Item("ENGLISH", "REJECTED", date(2026, 1, 5), "LEVEL_1"), *make.gateway().items[1:])
    facts = make.gateway(apprenticeship=make.apprenticeship(age_band="19+"), items=items)
    assert readiness(plan, overlays, facts, date(2026, 11, 2)).status == "READY"
