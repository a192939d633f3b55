"""A PostgreSQL that is not the hub's own: the oldest release that is installed, on loopback, with passwords for everybody."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from infra.ports import free_port
from infra.storage import FIRST_SAFE

if sys.platform != "win32":
    import pwd

DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")
VERSION = re.compile(r"\(PostgreSQL\) (\d+)\.(\d+)")
PASSWORD = "of the superuser, for tests only"
OPTIONS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "100"}
READY_SECONDS, STOP_SECONDS = 90, 60


def why_not() -> str | None:
    """Why there is no external PostgreSQL to test with; none when there is one."""
    if sys.platform == "win32":
        return "the programs of a PostgreSQL server are looked for on Unix only"
    if _oldest() is None:
        return "no PostgreSQL server that the hub supports is installed"
    if os.geteuid() == 0 and _account() is None:
        return "PostgreSQL does not run as root, and there is no other account to run it"
    return None


@dataclass(frozen=True, slots=True)
class External:
    """A running cluster; `version` is its `server_version_num`."""

    port: int
    version: int
    folder: Path

    def url(self, user: str, password: str, database: str) -> str:
        """A URL as an operator would write it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    async def superuser(self, database: str = "postgres") -> asyncpg.Connection:
        """A connection of the DBA."""
        return await asyncpg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=PASSWORD, database=database, ssl=False
        )

    async def dba(self, *statements: str) -> None:
        """The DBA runs something, outside the hub's database."""
        connection = await self.superuser()
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def owned(self, owner: str, database: str, rights: str = "") -> str:
        """A fresh database with a fresh owner of such rights; answers the owner's URL."""
        await self.dba(f"create role {owner} login {rights} password 'its-own'", f"create database {database} owner {owner}")
        return self.url(owner, "its-own", database)


@contextmanager
def external() -> Iterator[External]:
    """A cluster of one's own in a folder with a short path; both are gone afterwards."""
    found = _oldest()
    assert found is not None
    version, programs = found
    folder = Path(tempfile.mkdtemp(prefix="hubx"))
    try:
        as_whom = _as_whom(folder)
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        data, port = folder / "data", free_port()
        made = ("--auth=scram-sha-256", "--username=postgres", f"--pwfile={folder / 'password'}", "--encoding=UTF8")
        command = (programs / "initdb", f"--pgdata={data}", "--locale=C", "--no-sync", *made)
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_whom)
        options = [f"--{name}={value}" for name, value in {**OPTIONS, "port": str(port)}.items()]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen((programs / "postgres", "-D", data, *options), cwd=folder, stderr=log, **as_whom)
        try:
            yield External(port, version, folder)
        finally:
            _stop(running)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def answering(cluster: External) -> External:
    """The cluster, once it lets the DBA in."""
    async with asyncio.timeout(READY_SECONDS):
        while True:
            try:
                await (await cluster.superuser()).close()
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.02)
            else:
                return cluster


def _oldest() -> tuple[int, Path] | None:
    """The version and the folder of programs of the oldest server here that the hub supports."""
    places = [*DEBIAN.glob("*/bin"), *(Path(path).resolve().parent for path in (shutil.which("initdb"),) if path)]
    if shutil.which("pg_config"):
        places.append(Path(_said("pg_config", "--bindir").strip()))
    whole = {place for place in places if (place / "initdb").exists() and (place / "postgres").exists()}
    known = [(_version(place), place) for place in whole]
    return min(
        ((number, place) for number, place in known if number >= FIRST_SAFE.get(number // 10_000, FIRST_SAFE[15])), default=None
    )


def _version(programs: Path) -> int:
    found = VERSION.search(_said(programs / "postgres", "--version"))
    return int(found[1]) * 10_000 + int(found[2]) if found else 0


def _said(*command: str | Path) -> str:
    """What a program prints; nothing if it is broken here, as a stub or one without its libraries is."""
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout


def _account() -> str | None:
    known = {each.pw_name for each in pwd.getpwall()}
    return next((name for name in UNPRIVILEGED if name in known), None)


def _as_whom(folder: Path) -> dict[str, Any]:
    """How the programs are run: PostgreSQL refuses root, so root hands the folder to another account."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(_account() or "")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _stop(running: subprocess.Popen[bytes]) -> None:
    """Stops this one server: everybody is cut off, and if that takes too long, so is the server."""
    running.send_signal(signal.SIGINT)
    try:
        running.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGQUIT)
        running.wait(STOP_SECONDS)
