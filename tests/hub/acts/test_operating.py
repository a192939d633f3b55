"""The operator's acts: organisations are claimed with their ties, groups linked, LARS codes set; each leaves its row."""

from datetime import date
from typing import Any

import pytest

from hub.acts.operating import Operator
from hub.errors import HubError
from hub.store.plans import load_library
from hub.viewer import PartyKind, Viewer
from hub.words import id_text
from tests.hub.acts.dumps import differences, dump, everything, told
from tests.world import BY, SEAL, Party, Story, World, new_number, new_story, new_uln


def operator(world: World) -> Operator:
    return Operator(world.database, load_library(), SEAL, lambda: world.today)


async def test_an_unclaimed_employer_is_claimed_with_its_parties_and_ties(own: World) -> None:
    story, number = await new_story(own), new_number("employer")
    await story.register(employer={"scheme": "EMPLOYER_NUMBER", "value": number})
    [unclaimed] = await own.rows("select * from apprentices.organisation where not claimed")
    added = await operator(own).add_organisation(
        "Example Probation", ["employer", "provider"], [("EMPLOYER_NUMBER", number), ("UKPRN", "10000017")], region="North"
    )
    assert (added.id, added.was_unclaimed) == (unclaimed["id"], True)
    viewer = Viewer(added.parties[PartyKind.EMPLOYER], PartyKind.EMPLOYER, added.id, "cli_x", story.employer.viewer.scopes)
    story.employer = Party(viewer, {"scheme": "EMPLOYER_NUMBER", "value": number})
    await story.confirm()
    found = await operator(own).find("UKPRN", "10000017")
    assert found is not None and (found.id, found.parties) == (added.id, added.parties)
    [row] = await own.rows("select name, region, claimed from apprentices.organisation where id=$1", added.id)
    assert (row["name"], row["region"], row["claimed"]) == ("Example Probation", "North", True)


async def test_an_identifier_that_belongs_to_somebody_is_refused(own: World) -> None:
    first = [("UKPRN", "10000025")]
    await operator(own).add_organisation("First", ["provider"], first)
    before = await dump(own.database)
    for identifiers, kinds, code in (
        ([*first, ("UKPRN", "10000033")], ["provider"], "ORGANISATION_CLAIMED"),
        ([("UKPRN", "1")], ["provider"], "UKPRN_INVALID"),
        ([("FAX", "1")], ["provider"], "INPUT_INVALID"),
        ([("UKPRN", "10000033")], ["bank"], "INPUT_INVALID"),
    ):
        with pytest.raises(HubError, match=code):
            await operator(own).add_organisation("Second", kinds, identifiers)
    assert differences(before, await dump(own.database)) == {}


async def test_groups_are_linked_by_date_and_steer_nominations(own: World) -> None:
    """EPA-R11, PTA-022."""
    story = await new_story(own)
    await story.register()
    await story.confirm()
    for party in (story.provider, story.epao):
        named = (party.identifier["scheme"], party.identifier["value"])
        await operator(own).link_group(named, "SKILLS", date(2020, 1, 1))
    given = {"apprenticeId": story.id, "epao": story.epao.identifier, "by": BY}
    outcome = await own.act(story.employer, "nominateEpao", **given)
    assert [(problem.code, problem.rule) for problem in outcome.problems] == [("CONFLICT_OF_INTEREST", "EPA-R11")]
    named = (story.epao.identifier["scheme"], story.epao.identifier["value"])
    await operator(own).link_group(named, "SKILLS", date(2020, 1, 1), date(2025, 1, 1))
    await own.do(story.employer, "nominateEpao", **given)
    with pytest.raises(HubError, match="NOT_FOUND"):
        await operator(own).link_group(("UKPRN", "99999999"), "SKILLS")


def person(story: Story, standard: dict[str, str], uln: str) -> dict[str, Any]:
    named = {"uln": uln, "givenNames": "Sam", "familyName": "Example", "standard": standard}
    return {**named, "startOn": "2023-09-04", "plannedEndOn": "2026-09-04", "employer": story.employer.identifier}


async def test_a_lars_code_takes_in_the_apprentices_of_its_placeholder(own: World) -> None:
    story = await new_story(own)
    twin, lone = new_uln(), new_uln()
    for standard, uln in (({"larsCode": "648"}, lone), ({"larsCode": "648"}, twin), ({"reference": "ST0648"}, twin)):
        given = person(story, standard, uln)
        story.apprentice = (await own.do(story.provider, "registerApprentice", **given))["apprentice"]
    assert await operator(own).set_lars("ST0648", "648") == 2
    [standard_row] = await own.rows("select id, lars_code from apprentices.standard where reference = 'ST0648'")
    assert standard_row["lars_code"] == "648"
    assert not await own.rows("select 1 from apprentices.standard where reference is null")
    for table in ("apprentices.apprentice", "apprentices.identity", "hub.card"):
        rows = await own.rows(f"select distinct standard_id from {table}")
        assert [row["standard_id"] for row in rows] == [standard_row["id"]], table
    verdicts = await own.rows(
        "select r.status from gateway.readiness r join apprentices.identity i using (apprentice_id) where i.merged_into is null"
    )
    assert [row["status"] for row in verdicts] == ["CLAIMED", "CLAIMED"]
    assert [kind for kind, _ in await told(own, story.employer)].count("apprentice.left") == 1
    again = await own.do(
        story.provider, "registerApprentices", learners=[person(story, {"larsCode": "648"}, each) for each in (lone, twin)]
    )
    assert [item["outcome"] for item in again["items"]] == ["UNCHANGED", "UNCHANGED"]
    assert [item["apprentice"] for item in again["items"]][1] == story.apprentice
    before = await dump(own.database)
    assert await operator(own).set_lars("ST0648", "648") == 0
    assert set(differences(before, await dump(own.database))) == {"hub.audit"}


async def test_lars_codes_that_cannot_be(own: World) -> None:
    await new_story(own)
    async with own.database.engine("hub_operator").begin() as connection:
        await connection.exec_driver_sql(
            "insert into apprentices.standard (id, reference, version, lars_code, title, planned) "
            "values (gen_random_uuid(), 'ST0001', '1.0', '7', 'Other', false)"
        )
    for reference, code, expected in (
        ("ST0648", "0", "INPUT_INVALID"),
        ("ST648", "1", "STANDARD_REFERENCE_INVALID"),
        ("ST0999", "1", "STANDARD_UNKNOWN"),
        ("ST0648", "7", "STATE_CONFLICT"),
    ):
        with pytest.raises(HubError, match=expected):
            await operator(own).set_lars(reference, code)


async def test_every_act_of_the_operator_leaves_its_row(own: World) -> None:
    acting = operator(own)
    await new_story(own)
    made = await acting.add_organisation("Example", ["employer"], [("EMPLOYER_NUMBER", "900000009")], group="G")
    await acting.link_group(("EMPLOYER_NUMBER", "900000009"), "H")
    await acting.set_lars("ST0648", "648")
    async with everything(own.database) as connection:
        rows = await connection.fetch("select act, client, thing from hub.audit order by at")
    assert [(row["act"], row["client"], row["thing"]) for row in rows] == [
        ("addOrganisation", "operator", id_text("org", made.id)),
        ("linkGroup", "operator", id_text("org", made.id)),
        ("setLars", "operator", "ST0648"),
    ]
