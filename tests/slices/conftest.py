"""One land for all tests of this folder, cloned by each."""

import pytest

from infra.postgres import EmbeddedPostgres
from tests.slices.land import STATES, Land, build


@pytest.fixture(scope="session")
async def land(cluster: EmbeddedPostgres, template: str) -> Land:
    """Three parties of each kind and an apprentice in every state."""
    return await build(cluster, "land", template, list(STATES))
