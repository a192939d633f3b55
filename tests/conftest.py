"""One embedded cluster for the whole run, and a migrated database that ordinary tests share."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.store.pools import Database
from infra.database import upgrade
from infra.postgres import EmbeddedPostgres

SECRET = b"a secret for tests only, of more than thirty-two bytes"


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """The embedded cluster of this run, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hubt"))
    server = EmbeddedPostgres(folder / "pg", SECRET)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def template(cluster: EmbeddedPostgres) -> str:
    """The name of a migrated database without rows of parties, to clone whole worlds from."""
    await cluster.prepare(fsync="off", full_page_writes="off", synchronous_commit="off")
    await cluster.create("template_hub")
    database = Database(cluster.owner_url("template_hub"), SECRET)
    await upgrade(database)
    await database.close()
    return "template_hub"


@pytest.fixture(scope="session")
async def database(cluster: EmbeddedPostgres, template: str) -> AsyncIterator[Database]:
    """The database that ordinary tests share; they make fresh parties of their own."""
    await cluster.create("shared_hub", template)
    opened = Database(cluster.owner_url("shared_hub"), SECRET, connections=60)
    yield opened
    await opened.close()


@pytest.fixture
async def world(cluster: EmbeddedPostgres, template: str) -> AsyncIterator[Database]:
    """A database of a test's own, cloned from the template and dropped afterwards."""
    name = f"world_{uuid4().hex[:12]}"
    await cluster.create(name, template)
    opened = Database(cluster.owner_url(name), SECRET)
    yield opened
    await opened.close()
    await cluster.drop(name)
