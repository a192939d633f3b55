"""Following a subscription: each event leaves before the next is fetched, so a slow reader costs one event of memory."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from hub.errors import HubError, Problem
from hub.viewer import Viewer
from infra.edge.graph import Graph, Request
from infra.edge.notes import Note
from infra.edge.refusals import stumbled
from schema.graph import NotAdmitted
from schema.reader.document import Refused as NotValid

log = logging.getLogger("hub.edge")


class Refused(Exception):
    """A subscription that was refused before its first event, with the errors that say why."""

    def __init__(self, errors: list[Any]):
        self.errors = errors
        super().__init__()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the hub waits, in seconds.

    `alive` before it shows that a quiet stream lives, `stall` for a reader that stands still, `last_word` for such a
    reader to take the reason why it is closed, `init` for a socket's first message.
    """

    alive: float = 12.0
    stall: float = 5.0
    last_word: float = 10.0
    init: float = 10.0


async def unless_slow(sending: Awaitable[None], seconds: float) -> None:
    """Wait for a message to leave; raises STREAM_SLOW when the reader stands still for so long."""
    try:
        async with asyncio.timeout(seconds):
            await sending
    except TimeoutError as error:
        raise HubError("STREAM_SLOW") from error


async def heard(graph: Graph, viewer: Viewer, request: Request, note: Note) -> AsyncGenerator[bytes, None]:
    """The answers of a subscription; one that the graph does not admit has a single answer, without data."""
    try:
        async with aclosing(graph.listen(viewer, request)) as events:
            async for body in events:
                yield body
    except (NotAdmitted, NotValid):
        # Asked as a question, the graph says in full why it refuses.
        answer = await graph.answer(viewer, request)
        note.codes = answer.codes
        yield answer.body


async def follow(events: AsyncGenerator[bytes, None], say: Callable[[bytes], Awaitable[None]], trace: str) -> Problem | None:
    """Say every event until there are no more; the problem that ended it, if one did."""
    try:
        async with aclosing(events):
            async for body in events:
                await say(body)
    except HubError as refused:
        return refused.problem
    except Refused:
        raise
    except Exception as error:
        return stumbled(error, trace)
    return None
