"""Relations that begin and end: transfer, declining, merging, more than one provider (PQR-07, X-16, EPA-014)."""

from datetime import date
from typing import Any

from tests.hub.acts.conftest import post, to_assessment
from tests.hub.acts.dumps import seen_by, told
from tests.world import BY, Party, Story, new_story


async def transfer(story: Story, old: Party, new: Party, on: str) -> None:
    given = {"employer": new.identifier, "on": on, "by": BY}
    await story.world.do(old, "transferApprentice", apprenticeId=story.id, **given)


async def test_a_former_employer_sees_nothing_live_and_keeps_its_own_period(story: Story) -> None:
    await story.to_gateway()
    await story.world.do(story.employer, "setMyReference", apprenticeId=story.id, myReference="PAY-1")
    new = await story.world.party("employer")
    await transfer(story, story.employer, new, "2026-02-02")
    seen = await seen_by(story.world, story.employer)
    of_apprentice = {table for table, rows in seen.items() if any(str(story.apprentice) in row for row in rows)}
    assert of_apprentice == {"apprentices.leaver_record"}
    [copy] = await story.world.rows("select * from apprentices.leaver_record where apprentice_id=$1", story.apprentice)
    assert (copy["until_on"], copy["my_reference"], copy["uln"]) == (date(2026, 2, 2), "PAY-1", story.uln)
    assert (await told(story.world, story.employer))[-1][0] == "apprentice.left"
    outcome = await story.world.act(story.employer, "changeDates", apprenticeId=story.id, intake="X")
    assert [problem.code for problem in outcome.problems] == ["NOT_FOUND"]


async def test_the_gateway_decision_outlives_a_transfer(story: Story) -> None:
    """X-16: employer change after the gateway keeps the decision, and the assessment goes on meanwhile."""
    await to_assessment(story)
    new = await story.world.party("employer")
    await transfer(story, story.employer, new, "2026-04-30")
    assert {row["kind"]: row["status"] for row in await _cards(story, open_only=True)} == {
        "employer": "CLAIMED",
        "provider": "IN_ASSESSMENT",
        "epao": "IN_ASSESSMENT",
    }
    await post(story, "PASS", "PASS")
    await story.release()
    await story.world.do(new, "confirmApprentice", apprenticeId=story.id, by=BY)
    assert {row["kind"]: row["status"] for row in await _cards(story, open_only=True)} == dict.fromkeys(
        ("employer", "provider", "epao"), "ACHIEVED"
    )


async def _cards(story: Story, open_only: bool) -> list[dict[str, Any]]:
    found = await story.world.rows("select * from hub.card where apprentice_id=$1", story.apprentice)
    return [row for row in found if not open_only or row["closed_on"] > story.world.today]


async def test_a_claim_to_a_record_with_history_says_only_that_there_is_something_to_confirm(story: Story) -> None:
    await story.to_gateway()
    other = await story.world.party("provider")
    await story.world.do(story.employer, "addProvider", apprenticeId=story.id, provider=other.identifier)
    [card] = [row for row in await _cards(story, True) if row["party_id"] == other.viewer.party]
    assert (card["status"], card["readiness"], card["ready_from"], card["reach"]) == ("CLAIMED", "CLAIMED", None, 1)
    await story.acknowledge()
    await story.world.do(other, "confirmApprentice", apprenticeId=story.id, by=BY)
    [card] = [row for row in await _cards(story, True) if row["party_id"] == other.viewer.party]
    assert (card["status"], card["readiness"], card["reach"]) == ("IN_ASSESSMENT", "PASSED", 3)


async def test_a_second_transfer_back(story: Story) -> None:
    await story.register()
    await story.confirm()
    new = await story.world.party("employer")
    await transfer(story, story.employer, new, "2026-01-05")
    await story.world.do(new, "confirmApprentice", apprenticeId=story.id, by=BY)
    await transfer(story, new, story.employer, "2026-02-02")
    await story.confirm()
    rows = await story.world.rows("select * from apprentices.tie where apprentice_id=$1 and kind='employer'", story.apprentice)
    states = {row["party_id"]: (row["state"], row["from_on"]) for row in rows}
    assert states == {
        story.employer.viewer.party: ("CONFIRMED", date(2026, 2, 2)),
        new.viewer.party: ("LEFT", date(2026, 1, 5)),
    }
    left = await story.world.rows("select party_id from apprentices.leaver_record where apprentice_id=$1", story.apprentice)
    assert {row["party_id"] for row in left} == {story.employer.viewer.party, new.viewer.party}


async def test_a_transfer_that_is_declined_did_not_happen(story: Story) -> None:
    await story.register()
    await story.confirm()
    new = await story.world.party("employer")
    await transfer(story, story.employer, new, "2026-02-02")
    await story.world.do(new, "declineApprentice", apprenticeId=story.id, by=BY)
    await story.world.do(story.employer, "changeDates", apprenticeId=story.id, intake="BACK")
    assert (await told(story.world, story.employer))[-2:] == [
        ("apprentice.declined", str(story.apprentice)),
        ("apprentice.changed", str(story.apprentice)),
    ]
    assert not await story.world.rows("select 1 from apprentices.leaver_record where apprentice_id=$1", story.apprentice)


async def test_transfer_refuses_days_that_cannot_be_and_connected_employers(story: Story) -> None:
    """EPA-R11: the nominated EPAO may not meet an employer it is connected with."""
    await story.register()
    await story.confirm()
    new = await story.world.party("employer")
    for on, code in (("2026-03-03", "DATE_IN_FUTURE"), ("2023-09-04", "DATE_ORDER")):
        given = {"employer": new.identifier, "on": on, "by": BY}
        outcome = await story.world.act(story.employer, "transferApprentice", apprenticeId=story.id, **given)
        assert [(problem.code, problem.field) for problem in outcome.problems] == [(code, "input.on")]
    await story.nominate()
    for party in (new, story.epao):
        await _link(story, party, "GROUP-" + new.identifier["value"])
    given = {"employer": new.identifier, "on": "2026-02-02", "by": BY}
    outcome = await story.world.act(story.employer, "transferApprentice", apprenticeId=story.id, **given)
    assert [problem.code for problem in outcome.problems] == ["CONFLICT_OF_INTEREST"]


async def _link(story: Story, party: Party, group: str) -> None:
    async with story.world.database.engine("hub_operator").begin() as connection:
        await connection.exec_driver_sql(
            "insert into apprentices.organisation_link (organisation_id, group_code, from_on) values ($1, $2, '2020-01-01')",
            (party.viewer.organisation, group),
        )


async def test_two_providers_records_become_one(story: Story) -> None:
    await story.register()
    await story.confirm()
    twin = Story(story.world, story.employer, await story.world.party("provider"), story.epao, uln=story.uln)
    await twin.register()
    await twin.confirm()
    await twin.world.do(twin.provider, "setMyReference", apprenticeId=twin.id, myReference="L-9")
    given = {"apprenticeId": story.id, "otherApprenticeId": twin.id, "by": BY}
    await story.world.do(story.employer, "mergeApprentices", **given)
    cards = await _cards(story, True)
    assert {(row["party_id"], row["reach"], row["my_reference"]) for row in cards} == {
        (story.employer.viewer.party, 3, None),
        (story.provider.viewer.party, 3, None),
        (twin.provider.viewer.party, 3, "L-9"),
    }
    assert await _cards(twin, True) == []
    assert (await told(story.world, twin.provider))[-2:] == [
        ("apprentice.left", str(twin.apprentice)),
        ("apprentice.merged", str(story.apprentice)),
    ]
    again = await story.world.act(story.employer, "mergeApprentices", **given)
    assert [(p.code, p.field) for p in again.problems] == [("NOT_FOUND", "input.otherApprenticeId")]


async def test_a_record_with_work_in_it_is_not_merged_away(story: Story) -> None:
    await story.register()
    await story.confirm()
    twin = Story(story.world, story.employer, await story.world.party("provider"), story.epao, uln=story.uln)
    await twin.register()
    await twin.confirm()
    await twin.file_items("PQIP")
    given = {"apprenticeId": story.id, "otherApprenticeId": twin.id, "by": BY}
    outcome = await story.world.act(story.employer, "mergeApprentices", **given)
    assert [problem.code for problem in outcome.problems] == ["STATE_CONFLICT"]
    stranger = await new_story(story.world)
    await stranger.register()
    foreign = {**given, "otherApprenticeId": stranger.id}
    assert [p.code for p in (await story.world.act(story.employer, "mergeApprentices", **foreign)).problems] == ["NOT_FOUND"]


async def test_nothing_new_begins_after_a_withdrawal(story: Story) -> None:
    await story.register()
    await story.confirm()
    await story.world.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on="2026-02-01")
    cards = await _cards(story, True)
    assert {(row["status"], row["readiness"], row["next_party"]) for row in cards} == {("WITHDRAWN", "WITHDRAWN", None)}
    for party, name, given in (
        (story.provider, "fileGatewayItem", {"requirement": "PQIP", "achievedOn": "2026-01-01"}),
        (story.employer, "nominateEpao", {"epao": story.epao.identifier, "by": BY}),
        (story.employer, "decideGateway", {"decidedOn": "2026-03-02", "declaration": "1", "by": BY}),
    ):
        outcome = await story.world.act(party, name, apprenticeId=story.id, **given)
        assert [problem.code for problem in outcome.problems] == ["STATE_CONFLICT"], name
    await story.world.do(story.provider, "changeStatus", apprenticeId=story.id, status="RESTARTED", on="2026-03-02")
    await story.file_items("PQIP")


async def test_a_break_shows_on_the_cards_and_holds_the_gateway(story: Story) -> None:
    await story.register()
    await story.confirm()
    await story.world.do(story.employer, "changeStatus", apprenticeId=story.id, status="ON_BREAK", on="2026-02-01")
    cards = await _cards(story, True)
    assert {(row["status"], row["readiness"], row["next_party"]) for row in cards} == {("ON_BREAK", "ON_BREAK", "provider")}
