"""Interleaved rounds: every contender in turn, again and again, so that a slow minute of the machine hits them all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.client import Job, Measured, measure
from bench.contenders import Mint
from bench.workloads import Asked

WARM_SECONDS = 1.0


@dataclass(slots=True)
class Timing:
    """What one contender did in one workload at one number of connections: a rate and two quantiles a round."""

    rates: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    p95s: list[float] = field(default_factory=list)
    bytes_each: int = 0

    def add(self, found: Measured) -> None:
        """Note one round."""
        self.rates.append(found.rate)
        self.medians.append(found.quantile(0.5))
        self.p95s.append(found.quantile(0.95))
        self.bytes_each = found.received // len(found.taken)

    def shown(self) -> dict[str, Any]:
        """The medians over the rounds, and every rate behind them."""
        return {
            "requests_per_second": round(median(self.rates), 1),
            "median_ms": round(median(self.medians), 2),
            "p95_ms": round(median(self.p95s), 2),
            "rates": [round(rate, 1) for rate in self.rates],
            "bytes_each": self.bytes_each,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often is measured."""

    seconds: float
    rounds: int
    connections: tuple[int, ...]
    settle: float


class Rounds:
    """Measures contenders on the same questions."""

    def __init__(self, ports: dict[str, int], mint: Mint, plan: Plan):
        self._ports, self._mint, self._plan = ports, mint, plan

    async def reads(self, names: list[str], questions: list[Asked]) -> dict[int, dict[str, Timing]]:
        """Timings by connections and contender; each contender first settles its statements and caches."""
        for name in names:
            self._play(name, questions, max(self._plan.connections), self._plan.settle)
        return await self._all(names, lambda: questions, once=False)

    async def posts(
        self, names: list[str], questions: Callable[[], list[Asked]], undo: Callable[[], Awaitable[None]]
    ) -> dict[int, dict[str, Timing]]:
        """The same for posts, each sent once and undone before the next turn."""
        return await self._all(names, questions, once=True, undo=undo)

    async def _all(
        self,
        names: list[str],
        questions: Callable[[], list[Asked]],
        *,
        once: bool,
        undo: Callable[[], Awaitable[None]] | None = None,
    ) -> dict[int, dict[str, Timing]]:
        found = {number: {name: Timing() for name in names} for number in self._plan.connections}
        for number, timings in found.items():
            for turn in range(self._plan.rounds):
                for name in names[turn % len(names) :] + names[: turn % len(names)]:
                    if undo is not None:
                        await undo()
                    timings[name].add(self._play(name, questions(), number, self._plan.seconds, once=once))
        return found

    def _play(self, name: str, asked: list[Asked], connections: int, seconds: float, *, once: bool = False) -> Measured:
        tokens = self._mint.tokens({each.viewer for each in asked})
        requests = [each.request(name, tokens[each.viewer]) for each in asked]
        # Slow contenders are given longer, so that a round is never a handful of answers.
        longer = 3 if name == "resolvers" else 1
        found = measure(Job(self._ports[name], requests, connections, seconds * longer, WARM_SECONDS, once))
        if found.wrong:
            raise ValueError(f"{name} answered wrongly under load: {found.wrong[0]!r}")
        return found
