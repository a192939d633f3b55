"""The hub as one ASGI application, and the server that runs it."""

import contextlib
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from auth.attempts import Attempts
from auth.authority import Authority
from auth.proofs import GRAPH_PATH
from auth.routes import routes as authority_routes
from auth.verifier import Verifier
from hub.settings import Settings
from infra.edge import health, measures
from infra.edge.arrivals import protocol
from infra.edge.desk import Desk
from infra.edge.finished import Finished
from infra.edge.following import Patience
from infra.edge.graph import Graph
from infra.edge.held import Held
from infra.edge.http import GraphOverHttp, OnlyWeighed
from infra.edge.introspection import Undescribed
from infra.edge.metrics import Metrics
from infra.edge.overruns import Overruns
from infra.edge.pages import Demo, Pages, is_loopback
from infra.edge.secure import Secured, over_tls
from infra.edge.sockets import GraphOverSocket
from infra.edge.stay import Drain, Stay
from infra.edge.throttle import Throttle
from infra.edge.watch import Watch

ADMISSION_PATH = GRAPH_PATH + "/admission"
STREAMS_SECONDS = 2.0
# A peer that takes no byte for so long is gone, whatever it acknowledges.
UNSENT_MILLISECONDS = 60_000
# Each connection is an open file; many systems let a process that does not ask hold 256 or 1,024.
MOST_FILES = 65_536
Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Hub(Starlette):
    """The application: one layer watches everything, and the graph is answered without passing through another."""

    def __init__(self, desk: Desk, routes: list[BaseRoute], lifespan: Lifespan | None):
        self.desk = desk
        super().__init__(routes=routes, lifespan=lifespan, exception_handlers={404: _unknown, 405: _not_so, 500: _fault})

    def build_middleware_stack(self) -> ASGIApp:
        """What a connection passes through."""
        direct: dict[tuple[str, str], ASGIApp] = {
            ("http", GRAPH_PATH): GraphOverHttp(self.desk),
            ("http", ADMISSION_PATH): OnlyWeighed(self.desk),
            ("websocket", GRAPH_PATH): GraphOverSocket(self.desk),
        }
        return Watch(Secured(super().build_middleware_stack(), self.desk.throttle), direct, self.desk.finished)


def create_app(
    settings: Settings,
    authority: Authority | Verifier,
    graph: Graph,
    *,
    probe: health.Probe,
    demo: Demo | None = None,
    lifespan: Lifespan | None = None,
    patience: Patience | None = None,
    clock: Callable[[], float] = time.time,
) -> Hub:
    """The whole hub over HTTP.

    `probe` tells what keeps it from serving; `lifespan` opens and closes what belongs to the caller. With `demo` it
    serves the pages too, and then only on loopback: a ValueError otherwise.
    """
    if demo is not None and not is_loopback(settings.host):
        raise ValueError("The demonstration hands out tokens, so it serves on loopback and nowhere else.")
    drain, metrics = Drain(), Metrics()
    finished = Finished(metrics)
    desk = Desk(
        graph=graph if _chosen(settings.introspection, demo) else Undescribed(graph),
        admission=authority,
        stay=Stay(authority, drain, clock),
        drain=drain,
        metrics=metrics,
        finished=finished,
        patience=patience or Patience(),
        origins=_origins(settings, authority.issuer),
        operations=settings.operations,
        largest=settings.max_body,
        by_get=_chosen(settings.get_queries, demo),
        throttle=Throttle(settings),
        overruns=Overruns(settings.timeout_seconds),
        sockets=Held(settings.client_sockets, "SOCKETS_TOO_MANY"),
        streams=Held(settings.client_streams, "STREAMS_TOO_MANY"),
    )
    routes: list[BaseRoute] = [
        *health.routes(health.Health(probe, drain)),
        *measures.routes(settings.metrics_token, metrics, finished, desk.throttle),
    ]
    if not isinstance(authority, Verifier):
        authority.attempts = Attempts(settings.token_rate)
        if settings.issue_tokens:
            routes += authority_routes(authority)
        if demo is not None:
            routes += Pages(demo, authority).routes()
    return Hub(desk, routes, lifespan)


def _chosen(setting: bool | None, demo: Demo | None) -> bool:
    """What is handy to explore with and of use to an attacker: the demonstration's alone, unless a setting says otherwise."""
    return demo is not None if setting is None else setting


def _origins(settings: Settings, issuer: str) -> frozenset[str]:
    own = {issuer}
    if is_loopback(settings.host):
        own |= {f"http://{host}:{settings.port}" for host in ("127.0.0.1", "localhost", "[::1]")}
    return frozenset({*own, *settings.origins})


class Server(uvicorn.Server):
    """Closes the streams with a word of why, before the server closes what is left."""

    def __init__(self, config: uvicorn.Config, drain: Drain):
        super().__init__(config)
        self._drain = drain

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the serving and nothing more, so that the caller can clean up after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end the streams, let requests under way finish."""
        for server in self.servers:
            server.close()
        self._drain.begin()
        await self._drain.emptied(STREAMS_SECONDS)
        await super().shutdown(sockets)


def configuration(app: Hub, settings: Settings) -> uvicorn.Config:
    """How the server is set up: bounded, quiet about itself, and without a log of its own."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="auto",
        http=protocol(settings),
        ws="websockets-sansio",
        ws_max_size=settings.max_body,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        # The hub reads forwarded addresses itself, and from the proxies that its settings name alone.
        proxy_headers=False,
        headers=over_tls(settings),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


def listening(settings: Settings) -> socket.socket:
    """The socket to serve on; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT_MILLISECONDS)
    opened.bind((settings.host, settings.port))
    return opened


async def serve(app: Hub, settings: Settings, opened: socket.socket | None = None) -> None:
    """Serve until SIGTERM or SIGINT, then drain; `opened` is a socket to use instead of the settings' address.

    The process may hold as many connections from now on as the system grants it.
    """
    hold_files()
    server = Server(configuration(app, settings), app.desk.drain)
    await server.serve([opened or listening(settings)])


def hold_files() -> None:
    """Let this process open as many files as the system's hard limit grants, 65,536 at most."""
    now, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if now != resource.RLIM_INFINITY and now < most:
        # Some systems name a hard limit that they do not grant.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _unknown(_: Request, __: Exception) -> Response:
    return _coded("NOT_FOUND", "There is nothing at this address.", 404)


async def _not_so(_: Request, error: Exception) -> Response:
    return _coded("METHOD_NOT_ALLOWED", "This address does not take that method.", 405, getattr(error, "headers", None))


async def _fault(_: Request, __: Exception) -> Response:
    return _coded("INTERNAL", "Something went wrong inside the hub.", 500)


def _coded(code: str, message: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
    return Response(body, status, {**health.NO_STORE, **(headers or {})}, "application/json")
