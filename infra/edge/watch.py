"""The one layer around everything: gives each request its trace, then logs and counts it."""

import logging
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.edge.metrics import Metrics
from infra.edge.notes import KEY, Note, trace_of

log = logging.getLogger("hub.edge")
QUIET = frozenset({"/livez", "/readyz", "/metrics"})


class Watch:
    """Wraps an application; `direct` are paths answered without passing through it."""

    def __init__(self, app: ASGIApp, direct: dict[tuple[str, str], ASGIApp], metrics: Metrics):
        self._app, self._direct, self._metrics = app, direct, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection and note how it went."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
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
            self._finish(note, scope)

    def _finish(self, note: Note, scope: Scope) -> None:
        if scope["path"] not in QUIET:
            route = scope.get("route")
            # The pattern of the route, never the path that was asked for.
            report(self._metrics, note, route.path if route is not None else None)


def report(metrics: Metrics, note: Note, route: str | None = None) -> None:
    """Count one finished request and write its line."""
    seconds = time.perf_counter() - note.began
    metrics.observe(note, seconds)
    log.info("request", extra={"fields": fields_of(note, seconds, route)})


def fields_of(note: Note, seconds: float, route: str | None) -> dict[str, Any]:
    """What the log keeps of a request."""
    fields: dict[str, Any] = {"trace": note.trace, "status": note.status, "ms": round(seconds * 1000, 2)}
    told = {"operation": note.operation, "kind": note.kind, "client": note.client, "stream": note.stream, "route": route}
    fields.update((name, value) for name, value in told.items() if value is not None)
    if note.codes:
        fields["codes"] = note.codes
    return fields
