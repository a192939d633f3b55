"""The one layer around everything: gives each request its trace, and notes how it ended."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.edge.finished import Finished
from infra.edge.notes import KEY, Note, trace_of
from infra.edge.secure import PROBES


class Watch:
    """Wraps an application; `direct` are paths answered without passing through it."""

    def __init__(self, app: ASGIApp, direct: dict[tuple[str, str], ASGIApp], finished: Finished):
        self._app, self._direct, self._finished = app, direct, finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection and note how it went."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            self._finished.write()
            return
        note = scope[KEY] = Note(trace_of(scope["headers"]))
        app = self._direct.get((scope["type"], scope["path"]), self._app)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
            elif message["type"] == "websocket.close":
                note.status = message.get("code", 1000)
            await send(message)

        try:
            await app(scope, receive, noting)
        finally:
            if scope["path"] not in PROBES:
                route = scope.get("route")
                # The pattern of the route, never the path that was asked for.
                self._finished.add(note, route.path if route is not None else None)
