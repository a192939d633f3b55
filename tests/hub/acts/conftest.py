"""Stories to test acts on: in the database all tests share, and in a world of a test's own."""

from datetime import date

import pytest

from hub.store.pools import Database
from tests.world import BY, Story, World, new_story, new_world


@pytest.fixture
async def shared(database: Database) -> World:
    """The world that ordinary tests share."""
    return await new_world(database)


@pytest.fixture
async def own(world: Database) -> World:
    """A world of a test's own."""
    return await new_world(world)


@pytest.fixture
async def story(shared: World) -> Story:
    """Three fresh parties and an apprentice who is not registered yet."""
    return await new_story(shared)


async def to_assessment(story: Story) -> Story:
    """Up to the day on which results can be posted."""
    await story.to_gateway()
    await story.acknowledge()
    story.world.today = date(2026, 5, 1)
    return await story.authenticate()


async def post(story: Story, discussion: str, case_study: str) -> Story:
    """Posts both results."""
    await story.world.do(story.epao, "postResult", **story.discussion(discussion))
    await story.world.do(story.epao, "postResult", **story.case_study(case_study))
    return story


async def agree(story: Story, *methods: str, kind: str = "RESIT") -> Story:
    """The employer agrees to another attempt."""
    given = {"methods": list(methods), "kind": kind, "agreedOn": story.world.today.isoformat(), "actionPlan": True}
    await story.world.do(story.employer, "agreeResit", apprenticeId=story.id, by=BY, **given)
    return story
