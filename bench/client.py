"""The load generator: a process of its own that keeps so many connections busy and times every answer."""

import asyncio
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import cast

import uvloop

END, LENGTH = b"\r\n\r\n", b"content-length: "
EDGE = 400
"""Errors stand before the data of an answer or behind it, so the first or the last shows within so many bytes of an end."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to send, over how many connections, and for how long after warming up; `once` sends nothing twice."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float
    warm: float
    once: bool = False


@dataclass(slots=True)
class Measured:
    """How many answers came in how many seconds, how long each took (in seconds), and what was wrong with the others."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    wrong: list[bytes] = field(default_factory=list)
    received: int = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.taken) / self.seconds

    def quantile(self, part: float) -> float:
        """The time within which this part of the answers came, in milliseconds."""
        found = sorted(self.taken)
        return 1000 * found[min(len(found) - 1, int(part * len(found)))]


class Connection(asyncio.Protocol):
    """One keep-alive connection: the next request leaves when the last answer is whole."""

    def __init__(self, load: "Load"):
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._body = self._need = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def _next(self) -> None:
        request, transport = self._load.take(), cast(asyncio.Transport, self._transport)
        if request is None:
            transport.close()
            return
        self._sent = time.perf_counter()
        transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._need:
            end = self._buffer.find(END)
            if end < 0:
                return
            head = self._buffer[:end].lower()
            start = head.find(LENGTH) + len(LENGTH)
            self._body = end + len(END)
            self._need = self._body + int(head[start:].partition(b"\r")[0])
        if len(self._buffer) >= self._need:
            self._load.took(time.perf_counter() - self._sent, self._buffer, self._body)
            self._buffer = bytearray()
            self._need = 0
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        self._load.left(error)


class Load:
    """One job under way."""

    def __init__(self, job: Job):
        self._job = job
        self._requests: Iterator[bytes] = iter(job.requests) if job.once else cycle(job.requests)
        self._open = job.connections
        self._over = asyncio.Event()
        self._from = time.perf_counter() + job.warm
        self._until = self._from + job.seconds
        self.measured = Measured()

    async def run(self) -> Measured:
        """Open every connection and wait until the last has closed."""
        loop = asyncio.get_running_loop()
        for _ in range(self._job.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._job.port)
        await self._over.wait()
        self.measured.seconds = min(self.measured.seconds, self._job.seconds)
        return self.measured

    def take(self) -> bytes | None:
        """The next request, or None at the end."""
        return None if time.perf_counter() >= self._until else next(self._requests, None)

    def took(self, seconds: float, answer: bytearray, body: int) -> None:
        """One answer, whose body begins at this byte."""
        now = time.perf_counter()
        edges = answer[body : body + EDGE] + answer[max(body, len(answer) - EDGE) :]
        if not answer.startswith(b"HTTP/1.1 200") or b'"errors":[{' in edges or b'"message":' in edges:
            self.measured.wrong.append(bytes(answer[:500]))
        elif self._from <= now < self._until:
            self.measured.taken.append(seconds)
            self.measured.received += len(answer)
            self.measured.seconds = now - self._from

    def left(self, error: Exception | None) -> None:
        """A connection closed."""
        if error is not None:
            self.measured.wrong.append(repr(error).encode())
        self._open -= 1
        if not self._open:
            self._over.set()


def measure(job: Job) -> Measured:
    """Plays a job in a process of its own."""
    found = subprocess.run(
        [sys.executable, "-m", "bench.client"], input=pickle.dumps(job), stdout=subprocess.PIPE, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    measured: Measured = pickle.loads(found.stdout)
    return measured


if __name__ == "__main__":
    # Under its own name, so that the parent finds the classes that the answer is made of.
    from bench import client

    asked: Job = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(uvloop.run(client.Load(asked).run())))
