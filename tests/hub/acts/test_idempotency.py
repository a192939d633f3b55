"""Doing the same twice: idempotency keys, natural replays, versions, and many at once (issue: twenty equal posts)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from hub.acts.act import Outcome
from tests.hub.acts.conftest import to_assessment
from tests.hub.acts.dumps import everything
from tests.world import BY, Party, Story

FILED = {"requirement": "PQIP", "achievedOn": "2026-01-05"}


def codes(outcome: Outcome) -> list[str]:
    return [problem.code for problem in outcome.problems]


async def confirmed(story: Story) -> Story:
    await story.register()
    return await story.confirm()


async def test_the_same_key_and_body_is_answered_again(story: Story) -> None:
    await confirmed(story)
    given = {"apprenticeId": story.id, **FILED, "idempotencyKey": "k-1"}
    first = await story.world.act(story.provider, "fileGatewayItem", **given)
    again = await story.world.act(story.provider, "fileGatewayItem", **given)
    assert (first.replayed, again.replayed, dict(again.given)) == (False, True, dict(first.given))
    other = await story.world.act(story.provider, "fileGatewayItem", **{**given, "achievedOn": "2026-01-06"})
    assert codes(other) == ["IDEMPOTENCY_CONFLICT"]
    elsewhere = await story.world.act(story.provider, "changeDates", apprenticeId=story.id, intake="N", idempotencyKey="k-1")
    assert codes(elsewhere) == ["IDEMPOTENCY_CONFLICT"]


async def test_a_key_belongs_to_its_client(story: Story) -> None:
    await confirmed(story)
    second = Party(replace(story.provider.viewer, client="cli_second"), story.provider.identifier)
    for party, requirement in ((story.provider, "PQIP"), (second, "MATHS")):
        level = {"attained": "LEVEL_2"} if requirement == "MATHS" else {}
        given = {"requirement": requirement, "achievedOn": "2026-01-05", **level, "idempotencyKey": "same"}
        assert not (await story.world.act(party, "fileGatewayItem", apprenticeId=story.id, **given)).problems


async def test_an_act_that_was_refused_leaves_no_key(story: Story) -> None:
    await confirmed(story)
    given = {"apprenticeId": story.id, "requirement": "PQIP", "idempotencyKey": "k-2"}
    early = await story.world.act(story.provider, "fileGatewayItem", **given, achievedOn="2026-12-01")
    assert codes(early) == ["DATE_IN_FUTURE"]
    assert not (await story.world.act(story.provider, "fileGatewayItem", **given, achievedOn="2026-01-01")).problems


async def test_keys_hold_for_batches_with_their_refused_and_malformed_items(story: Story) -> None:
    await confirmed(story)
    items: list[dict[str, Any]] = [
        {"apprenticeId": story.id, **FILED},
        {"apprenticeId": story.id, "requirement": "NONE", "achievedOn": "2026-01-05"},
        {"apprenticeId": "apr_1"},
    ]
    first = await story.world.act(story.provider, "fileGatewayItems", items=items, idempotencyKey="b-1")
    again = await story.world.act(story.provider, "fileGatewayItems", items=items, idempotencyKey="b-1")
    assert again.replayed and again.given == first.given
    assert [[problem.code for problem in item["errors"]] for item in first.given["items"]] == [
        [],
        ["REQUIREMENT_UNKNOWN"],
        ["ID_INVALID", "INPUT_INVALID", "INPUT_INVALID"],
    ]
    assert first.given["items"][1]["errors"][0].field == "input.items.1.requirement"
    changed = [*items[:2], {"apprenticeId": "apr_2"}]
    other = await story.world.act(story.provider, "fileGatewayItems", items=changed, idempotencyKey="b-1")
    assert codes(other) == ["IDEMPOTENCY_CONFLICT"]


async def test_a_registration_batch_is_answered_again_under_its_key(story: Story) -> None:
    person = {"uln": story.uln, "givenNames": "A", "familyName": "B", "standard": {"reference": "ST0648"}}
    person |= {"startOn": "2025-01-06", "plannedEndOn": "2027-01-06", "employer": story.employer.identifier}
    given = {"learners": [person, {**person, "uln": "1"}], "idempotencyKey": "reg"}
    first = await story.world.act(story.provider, "registerApprentices", **given)
    again = await story.world.act(story.provider, "registerApprentices", **given)
    assert again.replayed and again.given == first.given
    assert [item["outcome"] for item in again.given["items"]] == ["REGISTERED", "REFUSED"]


async def test_natural_replays_change_nothing(story: Story) -> None:
    await to_assessment(story)
    posted = story.discussion("PASS")
    await story.world.do(story.epao, "postResult", **posted)
    document = {"component": "CS", "sha256": "c" * 64, "confirmedOn": story.world.today.isoformat(), "by": BY}
    seen = {"hash": await story.portfolio_hash(), "acknowledgedOn": "2026-03-02"}
    async with everything(story.world.database) as connection:
        count = "select count(*) from hub.audit where $1 = any(subjects)"
        before = await connection.fetchval(count, story.apprentice)
        for party, name, given in (
            (story.epao, "postResult", posted),
            (story.employer, "confirmApprentice", {"apprenticeId": story.id, "by": BY}),
            (story.employer, "confirmAuthenticity", {"apprenticeId": story.id, **document}),
            (story.epao, "acknowledgePortfolio", {"apprenticeId": story.id, **seen}),
            (story.epao, "answerNomination", {"apprenticeId": story.id, "accepted": True, "by": BY}),
            (story.employer, "nominateEpao", {"apprenticeId": story.id, "epao": story.epao.identifier, "by": BY}),
        ):
            assert (await story.world.act(party, name, **given)).replayed, name
        assert await connection.fetchval(count, story.apprentice) == before
    other = await story.world.act(story.epao, "postResult", **{**posted, "assessor": "IA-8"})
    assert codes(other) == ["RESULT_EXISTS"]


async def test_a_stale_version_is_refused(story: Story) -> None:
    await to_assessment(story)
    await story.world.do(story.epao, "postResult", **story.discussion("PASS"))
    for party, name, given in (
        (story.employer, "changeDates", {"intake": "Z", "version": 7}),
        (story.employer, "changeStatus", {"status": "COMPLETED", "on": "2026-03-03", "version": 7}),
        (story.epao, "scheduleAssessment", {"component": "PR", "on": "2026-05-06", "version": 3}),
    ):
        outcome = await story.world.act(party, name, apprenticeId=story.id, **given)
        assert [(p.code, p.field) for p in outcome.problems] == [("VERSION_CONFLICT", "input.version")], name
    stale = await story.world.act(story.epao, "correctResult", **story.discussion("FAIL"), version=2, reason="CLERICAL")
    assert codes(stale) == ["VERSION_CONFLICT"]


async def test_stale_versions_before_the_gateway(story: Story) -> None:
    await confirmed(story)
    await story.nominate()
    await story.accept()
    await story.file_items("PQIP")
    evidence = {"type": "OTHER", "ksbs": ["K1"], "sha256": "a" * 64, "link": "https://evidence.example/1"}
    for party, name, given in (
        (story.provider, "fileGatewayItem", {**FILED, "version": 1}),
        (story.epao, "assessGatewayItem", {"requirement": "PQIP", "accepted": True, "version": 1}),
        (story.provider, "fileEvidence", {**evidence, "version": 4}),
        (story.provider, "withdrawEvidence", {"evidenceId": f"evd_{story.apprentice}", "version": 4}),
    ):
        outcome = await story.world.act(party, name, apprenticeId=story.id, **given)
        assert [(p.code, p.field) for p in outcome.problems] == [("VERSION_CONFLICT", "input.version")], name


@pytest.mark.parametrize("key", [{}, {"idempotencyKey": "twenty"}], ids=["without key", "with key"])
async def test_twenty_equal_posts_at_once_are_one_result(story: Story, key: dict[str, str]) -> None:
    await to_assessment(story)
    given = {**story.discussion("PASS"), **key}
    outcomes = await asyncio.gather(*(story.world.act(story.epao, "postResult", **given) for _ in range(20)))
    assert not any(outcome.problems for outcome in outcomes)
    assert len({outcome.given["result"] for outcome in outcomes}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert len(await story.world.rows("select 1 from grades.result where apprentice_id=$1", story.apprentice)) == 1


async def test_different_posts_at_once_leave_the_first(story: Story) -> None:
    await to_assessment(story)
    posts = [{**story.discussion("PASS"), "assessor": f"IA-{n}"} for n in range(8)]
    outcomes = await asyncio.gather(*(story.world.act(story.epao, "postResult", **each) for each in posts))
    assert sorted(codes(outcome) for outcome in outcomes) == [[]] + [["RESULT_EXISTS"]] * 7


async def test_equal_registrations_at_once_are_one_apprentice(story: Story) -> None:
    person = {"uln": story.uln, "givenNames": "A", "familyName": "B", "standard": {"reference": "ST0998"}}
    person |= {"startOn": "2025-01-06", "plannedEndOn": "2027-01-06", "employer": story.employer.identifier}
    outcomes = await asyncio.gather(*(story.world.act(story.provider, "registerApprentice", **person) for _ in range(12)))
    assert len({outcome.given["apprentice"] for outcome in outcomes}) == 1


async def test_validation_and_filing_at_once_never_leave_a_validated_portfolio_changed(story: Story) -> None:
    """EPA-028: whichever comes first, a validation that stands is about the portfolio that stands."""
    await confirmed(story)
    await story.file_portfolio()
    sealed = {"hash": await story.portfolio_hash(), "validatedOn": "2026-03-02", "by": BY}
    piece = {"type": "OTHER", "ksbs": ["K1"], "sha256": "f" * 64, "link": "https://evidence.example/late"}
    done = await asyncio.gather(
        story.world.act(story.employer, "validatePortfolio", apprenticeId=story.id, **sealed),
        story.world.act(story.provider, "fileEvidence", apprenticeId=story.id, **piece),
    )
    assert [bool(outcome.problems) for outcome in done].count(True) == 1
    assert codes(done[0]) in ([], ["PORTFOLIO_CHANGED"]) and codes(done[1]) in ([], ["PORTFOLIO_CLOSED"])


async def test_two_batches_over_the_same_apprentices_in_opposite_order(story: Story) -> None:
    twin = Story(story.world, story.employer, story.provider, story.epao)
    for each in (story, twin):
        await confirmed(each)
    items = [{"apprenticeId": each.id, **FILED, "idempotencyKey": f"x-{each.id}"} for each in (story, twin)]
    orders = [items, items[::-1]] * 4
    outcomes = await asyncio.gather(*(story.world.act(story.provider, "fileGatewayItems", items=each) for each in orders))
    assert not any(item["errors"] for outcome in outcomes for item in outcome.given["items"])


async def test_a_key_that_cannot_be_held_is_wrong_input(story: Story) -> None:
    """B7: a key with a control character is wrong input, beside items that are well-formed and items that are not."""
    await confirmed(story)
    for learner in ({}, {"uln": "P"}):
        found = await story.world.act(story.provider, "registerApprentices", learners=[learner], idempotencyKey="a\0b")
        assert codes(found)[0] == "INPUT_INVALID" and "input.idempotencyKey" in {each.field for each in found.problems}
    one = await story.world.act(story.provider, "fileGatewayItem", apprenticeId=story.id, **FILED, idempotencyKey="\0")
    assert [(each.code, each.field) for each in one.problems] == [("INPUT_INVALID", "input.idempotencyKey")]
