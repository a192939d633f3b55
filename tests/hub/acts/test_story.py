"""One apprentice from registration to release, through the acts alone."""

from datetime import date

from hub.store.pools import Database
from tests.world import new_story, new_world


async def test_from_registration_to_release(database: Database) -> None:
    """EPA-010…EPA-136: the order of the acts, and what each leaves behind."""
    world = await new_world(database)
    story = await new_story(world)
    await story.to_gateway()
    await story.acknowledge()
    world.today = date(2026, 5, 1)
    await story.authenticate()
    await world.do(story.epao, "postResult", **story.discussion("PASS"))
    again = await world.do(story.epao, "postResult", **story.discussion("PASS"))
    assert again["result"]
    await world.do(story.epao, "postResult", **story.case_study("DISTINCTION"))
    await story.release()
    grades = await world.rows("select audience, overall, capped from grades.grade where apprentice_id=$1", story.apprentice)
    assert {(g["audience"], g["overall"], g["capped"]) for g in grades} == {
        ("epao", "DISTINCTION", False),
        ("all", "DISTINCTION", False),
    }
    cards = await world.rows("select kind, status, reach from hub.card where apprentice_id=$1", story.apprentice)
    assert {(c["kind"], c["status"], c["reach"]) for c in cards} == {
        ("employer", "ACHIEVED", 3),
        ("provider", "ACHIEVED", 3),
        ("epao", "ACHIEVED", 3),
    }
