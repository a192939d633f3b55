"""The headers that every response carries, and the layer that gives them to whatever does not bring its own."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.pace import TooFast
from hub.settings import Settings
from infra.edge.refusals import body_of, headers_of, later
from infra.edge.throttle import Throttle

Pairs = list[tuple[bytes, bytes]]
PROBES = frozenset({"/livez", "/readyz"})
"""What whoever watches the hub asks, as often as it likes; it is not noted."""
SAFE: Pairs = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # An answer is data: whoever opens it as a page gets one that loads, runs and frames nothing.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]
OWN: Pairs = [*SAFE, (b"cross-origin-resource-policy", b"same-origin")]
"""What everything but the graph's answers carries: nothing here is for the pages of another site to embed."""
YEAR = 31_536_000


def over_tls(settings: Settings) -> list[tuple[str, str]]:
    """What the server adds to every response of a hub whose public address is https: browsers come by nothing else."""
    secure = (settings.issuer or "").startswith("https://")
    return [("strict-transport-security", f"max-age={YEAR}")] if secure else []


def completed(headers: Iterable[tuple[bytes, bytes]]) -> Pairs:
    """Headers with those that are missing among them."""
    told = list(headers)
    named = {name.lower() for name, _ in told}
    return [*told, *(each for each in OWN if each[0] not in named)]


class Secured:
    """Everything but the graph: safe headers on each response, and the pace of each address."""

    def __init__(self, app: ASGIApp, throttle: Throttle):
        self._app, self._throttle = app, throttle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection."""

        async def safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": completed(message["headers"])}
            await send(message)

        if scope["type"] == "http" and scope["path"] not in PROBES:
            try:
                self._throttle.arrived(scope)
            except TooFast as refused:
                await _refuse(safely, refused)
                return
        await self._app(scope, receive, safely)


async def _refuse(send: Send, refused: TooFast) -> None:
    headers = [(b"content-type", b"application/json"), *headers_of(refused.problem.code, refused.seconds)]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body_of(refused.problem, **later(refused))})
