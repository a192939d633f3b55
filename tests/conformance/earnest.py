"""A hub as it is served in earnest: no demonstration, no setting but its home and its port."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2

from infra.ports import free_port
from tests.conformance.playing import Hub
from tests.infra.running import command, environment, hub

START_SECONDS, STOP_SECONDS = 120.0, 30.0
EMPLOYER = "EMPLOYER_NUMBER:900000001"


@contextlib.contextmanager
def served() -> Iterator[Hub]:
    """`hub serve` on a free port, with one employer's client; its home is gone afterwards."""
    with served_from() as (found, _):
        yield found


@contextlib.contextmanager
def served_from() -> Iterator[tuple[Hub, Path]]:
    """The same, with its home, beside which its operator may act."""
    # Short, for the path of the database's own socket lies in it.
    home = Path(tempfile.mkdtemp(prefix="hube"))
    port = free_port()
    words = command("serve", "--port", str(port))
    process = subprocess.Popen(words, env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _ready(home, f"http://127.0.0.1:{port}", process), home
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        shutil.rmtree(home, ignore_errors=True)


def _ready(home: Path, url: str, process: "subprocess.Popen[bytes]") -> Hub:
    until = time.monotonic() + START_SECONDS
    with httpx2.Client(trust_env=False) as http:
        while True:
            with contextlib.suppress(httpx2.TransportError):
                if http.get(f"{url}/readyz").status_code == 200:
                    break
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
    added = hub(home, "organisation", "add", "Earnest Probation", "--as", "employer", "--id", EMPLOYER)
    assert added.code == 0, added
    made = hub(home, "client", "add", EMPLOYER, "--as", "employer", "--name", "HR")
    assert made.code == 0, made
    words = made.out.split()
    held = {"client_id": words[1], "client_secret": words[-1]}
    return Hub({"url": url, "graphql": f"{url}/graphql", "token_url": f"{url}/oauth/token"}, {"employer": held})
