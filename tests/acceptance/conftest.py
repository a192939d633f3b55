"""A land in the middle of its assessments, cloned for every test of this folder that wants one."""

from collections.abc import AsyncIterator

import pytest

from tests.slices.asking import Front, front_of
from tests.slices.land import NOW, Land, build
from tests.world import Story, World


@pytest.fixture(scope="session")
async def scene(cluster, template) -> Land:
    """A land in the middle of its assessments."""
    return await build(cluster, "scene", template, ["decided", "posted", "claimed", "accepted", "nominated"], rotate=0)


@pytest.fixture
async def stage(scene: Land) -> AsyncIterator[tuple[Front, World, Story]]:
    """A clone of it, and the story to post results of."""
    async with scene.clone() as database:
        world, known = World(database, NOW), scene.stories["decided"]
        story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
        yield front_of(scene, database), world, story
