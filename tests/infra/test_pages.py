"""Every shell command of the README and the pages runs as it stands there, in a home of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import orjson
import pytest

from tests.infra.running import SLOW, Ran, environment
from tests.infra.test_demo import Running, start
from tests.laws.house import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("bench/*.md")])
BLOCK = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# These serve until they are stopped; what the others need is there before they run.
SERVES = ("hub serve",)
NEED_A_DEMO = ("hub tour", "TOKEN=", '"$HUB"')


def blocks() -> list[tuple[str, str]]:
    """Each page with one of its blocks of commands, in the order in which they stand."""
    return [(page.name, found) for page in PAGES for found in BLOCK.findall(page.read_text())]


def lines(block: str) -> list[str]:
    """The commands of a block; where they name the environment's own folder, this environment's is meant."""
    return [line.replace(".venv/bin/", "") for line in block.splitlines() if line.strip() and not line.startswith("#")]


def shell(home: Path, text: str, **more: str) -> Ran:
    """Runs a piece of a page in a shell whose PATH begins with this environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = environment(home, PATH=path, HUB_PORT="0", **more)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=ROOT, env=settings, capture_output=True, text=True, timeout=SLOW
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def serves(home: Path, text: str) -> None:
    """Starts what serves, waits until it answers, and stops it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        ["bash", "-c", f"exec {text}"], cwd=ROOT, env=environment(home, PATH=path, HUB_PORT="0"), stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        try:
            said = next(line for line in map(orjson.loads, process.stdout) if line["event"] == "serving")
            with httpx2.Client(trust_env=False, transport=httpx2.HTTPTransport(retries=20)) as http:
                assert http.get(f"http://127.0.0.1:{said['port']}/livez").status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(SLOW)
    assert ended == 0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One hub for all pages."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One demonstration for the pages that ask a hub."""
    running = start(tmp_path_factory.mktemp("demo"))
    try:
        running.first_answer()
        yield running
    finally:
        running.stop()
        running.process.communicate()


def test_the_pages_have_commands() -> None:
    assert {"README.md", "operating.md", "employers.md"} <= {page for page, _ in blocks()}


@pytest.mark.parametrize(("page", "block"), [each for each in blocks() if not any(need in each[1] for need in NEED_A_DEMO)])
def test_commands_of_a_page(home: Path, page: str, block: str) -> None:
    for line in lines(block):
        if line.startswith("make "):
            # The targets themselves are what runs this test and what the tests of the demonstration start.
            ran = shell(home, "make -n " + line.removeprefix("make "))
        elif line.startswith(SERVES):
            serves(home, line.partition("#")[0])
            continue
        else:
            ran = shell(home, line)
        assert ran.code == 0 and "Traceback" not in ran.err, (page, line, ran)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages ask with curl")
@pytest.mark.parametrize(("page", "block"), [each for each in blocks() if any(need in each[1] for need in NEED_A_DEMO)])
def test_commands_that_ask_a_running_hub(demo: Running, page: str, block: str) -> None:
    party = {"providers.md": "provider-a", "epaos.md": "epao-a"}.get(page, "employer-a")
    client = demo.file["clients"][party]
    given = {"HUB": demo.file["url"], "CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"]}
    ran = shell(demo.home, "\n".join(lines(block)), **given)
    assert ran.code == 0 and "Traceback" not in ran.err, (page, block, ran)
    assert '"errors"' not in ran.out
