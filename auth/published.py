"""Key sets that others publish at a URL: fetched within bounds, kept for a while, and fetched again for a new key."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from hub.errors import HubError
from hub.keysets import Jwks, usable_keys
from hub.outward import Outward

FRESH_SECONDS = 600
AGAIN_SECONDS = 30
STALE_SECONDS = 3600
MOST_SETS = 1_000
NOTHING: Jwks = {"keys": []}


@dataclass(slots=True)
class _Held:
    jwks: Jwks = field(default_factory=lambda: NOTHING)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    def lacks(self, kid: object) -> bool:
        """Whether this key, or where none is named any key, is not in it."""
        return all(key["kid"] != kid for key in self.jwks["keys"]) if kid is not None else not self.jwks["keys"]

    def wants(self, kid: object, now: float) -> bool:
        """Whether it is to be fetched again: too old, or without this key, and not tried a moment ago."""
        return (self.lacks(kid) or now - self.fetched_at >= FRESH_SECONDS) and now - self.tried_at >= AGAIN_SECONDS

    def awaited(self, kid: object, now: float) -> bool:
        """Whether a fetch comes first: one that is wanted, or one under way that may bring what is lacking."""
        return self.wants(kid, now) or (self.fetching.locked() and self.lacks(kid))

    def believed(self, now: float) -> Jwks:
        """What is held, as long as it may be believed."""
        return self.jwks if now - self.fetched_at < STALE_SECONDS else NOTHING


class PublishedKeys:
    """The published key sets that one process knows."""

    def __init__(self, outward: Outward, clock: Callable[[], float]):
        self._outward, self._clock = outward, clock
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def at(self, url: str, kid: object) -> Jwks:
        """The set at a URL, fetched again for a `kid` it lacks, at most every half minute.

        While the URL does not answer, the last set holds for an hour; then, and before the first answer, it is empty.
        """
        held = self._held.setdefault(url, _Held())
        self._held.move_to_end(url)
        if len(self._held) > MOST_SETS:
            self._held.popitem(last=False)
        if held.awaited(kid, self._clock()):
            async with held.fetching:
                if held.wants(kid, self._clock()):
                    await self._fetch(url, held)
        return held.believed(self._clock())

    def held(self, url: str, kid: object) -> Jwks | None:
        """The set at a URL where it is at hand; None where `at` would fetch it first, or wait for somebody who does."""
        held, now = self._held.get(url), self._clock()
        if held is None or held.awaited(kid, now):
            return None
        self._held.move_to_end(url)
        return held.believed(now)

    async def _fetch(self, url: str, held: _Held) -> None:
        held.tried_at = self._clock()
        try:
            reply = await self._outward.call(url, headers={"Accept": "application/json"})
            found = orjson.loads(reply.body) if reply.status == 200 else None
            if isinstance(found, dict):
                held.jwks, held.fetched_at = usable_keys(found), self._clock()
        except (HubError, orjson.JSONDecodeError):
            # Whoever is asked for a token with keys that cannot be read is refused; the next may try again.
            return
