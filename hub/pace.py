"""How fast somebody may come: a leaky bucket for each key, in a bounded memory."""

from collections.abc import Callable, Hashable
from math import ceil
from time import monotonic

from hub.errors import HubError

HELD = 10_000
"""How many keys' buckets are held; the fullest are forgotten first."""
ROUNDING = 1e-6
"""Of a second: what sums of times may be off by."""


class TooFast(HubError):
    """THROTTLED, and after how many whole `seconds` the same may be taken."""

    def __init__(self, wait: float):
        super().__init__("THROTTLED")
        self.seconds = max(1, ceil(wait))


class Pace:
    """`burst` points at once for each key, of which `rate` come back each second; a rate of 0 is no limit."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic):
        self._point = 1 / rate if rate else 0.0
        self._depth = burst * self._point + ROUNDING
        self._clock = clock
        self._full_at: dict[Hashable, float] = {}
        """When the bucket of a key will be full again, as the clock has it; one that is not here is full."""

    def take(self, key: Hashable, points: float = 1) -> None:
        """Take points; raises TooFast, and takes none, when they are not there."""
        now = self._clock()
        full_at = self._full_at.get(key, now)
        full_at = (full_at if full_at > now else now) + points * self._point
        if full_at - now > self._depth:
            raise TooFast(full_at - now - self._depth)
        self._keep(key, full_at, now)

    def charge(self, key: Hashable, points: float) -> None:
        """Take points for what has happened already, as many as are there."""
        now = self._clock()
        full_at = max(self._full_at.get(key, now), now) + points * self._point
        self._keep(key, min(full_at, now + self._depth), now)

    def check(self, key: Hashable) -> None:
        """Raises TooFast when not one point is there, and takes none."""
        now = self._clock()
        ahead = self._full_at.get(key, now) - now + self._point
        if ahead > self._depth:
            raise TooFast(ahead - self._depth)

    def __len__(self) -> int:
        """How many buckets are held."""
        return len(self._full_at)

    def _keep(self, key: Hashable, full_at: float, now: float) -> None:
        if len(self._full_at) >= HELD and key not in self._full_at:
            emptiest = sorted(self._full_at, key=self._full_at.__getitem__)[HELD // 2 :]
            self._full_at = {each: self._full_at[each] for each in emptiest if self._full_at[each] > now}
        self._full_at[key] = full_at
