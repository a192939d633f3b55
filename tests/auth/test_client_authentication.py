"""No answer tells whether a client exists (A14), and secrets are not kept."""

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import event, select

from auth.clients import NewClient, disable_client
from hub.store.auth import client as clients
from hub.store.auth import secret


def outcome(answer):
    """Everything of an answer that a caller sees."""
    return answer.status_code, answer.content, sorted(answer.headers.items())


async def refused_clients(desk, ec_key):
    """A client for each way of not being one."""
    good, gone, old = await desk.new_client(), await desk.new_client(), None
    old = await desk.new_client(expires=desk.clock.moment() + timedelta(seconds=1))
    signer = await desk.new_signer(ec_key)
    async with desk.engine.begin() as connection:
        await disable_client(connection, gone.client_id, desk.clock.moment())
    desk.clock.now += 2
    return {
        "unknown": NewClient(f"cli_{uuid4()}", good.client_secret),
        "wrong secret": NewClient(good.client_id, "x" * 43),
        "another's secret": NewClient(good.client_id, gone.client_secret),
        "disabled": gone,
        "expired": old,
        "has a key, no secret": NewClient(signer.client_id, "x" * 43),
        "no id of ours": NewClient("admin", "x" * 43),
        "sql": NewClient("' or true --", "x" * 43),
        "upper case": NewClient(good.client_id.upper(), good.client_secret),
        "empty secret": NewClient(good.client_id, ""),
    }


async def test_a14_every_client_that_is_none_gets_the_same_bytes(desk, ec_key):
    refused = await refused_clients(desk, ec_key)
    seen = {name: outcome(await desk.ask(client)) for name, client in refused.items()}
    assert len(set(map(str, seen.values()))) == 1, seen
    status, body, headers = seen["unknown"]
    assert status == 401
    assert body == b'{"error":"invalid_client","error_description":"Client authentication failed."}'
    assert ("www-authenticate", 'Basic realm="epa-hub", charset="UTF-8"') in headers


async def test_a14_a_forged_assertion_gets_the_same_bytes_as_a_wrong_secret(desk, ec_key):
    refused = await refused_clients(desk, ec_key)
    wrong = outcome(await desk.ask(refused["wrong secret"]))
    signer = await desk.new_signer(ec_key)
    other = ECKey.generate_key("P-256")
    for client_id, key in [(refused["unknown"].client_id, ec_key), (signer.client_id, other)]:
        answer = await desk.present(desk.signed(key, desk.claims(client_id)))
        assert outcome(answer) == wrong
    async with desk.engine.begin() as connection:
        await disable_client(connection, signer.client_id, desk.clock.moment())
    assert outcome(await desk.present(desk.signed(ec_key, desk.claims(signer.client_id)))) == wrong


async def test_a14_known_and_unknown_clients_cost_the_same_statements(desk, ec_key):
    refused = await refused_clients(desk, ec_key)
    counts = {}
    for name, client in refused.items():
        if client.client_secret:
            ran = []

            def note(conn, cursor, statement, *rest, ran=ran):
                ran.append(statement)

            event.listen(desk.engine.sync_engine, "before_cursor_execute", note)
            await desk.ask(client)
            event.remove(desk.engine.sync_engine, "before_cursor_execute", note)
            counts[name] = len([statement for statement in ran if "WHERE auth.client.id =" in statement])
    assert set(counts.values()) == {1}, counts


@pytest.mark.parametrize(
    "header",
    [
        "Basic", "Basic ", "Basic !!!!", "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(), "Basic " + base64.b64encode(b"a\0:b").decode(),
        "Basic " + base64.b64encode(b"%00:%00").decode(), "Basic " + base64.b64encode(b"%ff:%ff").decode(),
        "Bearer abc", "Digest username=x", "\xff\xff", "Basic\tabc",
    ],
)  # fmt: skip
async def test_a17_an_unreadable_authorization_header_is_an_unknown_client(desk, header):
    answer = await desk.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"authorization": header.encode("latin-1")}
    )
    assert outcome(answer) == outcome(await desk.ask(NewClient(f"cli_{uuid4()}", "x")))


async def test_no_credentials_at_all_is_an_unknown_client(desk):
    answer = await desk.http.post("/oauth/token", data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_secret_in_the_body_is_not_taken(desk):
    client = await desk.new_client()
    data = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": client.client_secret}
    answer = await desk.http.post("/oauth/token", data=data)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_another_client_id_in_the_body_is_refused(desk, ec_key):
    client, signer = await desk.new_client(), await desk.new_signer(ec_key)
    for own, answers in [
        (client.client_id, lambda name: desk.ask(client, client_id=name)),
        (
            signer.client_id,
            lambda name: desk.present(desk.signed(ec_key, desk.claims(signer.client_id)), client_id=name),
        ),
    ]:
        assert (await answers(own)).status_code == 200
        assert (await answers(f"cli_{uuid4()}")).status_code == 401


async def test_two_methods_at_once_are_refused(desk, ec_key):
    client, signer = await desk.new_client(), await desk.new_signer(ec_key)
    assertion = desk.signed(ec_key, desk.claims(signer.client_id))
    for extra in [
        {"client_assertion": assertion},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        {"client_secret": client.client_secret},
    ]:
        answer = await desk.ask(client, **extra)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_only_a_hash_of_the_secret_is_kept(desk):
    client = await desk.new_client()
    assert len(base64.urlsafe_b64decode(client.client_secret + "=")) == 32
    assert client.client_secret not in repr(client)
    async with desk.engine.connect() as connection:
        rows = [
            (await connection.execute(select(table).where(column == client.client_id))).one()
            for table, column in ((clients, clients.c.id), (secret, secret.c.client_id))
        ]
    assert len(rows[1].sha256) == 32 and client.client_secret not in repr(rows)


async def test_a_client_shut_out_gets_no_token_from_that_moment(desk):
    client = await desk.new_client()
    await desk.token(client)
    async with desk.engine.begin() as connection:
        await disable_client(connection, client.client_id, desk.clock.moment())
    assert (await desk.ask(client)).status_code == 401
