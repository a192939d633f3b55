"""The database of an owner who is no superuser, on the oldest PostgreSQL that is supported."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from hub.errors import HubError
from hub.settings import Settings
from hub.store.pools import owner_connection
from hub.store.roles import role_sql
from infra.lint import lint
from infra.proof import prove
from infra.storage import bring_up_to_date, open_storage, require_version, secret_of

BIN = Path("/usr/lib/postgresql/15/bin")
SECRET = "a secret for tests only, of more than thirty-two bytes"
pytestmark = pytest.mark.skipif(not BIN.exists(), reason="PostgreSQL 15 is not installed on this machine")


@pytest.fixture(scope="module")
def socket_folder() -> Iterator[str]:
    """A PostgreSQL 15 of this module's own, run by an ordinary user, its superuser let in without a password."""
    folder = Path(tempfile.mkdtemp(prefix="hub15"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "user": user, "cwd": folder}
    data = folder / "data"
    subprocess.run([BIN / "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--auth-local=trust"], **quiet)
    (data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([BIN / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"], **quiet)
    yield str(folder)
    subprocess.run([BIN / "pg_ctl", "-D", data, "-w", "-m", "fast", "stop"], **quiet)
    shutil.rmtree(folder, ignore_errors=True)


async def _settings(folder: str, home: Path, owner: str, options: str) -> Settings:
    dba = await asyncpg.connect(host=folder, user="postgres", database="postgres")
    await dba.execute(f"create role {owner} login {options} password 'owner'")
    await dba.execute(f"create database {owner} owner {owner}")
    await dba.close()
    return Settings(home=home, secret=SECRET, database_url=f"postgresql://{owner}:owner@/{owner}?host={folder}")


async def _is_whole(settings: Settings) -> None:
    async with open_storage(settings) as storage:
        await bring_up_to_date(storage)
        await bring_up_to_date(storage)
        await require_version(storage)
        owner = await owner_connection(storage.owner_url)
        assert {found.name for found in await lint(owner) if found.breaches} == set()
        await owner.close()
        assert not any(proof.failures for proof in await prove(storage.database, "2026-03-02"))


async def test_an_owner_without_the_right_to_make_roles_asks_a_dba(socket_folder: str, tmp_path: Path) -> None:
    """Issue item 2: ROLES_MISSING until a DBA has run what `hub db roles` prints; another secret is told from that."""
    settings = await _settings(socket_folder, tmp_path, "plain", "")
    async with open_storage(settings) as storage:
        with pytest.raises(HubError, match=r"SCHEMA_VERSION.*hub db upgrade"):
            await require_version(storage)
        with pytest.raises(HubError, match=r"ROLES_MISSING.*hub db roles"):
            await bring_up_to_date(storage)
    dba = await asyncpg.connect(host=socket_folder, user="postgres", database="postgres")
    for statement in role_sql(secret_of(settings)):
        await dba.execute(statement)
    await dba.close()
    await _is_whole(settings)
    async with open_storage(settings.model_copy(update={"secret": None})) as storage:
        with pytest.raises(HubError, match=r"ROLES_MISSING.*HUB_SECRET"):
            await require_version(storage)


async def test_an_owner_who_may_make_roles_needs_nobody(socket_folder: str, tmp_path: Path) -> None:
    """Issue item 2: CREATEROLE is enough; nobody is a superuser."""
    await _is_whole(await _settings(socket_folder, tmp_path, "maker", "createrole"))


async def test_an_unknown_version_is_refused(socket_folder: str, tmp_path: Path) -> None:
    """Issue item 2: serve and upgrade refuse the schema of a release they do not know."""
    settings = await _settings(socket_folder, tmp_path, "later", "createrole")
    await _is_whole(settings)
    async with open_storage(settings) as storage:
        owner = await owner_connection(storage.owner_url)
        await owner.execute("update hub.schema_version set version_num = '9999'")
        await owner.close()
        for refused in (require_version, bring_up_to_date):
            with pytest.raises(HubError, match=r"SCHEMA_VERSION.*9999"):
                await refused(storage)
