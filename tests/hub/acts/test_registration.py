"""Registration: two parties, claims that open nothing, items that stand alone (EPA-014, X-19)."""

from typing import Any

from sqlalchemy import event

from hub.acts.act import Outcome
from tests.hub.acts.dumps import differences, dump, told
from tests.world import BY, Party, Story, World, new_story, new_uln

WRONG_ULN = "1000000042"


def learner(employer: Party, /, **changes: Any) -> dict[str, Any]:
    made = {
        "uln": new_uln(),
        "givenNames": "Sam",
        "familyName": "Example",
        "standard": {"reference": "ST0648"},
        "startOn": "2024-09-02",
        "plannedEndOn": "2027-09-02",
        "employer": employer.identifier,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def codes(item: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.field) for problem in item["errors"]]


async def registered(world: World, party: Party, *learners: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return list((await world.do(party, "registerApprentices", learners=list(learners), **more))["items"])


async def test_a_malformed_learner_is_refused_and_the_others_stand(story: Story) -> None:
    good, other = learner(story.employer), learner(story.employer)
    items = await registered(
        story.world,
        story.provider,
        good,
        learner(story.employer, uln=WRONG_ULN, familyName=None, shoeSize=43),
        learner(story.employer, plannedEndOn="2020-01-01"),
        other,
    )
    assert [(item["index"], item["outcome"]) for item in items] == [
        (0, "REGISTERED"),
        (1, "REFUSED"),
        (2, "REFUSED"),
        (3, "REGISTERED"),
    ]
    assert set(codes(items[1])) == {
        ("ULN_INVALID", "input.learners.1.uln"),
        ("INPUT_INVALID", "input.learners.1.familyName"),
        ("INPUT_INVALID", "input.learners.1.shoeSize"),
    }
    assert codes(items[2]) == [("DATE_ORDER", "input.learners.2.plannedEndOn")]
    rows = await story.world.rows("select uln from apprentices.identity where registered_by=$1", story.provider.viewer.party)
    assert {row["uln"] for row in rows} == {good["uln"], other["uln"]}


async def test_a_batch_of_malformed_learners_alone_is_answered_item_by_item(story: Story) -> None:
    items = await registered(story.world, story.provider, {}, {"uln": 3})
    assert [item["outcome"] for item in items] == ["REFUSED", "REFUSED"]


async def test_a_single_refusal_comes_back_as_problems_of_its_fields(story: Story) -> None:
    wrong = [
        ({"uln": WRONG_ULN}, ("ULN_INVALID", "input.uln")),
        ({"plannedEndOn": "2020-01-01"}, ("DATE_ORDER", "input.plannedEndOn")),
        ({"employer": None}, ("INPUT_INVALID", "input.employer")),
        ({"employer": {"scheme": "UKPRN", "value": "1"}}, ("UKPRN_INVALID", "input.employer")),
        ({"status": "ASLEEP"}, ("STATUS_UNKNOWN", "input.status")),
        ({"standard": {"reference": "ST648"}}, ("STANDARD_REFERENCE_INVALID", "input.standard.reference")),
    ]
    for change, expected in wrong:
        outcome = await story.world.act(story.provider, "registerApprentice", **learner(story.employer, **change))
        assert expected in [(problem.code, problem.field) for problem in outcome.problems], (change, outcome.problems)


async def test_registering_again_changes_nothing(own: World) -> None:
    story = await new_story(own)
    people = [learner(story.employer, myReference=f"R{n}") for n in range(3)]
    await registered(own, story.provider, *people)
    before = await dump(own.database)
    again = await registered(own, story.provider, *people)
    assert [item["outcome"] for item in again] == ["UNCHANGED"] * 3
    assert differences(before, await dump(own.database)) == {}


async def test_changes_are_taken_and_what_is_not_told_stays(story: Story) -> None:
    person = learner(story.employer, status="ON_BREAK", statusOn="2025-01-06", ageBand="19+", region="North")
    [first] = await registered(story.world, story.provider, person)
    told_less = {name: value for name, value in person.items() if name not in ("status", "statusOn", "ageBand", "region")}
    [again] = await registered(story.world, story.provider, {**told_less, "familyName": "Renamed", "myReference": "L1"})
    assert (again["outcome"], again["apprentice"]) == ("UPDATED", first["apprentice"])
    [row] = await story.world.rows("select * from apprentices.identity where apprentice_id=$1", first["apprentice"])
    assert (row["family_name"], row["status"], row["age_band"], row["region"]) == ("Renamed", "ON_BREAK", "19+", "North")
    [card] = await story.world.rows(
        "select my_reference from hub.card where apprentice_id=$1 and party_id=$2",
        first["apprentice"],
        story.provider.viewer.party,
    )
    assert card["my_reference"] == "L1"


async def test_another_employer_in_the_file_moves_nobody(story: Story) -> None:
    """PQR-07: after a transfer the old file still names the old employer; that is a note, not a move."""
    await story.register()
    await story.confirm()
    new = await story.world.party("employer")
    given = {"employer": new.identifier, "on": "2026-02-02", "by": BY}
    await story.world.do(story.employer, "transferApprentice", apprenticeId=story.id, **given)
    person = {"uln": story.uln, "givenNames": "Sam", "familyName": "Example", "standard": {"reference": "ST0648"}}
    person |= {"startOn": "2023-09-04", "plannedEndOn": "2026-12-31", "employer": story.employer.identifier}
    [item] = await registered(story.world, story.provider, person)
    assert (item["outcome"], codes(item)) == ("UPDATED", [("EMPLOYER_DIFFERS", "input.learners.0.employer")])
    [row] = await story.world.rows("select employer_id from apprentices.apprentice where id=$1", story.apprentice)
    assert row["employer_id"] == new.viewer.organisation
    single = await story.world.act(story.provider, "registerApprentice", **person)
    assert [problem.code for problem in single.problems] == ["EMPLOYER_DIFFERS"]


async def test_a_claim_declined_can_be_made_to_the_right_employer(story: Story) -> None:
    await story.register()
    await story.world.do(story.employer, "declineApprentice", apprenticeId=story.id, by=BY)
    same = await story.world.act(story.provider, "registerApprentice", **await _as_registered(story, story.employer))
    assert [problem.code for problem in same.problems] == ["CLAIM_DECLINED"]
    right = await story.world.party("employer")
    done = await story.world.do(story.provider, "registerApprentice", **await _as_registered(story, right))
    assert (done["outcome"], done["apprentice"]) == ("UPDATED", story.apprentice)
    await story.world.do(right, "confirmApprentice", apprenticeId=story.id, by=BY)
    assert [kind for kind, _ in await told(story.world, right)] == ["apprentice.claimed", "apprentice.confirmed"]


async def _as_registered(story: Story, employer: Party) -> dict[str, Any]:
    person = {"uln": story.uln, "givenNames": "Sam", "familyName": "Example", "standard": {"reference": "ST0648"}}
    return {**person, "startOn": "2023-09-04", "plannedEndOn": "2026-09-04", "employer": employer.identifier}


async def test_what_the_other_party_brought_already_is_confirmed_not_registered(story: Story) -> None:
    await story.register()
    named = {**await _as_registered(story, story.employer), "provider": story.provider.identifier}
    del named["employer"]
    outcome = await story.world.act(story.employer, "registerApprentice", **named)
    [problem] = outcome.problems
    assert (problem.code, problem.field) == ("ALREADY_CLAIMED", "input.uln")
    assert story.uln not in problem.message and story.id not in problem.message
    other = await story.world.party("provider")
    await story.world.do(story.employer, "registerApprentice", **{**named, "provider": other.identifier})


async def test_a_claim_on_a_known_uln_answers_and_costs_as_on_an_unknown_one(shared: World) -> None:
    """No oracle: the same answer, the same statements, and no row of the others touched (security.md §3.3)."""
    theirs, mine = await new_story(shared), await new_story(shared)
    await theirs.register()
    before = await shared.rows("select x::text as r from hub.card x where apprentice_id=$1", theirs.apprentice)
    unknown, spent_unknown = await _counted(mine, learner(mine.employer))
    known, spent_known = await _counted(mine, learner(mine.employer, uln=theirs.uln, startOn="2023-09-04"))
    assert spent_known == spent_unknown
    assert {**unknown.given, "apprentice": None} == {**known.given, "apprentice": None}
    assert known.given["apprentice"] not in (None, theirs.apprentice)
    third = await new_story(shared)
    also, spent_also = await _counted(third, learner(theirs.employer, uln=theirs.uln, startOn="2022-09-05"))
    assert also.given["outcome"] == "REGISTERED"
    assert spent_also == spent_unknown
    assert await shared.rows("select x::text as r from hub.card x where apprentice_id=$1", theirs.apprentice) == before


async def _counted(story: Story, person: dict[str, Any]) -> tuple[Outcome, list[str]]:
    engine = story.world.database.engine("hub_provider").sync_engine
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        return await story.world.act(story.provider, "registerApprentice", **person), statements
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def test_a_claim_opens_the_identity_and_no_act(story: Story) -> None:
    await story.register()
    for name, given in {
        "nominateEpao": {"epao": story.epao.identifier, "by": BY},
        "changeDates": {"intake": "2023-A"},
        "setContact": {"email": "sam@example.invalid"},
    }.items():
        outcome = await story.world.act(story.employer, name, apprenticeId=story.id, **given)
        assert [problem.code for problem in outcome.problems] == ["CLAIM_NOT_CONFIRMED"], name


async def test_a_standard_without_a_plan_is_kept(story: Story) -> None:
    await story.register(standard={"reference": "ST0999"})
    await story.confirm()
    cards = await story.world.rows("select readiness, status from hub.card where apprentice_id=$1", story.apprentice)
    assert {(card["readiness"], card["status"]) for card in cards} == {("NO_PLAN", "ON_PROGRAMME")}
    filed = {"requirement": "PQIP", "achievedOn": "2026-01-01"}
    outcome = await story.world.act(story.provider, "fileGatewayItem", apprenticeId=story.id, **filed)
    assert [(problem.code, problem.field) for problem in outcome.problems] == [("NO_PLAN", "input.apprenticeId")]


async def test_an_employer_that_let_go_cannot_register_the_same_again(shared: World) -> None:
    story = await new_story(shared)
    person = {**await _as_registered(story, story.employer), "provider": story.provider.identifier}
    del person["employer"]
    story.apprentice = (await shared.do(story.employer, "registerApprentice", **person))["apprentice"]
    await shared.do(story.provider, "confirmApprentice", apprenticeId=story.id, by=BY)
    new = await shared.party("employer")
    given = {"employer": new.identifier, "on": "2026-02-02", "by": BY}
    await shared.do(story.employer, "transferApprentice", apprenticeId=story.id, **given)
    outcome = await shared.act(story.employer, "registerApprentice", **person)
    assert [problem.code for problem in outcome.problems] == ["STATE_CONFLICT"]
