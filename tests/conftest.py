"""One embedded cluster for each process of the run, a migrated database that its tests share, and what tests counted."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings

from hub.store.pools import Database
from infra.database import upgrade
from infra.postgres import EmbeddedPostgres
from tests.counting import LINES

# How long one example takes says how busy the machine is, and nothing else.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")

SECRET = b"a secret for tests only, of more than thirty-two bytes"


@pytest.fixture(scope="session")
def cluster() -> Iterator[EmbeddedPostgres]:
    """The embedded cluster of this process, gone afterwards."""
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Gives a test's report the lines it counted, whichever process it ran in."""
    report = yield
    report.user_properties += [("counted", line) for line in LINES]
    LINES.clear()
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Shows what was counted."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, line in getattr(report, "user_properties", ()):
                if name == "counted":
                    terminalreporter.write_line(str(line))
