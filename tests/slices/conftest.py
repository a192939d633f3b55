"""One land for all tests of this folder, cloned by each."""

import pytest

from infra.postgres import EmbeddedPostgres
from tests.slices.land import STATES, Land, build


@pytest.fixture(scope="session")
async def land(cluster: EmbeddedPostgres, template: str) -> Land:
    """Three parties of each kind and an apprentice in every state."""
    return await build(cluster, "land", template, list(STATES))


@pytest.fixture(scope="session")
async def assessing(cluster, template) -> Land:
    """A land on the way to its results."""
    return await build(cluster, "assessing", template, ["decided", "posted", "resit", "accepted"], rotate=0)
