"""One operation on a socket: its answers become `next` messages, its end `complete` or `error`."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from hub.errors import HubError, Problem
from hub.trace import TRACE
from hub.viewer import Viewer
from infra.edge.desk import Desk
from infra.edge.following import Refused, follow, heard
from infra.edge.graph import Request
from infra.edge.notes import Note
from infra.edge.refusals import errors_of, status_of, stumbled
from infra.edge.requests import name_of, subscribes


class Operation:
    """Runs one operation for a viewer; `say` sends a message of the socket."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        request: Request,
        viewer: Viewer,
        say: Callable[[str], Awaitable[None]],
        trace: str,
    ):
        self._desk, self._request, self._viewer, self._say = desk, request, viewer, say
        self._id = orjson.dumps(name).decode()
        self._note = Note(trace, status=200)
        self._note.seen(viewer)
        self._started = False

    async def run(self, leave: Callable[[], Any]) -> None:
        """Run to the end; `leave` frees the operation's id, before the client hears that it may use it again."""
        TRACE.set(self._note.trace)
        try:
            errors = await self._play()
            leave()
            await self._end(errors)
        finally:
            self._desk.finished.add(self._note)

    async def _play(self) -> list[Any] | None:
        if self._request.document_id is not None:
            try:
                self._request = await self._desk.graph.whole(self._viewer, self._request)
            except HubError as refused:
                return self._refused(refused.problem)
            except Exception as error:
                return self._refused(stumbled(error, self._note.trace), traceId=self._note.trace)
        if subscribes(self._request):
            self._note.stream = "socket"
            self._name(name_of(self._request))
            try:
                with self._desk.streams.by(self._viewer.client):
                    events = heard(self._desk.graph, self._viewer, self._request, self._note)
                    problem = await follow(events, self._event, self._note.trace)
            except HubError as refused:
                return self._refused(refused.problem)
            except Refused as refused:
                return refused.errors
            return self._refused(problem) if problem is not None else None
        return await self._answer()

    async def _answer(self) -> list[Any] | None:
        try:
            with self._desk.overruns.limit():
                answer = await self._desk.graph.answer(self._viewer, self._request)
        except HubError as refused:
            return self._refused(refused.problem)
        except Exception as error:
            return self._refused(stumbled(error, self._note.trace), traceId=self._note.trace)
        self._name(answer.operation)
        self._note.status, self._note.codes = answer.status, answer.codes
        if answer.status >= 400:
            return list(orjson.loads(answer.body)["errors"])
        await self._next(answer.body)
        return None

    def _name(self, operation: str | None) -> None:
        self._note.named(operation, trusted=self._desk.graph.trusts(self._viewer, self._request))

    async def _event(self, body: bytes) -> None:
        if not self._started:
            first = orjson.loads(body)
            if "data" not in first:
                raise Refused(first["errors"])
            self._started = True
        await self._next(body)

    async def _next(self, body: bytes) -> None:
        await self._say(f'{{"id":{self._id},"type":"next","payload":{body.decode()}}}')

    async def _end(self, errors: list[Any] | None) -> None:
        if errors is None:
            await self._say(f'{{"id":{self._id},"type":"complete"}}')
        else:
            await self._say(f'{{"id":{self._id},"type":"error","payload":{orjson.dumps(errors).decode()}}}')

    def _refused(self, problem: Problem, **extensions: Any) -> list[dict[str, Any]]:
        self._note.status = status_of(problem.code)
        self._note.refused(problem.code)
        return errors_of(problem, **extensions)
