"""Issue 3, item 5: an employer's own supergraph, started and asked as its README says; the hub's door is listened at."""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import orjson
import pytest

from infra.ports import free_port
from infra.tour.running import Demonstration
from infra.tour.spawning import spawned

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "payroll"
GATEWAY = ROOT / "infra" / "router" / "node_modules" / ".bin" / "hive-gateway"
START = 60.0
READY, SHARED, TRANSFERRED, UNKNOWN = "9950000482", "9950000008", "9950000016", "9950000490"
QUERY, VARIABLES = (
    re.search(rf"```{kind}\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.DOTALL)[1] for kind in ("graphql", "json")
)
ONE = "query One($uln: String!) { apprentice(by: {uln: $uln}) { familyName payrollNumber } }"
BY_KEY = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Apprentice { payrollNumber } } }"""

pytestmark = [
    pytest.mark.federation,
    pytest.mark.skipif(
        shutil.which("node") is None or not GATEWAY.exists(), reason="needs Node and `npm ci --prefix infra/router`"
    ),
]


@dataclass
class Employer:
    """The employer's side at work: its router, its payroll, its secret, and all that was sent to the hub's graph."""

    demonstration: Demonstration
    router: str
    payroll: str
    secret: str
    process: asyncio.subprocess.Process
    sent: list[bytes] = field(default_factory=list)

    async def ask(self, name: str | None, document: str, **variables: Any) -> tuple[int, Any]:
        """Status and body of the router's answer to a party of the demonstration, or to nobody."""
        headers = {"Authorization": f"Bearer {await token(self.demonstration, name)}"} if name else {}
        return await post(self.router, {"query": document, "variables": variables}, headers)


async def post(url: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.post(url, json=body, headers=headers)
    return answer.status_code, answer.json() if "json" in answer.headers["content-type"] else answer.text


async def token(demonstration: Demonstration, name: str) -> str:
    client = demonstration.clients[name]
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        auth = (client["client_id"], client["client_secret"])
        got = await http.post(demonstration.urls["token_url"], data={"grant_type": "client_credentials"}, auth=auth)
    return str(got.json()["access_token"])


@contextmanager
def listening(graph: str, sent: list[bytes]) -> Iterator[str]:
    """A door in front of the hub's graph that keeps every byte of what is sent, and passes it on."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            sent.append(str(self.headers).encode() + body)
            kept = {name: self.headers[name] for name in ("authorization", "content-type") if self.headers[name]}
            answer = httpx2.post(graph, content=body, headers=kept, trust_env=False)
            self.send_response(answer.status_code)
            self.send_header("content-type", answer.headers["content-type"])
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Nothing is said."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def running(*command: str, ready: str, given: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of the employer's, once its address answers anything at all."""
    quiet = {"stdout": asyncio.subprocess.DEVNULL, "stderr": asyncio.subprocess.DEVNULL}
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env={**os.environ, **given}, **quiet)
    try:
        async with httpx2.AsyncClient(trust_env=False) as http, asyncio.timeout(START):
            while process.returncode is None:
                with contextlib.suppress(httpx2.TransportError):
                    await http.get(ready)
                    break
                await asyncio.sleep(0.1)
        assert process.returncode is None, command
        yield process
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await asyncio.wait_for(process.wait(), 30)


async def composed(given: dict[str, str]) -> bytes:
    pipe = asyncio.subprocess.PIPE
    made = await asyncio.create_subprocess_exec(
        "node", str(EXAMPLE / "compose.mjs"), env={**os.environ, **given}, stdout=pipe, stderr=pipe
    )
    out, said = await made.communicate()
    assert made.returncode == 0, said
    return out


@pytest.fixture(scope="module")
async def employer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Employer]:
    """A demonstration, and beside it the first employer's payroll and router."""
    sent: list[bytes] = []
    supergraph = tmp_path_factory.mktemp("payroll") / "supergraph.graphql"
    payroll, router = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    async with spawned() as hub:
        secret, client = secrets.token_hex(32), hub.clients["employer-a"]["client_id"]
        given = {"HUB": hub.urls["url"], "PAYROLL": payroll, "PAYROLL_SECRET": secret, "CLIENT_ID": client}
        given["SUPERGRAPH"] = str(supergraph)
        of_payroll = {"PAYROLL_SECRET": secret, "PORT": payroll.rpartition(":")[2]}
        of_router = {**given, "PORT": router.rpartition(":")[2]}
        serve = (sys.executable, str(EXAMPLE / "payroll.py"))
        route = (str(GATEWAY), "supergraph", "-c", str(EXAMPLE / "gateway.config.mjs"))
        async with running(*serve, ready=payroll, given=of_payroll) as process:
            with listening(hub.urls["graphql"], sent) as door:
                of_compose = {**given, "HUB": door, "TOKEN": await token(hub, "employer-a")}
                supergraph.write_bytes(await composed(of_compose))
                async with running(*route, ready=f"{router}/readiness", given=of_router):
                    yield Employer(hub, f"{router}/graphql", f"{payroll}/graphql", secret, process, sent)


async def test_one_query_answers_from_the_hub_and_from_payroll(employer: Employer) -> None:
    """Deliver item 5: the query of the README; name and blockers are the hub's, the number is payroll's."""
    status, body = await employer.ask("employer-a", QUERY, **orjson.loads(VARIABLES))
    assert status == 200 and set(body) == {"data"}, body
    by_uln, by_reference = body["data"]["byUln"], body["data"]["byReference"]
    assert by_uln["familyName"] == "Ashmock" and by_uln["payrollNumber"] == "PAY-100511"
    assert by_uln["gateway"]["readiness"]["status"] == "NOT_READY"
    assert {"sentence", "party", "dueOn"} == set(by_uln["gateway"]["readiness"]["blockers"][0])
    assert by_reference["uln"] == SHARED and by_reference["payrollNumber"] == "PAY-100231"
    _, unknown = await employer.ask("employer-a", ONE, uln=UNKNOWN)
    assert unknown["data"]["apprentice"]["familyName"] and unknown["data"]["apprentice"]["payrollNumber"] is None


async def test_the_hub_is_told_nothing_of_payroll(employer: Employer) -> None:
    """Every byte sent to the hub, from composing on: no number, no secret, no word of the field."""
    await employer.ask("employer-a", QUERY, **orjson.loads(VARIABLES))
    assert len(employer.sent) > 1 and all(b"Bearer " in each for each in employer.sent)
    for word in (b"payroll", b"pay-1", employer.secret.encode()):
        assert all(word not in each.lower() for each in employer.sent), word


async def test_nobody_else_is_given_a_payroll_number(employer: Employer) -> None:
    """A provider of the same apprentice, another employer, nobody: 401 at the router, while the hub itself answers them."""
    employer.sent.clear()
    for name in ("provider-a", "employer-b", "epao-a", None):
        status, body = await employer.ask(name, ONE, uln=SHARED)
        assert status == 401 and "data" not in body, name
    assert employer.sent == []
    headers = {"Authorization": f"Bearer {await token(employer.demonstration, 'provider-a')}"}
    named = {"query": "query($u: String!) { apprentice(by: {uln: $u}) { familyName } }", "variables": {"u": SHARED}}
    status, body = await post(employer.demonstration.urls["graphql"], named, headers)
    assert status == 200 and body["data"]["apprentice"]["familyName"] == "Valemock"


async def test_a_number_is_reached_only_through_an_apprentice_whom_the_hub_shows(employer: Employer) -> None:
    """Payroll knows somebody who has moved to another employer; the hub no longer shows them, and there is no way around it."""
    status, body = await employer.ask("employer-a", ONE, uln=TRANSFERRED)
    assert status == 200 and body == {"data": {"apprentice": None}}
    asked = {"query": BY_KEY, "variables": {"r": [{"__typename": "Apprentice", "uln": TRANSFERRED}]}}
    assert "data" not in (await employer.ask("employer-a", BY_KEY, **asked["variables"]))[1]
    for headers in ({}, {"x-payroll-secret": "guessed"}):
        status, text = await post(employer.payroll, asked, headers)
        assert status == 401 and "PAY-" not in text
    found = await post(employer.payroll, asked, {"x-payroll-secret": employer.secret})
    assert found == (200, {"data": {"_entities": [{"payrollNumber": "PAY-100198"}]}})


async def test_what_the_hub_refuses_is_refused_with_its_code(employer: Employer) -> None:
    _, body = await employer.ask("employer-a", "query($u: String!) { apprentice(by: {uln: $u}) { results { id } } }", u=READY)
    assert {each["extensions"]["code"] for each in body["errors"]} == {"FIELD_NOT_IN_SLICE"}


async def test_with_payroll_away_the_hub_is_still_answered(employer: Employer) -> None:
    """The last test of this module: payroll is ended."""
    await ended(employer.process)
    status, body = await employer.ask("employer-a", ONE, uln=READY)
    assert status == 200 and body["data"]["apprentice"] == {"familyName": "Ashmock", "payrollNumber": None}
    assert [each["path"] for each in body["errors"]] == [["apprentice", "payrollNumber"]]
    assert "Bearer" not in str(body) and employer.secret not in str(body)


def test_payroll_refuses_to_start_without_a_secret() -> None:
    """An empty secret would let everybody in."""
    given = {**os.environ, "PAYROLL_SECRET": ""}
    done = subprocess.run((sys.executable, str(EXAMPLE / "payroll.py")), env=given, capture_output=True, timeout=30)
    assert done.returncode == 1 and b"PAYROLL_SECRET" in done.stderr
