"""Gateway readiness and the acts around it: EPA-010 to EPA-021, EPA-R11, X-24."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.plan import gateway
from hub.plan.facts import DecisionRequest, Item, Nomination, Organisation, Seal, Signatory

TODAY = date(2026, 3, 2)
BOSS = Signatory("E-7", "Ama Boateng", "Head of learning")
REQUEST = DecisionRequest("employer", TODAY, BOSS, "1")


def items(make, **changes):
    """The ready apprentice's items, some replaced by requirement; None takes one away."""
    kept = {each.requirement: each for each in make.gateway().items} | changes
    return tuple(each for each in kept.values() if each is not None)


def blocked(answer):
    """Rule, requirement and party of every blocker."""
    return [(each.rule, each.requirement, each.party) for each in answer.blockers]


def test_epa_010_nothing_missing_is_ready(plan, overlays, make):
    """EPA-010: ready since the last fact, and the employer's move."""
    answer = gateway.readiness(plan, overlays, make.gateway(), TODAY)
    assert (answer.status, answer.ready_from, answer.blockers) == ("READY", date(2026, 2, 2), ())
    assert (answer.next_party, answer.next_due) == ("employer", date(2026, 9, 4))
    states = {each.requirement: (each.state, each.met) for each in answer.items}
    assert states == {
        "OCCUPATIONAL_COMPETENCE": ("MISSING", False),
        "ENGLISH": ("SUBMITTED", True),
        "MATHS": ("ACCEPTED", True),
        "PQIP": ("SUBMITTED", True),
        "PORTFOLIO": ("ACCEPTED", True),
    }


def test_no_plan(overlays, make):
    """A registration on a standard without a plan is kept, and says so."""
    assert gateway.readiness(None, overlays, make.gateway(), TODAY).status == "NO_PLAN"


@pytest.mark.parametrize(
    ("changes", "status", "first"),
    [
        ({"employer_confirmed": False}, "CLAIMED", ("HUB-CLAIM", None, "employer")),
        ({"provider_confirmed": False}, "CLAIMED", ("HUB-CLAIM", None, "provider")),
        ({"items": ()}, "NOT_READY", ("EPA-017", "ENGLISH", "provider")),
        ({"pieces": (), "validation": None}, "NOT_READY", ("EPA-021", "PORTFOLIO", "provider")),
        ({"validation": None}, "NOT_READY", ("EPA-027", "PORTFOLIO", "employer")),
        ({"validation": Seal("0" * 64, TODAY)}, "NOT_READY", ("EPA-028", "PORTFOLIO", "employer")),
        ({"nomination": None}, "NOT_READY", ("EPA-010", None, "employer")),
        ({"nomination": Nomination("DECLINED", TODAY)}, "NOT_READY", ("EPA-010", None, "employer")),
        ({"nomination": Nomination("ENDED", TODAY)}, "NOT_READY", ("EPA-010", None, "employer")),
        ({"nomination": Nomination("NOMINATED", TODAY)}, "NOT_READY", ("EPA-010", None, "epao")),
    ],
)
def test_each_thing_missing_names_its_rule_and_its_party(plan, overlays, make, changes, status, first):
    """EPA-010, 016, 017, 021, 027, 028: what is missing, whose move it is and by when."""
    answer = gateway.readiness(plan, overlays, make.gateway(**changes), TODAY)
    assert (answer.status, blocked(answer)[0], answer.next_party) == (status, first, first[2])
    assert {each.due_on for each in answer.blockers} == {date(2026, 9, 4)} == {answer.next_due}
    assert answer.ready_from is None


def test_epa_023_one_blocker_names_every_missing_ksb(plan, overlays, make):
    """EPA-023: coverage is one blocker."""
    answer = gateway.readiness(plan, overlays, make.gateway(pieces=make.pieces(24)[2:]), TODAY)
    assert [(each.rule, each.sentence) for each in answer.blockers] == [("EPA-023", "No evidence in the portfolio for K1, K2.")]


def test_the_expected_gateway_is_what_blockers_are_due_by(plan, overlays, make):
    """Due dates follow the expected gateway date, and the planned end without one."""
    facts = make.gateway(apprenticeship=make.apprenticeship(expected_gateway_on=date(2026, 5, 1)), items=())
    assert gateway.readiness(plan, overlays, facts, TODAY).next_due == date(2026, 5, 1)


def test_break_withdrawal_and_decision_have_their_own_status(plan, overlays, make):
    """On a break, withdrawn, and passed."""
    away, gone = (make.gateway(apprenticeship=make.apprenticeship(status=each)) for each in ("ON_BREAK", "WITHDRAWN"))
    assert gateway.readiness(plan, overlays, away, TODAY).status == "ON_BREAK"
    assert blocked(gateway.readiness(plan, overlays, away, TODAY)) == [("HUB-BREAK", None, "provider")]
    assert gateway.readiness(plan, overlays, gone, TODAY).status == "WITHDRAWN"
    assert gateway.readiness(None, overlays, gone, TODAY).status == "WITHDRAWN"
    passed = gateway.readiness(plan, overlays, make.gateway(decided_on=TODAY, items=()), TODAY)
    assert (passed.status, passed.blockers, passed.next_party) == ("PASSED", (), "epao")
    assert passed.items[0].state == "ACCEPTED"


@pytest.mark.parametrize(
    ("requirement", "attained", "entitlement", "met"),
    [
        ("ENGLISH", "LEVEL_2", None, True),
        ("ENGLISH", "LEVEL_3_OR_ABOVE", None, True),
        ("ENGLISH", "LEVEL_1", None, False),
        ("ENGLISH", "ENTRY_LEVEL_3", None, False),
        ("ENGLISH", "ENTRY_LEVEL_3", "EHC_PLAN", True),
        ("ENGLISH", "ENTRY_LEVEL_3", "LEGACY_STATEMENT", True),
        ("ENGLISH", "LEVEL_1", "EHC_PLAN", True),
        ("ENGLISH", "BELOW", "EHC_PLAN", False),
        ("ENGLISH", "BSL", "BSL_PRIMARY_LANGUAGE", True),
        ("ENGLISH", "BSL", None, False),
        ("ENGLISH", "BSL", "EHC_PLAN", False),
        ("ENGLISH", "ENTRY_LEVEL_3", "BSL_PRIMARY_LANGUAGE", False),
        ("ENGLISH", None, None, False),
        ("MATHS", "ENTRY_LEVEL_3", "EHC_PLAN", True),
        ("MATHS", "BSL", "BSL_PRIMARY_LANGUAGE", False),
        ("MATHS", "LEVEL_2", "BSL_PRIMARY_LANGUAGE", True),
        ("PQIP", None, None, True),
        ("WELSH", "LEVEL_2", None, False),
    ],
)
def test_epa_017_to_020_what_is_enough(plan, requirement, attained, entitlement, met):
    """EPA-017..020: level 2; Entry Level 3 with EHC plan or legacy statement; BSL for English only."""
    assert gateway.item_met(plan, requirement, attained, entitlement) == met


def test_x_24_an_unmet_english_looks_the_same_whatever_lies_behind_it(plan, overlays, make):
    """X-24: with and without EHC plan or BSL, the whole answer is the same to the byte."""
    behind = [
        ("LEVEL_1", None),
        ("BELOW", None),
        ("BELOW", "EHC_PLAN"),
        ("BELOW", "LEGACY_STATEMENT"),
        ("BELOW", "BSL_PRIMARY_LANGUAGE"),
        ("ENTRY_LEVEL_3", "BSL_PRIMARY_LANGUAGE"),
        ("BSL", "EHC_PLAN"),
    ]
    unmet = {
        repr(gateway.readiness(plan, overlays, make.gateway(items=items(make, ENGLISH=item)), TODAY))
        for item in (Item("ENGLISH", "SUBMITTED", date(2024, 1, 8), *each) for each in behind)
    }
    assert len(unmet) == 1
    met = {
        repr(gateway.readiness(plan, overlays, make.gateway(items=items(make, ENGLISH=item)), TODAY))
        for item in (
            Item("ENGLISH", "ACCEPTED", date(2024, 1, 8), *each)
            for each in [("LEVEL_2", None), ("ENTRY_LEVEL_3", "EHC_PLAN"), ("BSL", "BSL_PRIMARY_LANGUAGE")]
        )
    }
    assert len(met) == 1


def test_x_24_the_blocker_on_english_is_one_sentence(plan, overlays, make):
    """X-24: missing, insufficient or rejected, the blocker on English is the same one."""
    states = [
        None,
        Item("ENGLISH", "MISSING"),
        Item("ENGLISH", "SUBMITTED", TODAY, "BELOW", "EHC_PLAN"),
        Item("ENGLISH", "REJECTED", TODAY, "LEVEL_2"),
    ]
    answers = [gateway.readiness(plan, overlays, make.gateway(items=items(make, ENGLISH=each)), TODAY) for each in states]
    assert {answer.blockers for answer in answers} == {answers[0].blockers}
    assert [each.sentence for each in answers[0].blockers] == ["English: not met."]


def test_a_requirement_may_wait_for_acceptance(plan, overlays, make):
    """A plan may ask that the EPAO accepts an item first: then it is the EPAO's move."""
    strict = plan.model_copy(
        update={"requirements": tuple(each.model_copy(update={"needs_acceptance": True}) for each in plan.requirements)}
    )
    answer = gateway.readiness(strict, overlays, make.gateway(), TODAY)
    assert blocked(answer) == [("EPA-017", "ENGLISH", "epao"), ("EPA-016", "PQIP", "epao")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("ENGLISH", "provider", "LEVEL_2", None), []),
        (("ENGLISH", "employer", "ENTRY_LEVEL_3", "EHC_PLAN"), []),
        (("PQIP", "provider", None, None), []),
        (("ENGLISH", "epao", "LEVEL_2", None), [("RULE_BROKEN", "EPA-017")]),
        (("ENGLISH", "provider", None, None), [("INPUT_INVALID", "EPA-017")]),
        (("ENGLISH", "provider", "LEVEL_9", None), [("INPUT_INVALID", "EPA-017")]),
        (("ENGLISH", "provider", "LEVEL_2", "WEALTH"), [("INPUT_INVALID", "EPA-017")]),
        (("MATHS", "provider", "BSL", None), [("INPUT_INVALID", "EPA-017")]),
        (("PQIP", "provider", "LEVEL_2", None), [("INPUT_INVALID", "EPA-016")]),
        (("PORTFOLIO", "provider", None, None), [("REQUIREMENT_UNKNOWN", None)]),
        (("WELSH", "provider", "LEVEL_2", None), [("REQUIREMENT_UNKNOWN", None)]),
    ],
)
def test_filing_items(plan, given, expected):
    """EPA-016, EPA-017: what may be filed, by whom; the portfolio and the decision are no items."""
    assert [(each.code, each.rule) for each in gateway.check_item(plan, *given)] == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (REQUEST, []),
        (replace(REQUEST, actor="provider"), [("EMPLOYER_ONLY", "EPA-012")]),
        (replace(REQUEST, actor="epao"), [("EMPLOYER_ONLY", "EPA-012")]),
        (replace(REQUEST, actor="apprentice"), [("EMPLOYER_ONLY", "EPA-012")]),
        (replace(REQUEST, actor="regulator"), [("EMPLOYER_ONLY", "EPA-012")]),
        (replace(REQUEST, signatory=None), [("SIGNATORY_MISSING", "EPA-015")]),
        (replace(REQUEST, signatory=replace(BOSS, role="")), [("SIGNATORY_MISSING", "EPA-015")]),
        (replace(REQUEST, declaration="2"), [("DECLARATION_UNKNOWN", "EPA-015")]),
        (replace(REQUEST, decided_on=date(2026, 3, 3)), [("DATE_IN_FUTURE", "EPA-010")]),
        (replace(REQUEST, decided_on=date(2026, 2, 2)), []),
        (replace(REQUEST, decided_on=date(2026, 2, 1)), [("DATE_ORDER", "EPA-010")]),
    ],
)
def test_epa_010_to_015_the_decision(plan, overlays, make, request_, expected):
    """EPA-010, 012, 015: only the employer, a named person, a known declaration, a possible date."""
    problems = gateway.decide(plan, overlays, make.gateway(), request_, TODAY)
    assert [(each.code, each.rule) for each in problems] == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"items": ()},
        {"pieces": (), "validation": None},
        {"validation": None},
        {"nomination": None},
        {"employer_confirmed": False},
        {"provider_confirmed": False},
    ],
)
def test_epa_010_every_blocker_refuses_the_decision(plan, overlays, make, changes):
    """EPA-010, EPA-016, EPA-017, EPA-021..028: the decision is refused with every open blocker, by its rule."""
    facts = make.gateway(**changes)
    problems = gateway.decide(plan, overlays, facts, REQUEST, TODAY)
    blockers = gateway.readiness(plan, overlays, facts, TODAY).blockers
    assert [(each.code, each.rule, each.message) for each in problems] == [
        ("GATEWAY_NOT_READY", each.rule, each.sentence) for each in blockers
    ]
    assert problems


def test_the_decision_is_taken_once_and_by_nobody_withdrawn(plan, overlays, make):
    """A second decision and one for a leaver are refused."""
    again = gateway.decide(plan, overlays, make.gateway(decided_on=TODAY), REQUEST, TODAY)
    assert [each.code for each in again] == ["STATE_CONFLICT"]
    gone = make.gateway(apprenticeship=make.apprenticeship(status="WITHDRAWN"))
    assert [each.code for each in gateway.decide(plan, overlays, gone, REQUEST, TODAY)] == ["STATE_CONFLICT"]


def test_epa_005_the_decision_waits_for_the_minimum(plan, overlays, make):
    """EPA-005, c6: refused the day before the minimum is served, taken on the day."""
    facts = make.gateway(apprenticeship=make.apprenticeship(start_on=date(2025, 7, 31)))
    day = date(2026, 7, 31)
    for today, expected in ((day - timedelta(1), [("GATEWAY_NOT_READY", "EPA-005")]), (day, [])):
        problems = gateway.decide(plan, overlays, facts, replace(REQUEST, decided_on=today), today)
        assert [(each.code, each.rule) for each in problems] == expected


@pytest.mark.parametrize(
    ("epao", "employer", "provider", "refused"),
    [
        (Organisation("a"), Organisation("b"), Organisation("c"), False),
        (Organisation("a"), Organisation("a"), Organisation("c"), True),
        (Organisation("a"), Organisation("b"), Organisation("a"), True),
        (Organisation("a", frozenset("g")), Organisation("b", frozenset("g")), Organisation("c"), True),
        (Organisation("a", frozenset("g")), Organisation("b"), Organisation("c", frozenset("hg")), True),
        (Organisation("a", frozenset("b")), Organisation("b"), Organisation("c"), True),
        (Organisation("a"), Organisation("b"), Organisation("c", frozenset("a")), True),
        (Organisation("a", frozenset("g")), Organisation("b", frozenset("h")), Organisation("c"), False),
    ],
)
def test_epa_r11_pta_022_connected_organisations(plan, epao, employer, provider, refused):
    """EPA-R11, PTA-022: same organisation or group as the employer or any provider."""
    problems = gateway.nominate(plan, epao, employer, (Organisation("z"), provider))
    assert [(each.code, each.rule) for each in problems] == ([("CONFLICT_OF_INTEREST", "EPA-R11")] if refused else [])


@pytest.mark.parametrize("state", ["NOMINATED", "ACCEPTED", "DECLINED", "ENDED"])
@pytest.mark.parametrize("to", ["NOMINATED", "ACCEPTED", "DECLINED", "ENDED", "LOST"])
def test_nomination_states(state, to):
    """A nomination is answered once, and ends once."""
    allowed = {("NOMINATED", "ACCEPTED"), ("NOMINATED", "DECLINED"), ("NOMINATED", "ENDED"), ("ACCEPTED", "ENDED")}
    problems = gateway.answer_nomination(Nomination(state, TODAY), to, TODAY, TODAY)
    assert [each.code for each in problems] == ([] if (state, to) in allowed else ["STATE_CONFLICT"])


def test_nomination_dates():
    """An answer is not before the nomination and not in the future."""
    asked = Nomination("NOMINATED", TODAY)
    for day, expected in ((TODAY - timedelta(1), ["DATE_ORDER"]), (TODAY + timedelta(1), ["DATE_IN_FUTURE"])):
        assert [each.code for each in gateway.answer_nomination(asked, "ACCEPTED", day, TODAY)] == expected


def test_readiness_is_true_on_later_days_until_a_fact_changes(plan, overlays, make):
    """What was answered today, read by its dates, is what would be answered on any later day."""
    start = date(2025, 8, 1)
    facts = make.gateway(apprenticeship=make.apprenticeship(start_on=start, planned_end_on=date(2027, 8, 1)))
    first = gateway.readiness(plan, overlays, facts, start)
    for offset in range(0, 400, 7):
        day = start + timedelta(days=offset)
        later = gateway.readiness(plan, overlays, facts, day)
        assert later.ready_from == first.ready_from
        assert (later.status == "READY") == (first.ready_from is not None and first.ready_from <= day)
