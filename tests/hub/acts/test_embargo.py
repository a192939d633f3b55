"""EPA-107: what is posted and not released changes nothing outside the EPAO; release and re-sits (EPA-122…EPA-138)."""

from datetime import date
from typing import Any

import pytest

from tests.hub.acts.conftest import agree, post, to_assessment
from tests.hub.acts.dumps import Dump, everything, seen_by, told
from tests.unsealing import told as opened
from tests.world import BY, Story, World, new_story

KINDS = ("employer", "provider", "epao")


async def outside(story: Story) -> dict[str, tuple[Dump, list[tuple[str, str]]]]:
    """Everything employer and provider can read, the events on their way, and the physical versions of their rows."""
    parties = {"employer": story.employer, "provider": story.provider}
    return {name: (await seen_by(story.world, party), await told(story.world, party)) for name, party in parties.items()}


async def card_versions(story: Story) -> list[Any]:
    async with everything(story.world.database) as connection:
        rows = await connection.fetch("select party_id, xmin::text from hub.card where kind <> 'epao' order by 1")
        records = await connection.fetch("select id, xmin::text from apprentices.apprentice order by 1")
        return [tuple(row) for row in (*rows, *records)]


async def test_results_corrections_and_dispensations_change_no_byte_outside_the_epao(own: World) -> None:
    story = await to_assessment(await new_story(own))
    before, versions = await outside(story), await card_versions(story)
    await own.do(story.epao, "postResult", **story.discussion("PASS", minutes=101))
    assert (await outside(story), await card_versions(story)) == (before, versions)
    await own.do(story.epao, "postResult", **story.case_study("FAIL"))
    await own.do(story.epao, "correctResult", **story.case_study("DISTINCTION"), version=1, reason="MODERATION")
    assert (await outside(story), await card_versions(story)) == (before, versions)
    [breach] = await own.rows(
        "select id, rule from grades.breach where not dispensed and result_id in (select id from grades.result where current)"
    )
    given = {"apprenticeId": story.id, "breachId": f"brc_{breach['id']}", "reference": "D-1", "by": BY}
    await own.do(story.epao, "grantDispensation", **given)
    assert (await outside(story), await card_versions(story)) == (before, versions)
    assert {kind for kind, _ in await told(own, story.epao)} >= {"result.posted", "result.corrected", "result.dispensed"}
    assert not await own.rows("select 1 from grades.grade where audience = 'all'")


async def test_what_the_employer_is_answered_does_not_depend_on_unreleased_results(shared: World) -> None:
    answers = []
    for grades in (None, ("FAIL", "PASS"), ("PASS", "PASS")):
        shared.today = date(2026, 3, 2)
        story = await to_assessment(await new_story(shared))
        if grades:
            await post(story, *grades)
        answers.append([_blank(each, story) for each in await _attempts_to_find_out(story)])
    assert answers[0] == answers[1] == answers[2]


async def _attempts_to_find_out(story: Story) -> list[Any]:
    resit = {"methods": ["PD"], "kind": "RESIT", "agreedOn": "2026-05-01", "actionPlan": True, "by": BY}
    document = {"component": "CS", "sha256": "e" * 64, "confirmedOn": "2026-05-01", "by": BY}
    found = []
    for name, given in (("agreeResit", resit), ("confirmAuthenticity", document), ("changeDates", {"intake": "N"})):
        outcome = await story.world.act(story.employer, name, apprenticeId=story.id, **given)
        found.append((outcome.problems, dict(outcome.given), outcome.replayed))
    return found


def _blank(answer: Any, story: Story) -> str:
    return str(answer).replace(str(story.apprentice), "it")


async def test_the_released_copy_stays_until_the_next_release(story: Story) -> None:
    await post(await to_assessment(story), "FAIL", "DISTINCTION")
    await story.release()
    before = await outside(story)
    await story.world.do(story.epao, "correctResult", **story.discussion("PASS"), version=1, reason="APPEAL")
    assert await outside(story) == before
    assert await _grades(story) == {("epao", "DISTINCTION"), ("all", "FAIL")}
    resit = await story.world.act(
        story.employer,
        "agreeResit",
        apprenticeId=story.id,
        methods=["CSP"],
        kind="RESIT",
        agreedOn="2026-05-01",
        actionPlan=False,
        by=BY,
    )
    assert [problem.code for problem in resit.problems] == ["RESIT_FAILED_METHODS_ONLY"]
    await story.release()
    assert await _grades(story) == {("epao", "DISTINCTION"), ("all", "DISTINCTION")}
    nothing = await story.world.act(story.epao, "releaseGrade", apprenticeId=story.id, by=BY)
    assert [problem.code for problem in nothing.problems] == ["STATE_CONFLICT"]


async def _grades(story: Story) -> set[tuple[str, str]]:
    rows = await story.world.rows("select * from grades.grade where apprentice_id=$1", story.apprentice)
    rows = await opened("grades.grade", rows, story.epao.viewer.party)
    return {(row["audience"], row["overall"]) for row in rows}


@pytest.mark.parametrize(
    ("first", "again", "overall"),
    [
        (("FAIL", "DISTINCTION"), ("PD", "PASS"), "PASS"),
        (("FAIL", "DISTINCTION"), ("PD", "DISTINCTION"), "PASS"),
        (("FAIL", "DISTINCTION"), ("PD", "FAIL"), "FAIL"),
        (("PASS", "FAIL"), ("CSP", "DISTINCTION"), "PASS"),
    ],
)
async def test_after_another_attempt_the_grade_is_capped(
    story: Story, first: tuple[str, str], again: tuple[str, str], overall: str
) -> None:
    """EPA-135 through the acts; the first row is the killer case of c5: the table alone says Distinction."""
    await post(await to_assessment(story), *first)
    await story.release()
    assert await _statuses(story) == dict.fromkeys(KINDS, "RESIT_OFFERED")
    method, grade = again
    await agree(story, method)
    # d7: the plan of a re-sit is the employer's and the EPAO's; a provider hears of a re-take alone.
    assert await _statuses(story) == {"employer": "IN_ASSESSMENT", "provider": "RESIT_OFFERED", "epao": "IN_ASSESSMENT"}
    story.world.today = date(2026, 5, 20)
    before = await outside(story)
    if method == "PD":
        await story.world.do(story.epao, "postResult", **story.discussion(grade, heldOn="2026-05-19"))
    else:
        before = await _new_case_study(story, grade)
    assert await outside(story) == before
    await story.release()
    assert await _grades(story) == {("epao", overall), ("all", overall)}
    assert await _statuses(story) == dict.fromkeys(KINDS, "RESIT_OFFERED" if overall == "FAIL" else "ACHIEVED")


async def _new_case_study(story: Story, grade: str) -> dict[str, Any]:
    """EPA-133, EPA-138: the old document is refused; a new one, confirmed by the employer, is taken."""
    old = await story.world.act(story.epao, "postResult", **story.case_study(grade))
    assert "ATTEMPT_INVALID" in {problem.code for problem in old.problems}
    await story.authenticate("ce" * 32)
    before = await outside(story)
    new = story.case_study(grade, document="ce" * 32, submittedOn="2026-05-20")
    new["components"][1] |= {"heldOn": "2026-05-20", "submittedOn": "2026-05-20"}
    await story.world.do(story.epao, "postResult", **new)
    return before


async def _statuses(story: Story) -> dict[str, str]:
    rows = await story.world.rows("select kind, status from hub.card where apprentice_id=$1", story.apprentice)
    return {row["kind"]: row["status"] for row in rows}


@pytest.mark.parametrize(
    ("grades", "methods", "code"),
    [
        (("PASS", "PASS"), ["PD"], "RESIT_NOT_FOR_IMPROVEMENT"),
        (("PASS", "FAIL"), ["PD"], "RESIT_FAILED_METHODS_ONLY"),
        (("PASS", "FAIL"), ["CSP", "PD"], "RESIT_FAILED_METHODS_ONLY"),
        (("FAIL", "FAIL"), ["NONE"], "METHOD_UNKNOWN"),
        (("FAIL", "FAIL"), ["PD", "PD"], "INPUT_INVALID"),
    ],
)
async def test_only_failed_methods_are_taken_again(
    story: Story, grades: tuple[str, str], methods: list[str], code: str
) -> None:
    """EPA-130, EPA-134, EPA-136."""
    await post(await to_assessment(story), *grades)
    await story.release()
    given = {"methods": methods, "kind": "RESIT", "agreedOn": "2026-05-01", "actionPlan": True, "by": BY}
    outcome = await story.world.act(story.employer, "agreeResit", apprenticeId=story.id, **given)
    assert code in {problem.code for problem in outcome.problems}


async def test_a_breach_blocks_the_release_until_its_dispensation(story: Story) -> None:
    await to_assessment(story)
    await story.world.do(story.epao, "postResult", **story.discussion("PASS", minutes=101))
    await story.world.do(story.epao, "postResult", **story.case_study("PASS"))
    outcome = await story.world.act(story.epao, "releaseGrade", apprenticeId=story.id, by=BY)
    assert {problem.code for problem in outcome.problems} == {"BREACH_OPEN"}
    for breach in await story.world.rows("select id from grades.breach where apprentice_id=$1", story.apprentice):
        given = {"breachId": f"brc_{breach['id']}", "reference": "D-7", "by": BY}
        await story.world.do(story.epao, "grantDispensation", apprenticeId=story.id, **given)
    await story.release()


async def test_a_provider_hears_of_release_and_retake_and_of_nothing_between(story: Story) -> None:
    await post(await to_assessment(story), "FAIL", "PASS")
    before = await told(story.world, story.provider)
    await story.release()
    await agree(story, "PD")
    assert (await told(story.world, story.provider))[len(before) :] == [("grade.released", str(story.apprentice))]
    assert [kind for kind, _ in before][-3:] == ["gateway.passed", "portfolio.acknowledged", "assessment.started"]


async def test_facts_of_events_hold_no_grade_and_no_entitlement(story: Story) -> None:
    await post(await to_assessment(story), "FAIL", "DISTINCTION")
    await story.release()
    async with everything(story.world.database) as connection:
        rows = await connection.fetch("select facts::text as f from hub.outbox where apprentice_id=$1", story.apprentice)
    said = " ".join(row["f"] for row in rows)
    assert not any(word in said for word in ("FAIL", "PASS", "DISTINCTION", "LEVEL", "Example", story.uln))
