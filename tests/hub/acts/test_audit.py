"""Every act leaves one audit row in its transaction, and no row holds personal data (DESIGN §5)."""

from tests.hub.acts.conftest import post, to_assessment
from tests.hub.acts.dumps import everything
from tests.world import BY, Story, World, new_story


async def test_one_row_for_every_act_also_inside_batches(own: World) -> None:
    first, second = await new_story(own), await new_story(own)
    second.provider = first.provider
    for story in (first, second):
        await story.register()
        await story.confirm()
    filed = {"requirement": "PQIP", "achievedOn": "2026-01-05"}
    items = [{"apprenticeId": first.id, **filed}, {"apprenticeId": second.id, **filed}, {"apprenticeId": first.id, **filed}]
    wrong = {**filed, "apprenticeId": first.id, "requirement": "NONE"}
    await own.do(first.provider, "fileGatewayItems", items=[*items, wrong])
    async with everything(own.database) as connection:
        rows = await connection.fetch("select act, subjects, person, client from hub.audit order by at, act")
    assert [row["act"] for row in rows] == ["registerApprentice", "confirmApprentice"] * 2 + ["fileGatewayItem"] * 2
    assert [list(row["subjects"]) for row in rows[-2:]] in (
        [[first.apprentice], [second.apprentice]],
        [[second.apprentice], [first.apprentice]],
    )
    assert rows[1]["person"] == BY["reference"]


async def test_no_personal_data_in_audit_and_outbox(own: World) -> None:
    story = await new_story(own)
    await post(await to_assessment(story), "FAIL", "PASS")
    await own.do(story.provider, "setContact", apprenticeId=story.id, email="canary@example.invalid", phone="0700 900000")
    await own.do(story.provider, "setMyReference", apprenticeId=story.id, myReference="CANARY-REF")
    async with everything(own.database) as connection:
        rows = await connection.fetch("select x::text as r from hub.audit x")
        rows += await connection.fetch("select x::text as r from hub.outbox x")
    said = " ".join(row["r"] for row in rows)
    for word in (story.uln, "Example", "Sam", "Robin", "canary", "CANARY", "0700 900000", "FAIL", "LEVEL_2"):
        assert word not in said, word


async def test_contact_is_told_to_nobody_who_may_not_see_it(story: Story) -> None:
    await story.register()
    await story.confirm()
    await story.nominate()
    await story.accept()
    await story.world.do(story.employer, "setContact", apprenticeId=story.id, email="a@example.invalid")
    async with everything(story.world.database) as connection:
        found = await connection.fetchval(
            "select recipients from hub.outbox where type = 'apprentice.contact_changed' and apprentice_id = $1",
            story.apprentice,
        )
    assert set(found) == {story.employer.viewer.party, story.provider.viewer.party}
