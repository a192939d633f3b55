"""The demonstration: started as anybody starts it, asked as its clients ask it, stopped by SIGTERM."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from infra.demo.cast import cast
from infra.demo.parties import PARTIES
from tests.infra.running import command, environment, hub

START = 120.0
PAGE = """query Page($after: String) { apprentices(first: 50, after: $after) {
  nodes { uln status } pageInfo { hasNextPage endCursor } } }"""
COHORT = "{ cohort { total ready notReady passed noPlan } apprentices(first: 1) { totalCount } }"


@dataclass
class Running:
    """A demonstration at work."""

    home: Path
    process: "subprocess.Popen[bytes]"
    seconds: float = 0.0

    @property
    def file(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads((self.home / "demo.json").read_bytes())
        return found

    def ask(self, name: str, document: str, **variables: Any) -> Any:
        """The data of an answer to one of the clients."""
        held, client = self.file, self.file["clients"][name]
        with httpx2.Client(trust_env=False, timeout=10) as http:
            auth = (client["client_id"], client["client_secret"])
            token = http.post(held["token_url"], data={"grant_type": "client_credentials"}, auth=auth).json()
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            body = {"query": document, "variables": variables}
            return http.post(held["graphql"], json=body, headers=headers).json()["data"]

    def everybody(self, name: str) -> list[dict[str, Any]]:
        """All that a client's lists hold, page by page."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self.ask(name, PAGE, after=after)["apprentices"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def first_answer(self) -> None:
        """Waits until the first query is answered."""
        begun = time.monotonic()
        while time.monotonic() - begun < START and self.process.poll() is None:
            try:
                self.ask("employer-a", COHORT)
                self.seconds = time.monotonic() - begun
                return
            except (OSError, KeyError, ValueError, httpx2.TransportError):
                time.sleep(0.05)
        pytest.fail("the demonstration did not answer")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def start(home: Path, *words: str) -> Running:
    process = subprocess.Popen(
        command("demo", "--port", "0", *words), env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return Running(home, process)


@pytest.fixture(scope="module")
def demo(record_testsuite_property: Any) -> Iterator[Running]:
    """One demonstration for this module; the time to its first answer is recorded, not judged."""
    home = Path(tempfile.mkdtemp(prefix="hubd"))
    running = start(home)
    running.first_answer()
    record_testsuite_property("demo_first_answer_seconds", round(running.seconds, 2))
    yield running
    if running.process.poll() is None:
        running.stop()
    running.process.communicate()
    shutil.rmtree(home, ignore_errors=True)


def test_the_file_has_the_shape_promised(demo: Running) -> None:
    """Issue item 10: six clients, readable by their owner alone."""
    assert stat.S_IMODE(os.stat(demo.home / "demo.json").st_mode) == 0o600
    held = demo.file
    assert set(held) == {"url", "graphql", "token_url", "clients", "shared"}
    assert held["graphql"].startswith(held["url"] + "/") and held["token_url"].startswith(held["url"] + "/")
    assert held["url"].startswith("http://127.0.0.1:")
    kinds = sorted(client["party_kind"] for client in held["clients"].values())
    assert kinds == ["employer", "employer", "epao", "epao", "provider", "provider"]
    for client in held["clients"].values():
        assert set(client) == {"party_kind", "organisation", "client_id", "client_secret", "scopes"}
        assert client["scopes"] == sorted(client["scopes"]) and all(":" in scope for scope in client["scopes"])
    assert len(held["shared"]) == 3


def test_the_world_holds_240_apprentices_at_every_stage(demo: Running) -> None:
    """Issue item 10: 240 apprentices; what is shared is seen by several parties of a kind, and nothing else is."""
    seen: dict[str, set[str]] = {}
    statuses: set[str] = set()
    for party in PARTIES:
        nodes = demo.everybody(party.name)
        statuses |= {node["status"] for node in nodes}
        nodes += demo.ask(party.name, "{ formerApprentices(first: 50) { nodes { uln } } }")["formerApprentices"]["nodes"]
        seen[party.name] = {node["uln"] for node in nodes if node["uln"]}
    shared = set(demo.file["shared"])
    for kind in ("employer", "provider", "epao"):
        assert seen[f"{kind}-a"] & seen[f"{kind}-b"] <= shared, kind
    assert len(seen["employer-a"] | seen["employer-b"]) == 240
    assert len(seen["provider-a"] | seen["provider-b"]) == 240
    wanted = {"CLAIMED", "ON_PROGRAMME", "ON_BREAK", "WITHDRAWN", "IN_ASSESSMENT", "RESIT_OFFERED", "ACHIEVED"}
    assert statuses >= wanted | {"NOMINATED", "TO_RELEASE"}
    both = [{name for name in seen if uln in seen[name]} for uln in sorted(shared)]
    assert {"provider-a", "provider-b"} <= both[0]
    assert {"employer-a", "employer-b"} <= both[1]
    assert {"epao-a", "epao-b"} <= both[2]
    cohort = demo.ask("employer-a", COHORT)["cohort"]
    assert cohort["ready"] > 0 and cohort["noPlan"] > 0 and cohort["passed"] > 0


def test_b8_each_client_of_the_demonstration_is_on_record_with_its_party(demo: Running) -> None:
    """Issue 4 item 5: whoever gives a party a client says so on that party's chain, also where all is made up."""
    for client in demo.file["clients"].values():
        lines = hub(demo.home, "audit", "who", "--client", client["client_id"], "--json").out.splitlines()
        given = [each for each in map(orjson.loads, lines) if each["thing"] == client["client_id"]]
        told = [(each["client"], each["act"], each["party_kind"], each["name"]) for each in given]
        assert told == [("operator", "demo", client["party_kind"], client["organisation"])]


def test_the_pages_are_served(demo: Running) -> None:
    """Issue item 10: a page at /, and health beside it."""
    with httpx2.Client(trust_env=False) as http:
        home = http.get(demo.file["url"] + "/")
        assert home.status_code == 200 and "text/html" in home.headers["content-type"]
        assert http.get(demo.file["url"] + "/readyz").status_code == 200


def test_the_tour_passes_any_number_of_times(demo: Running) -> None:
    """Issue item 10: twice against one demonstration, with the same transcript."""
    runs = [hub(demo.home, "tour") for _ in range(2)]
    assert [ran.code for ran in runs] == [0, 0], runs
    assert runs[0].out == runs[1].out
    assert "every one is as it must be" in runs[0].out


def test_it_stops_cleanly_and_keeps_its_world(demo: Running) -> None:
    """Issue item 10: SIGTERM ends it with 0 and no postgres stays; the next start keeps clients and apprentices."""
    before = demo.file["clients"]
    assert demo.stop() == 0
    assert not (demo.home / "postgres" / "postmaster.pid").exists()
    again = start(demo.home)
    try:
        again.first_answer()
        assert again.file["clients"] == before
        assert again.ask("employer-a", COHORT)["apprentices"]["totalCount"] > 0
    finally:
        assert again.stop() == 0
        again.process.communicate()


def test_the_cast_is_the_same_for_the_same_day() -> None:
    """Deterministic by seed: the same people, the same parts; all 240 of them different."""
    day = date(2026, 3, 2)
    assert cast(day) == cast(day)
    assert len({part.learner.uln for part in cast(day)}) == 240
    assert all(part.learner.started <= day for part in cast(day))
