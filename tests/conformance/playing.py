"""What the conformance runs share: a hub to ask as any of its clients, and other people's programs to run against it."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson

HERE = Path(__file__).parent
DOCUMENTS = HERE / "documents"
VENVS = HERE / ".venv"
RENEW_SECONDS = 200
PROGRAM_SECONDS = 240
STORY = {"employer": "employer-b", "provider": "provider-a", "epao": "epao-a"}


class Hub:
    """A running hub and the clients it knows."""

    def __init__(self, urls: dict[str, str], clients: dict[str, dict[str, Any]]):
        self.urls, self.graphql, self.clients = urls, urls["graphql"], clients
        self._tokens: dict[str, tuple[str, float]] = {}

    def token(self, name: str) -> str:
        """An access token that holds for some minutes yet."""
        token, until = self._tokens.get(name, ("", 0.0))
        if time.monotonic() > until:
            held = self.clients[name]
            with httpx2.Client(trust_env=False) as http:
                auth = (held["client_id"], held["client_secret"])
                answer = http.post(self.urls["token_url"], data={"grant_type": "client_credentials"}, auth=auth).json()
            token, until = answer["access_token"], time.monotonic() + answer["expires_in"] - RENEW_SECONDS
            self._tokens[name] = token, until
        return token

    def send(self, name: str | None, method: str = "POST", path: str = "", **more: Any) -> httpx2.Response:
        """One HTTP request to the graph as one of the clients, or as nobody."""
        headers = {"Authorization": f"Bearer {self.token(name)}"} if name else {}
        headers.update(more.pop("headers", {}))
        with httpx2.Client(trust_env=False, timeout=30) as http:
            return http.request(method, self.graphql + path, headers=headers, **more)

    def ask(self, name: str, document: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.send(name, json={"query": document, "variables": variables}).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def act(self, name: str, act: str, select: str = "", /, **given: Any) -> Any:
        """The payload of a mutation that is done."""
        model = f"{act[0].upper()}{act[1:]}Input"
        document = f"mutation Prepare($input: {model}!) {{ {act}(input: $input) {{ {select} errors {{ code message }} }} }}"
        payload = self.ask(name, document, input=given)[act]
        assert payload["errors"] == [], payload
        return payload

    def environment(self, story: "Story | None" = None) -> dict[str, str]:
        """What a program is handed by its environment."""
        tokens = {f"HUB_{party.upper()}": self.token(name) for party, name in STORY.items()}
        told = {"HUB_STORY": orjson.dumps(story.variables).decode()} if story else {}
        return {"HUB_GRAPHQL": self.graphql, "HUB_DOCUMENTS": str(DOCUMENTS), **tokens, **told}


@dataclass(frozen=True)
class Story:
    """An apprentice who lacks one gateway item, and for each document of the story what to send with it."""

    apprentice: str
    variables: dict[str, dict[str, Any]]

    def has_come_true(self, hub: Hub) -> None:
        """Asserts that item, decision and result are there, as the hub itself tells."""
        document = """query Stands($id: ID!) { apprentice(by: {id: $id}) { status gateway { passed readiness {
          items { requirement state } } } portfolio { acknowledgement { hash } } results { method grade } } }"""
        found = hub.ask(STORY["epao"], document, id=self.apprentice)["apprentice"]
        states = {each["requirement"]: each["state"] for each in found["gateway"]["readiness"]["items"]}
        assert found["status"] == "IN_ASSESSMENT" and found["gateway"]["passed"] is True
        assert states["PQIP"] != "MISSING"
        assert found["portfolio"]["acknowledgement"] == {"hash": self.variables["post"]["acknowledgement"]["hash"]}
        assert found["results"] == [{"method": "PD", "grade": "PASS"}]


def run(*command: str, cwd: Path = HERE, **more: str) -> str:
    """Runs a program to its end and gives what it printed; an AssertionError with all of that when it failed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    done = subprocess.run(
        command, cwd=cwd, env={**kept, "NO_COLOR": "1", **more}, capture_output=True, text=True, timeout=PROGRAM_SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)[:200]}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def node(script: str, **more: str) -> str:
    """Runs one of the scripts of this folder."""
    return run("node", f"{HERE}/{script}", **more)


def python(venv: str, *words: str, cwd: Path = HERE, **more: str) -> str:
    """Runs the Python of one of the extra environments."""
    return run(str(VENVS / venv / "bin" / "python"), *words, cwd=cwd, **more)
