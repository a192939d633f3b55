"""Clients that publish their keys at a URL, and clients whose keys follow one another (A3, A19)."""

import asyncio

import httpx2
import orjson
import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlalchemy import event
from starlette.applications import Starlette

from auth.attempts import AT_ONCE, Attempts
from auth.authority import Authority
from auth.clients import find_client, turn_keys
from auth.forms import ASSERTION_TYPE
from auth.routes import routes
from hub.errors import HubError
from hub.outward import Outward, Reply
from tests.auth.conftest import AUDIENCE, ISSUER, SECRET
from tests.auth.test_attempts import From

URL = "https://keys.party.example/jwks"


class Site(Outward):
    """A party's site, as far as the hub can see it."""

    def __init__(self, *keys):
        super().__init__()
        object.__setattr__(self, "keys", keys)
        object.__setattr__(self, "asked", [])

    async def call(self, url, method="GET", content=None, headers=None):
        """The keys it publishes now; None for a site that is away."""
        self.asked.append(url)
        await asyncio.sleep(0)
        if self.keys is None:
            raise HubError("ADDRESS_SILENT")
        if isinstance(self.keys, Reply):
            return self.keys
        return Reply(200, orjson.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}))

    def publish(self, keys):
        """Other keys from now on."""
        object.__setattr__(self, "keys", keys)


def ec(kid):
    return ECKey.generate_key("P-256", parameters={"kid": kid})


@pytest.fixture
async def site(desk):
    """A site, which the desk's authority asks."""
    made = Site(ec("one"))
    desk.authority = await Authority.open(desk.engine, ISSUER, AUDIENCE, SECRET, desk.clock, outward=made)
    await desk.http.aclose()
    app = Starlette(routes=list(routes(desk.authority)))
    desk.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ISSUER)
    return made


async def publishes(desk):
    """A client with its keys at the URL."""
    return (await desk.new_client(method="private_key_jwt", jwks_url=URL, bound=False)).client_id


async def status(desk, client_id, key):
    """How a token request signed with a key ends."""
    return (await desk.present(desk.signed(key, desk.claims(client_id), kid=key.kid))).status_code


async def test_a3_a_client_may_publish_its_keys(desk, site):
    client = await publishes(desk)
    (one,) = site.keys
    assert await status(desk, client, one) == 200
    assert await status(desk, client, one) == 200
    assert site.asked == [URL]
    # Another's key under the same name is not its key.
    assert await status(desk, client, ec("one")) == 401


async def test_a3_a_new_key_is_fetched_and_nonsense_does_not_make_the_hub_fetch_without_end(desk, site):
    client = await publishes(desk)
    (one,) = site.keys
    assert await status(desk, client, one) == 200
    two = ec("two")
    site.publish([one, two])
    desk.clock.now += 31
    assert [await status(desk, client, key) for key in (two, one)] == [200, 200]
    assert len(site.asked) == 2
    for number in range(20):
        assert await status(desk, client, ec(f"none {number}")) == 401
    assert len(site.asked) == 2
    desk.clock.now += 31
    answers = await asyncio.gather(*(status(desk, client, ec(f"none {number}")) for number in range(10)))
    assert set(answers) == {401} and len(site.asked) == 3


async def test_a3_a_key_that_is_published_no_longer_is_believed_no_longer(desk, site):
    client = await publishes(desk)
    (one,) = site.keys
    assert await status(desk, client, one) == 200
    site.publish([ec("two")])
    desk.clock.now += 600
    assert await status(desk, client, one) == 401


async def test_while_the_site_is_away_the_last_keys_hold_for_an_hour(desk, site):
    client = await publishes(desk)
    (one,) = site.keys
    assert await status(desk, client, one) == 200
    site.publish(None)
    desk.clock.now += 3000
    assert await status(desk, client, one) == 200
    desk.clock.now += 700
    assert await status(desk, client, one) == 401


@pytest.mark.parametrize(
    "reply",
    [Reply(200, b"<html>"), Reply(200, b"[]"), Reply(200, b'{"keys":7}'), Reply(302, b'{"keys":[]}'), Reply(404, b""), None],
)
async def test_a17_a_site_that_answers_nonsense_is_a_refusal(desk, site, reply):
    client = await publishes(desk)
    (one,) = site.keys
    site.publish(reply)
    assert await status(desk, client, one) == 401


async def test_a4_weak_and_private_keys_of_a_site_are_left_out_and_the_good_ones_taken(desk, site):
    client = await publishes(desk)
    good, other_curve = ec("good"), ECKey.generate_key("P-384", parameters={"kid": "p384"})
    encrypts = RSAKey.generate_key(2048, parameters={"kid": "enc", "use": "enc"})
    ed, private = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"}), ec("private")
    listed = [key.as_dict(private=False) for key in (other_curve, encrypts, good, ed)] + [private.as_dict(private=True), 7]
    site.publish(Reply(200, orjson.dumps({"keys": listed})))
    assert await status(desk, client, good) == 200
    assert [await status(desk, client, key) for key in (private,)] == [401]


@pytest.mark.parametrize("url", ["http://a.example/", "https://", "https://a@b.example/", "https://a.example/#x", "x"])
async def test_a19_only_https_is_taken_for_a_key_set(desk, url):
    with pytest.raises(HubError, match="INPUT_INVALID"):
        await desk.new_client(method="private_key_jwt", jwks_url=url)


async def turned(desk, client_id, **how):
    """Turn a client's keys as its operator does."""
    async with desk.engine.begin() as connection:
        return await turn_keys(connection, client_id, **how)


async def test_a16_a_clients_keys_follow_one_another_without_a_failed_call(desk):
    old, new = ec("old"), ec("new")
    client = (await desk.new_signer(old)).client_id
    assert [await status(desk, client, key) for key in (old, new)] == [200, 401]
    row = await turned(desk, client, added={"keys": [new.as_dict(private=False)]})
    assert row.kids == ("old", "new")
    assert [await status(desk, client, key) for key in (old, new)] == [200, 200]
    await turned(desk, client, retired=["old"])
    assert [await status(desk, client, key) for key in (old, new)] == [401, 200]


async def test_what_a_turn_of_keys_must_not_do(desk):
    old = ec("old")
    client = (await desk.new_signer(old)).client_id
    wrong = [
        {"retired": ["old"]},
        {"retired": ["nobody's"]},
        {"added": {"keys": [ec("old").as_dict(private=False)]}},
        {"added": {"keys": [ec("new").as_dict(private=True)]}},
        {"added": {"keys": []}},
        {"jwks_url": "http://keys.party.example/jwks"},
    ]
    for how in wrong:
        with pytest.raises(HubError, match="INPUT_INVALID"):
            await turned(desk, client, **how)
    async with desk.engine.connect() as connection:
        assert (await find_client(connection, client)).kids == ("old",)
    with pytest.raises(HubError, match="STATE_CONFLICT"):
        await turned(desk, (await desk.new_client()).client_id, added={"keys": [ec("x").as_dict(private=False)]})
    with pytest.raises(HubError, match="NOT_FOUND"):
        await turned(desk, "cli_00000000-0000-0000-0000-000000000000", retired=["x"])


UNKNOWN = "cli_00000000-0000-4000-8000-000000000000"


class Counted:
    """The statements an engine sends while it is watched."""

    def __init__(self, engine):
        self.engine, self.statements = engine.sync_engine, []

    def note(self, connection, cursor, statement, *more):
        """One statement more."""
        self.statements.append(statement)

    def __enter__(self):
        event.listen(self.engine, "before_cursor_execute", self.note)
        return self.statements

    def __exit__(self, *_):
        event.remove(self.engine, "before_cursor_execute", self.note)


async def asked_from(desk, address, client_id, key):
    """A token request signed with a key, from an address."""
    app = From(desk.http._transport.app, address)
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE}
    form["client_assertion"] = desk.signed(key, desk.claims(client_id), kid=key.kid)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ISSUER) as http:
        return await http.post("/oauth/token", data=form)


async def test_a14_a_known_id_whose_keys_are_at_a_url_is_refused_as_an_unknown_one_is(desk, site):
    """The same bytes and the same statements, but for the one fetch in half a minute (decision 23)."""
    client = await publishes(desk)
    assert await status(desk, client, site.keys[0]) == 200
    desk.clock.now += 31
    assert await status(desk, client, ec("the one fetch")) == 401
    answers = []
    for named in (client, UNKNOWN):
        with Counted(desk.engine) as statements:
            answer = await asked_from(desk, "198.51.100.1", named, ec("nonsense"))
        answers.append((answer.status_code, answer.content, statements))
    assert answers[0] == answers[1] and answers[0][0] == 401 and answers[0][2]
    assert len(site.asked) == 2


async def test_a14_a18_nobody_keeps_a_client_out_by_hammering_with_its_id(desk, site):
    """From ten addresses, with made-up keys, before its first request and after; only the address that hammers is slowed."""
    desk.authority.attempts = Attempts(2, lambda: 0.0)
    client, (one,) = await publishes(desk), site.keys
    for round_ in range(2):
        hammering = [asked_from(desk, f"203.0.{round_}.{n % 10}", client, ec(f"none {n}")) for n in range(60)]
        answers = await asyncio.gather(*hammering)
        assert {each.status_code for each in answers} <= {401, 429}
        assert (await asked_from(desk, f"203.0.{round_}.1", client, one)).status_code == 429
        for _ in range(5):
            assert (await asked_from(desk, "198.51.100.7", client, one)).status_code == 200
        assert len(site.asked) == 1 + round_
        desk.clock.now += 31


async def test_a14_nobody_hears_that_a_client_is_busy(desk, site):
    """Only who shows the client's key is told that it asks too often; the same refusal answers all others."""
    desk.authority.attempts = Attempts(1, lambda: 0.0)
    client, (one,) = await publishes(desk), site.keys
    for number in range(AT_ONCE):
        assert (await asked_from(desk, f"198.51.100.{number}", client, one)).status_code == 200
    busy = await asked_from(desk, "198.51.100.200", client, one)
    assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (429, "THROTTLED", "1")
    known = await asked_from(desk, "203.0.113.8", client, ec("x"))
    unknown = await asked_from(desk, "203.0.113.9", UNKNOWN, ec("x"))
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (401, known.content)


async def test_a16_requests_that_come_while_the_first_set_is_fetched_wait_for_it(desk, site):
    client, (one,) = await publishes(desk), site.keys
    assert set(await asyncio.gather(*(status(desk, client, one) for _ in range(8)))) == {200}
    desk.clock.now += 31
    two = ec("two")
    site.publish([one, two])
    assert set(await asyncio.gather(*(status(desk, client, key) for key in (two, one, two, two)))) == {200}
    assert len(site.asked) == 2
