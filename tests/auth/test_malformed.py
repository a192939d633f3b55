"""Malformed token requests get a coded 4xx, never a 500 (A17), and never an echo of what was sent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FORM = "application/x-www-form-urlencoded"
G = b"grant_type=client_credentials"

BODIES = {
    "nothing": (b"", FORM, 400),
    "no grant": (b"scope=x", FORM, 400),
    "an empty grant": (b"grant_type=", FORM, 400),
    "NUL": (G + b"&scope=a%00b", FORM, 400),
    "a raw NUL": (G + b"&scope=a\0b", FORM, 400),
    "bad UTF-8": (G + b"&scope=%ff%fe", FORM, 400),
    "raw bad UTF-8": (G + b"&scope=\xff\xfe", FORM, 400),
    "an encoded surrogate": (G + b"&scope=%ed%a0%80", FORM, 400),
    "a repeated parameter": (G + b"&" + G, FORM, 400),
    "a repeated unknown parameter": (G + b"&a=1&a=2", FORM, 400),
    "a repeated empty parameter": (G + b"&scope=&scope=", FORM, 400),
    "forty parameters": (b"&".join(b"p%d=1" % i for i in range(40)), FORM, 400),
    "JSON": (b'{"grant_type":"client_credentials"}', "application/json", 400),
    "multipart": (b"--x--", "multipart/form-data; boundary=x", 400),
    "no content type": (G, "", 400),
    "1 MB": (G + b"&scope=" + b"a" * 1_000_000, FORM, 413),
    "one byte too many": (G + b"&scope=" + b"a" * (65_536 - len(G) - 6), FORM, 413),
    "the largest body": (G + b"&scope=" + b"a" * (65_536 - len(G) - 7), FORM, 401),
    "quotes and newlines": (b"grant_type=%22%0d%0aX-Evil: 1", FORM, 400),
    "a grant with a quote": (b"grant_type=%22%5c", FORM, 400),
}


@pytest.mark.parametrize(("body", "content_type", "status"), BODIES.values(), ids=BODIES)
async def test_a17_malformed_bodies(desk, body, content_type, status):
    answer = await desk.http.post("/oauth/token", content=body, headers={"content-type": content_type})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] in ("invalid_request", "invalid_client", "unsupported_grant_type")
    assert answer.headers["cache-control"] == "no-store"


async def test_a17_a_body_sent_in_pieces_is_cut_off_at_the_bound(desk):
    sent = 0

    async def pieces():
        nonlocal sent
        for _ in range(1000):
            sent += 1024
            yield b"a" * 1024

    answer = await desk.http.post("/oauth/token", content=pieces(), headers={"content-type": FORM})
    assert answer.status_code == 413


async def test_a13_parameters_in_the_url_are_refused(desk):
    client = await desk.new_client()
    for query in ("grant_type=client_credentials", f"client_secret={client.client_secret}", "x"):
        answer = await desk.http.post(f"/oauth/token?{query}", data={"grant_type": "client_credentials"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_two_authorization_headers_are_refused(desk):
    headers = [("content-type", FORM), ("authorization", "Basic YTpi"), ("authorization", "Basic YTpi")]
    answer = await desk.http.post("/oauth/token", content=G, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_served(desk, method):
    assert (await desk.http.request(method, "/oauth/token")).status_code == 405


NAMES = st.sampled_from(
    ["grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type", "x", ""]
)
VALUES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"client_credentials", b"%00", b"%", b"%zz", b"+", b"a.b.c", b"e30.e30.e30", b"gateway:read"]),
)
PAIRED = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(
    lambda pairs: b"&".join(name.encode() + b"=" + value for name, value in pairs)
)
HEADERS = st.one_of(st.none(), st.binary(max_size=30).map(lambda tail: b"Basic " + tail), st.binary(max_size=30))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(PAIRED, st.binary(max_size=200)), authorization=HEADERS)
async def test_a17_generated_requests_never_fail_and_never_succeed(desk, body, authorization):
    headers = {"content-type": FORM}
    if authorization is not None:
        headers["authorization"] = bytes(byte for byte in authorization if byte >= 32 and byte != 127)
    answer = await desk.http.post("/oauth/token", content=body, headers=headers)
    assert answer.status_code in (400, 401, 413)
    assert answer.json()["error"] in ("invalid_request", "invalid_client", "unsupported_grant_type")


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.one_of(st.text(max_size=60), st.text(max_size=60).map("Bearer {}".format)))
async def test_a17_generated_headers_are_never_believed(desk, header):
    try:
        await desk.viewer(header)
    except Exception as refused:
        assert refused.problem.code in ("TOKEN_MISSING", "TOKEN_INVALID")
    else:
        raise AssertionError(header)
