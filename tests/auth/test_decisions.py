"""Every decision is one log line, and no line holds a secret or a token (A13, B8)."""

import logging
from contextlib import suppress

from hub.errors import HubError


def lines(caplog):
    """The decisions logged so far."""
    return [record for record in caplog.records if record.name == "hub.auth"]


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
