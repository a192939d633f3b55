"""How a request may arrive: whole within some seconds, with a head of some size, from an address with room for it.

The server itself would wait for ever for the rest of a head or a body, and keep a head of any length.
"""

import asyncio
from collections import Counter
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from hub.errors import HubError
from hub.settings import Settings
from infra.edge.addresses import Addresses
from infra.edge.refusals import body_of, headers_of, status_of
from infra.edge.secure import completed

LOOK_SECONDS = 0.5


class Arrivals:
    """What the connections of one process keep to."""

    def __init__(self, settings: Settings, look: float = LOOK_SECONDS):
        self.seconds, self.largest, self._most = settings.arrival_seconds, settings.max_head, settings.address_connections
        self._addresses = Addresses(settings.trusted_proxies)
        self._open: Counter[str] = Counter()
        self._connections: set[Arriving] = set()
        self._every, self._looking = look, False

    def enter(self, connection: "Arriving") -> str | None:
        """A connection opens; its address, and THROTTLED is raised when that has too many already."""
        address = self._addresses.of({"client": connection.client, "headers": ()})
        if address is not None and self._most and self._open[address] >= self._most:
            raise HubError("THROTTLED")
        if address is not None:
            self._open[address] += 1
        self._connections.add(connection)
        if not self._looking:
            self._looking = True
            connection.loop.call_later(self._every, self._look, connection.loop)
        return address

    def leave(self, connection: "Arriving", address: str | None) -> None:
        """A connection closes, or becomes a socket."""
        self._connections.discard(connection)
        if address is not None:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for each in tuple(self._connections):
            since = each.waited_since(now)
            if since is not None and since < now - self.seconds:
                each.refuse("REQUEST_SLOW")
        self._looking = bool(self._connections)
        if self._looking:
            loop.call_later(self._every, self._look, loop)


class Arriving(HttpToolsProtocol):
    """One connection: it counts the bytes of a head, and is looked at now and then instead of being timed."""

    arrivals: Arrivals

    def __init__(self, *args: Any, **more: Any):
        super().__init__(*args, **more)
        self._arrived = 0
        self._since: float | None = None
        self._last: RequestResponseCycle | None = None
        self._too_large = self._entered = False
        self._address: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # so does the server's own
        """Somebody connects, and a request is to follow."""
        super().connection_made(transport)
        self._since = self.loop.time()
        try:
            self._address = self.arrivals.enter(self)
            self._entered = True
        except HubError as refused:
            self.refuse(refused.problem.code)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        super().connection_lost(exc)
        self._left()

    def data_received(self, data: bytes) -> None:
        """Some bytes more."""
        if self.transport.is_closing():
            return
        # What comes while a body is under way is the body's.
        self._arrived = 0 if self.cycle is not None and self.cycle.more_body else self._arrived + len(data)
        super().data_received(data)
        if self._arrived > self.arrivals.largest and not self.transport.is_closing():
            self.refuse("HEADERS_TOO_LARGE")

    def on_headers_complete(self) -> None:
        """A head is whole; what came with it of the body does not count."""
        if self._arrived > self.arrivals.largest:
            exact = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if exact > self.arrivals.largest:
                self._too_large = True
                raise httptools.HttpParserError
        self._arrived = 0
        super().on_headers_complete()

    def waited_since(self, now: float) -> float | None:
        """Since when the hub waits for the rest of one and the same request; none when it waits for none."""
        if not self._waits():
            self._since = None
        elif self._since is None or self.cycle is not self._last:
            self._since = now
        self._last = self.cycle
        return self._since

    def _waits(self) -> bool:
        if self.cycle is None or self.cycle.more_body:
            return True
        # Between two requests the server itself closes what is idle, until the first byte of the next.
        return self.cycle.response_complete and self.timeout_keep_alive_task is None

    def send_400_response(self, _: str) -> None:
        """What the server sends for what its parser does not take."""
        self.refuse("HEADERS_TOO_LARGE" if self._too_large else "REQUEST_MALFORMED")

    def handle_websocket_upgrade(self) -> None:
        """The connection becomes a socket, which has limits of its own."""
        self._left()
        super().handle_websocket_upgrade()

    def refuse(self, code: str) -> None:
        """Close the connection, and say why where somebody waits for an answer to what has arrived."""
        if self.transport.is_closing():
            return
        if self._unanswered() or code == "THROTTLED":
            self.transport.write(_refusal(code, self.server_state.default_headers))
        self.transport.close()

    def _unanswered(self) -> bool:
        if self.cycle is None or self.cycle.response_complete:
            return self._arrived > 0
        return self.cycle.more_body and not self.cycle.response_started and not self.pipeline

    def _left(self) -> None:
        if self._entered:
            self._entered = False
            self.arrivals.leave(self, self._address)


def protocol(settings: Settings) -> type[asyncio.Protocol]:
    """The protocol class of one server."""
    return type("Arriving", (Arriving,), {"arrivals": Arrivals(settings)})


def _refusal(code: str, always: list[tuple[bytes, bytes]]) -> bytes:
    body = body_of(HubError(code).problem)
    told = [
        *always, (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), (b"connection", b"close"),
        *headers_of(code),
    ]  # fmt: skip
    lines = b"".join(b"%s: %s\r\n" % each for each in completed(told))
    return STATUS_LINE[status_of(code)] + lines + b"\r\n" + body
