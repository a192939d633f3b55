"""UK GDPR Art. 17 and 18, issue 4 item 6: holds, restrictions and erasure by those whose data it is."""

from dataclasses import replace
from datetime import date

import pytest

from hub.acts.erasing import EMPTIED, REMOVED, columns_of
from hub.slices.data import DATA
from hub.slices.rows import TABLES
from hub.slices.uses import USES, Fate, Sort
from hub.store.policies import condition
from hub.store.tables import metadata
from tests.hub.acts.conftest import post, to_assessment
from tests.hub.acts.dumps import dump, everything, seen_by, told
from tests.hub.acts.samples import sample
from tests.world import BY, Party, Story, World, new_story

ABOUT_APPRENTICES = {table for table in TABLES if {"apprentice_id"} & set(metadata.tables[table].c.keys())}


async def codes(world: World, party: Party, name: str, **given) -> list[str]:
    return [problem.code for problem in (await world.act(party, name, **given)).problems]


async def restrict(story: Story, party: Party, restricted: bool = True) -> None:
    given = {"restricted": restricted, "ground": "ACCURACY", "by": BY}
    await story.world.do(party, "setRestriction", apprenticeId=story.id, **given)


async def erase(story: Story, *parties: Party) -> list[str]:
    given = {"apprenticeId": story.id, "ground": "NOT_NEEDED", "by": BY}
    return [(await story.world.do(party, "eraseApprentice", **given))["outcome"] for party in parties]


async def named(story: Story) -> Story:
    """Gives the apprentice a name, a contact, and references that can be searched for."""
    await story.world.do(story.provider, "setContact", apprenticeId=story.id, email="zz-canary@example.invalid", phone="07700")
    for party in (story.employer, story.provider):
        await story.world.do(party, "setMyReference", apprenticeId=story.id, myReference="zz-canary-ref")
    return story


async def over(story: Story) -> Story:
    """A released pass, with everything in the record that can be."""
    await story.register(givenNames="Zz-canary-given", familyName="Zz-canary-family", region="zz-canary", intake="zz-canary")
    await story.confirm()
    await story.file_items()
    await story.nominate()
    await story.accept()
    await story.file_portfolio()
    await story.validate()
    await story.decide()
    await named(story)
    await story.world.do(story.epao, "setMyReference", apprenticeId=story.id, myReference="zz-canary-epao")
    await story.acknowledge()
    story.world.today = date(2026, 5, 1)
    await story.authenticate()
    await post(story, "PASS", "PASS")
    return await story.release()


async def test_art_18_a_restriction_closes_every_other_card_and_lifting_it_opens_them_as_they_were(own: World) -> None:
    story = await to_assessment(await new_story(own))
    parties = (story.employer, story.provider, story.epao)
    before = [await seen_by(own, party) for party in parties]
    await restrict(story, story.provider)
    for party in (story.employer, story.epao):
        rows = await seen_by(own, party)
        assert not any(rows[table] for table in rows if table in ABOUT_APPRENTICES and table != "hub.event"), party
    assert (await seen_by(own, story.provider))["apprentices.identity"]
    for party in (story.employer, story.epao):
        assert (await told(own, party))[-1][0] == "apprentice.restricted"
    await restrict(story, story.provider, False)
    assert [await seen_by(own, party) for party in parties] == before
    for party in parties:
        assert (await told(own, party))[-1][0] == "apprentice.unrestricted"


async def test_art_18_restricted_data_is_kept_and_nothing_else_is_done_with_it(own: World) -> None:
    story = await to_assessment(await new_story(own))
    await restrict(story, story.employer)
    before = await dump(own.database)
    for name in ("setContact", "changeDates", "changeStatus", "agreeResit", "transferApprentice", "decideGateway"):
        assert await codes(own, story.employer, name, **sample(name, story.id)) == ["RESTRICTED"], name
    for party, name in ((story.provider, "setContact"), (story.epao, "postResult"), (story.epao, "releaseGrade")):
        assert await codes(own, party, name, **sample(name, story.id)) == ["NOT_FOUND"], name
    # Nor by the party that is shut out telling the same registration again.
    again = {"uln": story.uln, "givenNames": "Sam", "familyName": "Changed", "standard": {"reference": "ST0648"}}
    dates = {"startOn": "2023-09-04", "plannedEndOn": "2026-09-04", "employer": story.employer.identifier}
    assert await codes(own, story.provider, "registerApprentice", **again, **dates) == ["STATE_CONFLICT"]
    assert await dump(own.database) == before
    assert await codes(own, story.provider, "setRestriction", **sample("setRestriction", story.id)) == ["NOT_FOUND"]


async def test_art_18_a_party_that_restricts_what_it_registered_cannot_change_it_by_registering_again(own: World) -> None:
    story = await (await (await new_story(own)).register()).confirm()
    await restrict(story, story.provider)
    again = {"uln": story.uln, "givenNames": "Sam", "familyName": "Changed", "standard": {"reference": "ST0648"}}
    dates = {"startOn": "2023-09-04", "plannedEndOn": "2026-09-04", "employer": story.employer.identifier}
    assert await codes(own, story.provider, "registerApprentice", **again, **dates) == ["RESTRICTED"]


def test_a_restriction_costs_reads_nothing() -> None:
    """DESIGN §3: no row policy has a condition more for it; the cards are closed instead."""
    conditions = [condition(table, sees) for table, slice_ in TABLES.items() for sees in slice_.sees.values()]
    assert conditions and not any("restriction" in each or "hold" in each for each in conditions)


async def test_art_17_erasure_before_the_gateway_leaves_no_row_about_anybody(own: World) -> None:
    """Both parties agree, then everything goes: what is left is an id, a day and keyed digests."""
    story = await new_story(own)
    await story.register(givenNames="Zz-canary-given", familyName="Zz-canary-family")
    await story.confirm()
    await story.file_items()
    await named(story)
    await own.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on="2026-02-01")
    assert await erase(story, story.provider, story.provider, story.employer) == ["ASKED", "ASKED", "ERASED"]
    found = await dump(own.database)
    left = {table for table in found if any(str(story.apprentice) in row for row in found[table])}
    assert left == {"apprentices.erasure", "apprentices.tombstone", "hub.outbox", "hub.audit"}
    everywhere = "".join(row for rows in found.values() for row in rows).lower()
    assert story.uln not in everywhere and "zz-canary" not in everywhere
    for party in (story.employer, story.provider):
        kinds = [kind for kind, _ in await told(own, party)]
        assert kinds[-1] == "apprentice.erased" and kinds.count("apprentice.erasure_asked") == 1
        assert await codes(own, party, "setContact", **sample("setContact", story.id)) == ["NOT_FOUND"]


async def test_art_17_after_the_gateway_the_record_of_assessment_stays_about_an_id(own: World) -> None:
    story = await over(await new_story(own))
    before = await dump(own.database)
    assert await erase(story, story.employer, story.provider) == ["ASKED", "ERASED"]
    found = await dump(own.database)
    everywhere = "".join(row for rows in found.values() for row in rows).lower()
    assert story.uln not in everywhere and "zz-canary" not in everywhere and "evidence.example" not in everywhere
    for table in before:
        if table.startswith("grades.") or table in ("gateway.decision", "portfolios.validation", "apprentices.apprentice"):
            assert found[table] == before[table], table
    for party in (story.employer, story.provider):
        seen = await seen_by(own, party)
        assert not any(seen[table] for table in seen if table in ABOUT_APPRENTICES - {"hub.event"})
    assert len((await seen_by(own, story.epao))["grades.result"]) == 2
    assert await codes(own, story.epao, "releaseGrade", apprenticeId=story.id, by=BY) == ["ERASED"]


async def test_the_data_map_says_what_erasure_does_to_every_column(own: World) -> None:
    """Every column whose use does not stay, filled with a canary in every row, holds none afterwards."""
    story = await over(await new_story(own))
    async with everything(own.database) as connection:
        for table in ABOUT_APPRENTICES:
            for column in columns_of(table, Fate.REMOVED) + columns_of(table, Fate.EMPTIED):
                if column in ("status", "kind") or metadata.tables[table].c[column].type.python_type is not str:
                    continue
                canary = f"'zz-canary-' || '{table}' || gen_random_uuid()"
                await connection.execute(f"update {table} set {column} = {canary} where {column} is not null")
        await connection.execute('update hub.outbox set facts = \'{"reason": "zz-canary"}\'')
        await connection.execute("update apprentices.identity set status = 'COMPLETED', uln = $1", story.uln)
        await connection.execute("update apprentices.tie set state = 'CONFIRMED'")
    assert await erase(story, story.employer, story.provider) == ["ASKED", "ERASED"]
    found = await dump(own.database)
    assert [table for table, rows in found.items() if any("zz-canary" in row for row in rows)] == []


def test_a_table_that_loses_its_rows_holds_nothing_that_stays() -> None:
    """Else erasure would take what it says it keeps; the name of who signed a hold goes with the hold."""
    for table in REMOVED:
        stay = {name for name in DATA[table.fullname] if USES[name].fate is Fate.STAYS}
        assert stay <= {"KEY", "STAFF"}, table.fullname
    personal = {table for table, uses in DATA.items() if any(USES[name].sort in (Sort.PERSONAL, Sort.SPECIAL) for name in uses)}
    assert {table.fullname for table in REMOVED} < personal
    assert {table.fullname for table, names in EMPTIED if names} == {
        "apprentices.leaver_record", "hub.card", "hub.event", "hub.outbox"
    }  # fmt: skip


async def test_art_17_what_goes_on_or_is_held_is_not_erased(own: World) -> None:
    story = await to_assessment(await new_story(own))
    asked = sample("eraseApprentice", story.id)
    assert await codes(own, story.employer, "eraseApprentice", **asked) == ["STATE_CONFLICT"]
    await post(story, "PASS", "PASS")
    # A result that is not released changes nothing in the answer (EPA-107).
    assert await codes(own, story.employer, "eraseApprentice", **asked) == ["STATE_CONFLICT"]
    await own.do(story.epao, "setHold", apprenticeId=story.id, held=True, reason="APPEAL", by=BY)
    await story.release()
    for party in (story.employer, story.provider):
        assert await codes(own, party, "eraseApprentice", **asked) == ["ON_HOLD"]
    # Another party cannot lift it.
    await own.do(story.employer, "setHold", apprenticeId=story.id, held=False, reason="APPEAL", by=BY)
    assert await codes(own, story.employer, "eraseApprentice", **asked) == ["ON_HOLD"]
    await own.do(story.epao, "setHold", apprenticeId=story.id, held=False, reason="APPEAL", by=BY)
    assert await erase(story, story.employer, story.provider) == ["ASKED", "ERASED"]


def told_again(story: Story, **changes) -> dict:
    row = {"uln": story.uln, "givenNames": "Sam", "familyName": "Example", "standard": {"reference": "ST0648"}}
    return {**row, "startOn": "2023-09-04", "plannedEndOn": "2026-09-04", **changes}


async def test_erased_stays_erased_when_a_file_is_imported_again(own: World) -> None:
    """The same record again is refused, also with a corrected start or another standard; the rest of the batch stands."""
    story = await over(await new_story(own))
    await erase(story, story.employer, story.provider)
    employer, other = story.employer.identifier, await new_story(own)
    rows = [
        told_again(story, employer=employer),
        told_again(story, employer=employer, startOn="2023-09-11"),
        told_again(story, employer=employer, standard={"larsCode": "999"}),
        told_again(other, employer=employer),
    ]
    answers = (await own.do(story.provider, "registerApprentices", learners=rows))["items"]
    assert [item["outcome"] for item in answers] == ["REFUSED", "REFUSED", "REFUSED", "REGISTERED"]
    assert {problem.code for item in answers[:3] for problem in item["errors"]} == {"ERASED"}
    provider = story.provider.identifier
    assert await codes(own, story.employer, "registerApprentice", **told_again(story, provider=provider)) == ["ERASED"]
    # A new apprenticeship, begun since, is another record; and to a party that never knew, nothing tells of the erasure.
    new = told_again(story, employer=employer, startOn="2026-05-02", plannedEndOn="2028-09-04")
    own.today = date(2026, 6, 1)
    assert not await codes(own, story.provider, "registerApprentice", **new)
    assert not await codes(own, other.provider, "registerApprentice", **told_again(story, employer=other.employer.identifier))


async def test_a_claim_that_nobody_confirmed_is_erased_by_the_party_that_brought_it(own: World) -> None:
    story = await (await new_story(own)).register()
    assert await codes(own, story.employer, "eraseApprentice", **sample("eraseApprentice", story.id)) == ["CLAIM_NOT_CONFIRMED"]
    assert await erase(story, story.provider) == ["ERASED"]
    assert await own.rows("select 1 from apprentices.apprentice where id = $1", story.apprentice) == []


async def test_art_17_copies_of_leavers_and_merged_records_are_the_same_person(own: World) -> None:
    story = await (await (await new_story(own)).register(givenNames="Zz-canary")).confirm()
    second = Story(own, story.employer, await own.party("provider"), story.epao, uln=story.uln)
    await (await second.register(givenNames="Zz-canary")).confirm()
    merged = {"apprenticeId": story.id, "otherApprenticeId": second.id, "by": BY}
    await own.do(story.employer, "mergeApprentices", **merged)
    new = await own.party("employer")
    await own.do(story.employer, "transferApprentice", apprenticeId=story.id, employer=new.identifier, on="2026-03-01", by=BY)
    await own.do(new, "confirmApprentice", apprenticeId=story.id, by=BY)
    await own.do(second.provider, "confirmApprentice", apprenticeId=story.id, by=BY)
    await own.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on="2026-03-02")
    assert await erase(story, new, story.provider, second.provider) == ["ASKED", "ASKED", "ERASED"]
    found = await dump(own.database)
    everywhere = "".join(row for rows in found.values() for row in rows)
    assert story.uln not in everywhere and "Zz-canary" not in everywhere
    assert len(found["apprentices.leaver_record"]) == 1 and len(found["apprentices.erasure"]) == 2
    marks = await own.rows("select party_id, digest from apprentices.tombstone")
    # One ULN leaves another digest for each party, so that rows of two parties tell nobody that they are about one person.
    assert len({row["digest"] for row in marks}) == 4
    parties = (story.employer, story.provider, second.provider, new)
    assert {row["party_id"] for row in marks} == {each.viewer.party for each in parties}


@pytest.mark.parametrize("act", ["setHold", "setRestriction", "eraseApprentice"])
async def test_looking_after_data_needs_its_own_scope(story: Story, act: str) -> None:
    """An integration that reads and writes apprentices may not erase one."""
    await story.register()
    scopes = frozenset(story.provider.viewer.scopes - {"apprentices:admin"})
    viewer = replace(story.provider.viewer, scopes=scopes)
    with pytest.raises(Exception, match="SCOPE_MISSING"):
        await story.world.act(Party(viewer, {}), act, **sample(act, story.id))
