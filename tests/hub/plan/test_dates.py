"""Dates the plan sets: every vector of c6, an oracle over five years (e5), and bookings."""

from datetime import date, timedelta

import pytest

from hub.plan.facts import AgreedResit, AssessmentFacts, Booking
from hub.plan.grades import schedule, windows

TODAY = date(2026, 3, 2)


def dates(plan, facts, submitted=None, method=None):
    """Every date by its code."""
    return {each.code: each.on for each in windows(plan, facts, method, submitted)}


def test_c6_the_dates_of_a_gateway_on_2_march_2026(plan, make):
    """c6, EPA-030, 040, 052, 082, 096: notice, earliest discussion, case study, presentation, typical end."""
    assert dates(plan, make.assessment(), {"CS": date(2026, 4, 20)}) == {
        "PD_NOTICE": date(2026, 3, 30),
        "PD_EARLIEST": date(2026, 3, 30),
        "CASE_STUDY_DUE": date(2026, 4, 27),
        "PRESENTATION_DUE": date(2026, 4, 30),
        "TYPICAL_END": date(2026, 9, 2),
    }


def test_x_10_the_unit_of_the_ten_days_is_plan_data(plan, make):
    """X-10, c6: ten working days from 20 April 2026 pass over the bank holiday of 4 May."""
    rules = tuple(
        each.model_copy(update={"unit": "workingDays"}) if each.code == "PRESENTATION_DUE" else each for each in plan.windows
    )
    other = plan.model_copy(update={"windows": rules})
    assert dates(other, make.assessment(), {"CS": date(2026, 4, 20)})["PRESENTATION_DUE"] == date(2026, 5, 5)


def test_c6_the_typical_end_clamps(plan):
    """c6: six months from 31 August 2026 end on 28 February 2027."""
    assert dates(plan, AssessmentFacts(date(2026, 8, 31)))["TYPICAL_END"] == date(2027, 2, 28)


def test_x_09_the_later_date_counts(plan, make):
    """X-09: a portfolio received after the gateway moves the earliest discussion, not the notice; both are shown."""
    found = dates(plan, make.assessment(portfolio_received_on=date(2026, 3, 9)))
    assert (found["PD_NOTICE"], found["PD_EARLIEST"]) == (date(2026, 3, 30), date(2026, 4, 6))


def test_epa_133_x_22_a_re_sit_has_its_own_eight_weeks(plan, make):
    """EPA-133, X-22: counted from the employer's agreement, and it replaces the first due date."""
    resits = (AgreedResit("CSP", 2, "RESIT", date(2026, 7, 1)), AgreedResit("CSP", 3, "RETAKE", date(2026, 10, 1)))
    found = dates(plan, make.assessment(resits=resits))
    assert found["CASE_STUDY_AGAIN_DUE"] == date(2026, 11, 26)
    assert "CASE_STUDY_DUE" not in found


def test_before_the_gateway_there_are_no_dates(plan):
    """Dates that count from the gateway are unknown before it."""
    assert windows(plan, AssessmentFacts(None)) == ()


def test_e5_every_gateway_date_from_2024_to_2028(plan):
    """e5: each date against counting day by day, leap days, month ends and clock changes included."""
    day, ordinal = date(2024, 1, 1), date.toordinal
    while day <= date(2028, 12, 31):
        found = dates(plan, AssessmentFacts(day, day), {"CS": day})
        offsets = {code: ordinal(on) - ordinal(day) for code, on in found.items() if code != "TYPICAL_END"}
        assert offsets == {"PD_NOTICE": 28, "PD_EARLIEST": 28, "CASE_STUDY_DUE": 56, "PRESENTATION_DUE": 10}
        end = found["TYPICAL_END"]
        assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == 6
        assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("method", "component", "on", "expected"),
    [
        ("PD", "PD", date(2026, 3, 29), [("DATE_ORDER", "EPA-030")]),
        ("PD", "PD", date(2026, 3, 30), []),
        ("CSP", "PR", date(2026, 3, 2), []),
        ("CSP", "PR", date(2026, 3, 1), [("DATE_ORDER", None)]),
        ("CSP", "CS", date(2026, 5, 1), [("COMPONENT_UNKNOWN", None)]),
        ("XX", "PD", date(2026, 5, 1), [("METHOD_UNKNOWN", None)]),
    ],
)
def test_c6_epa_030_bookings(plan, make, method, component, on, expected):
    """c6, EPA-030: the discussion is not booked before the portfolio has been there for 28 days."""
    problems = schedule(plan, make.assessment(), Booking(method, component, on), TODAY)
    assert [(each.code, each.rule) for each in problems] == expected


def test_epa_010_no_booking_before_the_gateway(plan):
    """EPA-010: nothing is arranged before the employer's decision."""
    problems = schedule(plan, AssessmentFacts(None), Booking("PD", "PD", date(2026, 5, 1)), TODAY)
    assert [(each.code, each.rule) for each in problems] == [("GATEWAY_NOT_PASSED", "EPA-010")]


def test_epa_043_methods_are_booked_in_any_order(plan, make):
    """EPA-043: neither method waits for the other."""
    for method, component in (("PD", "PD"), ("CSP", "PR")):
        assert schedule(plan, make.assessment(), Booking(method, component, date(2026, 5, 1)), TODAY) == ()
