"""What every command shares: its settings, its loop, and how it says no."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from hub.acts.commanding import Command
from hub.acts.operating import Operator
from hub.errors import HubError, Problem
from hub.settings import Settings
from hub.store.lost import AWAY
from infra.engines import operator_of, seal_of
from infra.storage import Storage, ready_storage

if sys.platform != "win32":
    import uvloop

    NEW_LOOP = uvloop.new_event_loop
else:
    NEW_LOOP = asyncio.new_event_loop

T = TypeVar("T")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def settings_with(**given: Any) -> Settings:
    """The settings of the environment, with what the command line gives; raises HubError SETTING_INVALID."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(("HUB", *(str(part) for part in fault["loc"]))).upper()
        raise HubError("SETTING_INVALID", f"{name}: {fault['msg']}.") from error


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command to its end; SIGTERM ends it as Ctrl-C does, so that whatever was opened is closed."""
    with asyncio.Runner(loop_factory=NEW_LOOP) as runner:
        loop = runner.get_loop()

        async def ending() -> T:
            task = asyncio.current_task()
            assert task is not None
            signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(task.cancel))
            return await work

        try:
            return runner.run(ending())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None


@asynccontextmanager
async def operated(settings: Settings | None = None) -> AsyncIterator[Storage]:
    """The database at this release's version, for what the operator does beside a running hub."""
    async with ready_storage(settings or settings_with()) as storage:
        yield storage


@asynccontextmanager
async def operating() -> AsyncIterator[Operator]:
    """The operator's acts, on the database at this release's version."""
    settings = settings_with()
    async with operated(settings) as storage:
        yield operator_of(settings, storage)


@asynccontextmanager
async def commanding(name: str, storage: Storage) -> AsyncIterator[Command]:
    """One transaction on clients, documents and keys for a command, which leaves there what it touched (role hub_auth)."""
    async with storage.database.engine("hub_auth").begin() as connection:
        yield Command(name, connection, seal_of(storage.secret))


def read_text(path: Path) -> str:
    """A file as UTF-8 text; raises HubError FILE_UNREADABLE."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HubError("FILE_UNREADABLE", f"{path} cannot be read ({type(error).__name__}).") from error


def read_bytes(path: Path) -> bytes:
    """A file's bytes; raises HubError FILE_UNREADABLE."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise HubError("FILE_UNREADABLE", f"{path} cannot be read ({type(error).__name__}).") from error


def problem_of(error: Exception) -> Problem:
    """The coded reason behind whatever went wrong; a fault nobody foresaw is INTERNAL, with its kind."""
    if isinstance(error, HubError):
        return error.problem
    if isinstance(error, DBAPIError) and isinstance(error.orig, Exception):
        return problem_of(error.orig.__cause__ if isinstance(error.orig.__cause__, Exception) else error.orig)
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return HubError("ROLES_MISSING", "The database does not let the hub's roles in: run `hub doctor`.").problem
    if isinstance(error, AWAY):
        return HubError("DATABASE_UNREACHABLE", f"{type(error).__name__}: {error}").problem
    return HubError("INTERNAL", f"{type(error).__name__}; with `hub --trace …` the whole trace is shown.").problem


def refuse(problem: Problem) -> None:
    """Writes a refusal on the error stream: its code, then what to do."""
    where = f" [{problem.field}]" if problem.field else ""
    err.print(f"{problem.code}{where}: {problem.message}", style="bold red", markup=False, soft_wrap=True)
