"""Overall grades, re-sits and re-takes: c5 exhaustively, and every sequence of attempts against an oracle (e4)."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, product

import pytest

from hub.plan.facts import AgreedResit, Attempt, ResitRequest, Signatory
from hub.plan.grades import agree_resit, judge_result, overall, release

F, P, D = "FAIL", "PASS", "DISTINCTION"
BOSS = Signatory("E-7", "Ama Boateng", "Head of learning")
TODAY = date(2027, 11, 1)
RELEASED = date(2026, 6, 1)
TABLE = {
    (F, F): F, (F, P): F, (F, D): F,
    (P, F): F, (P, P): P, (P, D): D,
    (D, F): F, (D, P): P, (D, D): D,
}  # fmt: skip


def request_of(*methods, **changes):
    """The employer's wish to have methods taken again."""
    return replace(ResitRequest("employer", methods, "RESIT", date(2026, 6, 8), BOSS), **changes)


def refused(problems):
    """Code and rule of problems."""
    return [(each.code, each.rule) for each in problems]


@pytest.mark.parametrize(("first", "second"), list(TABLE))
def test_c5_epa_123_the_nine_rows(plan, first, second):
    """c5, EPA-122, EPA-123: all nine combinations; Distinction and Pass is Pass, Pass and Distinction is Distinction."""
    assert overall(plan, {"PD": first, "CSP": second}, any_resit=False) == TABLE[first, second]


@pytest.mark.parametrize(
    ("after", "required"),
    [((P, P), P), ((P, D), P), ((D, P), P), ((D, D), P), ((F, D), F), ((D, F), F), ((F, F), F)],
)
def test_c5_epa_135_x_12_no_distinction_after_a_re_sit(plan, after, required):
    """c5, EPA-135, X-12: the overall grade is capped as well, so (F,D) re-sat to (P,D) is Pass."""
    assert overall(plan, dict(zip(("PD", "CSP"), after, strict=True)), any_resit=True) == required


def test_a_grade_needs_every_method(plan):
    """EPA-122: no overall grade without every method's."""
    with pytest.raises(KeyError):
        overall(plan, {"PD": P}, any_resit=False)


@pytest.mark.parametrize(
    ("grades", "methods", "expected"),
    [
        ((F, F), ("PD", "CSP"), []),
        ((F, F), ("PD",), []),
        ((F, P), ("PD",), []),
        ((F, D), ("PD",), []),
        ((P, F), ("CSP",), []),
        ((D, F), ("CSP",), []),
        ((P, P), ("PD",), [("RESIT_NOT_FOR_IMPROVEMENT", "EPA-136")]),
        ((P, D), ("PD",), [("RESIT_NOT_FOR_IMPROVEMENT", "EPA-136")]),
        ((P, F), ("PD",), [("RESIT_FAILED_METHODS_ONLY", "EPA-134")]),
        ((P, F), ("PD", "CSP"), [("RESIT_FAILED_METHODS_ONLY", "EPA-134")]),
        ((F, F), ("XX",), [("METHOD_UNKNOWN", None)]),
        ((F, F), (), [("INPUT_INVALID", "EPA-134")]),
        ((F, F), ("PD", "PD"), [("INPUT_INVALID", "EPA-134")]),
    ],
)
def test_c5_epa_130_134_136_what_may_be_taken_again(plan, make, attempts, grades, methods, expected):
    """c5, EPA-130, 134, 136: failed methods only, never to improve a pass."""
    past = attempts(("PD", 1, grades[0]), ("CSP", 1, grades[1]), released_on=RELEASED)
    assert refused(agree_resit(plan, make.assessment(attempts=past), request_of(*methods), TODAY)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "RETAKE"}, []),
        ({"kind": "AGAIN"}, [("INPUT_INVALID", "EPA-132")]),
        ({"actor": "provider"}, [("EMPLOYER_ONLY", "EPA-132")]),
        ({"actor": "epao"}, [("EMPLOYER_ONLY", "EPA-132")]),
        ({"signatory": None}, [("SIGNATORY_MISSING", "EPA-132")]),
        ({"agreed_on": RELEASED}, []),
        ({"agreed_on": RELEASED - timedelta(1)}, [("DATE_ORDER", "EPA-132")]),
        ({"agreed_on": TODAY + timedelta(1)}, [("DATE_IN_FUTURE", "EPA-132")]),
    ],
)
def test_epa_131_132_the_employers_agreement(plan, make, attempts, changes, expected):
    """EPA-131, EPA-132: only the employer, a named person, a re-sit or a re-take, after the release."""
    past = attempts(("PD", 1, F), ("CSP", 1, P), released_on=RELEASED)
    assert refused(agree_resit(plan, make.assessment(attempts=past), request_of("PD", **changes), TODAY)) == expected


def test_epa_107_an_unreleased_fail_cannot_be_told_from_none(plan, make, attempts):
    """EPA-107, EPA-130: no result, a fail and a pass that are not released get the same answer."""
    answers = {
        agree_resit(plan, make.assessment(attempts=past), request_of("PD"), TODAY)
        for past in ((), attempts(("PD", 1, F)), attempts(("PD", 1, P)), attempts(("PD", 1, F), ("CSP", 1, F)))
    }
    assert len(answers) == 1
    assert refused(answers.pop()) == [("STATE_CONFLICT", "EPA-130")]


def test_epa_132_an_attempt_is_agreed_once(plan, make, attempts):
    """EPA-132: a second agreement to the same attempt is refused."""
    past = attempts(("PD", 1, F), ("CSP", 1, P), released_on=RELEASED)
    facts = make.assessment(attempts=past, resits=(AgreedResit("PD", 2, "RESIT", RELEASED),))
    assert refused(agree_resit(plan, facts, request_of("PD"), TODAY)) == [("STATE_CONFLICT", "EPA-132")]


def test_epa_137_a_limit_is_plan_data(plan, make, attempts):
    """EPA-137: no limit by default, one where the plan sets it."""
    past = attempts(*(("PD", number, F) for number in range(1, 8)), ("CSP", 1, P), released_on=RELEASED)
    facts = make.assessment(attempts=past)
    assert agree_resit(plan, facts, request_of("PD"), TODAY) == ()
    limited = plan.model_copy(update={"resits": plan.resits.model_copy(update={"maximum_attempts": 7})})
    assert refused(agree_resit(limited, facts, request_of("PD"), TODAY)) == [("RULE_BROKEN", "EPA-137")]


def again(make, method, attempt, grade, **changes):
    """A later attempt, everything new, in 2026 after the re-sit was agreed on 8 June."""
    outcome = {"outcome": F} if grade == F else {}
    discussion = make.discussion(held_on=date(2026, 7, 6), **outcome)
    study = make.case_study(
        submitted_on=date(2026, 7, 6),
        authenticity_confirmed_on=date(2026, 7, 6),
        document=f"{attempt:064x}",
        theme=f"T{attempt}",
        **outcome,
    )
    talk = make.presentation(held_on=date(2026, 7, 20), submitted_on=date(2026, 7, 16), document=f"{attempt + 99:064x}")
    parts = (discussion,) if method == "PD" else (study, talk)
    return replace(make.result(method, grade, attempt=attempt, components=parts), **changes)


@pytest.mark.parametrize(
    ("previous", "released_on", "agreed", "expected"),
    [
        (F, RELEASED, True, []),
        (F, RELEASED, False, [("RESIT_NOT_AGREED", "EPA-132")]),
        (F, None, True, [("STATE_CONFLICT", "EPA-130")]),
        (P, RELEASED, True, [("RESIT_FAILED_METHODS_ONLY", "EPA-134")]),
    ],
)
def test_epa_130_132_134_a_second_attempt(plan, make, attempts, previous, released_on, agreed, expected):
    """EPA-130, 132, 134: only after a released fail and an agreed re-sit."""
    resits = (AgreedResit("PD", 2, "RESIT", date(2026, 6, 8)),) if agreed else ()
    facts = make.assessment(attempts=attempts(("PD", 1, previous), released_on=released_on), resits=resits)
    assert refused(judge_result(plan, facts, again(make, "PD", 2, P), TODAY).problems) == expected


def test_epa_133_138_everything_is_new(plan, make, attempts):
    """EPA-133, EPA-138, c5: a new case study and a new presentation; the old document refuses, the old theme warns."""
    past = (Attempt("CSP", 1, F, RELEASED, ("c" * 64, "d" * 64), ("T1",)),)
    facts = make.assessment(attempts=past, resits=(AgreedResit("CSP", 2, "RESIT", date(2026, 6, 8)),))
    new = again(make, "CSP", 2, P)
    assert judge_result(plan, facts, new, TODAY).problems == ()
    for place, old in ((0, "c" * 64), (1, "d" * 64)):
        parts = list(new.components)
        parts[place] = replace(parts[place], document=old)
        problems = judge_result(plan, facts, replace(new, components=tuple(parts)), TODAY).problems
        assert refused(problems) == [("ATTEMPT_INVALID", "EPA-138")]
    parts = (replace(new.components[0], theme="T1"), new.components[1])
    verdict = judge_result(plan, facts, replace(new, components=parts), TODAY)
    assert (verdict.problems, [each.rule for each in verdict.warnings]) == ((), ["EPA-138"])
    only = replace(new, components=new.components[1:])
    assert judge_result(plan, facts, only, TODAY).problems


@pytest.mark.parametrize(("day", "breaches"), [(date(2026, 8, 3), []), (date(2026, 8, 4), ["X-22"])])
def test_epa_133_x_22_the_further_eight_weeks(plan, make, attempts, day, breaches):
    """EPA-133, X-22: eight weeks from the agreement of 8 June end on 3 August, that day included."""
    facts = make.assessment(
        attempts=attempts(("CSP", 1, F), released_on=RELEASED),
        resits=(AgreedResit("CSP", 2, "RESIT", date(2026, 6, 8)),),
    )
    new = again(make, "CSP", 2, P)
    parts = (
        replace(new.components[0], submitted_on=day, authenticity_confirmed_on=day),
        replace(new.components[1], submitted_on=day, held_on=day + timedelta(7)),
    )
    verdict = judge_result(plan, facts, replace(new, components=parts), TODAY)
    assert (verdict.problems, [each.rule for each in verdict.breaches]) == ((), breaches)


def test_a_correction_keeps_to_its_own_attempt(plan, make, attempts):
    """A correction of attempt 1 is judged by the first dates, and not once a later attempt is recorded."""
    resits = (AgreedResit("CSP", 2, "RESIT", date(2026, 6, 8)),)
    facts = make.assessment(attempts=attempts(("PD", 1, P)), resits=resits)
    assert judge_result(plan, facts, make.result("CSP", F), TODAY).breaches == ()
    later = make.assessment(attempts=attempts(("CSP", 2, P)), resits=resits)
    assert "ATTEMPT_INVALID" in [each.code for each in judge_result(plan, later, make.result("CSP", F), TODAY).problems]


def test_e4_every_sequence_of_up_to_four_attempts(plan, make):
    """e4, c5: the engine plays every sequence of grades, any of the failed methods taken again in any round, up to four
    attempts at each; an oracle of table and cap says what each must come to."""
    assert walk(plan, make, [], {}, ()) == 1_441


def walk(plan, make, rounds, past, resits):
    """Plays every continuation of a sequence of rounds, and answers how many sequences there were."""
    last = {method: rounds_of(rounds, method) for method in ("PD", "CSP")}
    again_ = [method for method, grades in last.items() if grades and grades[-1] == F and len(grades) < 4]
    choices = [("PD", "CSP")] if not rounds else [each for n in (1, 2) for each in combinations(again_, n)]
    seen = 1
    for methods in choices:
        agreed = resits
        if rounds:
            facts = make.assessment(attempts=tuple(past.values()), resits=resits)
            assert agree_resit(plan, facts, request_of(*methods), TODAY) == ()
            agreed += tuple(AgreedResit(each, len(last[each]) + 1, "RESIT", date(2026, 6, 8)) for each in methods)
        for grades in product((F, P, D), repeat=len(methods)):
            played = [*rounds, dict(zip(methods, grades, strict=True))]
            after = post(plan, make, played, past, agreed)
            assert outcome(plan, after) == oracle(played), played
            seen += walk(plan, make, played, after, agreed)
    return seen


def rounds_of(rounds, method):
    """The grades of one method, in order."""
    return [grades[method] for grades in rounds if method in grades]


def post(plan, make, rounds, past, resits):
    """Posts and releases the last round; answers the attempts recorded then."""
    facts, after = make.assessment(attempts=tuple(past.values()), resits=resits), dict(past)
    for method, grade in rounds[-1].items():
        number = len(rounds_of(rounds, method))
        posted = make.result(method, grade) if number == 1 else again(make, method, number, grade)
        verdict = judge_result(plan, facts, posted, TODAY)
        assert (verdict.problems, verdict.breaches) == ((), ())
        after[method, number] = Attempt(method, number, verdict.grade)
    assert release(plan, make.assessment(attempts=tuple(after.values()), resits=resits), TODAY) == ()
    return {key: replace(each, released_on=RELEASED) for key, each in after.items()}


def outcome(plan, past):
    """The grade of each method and overall, as the engine has them."""
    got = {method: max((n, each.grade) for (m, n), each in past.items() if m == method)[1] for method in ("PD", "CSP")}
    return got, overall(plan, got, any_resit=any(number > 1 for _, number in past))


def oracle(rounds):
    """The same by hand: later grades replace earlier ones, a later Distinction is a Pass, and so is the overall one."""
    last = {}
    for number, grades in enumerate(rounds):
        for method, grade in grades.items():
            last[method] = P if number and grade == D else grade
    grade = TABLE[last["PD"], last["CSP"]]
    return last, P if len(rounds) > 1 and grade == D else grade
