"""`hub keys` and `hub unseal` over a database that holds sealed results: kept, lost, put back (issue 4, deliver 4)."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from hub.store.pools import Database
from hub.words import id_text
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret
from infra.sealing.ring import Ring
from tests.hub.acts.conftest import post, to_assessment
from tests.infra.running import Ran, hub
from tests.world import Story, World, new_story

PASSPHRASE = {"HUB_BACKUP_PASSPHRASE": "correct horse battery"}


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One home for the commands of this module, its path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hubk"))
    server = EmbeddedPostgres(cluster_folder(folder), read_secret(folder))
    assert hub(folder, "db", "upgrade").code == 0
    yield folder
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def posted(home: Path) -> tuple[str, str]:
    """The id of a result that waits for its release, and of its EPAO."""

    async def make() -> tuple[str, str]:
        own = EmbeddedPostgres(cluster_folder(home), read_secret(home))
        database = Database(own.owner_url("hub"), read_secret(home))
        story: Story = await new_story(World(database, keys=Ring(home / "sealing", make=True)))
        await post(await to_assessment(story), "FAIL", "DISTINCTION")
        (row,) = await story.world.rows("select id from grades.result where method = 'PD'")
        await database.close()
        return id_text("res", row["id"]), story.epao.identifier["value"]

    return asyncio.run(make())


def refused(ran: Ran, code: str) -> None:
    assert ran.code == 1 and ran.err.startswith(code) and "Traceback" not in ran.err + ran.out, ran


def test_d4_without_the_keys_a_restored_database_is_refused_and_with_them_it_works(
    home: Path, posted: tuple[str, str], tmp_path: Path
) -> None:
    """A restore without the keys names the EPAO; a backup of them, put back, opens every value."""
    well = hub(home, "keys", "check")
    assert well.code == 0 and f"The epao {posted[1]}" in well.out and "signing keys" in well.out, well
    backup = str(tmp_path / "keys.backup")
    assert hub(home, "keys", "backup", backup, **PASSPHRASE).code == 0
    refused(hub(home, "keys", "backup", backup, **PASSPHRASE), "FILE_UNREADABLE")
    shutil.move(home / "sealing", tmp_path / "away")
    for words in (("keys", "check"), ("db", "check"), ("db", "restored"), ("serve", "--port", "0")):
        refused_one = hub(home, *words)
        assert refused_one.code == 1 and "SEALING_KEY_MISSING" in refused_one.err, refused_one
        assert f"The epao {posted[1]}" in refused_one.out + refused_one.err, refused_one
    refused(hub(home, "keys", "restore", backup, HUB_BACKUP_PASSPHRASE="another passphrase"), "SEALED_VALUE_ALTERED")
    assert not (home / "sealing").exists()
    assert hub(home, "keys", "restore", backup, **PASSPHRASE).code == 0
    assert hub(home, "db", "restored").code == 0 and hub(home, "keys", "check").out == well.out


def test_d4_a_rotation_by_command_leaves_everything_readable(home: Path, posted: tuple[str, str]) -> None:
    rotated = hub(home, "keys", "rotate", "--sealing", f"EPAO_ID:{posted[1]}")
    assert rotated.code == 0 and "from now on" in rotated.out, rotated
    assert hub(home, "keys", "check").code == 0
    refused(hub(home, "keys", "rotate", "--sealing", "EPAO_ID:EPA0000000"), "EPAO_UNKNOWN")


def test_d4_unseal_shows_a_result_for_a_reason_and_not_without(home: Path, posted: tuple[str, str]) -> None:
    result = posted[0]
    refused(hub(home, "unseal", result, "--reason", "", "--by", "Op"), "INPUT_INVALID")
    opened = hub(home, "unseal", result, "--reason", "Court order 17 of 2 March", "--by", "Op")
    assert opened.code == 0 and orjson.loads(opened.out)["grade"] == "FAIL", opened
