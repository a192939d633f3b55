"""A second standard needs no Python: other grades, one method, no portfolio, from its document alone."""

from dataclasses import replace
from datetime import date

import pytest

from hub.plan import gateway, grades
from hub.plan.document import PlanError, load_plan
from hub.plan.facts import AssessmentFacts, ComponentResult, MethodResult, OpenBreach

SECOND = """
reference: ST0001
version: '2.0'
title: Lamp Lighter
level: 2
integration: integrated
jurisdiction: England
source: A plan made up for this test
larsCode: 7
typicalMonths: 12
minimumMonths: 12
offTheJobPercent: 0
ksbs: [{code: K1, kind: knowledge, statement: Knows lamps., methods: [TEST]}]
methods:
  - code: TEST
    number: 1
    name: Test
    label: Test
    ordered: false
    assessorRule: LL-1
    ksbRule: LL-1
    holisticRule: LL-1
    components: [{code: TEST, label: Test, document: false, held: true}]
themes: []
grades: [{code: NOT_YET, label: Not yet, passing: false}, {code: DONE, label: Done, passing: true}]
gradeTable:
  - {methods: {TEST: NOT_YET}, overall: NOT_YET}
  - {methods: {TEST: DONE}, overall: DONE}
gradeTableRule: LL-1
resits:
  cap: {method: DONE, overall: DONE, rule: LL-1}
  kinds: [RESIT]
  maximumAttempts: 2
  offeredRule: LL-1
  agreeRule: LL-1
  failedOnlyRule: LL-1
  improvementRule: LL-1
  attemptsRule: LL-1
  newDocumentRule: LL-1
evidenceTypes: []
portfolio:
  typicalFrom: 0
  typicalTo: 0
  countRule: LL-1
  coverageRule: LL-1
  mappingRule: LL-1
  validationRule: LL-1
  unchangedRule: LL-1
  acknowledgeRule: LL-1
  availableRule: LL-1
  filingRule: LL-1
requirements:
  - {code: LAMP, label: Lamp, rule: LL-2, files: [apprentice], move: apprentice, metBy: item, unmet: No lamp yet.}
declarations: [{version: '1', text: Ready., rule: LL-1}]
gateway: {decisionRule: LL-1, employerRule: LL-1, declarationRule: LL-1, evidenceRule: LL-1, conflictRule: LL-1,
  minimumRule: LL-1}
windows: []
roles: []
rules:
  - {id: LL-1, severity: refuse, statement: Lamps are lit.}
  - {id: LL-2, severity: refuse, statement: A lamp is there.}
"""

TODAY = date(2026, 11, 2)
RESULT = MethodResult("TEST", 1, "DONE", "A-1", (ComponentResult("TEST", "DONE", held_on=TODAY),))


@pytest.fixture(scope="module")
def lamps():
    """The plan of the lamp lighter."""
    return load_plan(SECOND, "ST0001.yaml")


def test_its_gateway(lamps, make):
    """Its own requirement blocks, by its own rule; there is no portfolio to cover."""
    facts = replace(make.gateway(), items=(), pieces=(), validation=None)
    answer = gateway.readiness(lamps, (), facts, TODAY)
    assert [(each.rule, each.sentence, each.party) for each in answer.blockers] == [("LL-2", "No lamp yet.", "apprentice")]


def test_its_grades(lamps):
    """Its own grades, components and table."""
    facts = AssessmentFacts(TODAY)
    assert grades.judge_result(lamps, facts, RESULT, TODAY).grade == "DONE"
    other = grades.judge_result(lamps, facts, replace(RESULT, grade="PASS"), TODAY)
    assert [each.code for each in other.problems] == ["GRADE_UNKNOWN"]
    assert grades.overall(lamps, {"TEST": "NOT_YET"}, any_resit=False) == "NOT_YET"
    open_ = replace(facts, breaches=(OpenBreach("LL-1", "TEST", 1),))
    assert "BREACH_OPEN" in [each.code for each in grades.release(lamps, open_, TODAY)]


def test_only_one_method_is_supported_by_a_portfolio():
    """Two portfolios in one plan are refused."""
    wrong = SECOND.replace("ordered: false", "ordered: false\n    portfolio: true").replace(
        "themes: []",
        "  - {code: MORE, number: 2, name: More, label: More, ordered: false, portfolio: true, assessorRule: LL-1,\n"
        "     ksbRule: LL-1, holisticRule: LL-1, components: [{code: M, label: M, document: false, held: true}]}\n"
        "themes: []",
    )
    with pytest.raises(PlanError) as error:
        load_plan(wrong, "ST0001.yaml")
    assert "Only one method is supported by the portfolio." in [each.reason for each in error.value.problems]
