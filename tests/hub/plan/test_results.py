"""Judging posted results: order, dates and authorship refuse; lengths, counts, content and lateness are recorded."""

from dataclasses import replace
from datetime import date

import pytest

from hub.plan.facts import AssessmentFacts, OpenBreach, Seal
from hub.plan.grades import judge_result, release

TODAY = date(2026, 11, 2)


def judged(plan, facts, result, today=TODAY):
    """Problems as (code, rule); breaches, warnings and notes as rules; and the grade."""
    verdict = judge_result(plan, facts, result, today)
    kept = ([each.rule for each in found] for found in (verdict.breaches, verdict.warnings, verdict.notes))
    return [(each.code, each.rule) for each in verdict.problems], *kept, verdict.grade


def one(plan, make, name, **changes):
    """The verdict on a result in which one component differs."""
    method = "PD" if name == "discussion" else "CSP"
    parts = {"discussion": make.discussion, "case_study": make.case_study, "presentation": make.presentation}
    names = ["discussion"] if method == "PD" else ["case_study", "presentation"]
    components = tuple(parts[each](**(changes if each == name else {})) for each in names)
    return judged(plan, make.assessment(), make.result(method, components=components))


@pytest.mark.parametrize("method", ["PD", "CSP"])
@pytest.mark.parametrize("grade", ["PASS", "DISTINCTION"])
def test_a_result_that_breaks_no_rule(plan, make, method, grade):
    """EPA-120: recorded with its grade, nothing found."""
    assert judged(plan, make.assessment(), make.result(method, grade)) == ([], [], [], [], grade)


@pytest.mark.parametrize(
    ("name", "changes", "breaches", "warnings", "notes"),
    [
        ("discussion", {"minutes": 89}, ["EPA-054"], [], []),
        ("discussion", {"minutes": 99}, [], [], []),
        ("discussion", {"minutes": 100}, ["EPA-056"], [], []),
        ("discussion", {"minutes": 120, "extra_minutes": 21}, [], [], []),
        ("discussion", {"minutes": 121, "extra_minutes": 21}, ["EPA-056"], [], []),
        ("discussion", {"bank_questions": 5}, ["EPA-057"], [], []),
        ("discussion", {"bank_questions": 10, "own_questions": 0}, ["EPA-058"], [], []),
        ("discussion", {"bank_questions": 0, "own_questions": 10}, ["EPA-058"], [], []),
        ("discussion", {"held_on": date(2026, 3, 29)}, ["EPA-030"], [], []),
        ("discussion", {"held_on": date(2026, 9, 2)}, [], [], []),
        ("discussion", {"held_on": date(2026, 9, 3)}, [], ["EPA-040"], []),
        ("discussion", {"remote": True, "identity_verified": True}, [], [], []),
        ("discussion", {"remote": True}, ["EPA-063"], [], []),
        ("discussion", {"ksbs": ("K1",)}, ["EPA-060"], [], []),
        ("case_study", {"words": 3251}, [], [], ["EPA-085"]),
        ("case_study", {"words": 3575}, [], [], ["EPA-085"]),
        ("case_study", {"words": 3576}, ["EPA-085"], [], []),
        ("case_study", {"words": 2925}, [], [], []),
        ("case_study", {"words": 2924}, [], ["X-11"], []),
        ("case_study", {"submitted_on": date(2026, 4, 27)}, [], [], []),
        ("case_study", {"submitted_on": date(2026, 4, 28)}, ["EPA-082"], [], []),
        ("case_study", {"sections": ("SUMMARY", "INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "PLANNED_WORK",
                                     "POLICY", "THEORY")}, [], [], []),
        ("case_study", {"sections": ("INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "SUMMARY", "POLICY")},
         ["EPA-086"], ["EPA-087"], []),
        ("case_study", {"marker": "M-1"}, [], [], []),
        ("presentation", {"minutes": 46}, ["EPA-097"], [], []),
        ("presentation", {"minutes": 50, "extra_minutes": 5}, [], [], []),
        ("presentation", {"minutes": 30}, [], [], []),
        ("presentation", {"presenting_minutes": 20}, [], [], []),
        ("presentation", {"presenting_minutes": 30}, [], ["EPA-098"], []),
        ("presentation", {"own_questions": 9}, ["EPA-099"], [], []),
        ("presentation", {"bank_questions": 10, "own_questions": 0}, [], [], []),
        ("presentation", {"submitted_on": date(2026, 5, 1)}, ["EPA-096"], [], []),
        ("presentation", {"remote": True, "identity_verified": True}, ["EPA-104"], [], []),
        ("presentation", {"audio_recorded": False}, ["EPA-105h"], [], []),
        ("presentation", {"ksbs": ()}, ["EPA-081"], [], []),
    ],
)  # fmt: skip
def test_c6_facts_are_recorded(plan, make, name, changes, breaches, warnings, notes):
    """c6, EPA-030, 040, 054..063, 082, 085..087, 096..104, X-11, X-23: recorded, each under its rule, both sides of
    each border."""
    assert one(plan, make, name, **changes) == ([], breaches, warnings, notes, "PASS")


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("discussion", {"held_on": None}, ("INPUT_INVALID", "EPA-050")),
        ("discussion", {"minutes": None}, ("INPUT_INVALID", "EPA-050")),
        ("discussion", {"own_questions": None}, ("INPUT_INVALID", "EPA-050")),
        ("discussion", {"held_on": date(2026, 3, 1)}, ("DATE_ORDER", "EPA-010")),
        ("discussion", {"held_on": date(2026, 11, 3)}, ("DATE_IN_FUTURE", None)),
        ("discussion", {"marker": "M-1"}, ("RULE_BROKEN", "EPA-050")),
        ("discussion", {"outcome": "MERIT"}, ("GRADE_UNKNOWN", None)),
        ("discussion", {"outcome": "FAIL"}, ("RULE_BROKEN", "EPA-095")),
        ("discussion", {"ksbs": ("K99",)}, ("KSB_UNKNOWN", "EPA-060")),
        ("discussion", {"component": "CS"}, ("COMPONENT_UNKNOWN", None)),
        ("case_study", {"words": None}, ("INPUT_INVALID", "EPA-090")),
        ("case_study", {"document": None}, ("INPUT_INVALID", "EPA-090")),
        ("case_study", {"authenticity_confirmed_on": None}, ("RULE_BROKEN", "EPA-084")),
        ("case_study", {"sections": ("POEM",)}, ("INPUT_INVALID", None)),
        ("case_study", {"outcome": "FAIL"}, ("RULE_BROKEN", "EPA-095")),
        ("case_study", {"submitted_on": date(2026, 5, 12)}, ("DATE_ORDER", "EPA-044")),
        ("presentation", {"held_on": date(2026, 4, 19)}, ("DATE_ORDER", "EPA-044")),
        ("presentation", {"marker": "M-1"}, ("RULE_BROKEN", "EPA-090")),
    ],
)
def test_order_dates_and_authorship_refuse(plan, make, name, changes, expected):
    """EPA-010, 044, 050, 065, 084, 089, 090, 094, 095: refused by rule, and no grade counts."""
    problems, *_, grade = one(plan, make, name, **changes)
    assert expected in problems
    assert grade is None


def test_epa_051_the_discussion_needs_the_same_portfolio(plan, make):
    """EPA-051, EPA-011: acknowledged, the same hash; acknowledged late is a breach; method 2 does not ask."""
    seal = make.assessment().validation
    for changes in ({"acknowledgement": None}, {"acknowledgement": Seal("0" * 64, seal.on)}, {"validation": None}):
        facts = make.assessment(**changes)
        assert judged(plan, facts, make.result())[0] == [("PORTFOLIO_NOT_ACKNOWLEDGED", "EPA-051")]
        assert judged(plan, facts, make.result("CSP"))[0] == []
    late = make.assessment(acknowledgement=replace(seal, on=date(2026, 3, 31)))
    assert judged(plan, late, make.result())[:2] == ([], ["EPA-011"])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"method": "XX"}, ("METHOD_UNKNOWN", None)),
        ({"grade": "MERIT"}, ("GRADE_UNKNOWN", "EPA-123")),
        ({"assessor": " "}, ("RULE_BROKEN", "EPA-050")),
        ({"components": ()}, ("INPUT_INVALID", None)),
        ({"attempt": 0}, ("ATTEMPT_INVALID", "EPA-130")),
        ({"attempt": 2}, ("ATTEMPT_INVALID", "EPA-130")),
    ],
)
def test_values_that_cannot_be(plan, make, changes, expected):
    """EPA-065, EPA-120: unknown method or grade, nobody who grades, no component, no such attempt."""
    assert expected in judged(plan, make.assessment(), replace(make.result(), **changes))[0]


def test_epa_094_a_pass_has_every_component_once(plan, make):
    """EPA-094: one grade for both components; a fail may be without the component that never took place."""
    case_study = (make.case_study(),)
    assert ("INPUT_INVALID", "EPA-095") in judged(plan, make.assessment(), make.result("CSP", components=case_study))[0]
    twice = (*case_study, *case_study, make.presentation())
    assert ("INPUT_INVALID", None) in judged(plan, make.assessment(), make.result("CSP", components=twice))[0]
    failed = (make.case_study(outcome="FAIL", submitted_on=None, words=None, document=None),)
    assert judged(plan, make.assessment(), make.result("CSP", "FAIL", components=failed)) == ([], [], [], [], "FAIL")


def test_epa_010_no_result_before_the_gateway(plan, make):
    """EPA-010: a result without a gateway decision is refused."""
    assert judged(plan, AssessmentFacts(None), make.result())[0] == [("GATEWAY_NOT_PASSED", "EPA-010")]


def test_severity_is_the_plans_not_the_codes(plan, make):
    """X-23: the same fact is refused where the plan says so."""
    rules = tuple(each.model_copy(update={"severity": "refuse"}) if each.id == "EPA-085" else each for each in plan.rules)
    strict = plan.model_copy(update={"rules": rules})
    result = make.result("CSP", components=(make.case_study(words=3576), make.presentation()))
    assert judged(strict, make.assessment(), result)[0] == [("RULE_BROKEN", "EPA-085")]


def test_release_waits_for_every_method_and_every_breach(plan, make, attempts):
    """EPA-122, X-23: every method has a result, no breach is open, and there is something to release."""

    def codes(facts):
        return [each.code for each in release(plan, facts, TODAY)]

    both = attempts(("PD", 1, "PASS"), ("CSP", 1, "FAIL"))
    assert codes(make.assessment(attempts=both)) == []
    assert codes(make.assessment(attempts=both[:1])) == ["RELEASE_INCOMPLETE"]
    assert codes(make.assessment()) == ["RELEASE_INCOMPLETE"] * 2
    breach = (OpenBreach("EPA-085", "CSP", 1),)
    assert codes(make.assessment(attempts=both, breaches=breach)) == ["BREACH_OPEN"]
    released = tuple(replace(each, released_on=TODAY) for each in both)
    assert codes(make.assessment(attempts=released)) == ["STATE_CONFLICT"]
    assert codes(make.assessment(attempts=(*released, *attempts(("CSP", 2, "PASS"))))) == []
    assert codes(AssessmentFacts(None, attempts=both)) == ["GATEWAY_NOT_PASSED"]
