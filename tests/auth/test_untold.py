"""What nobody learns: from a log, a cache (A13) or how long an answer takes (A14)."""

import logging
import random
import statistics
import time
from contextlib import contextmanager
from uuid import uuid4

import pytest

from hub.errors import HubError
from infra.edge.logs import JsonLines
from tests.auth.holding import Holder


@contextmanager
def everything_logged():
    """Every line of every log at every level, as the hub writes it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record) + repr(record.__dict__.get("fields")))

    root, keep = logging.getLogger(), Keep()
    before = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keep)
        root.setLevel(before)


async def test_a13_no_log_holds_a_token_an_assertion_a_proof_or_a_secret(desk, ec_key):
    """Every way through the endpoints and the door, good and bad, at DEBUG; then every canary is looked for."""
    client = await desk.new_client()
    holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
    canaries = [client.client_secret or "none"]
    with everything_logged() as lines:
        bearer = await desk.token(client)
        assertion = desk.signed(ec_key, desk.claims(holder.client_id))
        dpop = holder.proof()
        canaries += [bearer, assertion, dpop]
        for _ in range(2):
            answer = await desk.http.post(
                "/oauth/token", headers={"DPoP": dpop}, data={
                    "grant_type": "client_credentials", "client_assertion": assertion,
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                },
            )  # fmt: skip
        assert answer.status_code == 401
        bound = await holder.token()
        shown = holder.shown(bound)
        canaries += [bound, shown]
        ways = (("DPoP", bound, shown), ("DPoP", bound, shown), ("Bearer", bound, None), ("Bearer", bearer, None))
        for scheme, text, by in ways:
            try:
                await desk.authority.admit(f"{scheme} {text}", by)
            except HubError as refused:
                lines.append(str(refused))
        for path in ("introspect", "revoke"):
            for token in (bearer, bound):
                await desk.http.post(f"/oauth/{path}", data={"token": token}, auth=(client.client_id, client.client_secret))
    text = "\n".join(lines)
    assert "token.issued" in text and "proof replayed" in text and "revocation.answered" in text
    for canary in canaries:
        for part in (canary, *canary.split(".")[1:]):
            assert len(part) < 20 or part not in text


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
async def test_a13_nothing_issued_or_told_is_kept_by_a_cache(desk, path):
    client = await desk.new_client()
    for data in ({}, {"token": "x", "grant_type": "client_credentials"}):
        answer = await desk.http.post(path, data=data, auth=(client.client_id, client.client_secret))
        assert answer.headers["cache-control"] == "no-store"


def rank_sum(one, two):
    """The normal deviate of Mann and Whitney's test: 0 for two samples alike."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    total = sum(rank for rank, (_, of) in enumerate(ranked, 1) if of == 0)
    n, m = len(one), len(two)
    return (total - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12) ** 0.5


@pytest.mark.deep
async def test_a14_an_unknown_client_takes_as_long_as_a_wrong_secret(desk):
    """500 and 500 timings, in turn: the medians within a quarter, and a word when the ranks tell them apart."""
    known = await desk.new_client()
    asks = [type(known)(known.client_id, "wrong"), type(known)(f"cli_{uuid4()}", "wrong")]
    took: list[list[float]] = [[], []]
    for _ in range(500):
        for which in random.sample((0, 1), 2):
            began = time.perf_counter()
            await desk.ask(asks[which])
            took[which].append(time.perf_counter() - began)
    deviate, medians = rank_sum(*took), [statistics.median(each) for each in took]
    if abs(deviate) > 4:
        logging.getLogger("hub.auth").warning("timing.differs", extra={"fields": {"deviate": deviate}})
    assert abs(medians[0] - medians[1]) < 0.25 * max(medians), (medians, deviate)
