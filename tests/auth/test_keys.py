"""Signing keys: sealed at rest, made once, turned without a failed call (A16)."""

import asyncio
import random

import pytest
from joserfc.jws import extract_compact
from sqlalchemy import event, select

from auth.authority import Authority
from auth.keys import rotate_key
from auth.seal import opened, sealed
from hub.errors import HubError
from hub.store.auth import signing_key
from tests.auth.holding import Holder


async def turn(desk, **how):
    """Rotate as the operator does."""
    async with desk.engine.begin() as connection:
        return await rotate_key(connection, desk.secret, desk.clock.moment(), **how)


async def published(desk):
    """The ids of the published keys."""
    return {key["kid"] for key in (await desk.http.get("/oauth/jwks")).json()["keys"]}


def kid_of(token):
    """The key a token names."""
    return extract_compact(token.encode()).headers()["kid"]


async def test_a16_a_key_is_published_before_it_signs_and_believed_after(lone_desk):
    desk, client = lone_desk, await lone_desk.new_client()
    (old,) = await published(desk)
    new = await turn(desk)
    desk.clock.now += 5
    assert await published(desk) == {old, new}
    assert kid_of(await desk.token(client)) == old
    desk.clock.now += 304
    last_of_old = await desk.token(client)
    assert kid_of(last_of_old) == old
    desk.clock.now += 1
    assert kid_of(await desk.token(client)) == new
    desk.clock.now += 298
    await desk.viewer(f"Bearer {last_of_old}")
    desk.clock.now += 20
    assert await published(desk) == {new}


async def test_a16_no_call_fails_while_keys_turn_five_times_under_two_processes(lone_desk):
    one, client = lone_desk, await lone_desk.new_client()
    two = await one.another()
    held, kids = [], set()
    for step in range(150):
        if step % 30 == 0:
            await turn(one)
        one.clock.now += 13
        held = [(token, until) for token, until in held if until > one.clock.now]
        for desk in (one, two):
            held.append((await desk.token(client), one.clock.now + 300))
            kids.add(kid_of(held[-1][0]))
        for token, _ in held:
            await one.viewer(f"Bearer {token}")
            await two.viewer(f"Bearer {token}")
    assert len(kids) == 6
    await two.http.aclose()


async def test_a16_a_stolen_key_is_believed_no_longer_than_five_seconds(lone_desk):
    desk, client = lone_desk, await lone_desk.new_client()
    token = await desk.token(client)
    await desk.viewer(f"Bearer {token}")
    new = await turn(desk, at_once=True)
    desk.clock.now += 5
    with pytest.raises(HubError, match="TOKEN_INVALID"):
        await desk.viewer(f"Bearer {token}")
    assert await published(desk) == {new}
    assert kid_of(await desk.token(client)) == new


async def test_processes_that_start_together_make_one_key(world, lone_desk):
    async with lone_desk.engine.begin() as connection:
        await connection.execute(signing_key.update().values(retired_at=lone_desk.clock.moment()))
    await asyncio.gather(*(lone_desk.another() for _ in range(4)))
    async with lone_desk.engine.connect() as connection:
        rows = (await connection.execute(select(signing_key).where(signing_key.c.retired_at.is_(None)))).all()
    assert len(rows) == 1


async def test_the_private_key_is_sealed_at_rest(lone_desk):
    private = lone_desk.authority.ring.signer(lone_desk.clock.now).key.as_dict(private=True)["d"]
    async with lone_desk.engine.connect() as connection:
        (row,) = (await connection.execute(select(signing_key))).all()
    assert private.encode() not in row.sealed
    assert "d" not in row.public
    with pytest.raises(HubError, match="SIGNING_KEY_SEALED"):
        await Authority.open(lone_desk.engine, lone_desk.issuer, lone_desk.audience, b"another secret", lone_desk.clock)


def test_a_sealed_key_opens_only_under_its_own_id_and_whole():
    box = sealed(b"secret", "one", b"plain")
    assert opened(b"secret", "one", box) == b"plain"
    assert box != sealed(b"secret", "one", b"plain")
    for secret, kid, broken in [
        (b"secret", "two", box),
        (b"other", "one", box),
        (b"secret", "one", box[:-1]),
        (b"secret", "one", b""),
    ]:
        with pytest.raises(HubError, match="SIGNING_KEY_SEALED"):
            opened(secret, kid, broken)


async def test_tokens_with_unknown_keys_read_the_ring_once_in_five_seconds(desk):
    token = desk.signed(desk.authority.ring.signer(desk.clock.now).key, {}, kid="key_unknown", typ="at+jwt")
    ran = []

    def note(conn, cursor, statement, *rest):
        ran.append(statement)

    event.listen(desk.engine.sync_engine, "before_cursor_execute", note)
    for _ in range(3):
        desk.clock.now += 5
        for _ in range(20):
            with pytest.raises(HubError, match="TOKEN_INVALID"):
                await desk.viewer(f"Bearer {token}")
    event.remove(desk.engine.sync_engine, "before_cursor_execute", note)
    assert len([statement for statement in ran if "auth.signing_key" in statement]) == 3


async def test_a16_five_rotations_under_load_and_no_failed_call(lone_desk, ec_key):
    """Two processes issue, two believe, bound and unbound, while the keys turn five times; and a removed key is refused."""
    one = lone_desk
    two = await one.another()
    client = await one.new_client()
    bound = (await one.new_signer(ec_key, bound=True)).client_id
    calls, kids = 0, set()
    oldest = await one.token(client)

    async def call(desk, other):
        token = await desk.token(client)
        await other.authority.admit(f"Bearer {token}")
        held = await Holder(desk, bound, ec_key).token()
        await other.authority.admit(f"DPoP {held}", Holder(other, bound, ec_key).shown(held))
        return token

    for turned in range(5):
        await turn(one)
        kept: list[tuple[str, float]] = []
        for _ in range(32):
            one.clock.now += 10 + random.random() * 10
            made = await asyncio.gather(*(call(desk, other) for desk, other in ((one, two), (two, one), (one, one))))
            kept = [(token, until) for token, until in kept if until > one.clock.now]
            for token, _ in kept[::4]:
                await two.authority.admit(f"Bearer {token}")
            kept += [(token, one.clock.now + 299) for token in made]
            calls += len(made)
            kids.add(one.authority.ring.signer(one.clock.now).kid)
        assert len(kids) >= turned + 1
    assert (calls, len(kids)) == (5 * 32 * 3, 6)
    with pytest.raises(HubError, match="TOKEN_INVALID"):
        await two.authority.admit(f"Bearer {oldest}")
    await two.http.aclose()
