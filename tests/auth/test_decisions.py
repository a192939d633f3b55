"""Every decision is one log line, and no line holds a secret or a token (A13, B8)."""

import asyncio
import logging
from contextlib import suppress

from joserfc.jwk import ECKey

from hub.errors import HubError
from tests.auth.holding import Holder


def lines(caplog):
    """The decisions logged so far."""
    return [record for record in caplog.records if record.name == "hub.auth"]


def told(caplog):
    """Each decision and what it says."""
    return [(record.message, record.fields) for record in lines(caplog)]


async def test_b8_every_decision_is_one_line(desk, caplog):
    caplog.set_level(logging.DEBUG)
    client = await desk.new_client()
    token = await desk.token(client)
    await desk.ask(client, scope="nothing")
    await desk.http.post("/oauth/token", content=b"x", headers={"content-type": "text/plain"})
    await desk.viewer(f"Bearer {token}")
    with suppress(HubError):
        await desk.viewer(None)
    seen = [(record.message, record.fields["granted"]) for record in lines(caplog)]
    assert seen == [
        ("token.issued", True),
        ("token.refused", False),
        ("token.refused", False),
        ("bearer.accepted", True),
        ("bearer.refused", False),
    ]
    assert [record.fields.get("client") for record in lines(caplog)][:2] == [client.client_id] * 2
    assert lines(caplog)[1].fields["reason"] == "scope"


async def test_b8_a_token_used_again_is_not_a_decision_of_its_own(desk, caplog):
    """Its first use is one line, also of two at once; each later one has the line of its request, in every process."""
    caplog.set_level(logging.INFO, "hub.auth")
    client = await desk.new_client()
    token, other = await desk.token(client), await desk.another()
    caplog.clear()
    for check in (desk, desk, other, other):
        await asyncio.gather(check.viewer(f"Bearer {token}"), check.viewer(f"Bearer {token}"))
    assert told(caplog) == [("bearer.accepted", {"granted": True, "client": client.client_id})] * 2
    await other.http.aclose()


async def test_b8_a_refusal_is_one_line_that_says_whose_and_why(desk, ec_key, caplog):
    """A bound token with a bad proof, without one, as a Bearer; the same token is accepted once, when it first is."""
    caplog.set_level(logging.INFO, "hub.auth")
    holder = Holder(desk, (await desk.new_signer(ec_key, bound=True)).client_id, ec_key)
    token = await holder.token()
    good, others = holder.shown(token), Holder(desk, holder.client_id, ECKey.generate_key("P-256")).shown(token)
    caplog.clear()
    ways = [("DPoP", others), ("DPoP", "junk"), ("DPoP", None), ("Bearer", good), ("DPoP", good), ("DPoP", good)]
    for scheme, proof in ways:
        with suppress(HubError):
            await desk.authority.admit(f"{scheme} {token}", proof)
    refused = {"granted": False, "client": holder.client_id}
    assert told(caplog) == [
        ("bearer.refused", {**refused, "code": "PROOF_INVALID", "reason": "proof of another key"}),
        ("bearer.refused", {**refused, "code": "PROOF_INVALID", "reason": "decode_error"}),
        ("bearer.refused", {**refused, "code": "PROOF_MISSING"}),
        ("bearer.refused", {**refused, "code": "PROOF_MISSING"}),
        ("bearer.accepted", {"granted": True, "client": holder.client_id}),
        ("bearer.refused", {**refused, "code": "PROOF_INVALID", "reason": "proof replayed"}),
    ]
    caplog.clear()
    with suppress(HubError):
        await desk.viewer(f"Bearer {token}x")
    assert [(event, facts["code"]) for event, facts in told(caplog)] == [("bearer.refused", "TOKEN_INVALID")]


async def test_a13_no_secret_and_no_token_is_ever_logged_even_at_debug(desk, ec_key, caplog):
    caplog.set_level(logging.DEBUG)
    for name in list(logging.Logger.manager.loggerDict):
        if name.startswith(("authlib", "joserfc")):
            caplog.set_level(logging.DEBUG, logger=name)
    client, signer = await desk.new_client(), await desk.new_signer(ec_key)
    assertion = desk.signed(ec_key, desk.claims(signer.client_id))
    token = await desk.token(client)
    other = (await desk.present(assertion)).json()["access_token"]
    await desk.present(assertion)
    wrong = type(client)(client.client_id, "a-secret-that-is-not-the-clients-own-canary")
    swapped = type(client)(client.client_secret, client.client_id)
    await desk.ask(wrong)
    await desk.ask(swapped)
    for header in (f"Bearer {token}", f"Bearer {token}x", f"Basic {client.client_secret}", token):
        with suppress(HubError):
            await desk.viewer(header)
    text = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    for canary in (token, other, assertion, client.client_secret, wrong.client_secret):
        assert canary not in text
        assert canary.rpartition(".")[2] not in text


def test_the_library_does_not_log_below_info():
    assert logging.getLogger("authlib.oauth2.rfc6749.grants.client_credentials").getEffectiveLevel() >= logging.INFO
