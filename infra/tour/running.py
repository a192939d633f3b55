"""Plays the tour from its first scene to its last, against a running demonstration."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx2
import orjson

from connectors.ilr.people import ulns
from hub.errors import HubError
from infra.clock import calendar
from infra.demo.cast import SEED
from infra.demo.parties import PARTIES
from infra.tour import arriving, assessing, preparing
from infra.tour.clients import Client
from infra.tour.play import Play
from infra.tour.script import Script
from infra.tour.streams import Stream

INSIDE = ("employer-b", "provider-a", "epao-a")
TRANSPORTS = {"employer-b": "SSE", "provider-a": "WebSocket", "epao-a": "WebSocket"}
SKIPPED = 200_000


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running demonstration, as its file tells of it."""

    urls: dict[str, str]
    clients: dict[str, dict[str, Any]]


def read(path: Path, url: str | None = None) -> Demonstration:
    """The demonstration of a file, at another address if one is given; raises HubError FILE_UNREADABLE."""
    try:
        held = orjson.loads(path.read_bytes())
        clients = {party.name: held["clients"][party.name] for party in PARTIES}
        urls = {name: held[name] for name in ("url", "graphql", "token_url")}
    except (OSError, ValueError, LookupError) as error:
        message = f"{path} is no demonstration's file: start one with `hub demo`, or use `hub tour --spawn`."
        raise HubError("FILE_UNREADABLE", message) from error
    if url is not None:
        base = url.rstrip("/")
        urls = {"url": base, "graphql": f"{base}/graphql", "token_url": f"{base}/oauth/token"}
    return Demonstration(urls, clients)


def fresh_uln() -> str:
    """A made-up number that nobody in the demonstration has."""
    chance = SystemRandom()
    seed = chance.choice([seed for seed in range(39) if seed != SEED])
    skipped = chance.randrange(SKIPPED)
    return next(uln for place, uln in enumerate(ulns(seed)) if place == skipped)


async def tour(demonstration: Demonstration, write: Callable[[str], None]) -> Script:
    """Plays every scene; raises HubError TOUR_DIFFERS as soon as anything is not as it must be."""
    script = Script(write)
    try:
        async with AsyncExitStack() as stack:
            await _scenes(demonstration, script, stack)
    except httpx2.TransportError as error:
        message = f"No hub answers at {demonstration.urls['url']} ({type(error).__name__}): start one with `hub demo`."
        raise HubError("HUB_UNAVAILABLE", message) from error
    return script


async def _scenes(demonstration: Demonstration, script: Script, stack: AsyncExitStack) -> None:
    http = await stack.enter_async_context(httpx2.AsyncClient(timeout=30, trust_env=False))
    clients = {name: Client(name, held, demonstration.urls, http) for name, held in demonstration.clients.items()}
    employer, provider, epao = (clients[name] for name in INSIDE)
    outside = tuple(client for name, client in clients.items() if name not in INSIDE)
    named = {party.name: party.identifier for party in PARTIES}
    play = Play(script, employer, provider, epao, outside, named, calendar(None)(), fresh_uln())
    await arriving.tokens(play)
    play.today = await arriving.today(play)
    opened = {name: _stream(stack, clients[name], TRANSPORTS[name], http) for name in INSIDE}
    await arriving.streams(play, opened)
    for scene in (
        arriving.claim,
        arriving.readiness,
        preparing.items,
        preparing.nomination,
        preparing.portfolio,
        preparing.decision,
        assessing.results,
        assessing.release,
    ):
        await scene(play)
    again = _stream(stack, provider, "SSE", http, after=play.streams[provider.name].start)
    await assessing.told(play, again)
    await assessing.outside(play)


def _stream(
    stack: AsyncExitStack, client: Client, transport: str, http: httpx2.AsyncClient, after: str | None = None
) -> Stream:
    stream = Stream(client, transport, http, after)
    stack.push_async_callback(stream.close)
    return stream
