"""The EPAO's nomination, answer and replacement (EPA-R11, X-17, X-20)."""

from tests.hub.acts.conftest import post, to_assessment
from tests.hub.acts.dumps import differences, seen_by, told
from tests.world import BY, Story


async def replace(story: Story) -> Story:
    """The employer names another EPAO, which accepts."""
    story.epao = await story.world.party("epao")
    await story.nominate()
    return await story.accept()


async def test_reach_grows_with_acceptance_and_decision(story: Story) -> None:
    """X-20: standard and employer, then identity and checklist, then everything."""
    await story.register()
    await story.confirm()
    await story.nominate()
    assert await _of_apprentice(story) == {"apprentices.apprentice", "gateway.nomination", "hub.card"}
    await story.accept()
    seen = await _of_apprentice(story)
    assert {"apprentices.identity", "gateway.item"} <= seen
    assert not any(table.startswith(("portfolios.", "grades.")) for table in seen)


async def _of_apprentice(story: Story) -> set[str]:
    seen = await seen_by(story.world, story.epao)
    return {table for table, rows in seen.items() if any(str(story.apprentice) in row for row in rows)}


async def test_two_nominations_on_one_day_leave_the_second(story: Story) -> None:
    await story.register()
    await story.confirm()
    for _ in range(4):
        await replace(story)
    rows = await story.world.rows(
        "select epao_party_id, state from gateway.nomination where apprentice_id=$1 order by position", story.apprentice
    )
    assert [row["state"] for row in rows] == ["ENDED"] * 3 + ["ACCEPTED"]
    assert rows[-1]["epao_party_id"] == story.epao.viewer.party
    cards = await story.world.rows("select * from hub.card where apprentice_id=$1 and kind='epao'", story.apprentice)
    assert [card["party_id"] for card in cards if card["closed_on"] > story.world.today] == [story.epao.viewer.party]


async def test_a_replaced_epao_sees_nothing_live_and_its_unreleased_work_moves_to_nobody(story: Story) -> None:
    """X-17: re-nomination moves gateway evidence, not assessor notes."""
    await to_assessment(story)
    await post(story, "FAIL", "PASS")
    former = story.epao
    await replace(story)
    assert {table for table, rows in (await seen_by(story.world, former)).items() if str(story.apprentice) in str(rows)} == {
        "apprentices.leaver_record"
    }
    assert [kind for kind, _ in await told(story.world, former)][-1] == "apprentice.left"
    seen = await _of_apprentice(story)
    assert "gateway.item" in seen and "portfolios.evidence" in seen
    assert not seen & {"grades.result", "grades.assessment", "grades.grade", "grades.breach"}
    outcome = await story.world.act(story.epao, "postResult", **story.discussion())
    assert [problem.code for problem in outcome.problems] == ["PORTFOLIO_NOT_ACKNOWLEDGED"]
    await story.acknowledge()
    await story.world.do(story.epao, "postResult", **story.discussion("PASS", heldOn="2026-05-01"))
    rows = await story.world.rows("select version, current from grades.result where apprentice_id=$1", story.apprentice)
    assert sorted((row["version"], row["current"]) for row in rows) == [(1, False), (1, False), (1, True)]


async def test_the_employer_cannot_tell_by_a_new_nomination_whether_results_wait(story: Story) -> None:
    """EPA-107."""
    await to_assessment(story)
    await post(story, "PASS", "PASS")
    before = await seen_by(story.world, story.provider)
    other = await story.world.party("epao")
    done = await story.world.act(story.employer, "nominateEpao", apprenticeId=story.id, epao=other.identifier, by=BY)
    assert not done.problems
    changed = differences(before, await seen_by(story.world, story.provider))
    assert not any(table.startswith("grades.") for table in changed)


async def test_released_results_stay_when_the_epao_changes_for_a_resit(story: Story) -> None:
    await to_assessment(story)
    await post(story, "FAIL", "DISTINCTION")
    await story.release()
    await replace(story)
    grades = await story.world.rows("select audience, overall from grades.grade where apprentice_id=$1", story.apprentice)
    assert {(row["audience"], row["overall"]) for row in grades} == {("epao", "FAIL"), ("all", "FAIL")}
    await story.acknowledge()
    again = await story.world.act(story.epao, "postResult", **story.discussion())
    assert [problem.code for problem in again.problems] == ["RESULT_EXISTS"]


async def test_an_epao_of_the_employers_group_is_refused_also_when_it_accepts(story: Story) -> None:
    """EPA-R11, PTA-022."""
    await story.register()
    await story.confirm()
    await story.nominate()
    async with story.world.database.engine("hub_operator").begin() as connection:
        for party in (story.employer, story.epao):
            await connection.exec_driver_sql(
                "insert into apprentices.organisation_link (organisation_id, group_code, from_on) "
                "values ($1, $2, '2020-01-01')",
                (party.viewer.organisation, f"G-{story.uln}"),
            )
    outcome = await story.world.act(story.epao, "answerNomination", apprenticeId=story.id, accepted=True, by=BY)
    assert [(problem.code, problem.rule) for problem in outcome.problems] == [("CONFLICT_OF_INTEREST", "EPA-R11")]


async def test_a_declined_nomination_closes_the_card(story: Story) -> None:
    await story.register()
    await story.confirm()
    await story.nominate()
    await story.world.do(story.epao, "answerNomination", apprenticeId=story.id, accepted=False, by=BY)
    assert await _of_apprentice(story) == set()
    await story.nominate()
    await story.accept()
    assert "apprentices.identity" in await _of_apprentice(story)
