"""Registration, status and the least time on programme."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.plan.apprentices import apply_status, change_status, check_registration, minimum_duration
from hub.plan.facts import Break, StatusChange

TODAY = date(2026, 11, 2)


def codes(problems):
    """The codes of problems."""
    return [each.code for each in problems]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"planned_end_on": date(2023, 9, 4)}, []),
        ({"planned_end_on": date(2023, 9, 3)}, ["DATE_ORDER"]),
        ({"start_on": date(2014, 8, 31)}, ["INPUT_INVALID"]),
        ({"start_on": date(2014, 9, 1)}, []),
        ({"start_on": date(2028, 11, 2), "planned_end_on": date(2030, 1, 1)}, []),
        ({"start_on": date(2028, 11, 3), "planned_end_on": date(2030, 1, 1)}, ["INPUT_INVALID"]),
        ({"original_start_on": date(2023, 9, 5)}, ["DATE_ORDER"]),
    ],
)
def test_registration_dates(plan, overlays, make, changes, expected):
    """Starts and ends are possible and in order, on both sides of each border."""
    verdict = check_registration(plan, overlays, make.apprenticeship(**changes), TODAY)
    assert codes(verdict.problems) == expected


def test_epa_005_a_short_planned_time_is_a_warning(plan, overlays, make):
    """EPA-005: a planned end before the minimum is recorded with a remark, a day later it is not."""
    day_before, day = (make.apprenticeship(planned_end_on=date(2024, 9, each)) for each in (3, 4))
    assert [each.rule for each in check_registration(plan, overlays, day_before, TODAY).warnings] == ["EPA-005"]
    assert check_registration(plan, overlays, day, TODAY).warnings == ()
    assert check_registration(None, overlays, day_before, TODAY).warnings == ()


@pytest.mark.parametrize(
    ("status", "to", "allowed"),
    [
        ("ON_PROGRAMME", "ON_BREAK", True),
        ("ON_PROGRAMME", "WITHDRAWN", True),
        ("ON_PROGRAMME", "COMPLETED", True),
        ("ON_PROGRAMME", "RESTARTED", False),
        ("ON_PROGRAMME", "ON_PROGRAMME", False),
        ("ON_BREAK", "ON_PROGRAMME", True),
        ("ON_BREAK", "WITHDRAWN", True),
        ("ON_BREAK", "COMPLETED", False),
        ("WITHDRAWN", "RESTARTED", True),
        ("WITHDRAWN", "ON_PROGRAMME", False),
        ("WITHDRAWN", "ON_BREAK", False),
        ("COMPLETED", "ON_BREAK", False),
        ("COMPLETED", "RESTARTED", False),
    ],
)
def test_status_changes(make, status, to, allowed):
    """Which status follows which."""
    now = make.apprenticeship(status=status)
    problems = change_status(now, StatusChange(to, TODAY), TODAY)
    assert codes(problems) == ([] if allowed else ["STATE_CONFLICT"])
    assert codes(change_status(now, StatusChange("ASLEEP", TODAY), TODAY)) == ["STATUS_UNKNOWN"]


def test_status_dates_are_in_order(make):
    """A change is not before the last one and not in the future."""
    away = make.apprenticeship(status="ON_BREAK", breaks=(Break(date(2025, 1, 6)),))
    for day, expected in ((date(2025, 1, 5), ["DATE_ORDER"]), (date(2025, 1, 6), []), (TODAY, [])):
        assert codes(change_status(away, StatusChange("ON_PROGRAMME", day), TODAY)) == expected
    assert codes(change_status(away, StatusChange("WITHDRAWN", TODAY + timedelta(1)), TODAY)) == ["DATE_IN_FUTURE"]


def test_a_story_of_break_withdrawal_and_restart(plan, overlays, make):
    """Days on a break and between withdrawal and restart move the minimum; the first start stays."""
    story = make.apprenticeship()
    for status, day in (
        ("ON_BREAK", date(2024, 1, 1)),
        ("ON_PROGRAMME", date(2024, 1, 11)),
        ("ON_BREAK", date(2024, 3, 1)),
        ("WITHDRAWN", date(2024, 3, 11)),
        ("RESTARTED", date(2024, 4, 1)),
    ):
        change = StatusChange(status, day)
        assert change_status(story, change, TODAY) == ()
        story = apply_status(story, change)
    assert (story.status, story.withdrawn_on, story.restarted_on) == ("ON_PROGRAMME", date(2024, 3, 11), date(2024, 4, 1))
    assert minimum_duration(plan, overlays, story).ends_on == date(2024, 9, 4) + timedelta(days=10 + 10 + 21)
    # The same record without the gap among its breaks says the same: the two dates are enough.
    assert minimum_duration(plan, overlays, replace(story, breaks=story.breaks[:2])) == minimum_duration(plan, overlays, story)


@pytest.mark.parametrize(
    ("away", "moved"),
    [
        (Break(date(2024, 9, 3), date(2024, 9, 13)), 10),
        (Break(date(2024, 9, 4), date(2024, 9, 14)), 0),
        (Break(date(2024, 1, 1)), 0),
    ],
)
def test_epa_005_only_breaks_before_the_end_move_it(plan, overlays, make, away, moved):
    """EPA-005: a break that starts once the minimum is served moves nothing, nor does one still open."""
    least = minimum_duration(plan, overlays, make.apprenticeship(breaks=(away,)))
    assert least.ends_on == date(2024, 9, 4) + timedelta(days=moved)


@given(data=st.data())
def test_e5_minimum_duration_agrees_with_counting_days(plan, overlays, make, data):
    """e5: breaks that follow one another; the end is where as many days were served as without a break."""
    start, breaks = date(2023, 9, 4), []
    at = start
    for _ in range(data.draw(st.integers(0, 4))):
        left = at + timedelta(days=data.draw(st.integers(1, 120)))
        at = left + timedelta(days=data.draw(st.integers(1, 90)))
        breaks.append(Break(left, at))
    served, day, needed = 0, start, (date(2024, 9, 4) - start).days
    while served < needed:
        served += not any(each.started_on <= day < each.returned_on for each in breaks)
        day += timedelta(days=1)
    counted = minimum_duration(plan, overlays, make.apprenticeship(breaks=tuple(breaks)))
    assert counted.ends_on == day
