"""The graph over POST: every status, every code, and the bytes that go with them (issue items 5 and 8; B6)."""

import asyncio
import json

import httpx2
import pytest

from hub.errors import HubError
from tests.infra.edge.conftest import CANARY, Served

ASK = {"query": "{ ok }"}


def code(answer: httpx2.Response) -> str:
    """The code of a refusal, which holds one error and no data."""
    body = answer.json()
    assert list(body) == ["errors"]
    assert len(body["errors"]) == 1
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return str(body["errors"][0]["extensions"]["code"])


async def test_an_answer_is_the_bytes_of_the_graph(hub: Served) -> None:
    answer = await hub.post({"query": "{ ok }", "variables": {"a": [1]}, "operationName": "Mine", "extensions": {}})
    assert (answer.status_code, answer.content) == (200, b'{"data":{"ok":true}}')
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "server" not in answer.headers
    asked = hub.graph.asked[-1]
    assert (asked.document, asked.variables, asked.operation_name) == ("{ ok }", {"a": [1]}, "Mine")


@pytest.mark.parametrize(
    ("token", "expected", "challenge"),
    [
        (None, "TOKEN_MISSING", "Bearer"),
        ("nonsense", "TOKEN_INVALID", 'Bearer error="invalid_token", error_description='),
        ("expired", "TOKEN_EXPIRED", 'Bearer error="invalid_token", error_description='),
        ("foreign", "TOKEN_AUDIENCE", 'Bearer error="invalid_token", error_description='),
    ],
)
async def test_each_failing_token_has_its_code(hub: Served, token: str | None, expected: str, challenge: str) -> None:
    answer = await hub.post(ASK, token=token)
    assert (answer.status_code, code(answer)) == (401, expected)
    assert answer.headers["www-authenticate"].startswith(challenge)
    assert hub.graph.asked == []


async def test_two_authorization_headers_are_refused(hub: Served) -> None:
    async with httpx2.AsyncClient() as client:
        headers = [("authorization", "Bearer good"), ("authorization", "Bearer good"), ("content-type", "application/json")]
        answer = await client.post(hub.url, content=b'{"query":"{ ok }"}', headers=headers)
    assert (answer.status_code, code(answer)) == (401, "TOKEN_INVALID")


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"123", 400, "BODY_INVALID"),
        (b"null", 400, "BODY_INVALID"),
        (b'"text"', 400, "BODY_INVALID"),
        (b"", 400, "BODY_INVALID"),
        (b"{", 400, "BODY_INVALID"),
        (b'{"query":"\xff\xfe"}', 400, "BODY_INVALID"),
        (b"[" * 5000, 400, "BODY_INVALID"),
        (b'[{"query":"{ ok }"}]', 400, "BATCH_REFUSED"),
        (b"{}", 400, "BODY_INVALID"),
        (b'{"query":1}', 400, "BODY_INVALID"),
        (b'{"query":"{ ok }","variables":[]}', 400, "BODY_INVALID"),
        (b'{"query":"{ ok }","variables":"{}"}', 400, "BODY_INVALID"),
        (b'{"query":"{ ok }","operationName":5}', 400, "BODY_INVALID"),
        (b'{"query":"{ ok }","extensions":"x"}', 400, "BODY_INVALID"),
        (b'{"query":"' + b"x" * 5_000_000 + b'"}', 413, "BODY_TOO_LARGE"),
    ],
)
async def test_a_malformed_body_is_a_coded_4xx(hub: Served, body: bytes, status: int, expected: str) -> None:
    """B6: a list of operations among them."""
    answer = await hub.post(body)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert hub.graph.asked == []


async def test_a_body_without_a_length_is_bounded_too(hub: Served) -> None:
    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(5):
            yield b"x" * 10_000

    async with httpx2.AsyncClient() as client:
        headers = {"authorization": "Bearer good", "content-type": "application/json"}
        answer = await client.post(hub.url, content=chunks(), headers=headers)
    assert (answer.status_code, code(answer)) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/graphql", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""]
)
async def test_other_content_types_are_refused(hub: Served, kind: str) -> None:
    """B6: a form or plain text, which a page of another site may send, is not taken."""
    answer = await hub.post(ASK, content_type=kind)
    assert (answer.status_code, code(answer)) == (415, "CONTENT_TYPE_UNSUPPORTED")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'])
async def test_json_in_utf8_is_taken(hub: Served, kind: str) -> None:
    assert (await hub.post(ASK, content_type=kind)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_refused(hub: Served, method: str) -> None:
    """B6: no query comes by GET."""
    async with httpx2.AsyncClient() as client:
        answer = await client.request(method, hub.url, headers={"authorization": "Bearer good"})
    assert (answer.status_code, code(answer), answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("application/graphql-response+json", "application/graphql-response+json"),
        ("application/graphql-response+json,application/json;q=0.9", "application/graphql-response+json"),
        ("application/json;q=0.5, application/graphql-response+json;q=0.4", "application/json"),
        # What urql sends with every query: a stream is taken, and is not wanted most.
        (
            "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
            "application/graphql-response+json",
        ),
        ("application/json, text/event-stream;q=nan", "application/json"),
        ("", "application/json"),
    ],
)
async def test_accept_chooses_the_form(hub: Served, accept: str, media: str) -> None:
    answer = await hub.post(ASK, accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{media}; charset=utf-8")


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "multipart/mixed"])
async def test_nothing_acceptable_is_406(hub: Served, accept: str) -> None:
    answer = await hub.post(ASK, accept=accept)
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


async def test_the_graphs_own_refusals_keep_their_status(hub: Served) -> None:
    answer = await hub.post({"query": "{ invalid }"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "ARGUMENT_INVALID")
    answer = await hub.post({"query": "{ outside }"})
    assert (answer.status_code, "www-authenticate" in answer.headers) == (403, False)
    answer = await hub.post({"query": "{ scope }"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (403, 'Bearer error="insufficient_scope"')


async def test_a_fault_is_masked_and_traced(hub: Served) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await hub.post({"query": "{ boom }"}, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert (answer.status_code, code(answer)) == (500, "INTERNAL")
    assert answer.json()["errors"][0]["extensions"]["traceId"] == trace
    assert CANARY not in answer.text
    fault = next(line for line in hub.lines() if line["event"] == "fault")
    assert (fault["trace"], fault["fault"]) == (trace, "RuntimeError")
    assert CANARY not in hub.logged()


async def test_a_database_that_is_away_is_503(hub: Served) -> None:
    answer = await hub.post({"query": "{ down }"})
    assert (answer.status_code, code(answer), answer.headers["retry-after"]) == (503, "HUB_UNAVAILABLE", "1")


async def test_unknown_addresses_are_coded(hub: Served) -> None:
    answer = await hub.get("/nowhere")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")


async def test_the_log_holds_no_token_document_or_variable(hub: Served) -> None:
    document = "query Find123456789 { ok } # " + CANARY
    await hub.post({"query": document, "variables": {"uln": CANARY}, "operationName": "Find9900000001"})
    await hub.post({"query": document}, token=CANARY)
    await hub.get(f"/nowhere/{CANARY}?token={CANARY}")
    text = hub.logged()
    assert CANARY not in text and "good" not in text and "9900000001" not in text
    first = next(line for line in hub.lines() if line["event"] == "request")
    assert first["operation"] == "Find#"
    assert first["kind"] == "employer" and first["client"] == "cli_test" and first["status"] == 200
    assert len(first["trace"]) == 32 and first["ms"] >= 0


async def test_health(lone_hub: Served) -> None:
    assert (await lone_hub.get("/livez")).content == b'{"status":"live"}'
    assert (await lone_hub.get("/readyz")).content == b'{"status":"ready"}'
    lone_hub.problems.append(HubError("SCHEMA_VERSION").problem)
    await asyncio.sleep(1.05)
    answer = await lone_hub.get("/readyz")
    assert answer.status_code == 503
    assert [reason["code"] for reason in answer.json()["reasons"]] == ["SCHEMA_VERSION"]
    assert (await lone_hub.get("/livez")).status_code == 200


async def test_measures_are_bounded_and_impersonal(lone_hub: Served) -> None:
    for number in range(210):
        lone_hub.app.desk.metrics.name(f"Op{number}")
    await lone_hub.post({"query": "{ ok } # registered", "operationName": "Op1"})
    await lone_hub.post({"query": "{ ok } # registered", "operationName": "NeverSeen"})
    await lone_hub.post(ASK, token="expired")
    text = await lone_hub.measures()
    assert 'hub_requests_total{kind="employer",operation="Op1",status="200"} 1.0' in text
    assert 'operation="other"' in text and "NeverSeen" not in text
    assert 'hub_token_refusals_total{code="TOKEN_EXPIRED"} 1.0' in text
    assert 'hub_request_seconds_bucket{le="0.001",operation="Op1"}' in text
    assert "cli_test" not in text


async def test_the_trace_is_taken_only_when_well_formed(hub: Served) -> None:
    for header in ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", "junk", "00-xyz"):
        answer = await hub.post({"query": "{ boom }"}, traceparent=header)
        assert answer.json()["errors"][0]["extensions"]["traceId"].strip("0")


async def test_keep_alive_survives_a_refused_body(hub: Served) -> None:
    reader, writer = await hub.raw({"query": "x" * 30_000})
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert json.loads(await reader.readexactly(length))["errors"]
    content = b'{"query":"{ ok }"}'
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(content) + content
    )
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
    writer.close()
