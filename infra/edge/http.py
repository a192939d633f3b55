"""POST /graphql: a token, a request, an answer; or a stream of answers for those who ask for one. A query may come by GET."""

from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from auth.tokens import Admitted
from hub.errors import HubError, Problem
from hub.trace import TRACE
from infra.edge.accept import GRAPHQL_JSON, JSON, Wanted, wanted
from infra.edge.desk import Desk
from infra.edge.graph import Answer, Request
from infra.edge.notes import Note, note_of
from infra.edge.refusals import body_of, headers_of, later, status_of, stumbled
from infra.edge.requests import Gone, Headers, only_asks, parse_body, parse_query, read_body, subscribes
from infra.edge.secure import SAFE, Pairs
from infra.edge.sse import EventStream

TYPES: dict[str, Pairs] = {
    media: [(b"content-type", f"{media}; charset=utf-8".encode()), *SAFE] for media in (JSON, GRAPHQL_JSON)
}


@dataclass(slots=True)
class Exchange:
    """One request on its way to an answer."""

    scope: Scope
    receive: Receive
    send: Send
    note: Note
    media: str = JSON

    async def reply(self, status: int, body: bytes, more: Pairs | None = None) -> None:
        """Send a whole answer."""
        headers = [*TYPES[self.media], (b"content-length", b"%d" % len(body)), *(more or ())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    async def refuse(self, problem: Problem, **extensions: Any) -> None:
        """Send a refusal: no data, one coded error."""
        self.note.refused(problem.code)
        told = headers_of(problem.code, extensions.get("retryAfter"))
        await self.reply(status_of(problem.code), body_of(problem, **extensions), told)


class GraphOverHttp:
    """The ASGI application at /graphql."""

    def __init__(self, desk: Desk):
        self._desk, self._streams = desk, EventStream(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong, the client hears a code and never a message of ours."""
        exchange = Exchange(scope, receive, send, note_of(scope))
        TRACE.set(exchange.note.trace)
        try:
            await self._answer(exchange)
        except Gone:
            exchange.note.status = 499
        except HubError as refused:
            self._desk.throttle.refused(scope, refused.problem.code)
            await exchange.refuse(refused.problem, **later(refused))
        except Exception as error:
            trace = exchange.note.trace
            await exchange.refuse(stumbled(error, trace), traceId=trace)

    async def _answer(self, exchange: Exchange) -> None:
        scope = exchange.scope
        self._desk.throttle.arrived(scope)
        by_get = self._desk.by_get and scope["method"] == "GET"
        if scope["method"] != "POST" and not by_get:
            raise HubError("METHOD_NOT_ALLOWED")
        headers = Headers(scope["headers"])
        admitted = await self._desk.admission.admit(headers.authorization(), headers.proof(), scope["method"])
        exchange.note.seen(admitted.viewer)
        self._desk.throttle.asked(admitted.viewer.client)
        wish = wanted(headers.text(b"accept"))
        exchange.media = wish.json or JSON
        if wish.json is None and not wish.stream:
            raise HubError("NOT_ACCEPTABLE")
        largest = self._desk.largest
        if by_get:
            request = parse_query(scope["query_string"], largest)
        else:
            request = parse_body(await read_body(headers, exchange.receive, largest))
        if request.document_id is not None:
            request = await self._desk.graph.whole(admitted.viewer, request)
        if by_get and not only_asks(request):
            raise HubError("METHOD_NOT_ALLOWED")
        if subscribes(request):
            await self._stream(exchange, wish, request, admitted)
            return
        with self._desk.overruns.limit(exchange.receive):
            answer = await self._desk.graph.answer(admitted.viewer, request)
        exchange.note.named(answer.operation, trusted=self._desk.graph.trusts(admitted.viewer, request))
        exchange.note.codes = answer.codes
        await self._give(exchange, wish, answer)

    async def _give(self, exchange: Exchange, wish: Wanted, answer: Answer) -> None:
        if wish.stream_first:
            await self._streams.once(exchange.send, answer.body)
        else:
            # To a client of before, any other status than 200 means that nobody speaks GraphQL here.
            status = 200 if wish.plain and answer.status == 400 else answer.status
            telling = next((each for each in ("SCOPE_MISSING", "THROTTLED") if each in answer.codes), None)
            more = headers_of(telling, answer.retry_after) if telling is not None else None
            await exchange.reply(status, answer.body, more)

    async def _stream(self, exchange: Exchange, wish: Wanted, request: Request, admitted: Admitted) -> None:
        if not wish.stream:
            raise HubError("STREAM_REFUSED")
        with self._desk.streams.by(admitted.viewer.client):
            await self._streams.play(exchange.receive, exchange.send, exchange.note, request, admitted)


class OnlyWeighed(GraphOverHttp):
    """The ASGI application at /graphql/admission: for a router, which asks before it has an operation's parts run.

    The whole operation is known here, and so are its client's trusted documents and budget. The answer is the refusal, or
    the document that may run.
    """

    async def _answer(self, exchange: Exchange) -> None:
        self._desk.throttle.arrived(exchange.scope)
        if exchange.scope["method"] != "POST":
            raise HubError("METHOD_NOT_ALLOWED")
        headers = Headers(exchange.scope["headers"])
        # On a socket one proof stands for all its operations, so it comes here more than once.
        socket = headers.text(b"x-asked-on") == "socket"
        method = "GET" if socket else "POST"
        admitted = await self._desk.admission.admit(headers.authorization(), headers.proof(), method, once=not socket)
        exchange.note.seen(admitted.viewer)
        self._desk.throttle.asked(admitted.viewer.client)
        request = parse_body(await read_body(headers, exchange.receive, self._desk.largest))
        if request.document_id is not None:
            request = await self._desk.graph.whole(admitted.viewer, request)
        answer = await self._desk.graph.answer(admitted.viewer, request, elsewhere=True)
        exchange.note.named(answer.operation, trusted=self._desk.graph.trusts(admitted.viewer, request))
        exchange.note.codes = answer.codes
        throttled = headers_of("THROTTLED", answer.retry_after) if "THROTTLED" in answer.codes else None
        await exchange.reply(answer.status, answer.body, throttled)
