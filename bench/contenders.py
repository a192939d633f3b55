"""Starts the contenders, each a process of its own on loopback, and mints the tokens that all of them check."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from joserfc import jwt

from auth.authority import Authority
from auth.keys import ALGORITHM, TOKEN_SECONDS
from bench.serving import ISSUER, UNLIMITED
from bench.world import TODAY
from hub.viewer import Viewer
from hub.words import id_text
from infra.ports import free_port

MODULES = {"hub": "bench.hub_server", "handwritten": "bench.handwritten", "resolvers": "bench.resolvers"}
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Place:
    """The database that all contenders read, and its secret."""

    owner_url: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Program:
    """What is started for a contender, and what it finds in its environment besides."""

    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


PROGRAMS = {name: Program([sys.executable, "-m", module]) for name, module in MODULES.items()}
PROGRAMS["unlimited"] = Program(PROGRAMS["hub"].command, {UNLIMITED: "1"})


@contextmanager
def running(place: Place, names: list[str], programs: Mapping[str, Program] = PROGRAMS) -> Iterator[dict[str, int]]:
    """The contenders' ports while they run."""
    processes, ports = [], {}
    try:
        for name in names:
            ports[name] = free_port()
            processes.append(_start(place, programs[name], ports[name]))
        for port in ports.values():
            _wait(port)
        yield ports
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def _start(place: Place, program: Program, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        **program.environment,
        "HUB_DATABASE_URL": place.owner_url,
        "HUB_SECRET": place.secret.decode(),
        "HUB_PORT": str(port),
        "HUB_TODAY": TODAY.isoformat(),
    }
    root = Path(__file__).parents[1]
    return subprocess.Popen(program.command, env=environment, cwd=root, stdout=subprocess.DEVNULL)


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


class Mint:
    """Signs tokens as the hub's own token endpoint does; they hold for five minutes."""

    def __init__(self, authority: Authority):
        self._authority = authority

    def token(self, viewer: Viewer, bound: str | None = None) -> str:
        """A fresh access token for a viewer, perhaps bound to the key of this thumbprint."""
        now = int(time.time())
        signer = self._authority.ring.signer(now)
        claims = {
            "iss": ISSUER, "aud": self._authority.audience, "sub": viewer.client, "client_id": viewer.client,
            "iat": now, "exp": now + TOKEN_SECONDS, "jti": secrets.token_urlsafe(16), "scope": " ".join(sorted(viewer.scopes)),
            "party": id_text("pty", viewer.party), "party_kind": viewer.kind.value,
            "organisation": id_text("org", viewer.organisation), **({"cnf": {"jkt": bound}} if bound else {}),
        }  # fmt: skip
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": signer.kid}
        return jwt.encode(header, claims, signer.key, algorithms=[ALGORITHM])

    def tokens(self, viewers: set[Viewer]) -> dict[Viewer, str]:
        """A token for each viewer."""
        return {viewer: self.token(viewer) for viewer in viewers}


async def one_answer(port: int, request: bytes) -> tuple[int, bytes]:
    """The status and body of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    writer.close()
    return int(head[9:12]), body
