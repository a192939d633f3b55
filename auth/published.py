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

    def wants(self, kid: object, now: float) -> bool:
        """Whether it is to be fetched again: too old, or without this key, and not tried a moment ago."""
        missing = kid is not None and all(key["kid"] != kid for key in self.jwks["keys"])
        return (missing or now - self.fetched_at >= FRESH_SECONDS) and now - self.tried_at >= AGAIN_SECONDS


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
        if held.wants(kid, self._clock()):
            async with held.fetching:
                if held.wants(kid, self._clock()):
                    await self._fetch(url, held)
        return held.jwks if self._clock() - held.fetched_at < STALE_SECONDS else NOTHING

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
