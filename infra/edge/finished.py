"""Finished requests: kept for a moment, then counted and logged many at a time.

A line of its own costs a request more than checking its token does; a few hundred together cost almost nothing.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any

from infra.edge.metrics import Metrics
from infra.edge.notes import Note

log = logging.getLogger("hub.edge")
MOMENT_SECONDS = 0.1
MANY = 500


@dataclass(frozen=True, slots=True)
class Finish:
    """One request at its end: `at` in seconds since 1970, how long it took, the pattern of its route."""

    note: Note
    at: float
    seconds: float
    route: str | None


class Finished:
    """What has finished since the last moment; a process that is killed loses these lines and nothing else."""

    def __init__(self, metrics: Metrics):
        self._metrics = metrics
        self._waiting: list[Finish] = []

    def add(self, note: Note, route: str | None = None) -> None:
        """Take one request that is over."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(MOMENT_SECONDS, self.write)
        self._waiting.append(Finish(note, time.time(), time.perf_counter() - note.began, route))
        if len(self._waiting) >= MANY:
            self.write()

    def write(self) -> None:
        """Count and log what has finished so far."""
        written, self._waiting = self._waiting, []
        for each in written:
            self._metrics.observe(each.note, each.seconds)
        if written:
            log.info("request", extra={"each": [(each.at, fields_of(each)) for each in written]})


def fields_of(finish: Finish) -> dict[str, Any]:
    """What the log keeps of a request."""
    note = finish.note
    fields: dict[str, Any] = {"trace": note.trace, "status": note.status, "ms": round(finish.seconds * 1000, 2)}
    told = {
        "operation": note.operation, "kind": note.kind, "client": note.client, "stream": note.stream, "route": finish.route,
    }  # fmt: skip
    fields.update((name, value) for name, value in told.items() if value is not None)
    if note.codes:
        fields["codes"] = note.codes
    return fields
