"""The budget from which each client pays what its operations cost."""

from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic
from typing import Any

from hub.errors import HubError

ROUNDING = 0.001
"""Of a point: what sums of times may be off by."""
HELD = 10_000
"""How many clients' buckets are held; the fullest are forgotten first."""


class TooDear(HubError):
    """An operation the budget does not cover; `seconds` until it would, none when it never will."""

    def __init__(self, code: str, seconds: int | None, shown: Mapping[str, Any]):
        super().__init__(code)
        self.seconds, self.shown = seconds, shown


class Budget:
    """A leaky bucket for each client of this process: `maximum` points, of which `restore` come back each second.

    A `maximum` of 0 is no budget at all.
    """

    def __init__(self, maximum: int = 0, restore: int = 1, clock: Callable[[], float] = monotonic):
        self.maximum, self._restore, self._clock = maximum, restore, clock
        self._full_at: dict[str, float] = {}
        """When the bucket of a client will be full again, as the clock has it; one that is not here is full."""
        self.owing: set[str] = set()
        """The clients that `check` may refuse."""

    def take(self, client: str, cost: int) -> None:
        """Pay for an operation before it runs; raises TooDear with COST_EXCEEDED or THROTTLED."""
        now = self._clock()
        full_at = self._full_at.get(client, now)
        full_at = (full_at if full_at > now else now) + cost / self._restore
        if (full_at - now) * self._restore > self.maximum + ROUNDING:
            self._refuse(client, cost, full_at - now)
        self._keep(client, full_at, now)

    def owe(self, client: str, points: int) -> None:
        """Pay for what was done already; a client whose whole bucket that takes is refused by `check` for a while."""
        if self.maximum:
            now = self._clock()
            full_at = max(self._full_at.get(client, now), now) + points / self._restore
            most = now + self.maximum / self._restore
            self._keep(client, min(full_at, most), now)
            if full_at >= most:
                self.owing.add(client)

    def check(self, client: str) -> None:
        """Raises TooDear with THROTTLED for a client that owes and has not a point left."""
        now = self._clock()
        if client in self.owing and (self._full_at.get(client, now) - now) * self._restore > self.maximum - 1:
            raise TooDear("THROTTLED", 1, self.shown(client, 0))
        self.owing.discard(client)

    def shown(self, client: str, cost: int) -> dict[str, Any]:
        """The cost of an operation and what the client has left, as an answer announces them."""
        if not self.maximum:
            return {"requested": cost}
        ahead = max(0.0, self._full_at.get(client, 0.0) - self._clock())
        available = max(0, int(self.maximum - ahead * self._restore + ROUNDING))
        return {
            "requested": cost,
            "budget": {"maximum": self.maximum, "available": available, "restoreRate": self._restore},
        }

    def _refuse(self, client: str, cost: int, ahead: float) -> None:
        shown = self.shown(client, cost)
        if cost > self.maximum:
            raise TooDear("COST_EXCEEDED", None, shown)
        raise TooDear("THROTTLED", ceil(ahead - self.maximum / self._restore), shown)

    def _keep(self, client: str, full_at: float, now: float) -> None:
        if client not in self._full_at and len(self._full_at) >= HELD:
            emptiest = sorted(self._full_at, key=self._full_at.__getitem__)[HELD // 2 :]
            self._full_at = {each: self._full_at[each] for each in emptiest if self._full_at[each] > now}
            self.owing &= self._full_at.keys()
        self._full_at[client] = full_at
