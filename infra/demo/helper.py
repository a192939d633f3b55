"""A second process that plays half of the world, so that two processors make it; forked before anything is opened."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hub.acts.engine import Engine
from hub.errors import HubError
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.viewer import Viewer
from infra.demo.cast import Part
from infra.demo.stage import Hands
from infra.demo.troupe import Troupe
from infra.sealing.ring import Ring

CONNECTIONS = 50


@dataclass(frozen=True, slots=True)
class Job:
    """What the helper is to play, and on what."""

    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    seal: bytes = field(repr=False)
    keys: Path
    viewers: Mapping[str, Viewer]
    today: date
    ids: Mapping[str, str]
    parts: Sequence[Part]


class Helper:
    """The parent's end. Use `hired()`, which knows whether a helper is of use here."""

    def __init__(self) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_wait, args=(theirs, self._pipe), daemon=True)
        self._process.start()
        theirs.close()

    async def play(self, job: Job) -> None:
        """Has the job played; raises HubError with what went wrong there."""
        self._pipe.send(job)
        try:
            problem = await asyncio.to_thread(self._pipe.recv)
        except EOFError as error:
            raise HubError("INTERNAL", "The second process of the demonstration has ended.") from error
        if problem is not None:
            raise HubError(*problem)

    def dismiss(self) -> None:
        """Ends the helper, at work or not."""
        self._process.terminate()
        self._process.join()
        self._pipe.close()


def hired() -> Helper | None:
    """A helper, where there is a second processor and processes can be forked."""
    return Helper() if sys.platform != "win32" and (os.cpu_count() or 1) > 1 else None


def _wait(pipe: Connection, parents: Connection) -> None:
    """The helper's life: one job, then its end; also when the parent has gone."""
    parents.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        job: Job = pipe.recv()
    except EOFError:
        return
    pipe.send(asyncio.run(_play(job)))


async def _play(job: Job) -> tuple[Any, ...] | None:
    database, library = Database(job.url, job.secret, CONNECTIONS), load_library()
    engine = Engine(database, library, job.seal, lambda: job.today, Ring(job.keys, make=True))
    try:
        await Troupe(Hands(engine, job.viewers, job.today), library, job.ids).play(job.parts)
    except HubError as refused:
        return refused.problem.code, refused.problem.message
    except Exception as fault:
        return "INTERNAL", f"{type(fault).__name__}: {fault}"
    finally:
        await database.close()
    return None
