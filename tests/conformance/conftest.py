"""One demonstration for all of other people's software, and one hub as it is served in earnest."""

from collections.abc import AsyncIterator

import pytest

from infra.tour.spawning import spawned
from tests.conformance.people import story as fresh_story
from tests.conformance.playing import Hub, Story


@pytest.fixture(scope="session")
async def demonstration() -> AsyncIterator[Hub]:
    """A demonstration of this run's own."""
    async with spawned() as found:
        yield Hub(found.urls, found.clients)


@pytest.fixture
def story(demonstration: Hub) -> Story:
    """Somebody new for one client to act on."""
    return fresh_story(demonstration)
