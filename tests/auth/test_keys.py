"""Signing keys: sealed at rest, made once, turned without a failed call (A16)."""

import asyncio

import pytest
from joserfc.jws import extract_compact
from sqlalchemy import event, select

from auth.authority import Authority
from auth.keys import rotate_key
from auth.seal import opened, sealed
from hub.errors import HubError
from hub.store.auth import signing_key


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
    await desk.authority.viewer_from(f"Bearer {last_of_old}")
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
            await one.authority.viewer_from(f"Bearer {token}")
            await two.authority.viewer_from(f"Bearer {token}")
    assert len(kids) == 6
    await two.http.aclose()


async def test_a16_a_stolen_key_is_believed_no_longer_than_five_seconds(lone_desk):
    desk, client = lone_desk, await lone_desk.new_client()
    token = await desk.token(client)
    await desk.authority.viewer_from(f"Bearer {token}")
    new = await turn(desk, at_once=True)
    desk.clock.now += 5
    with pytest.raises(HubError, match="TOKEN_INVALID"):
        await desk.authority.viewer_from(f"Bearer {token}")
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
                await desk.authority.viewer_from(f"Bearer {token}")
    event.remove(desk.engine.sync_engine, "before_cursor_execute", note)
    assert len([statement for statement in ran if "auth.signing_key" in statement]) == 3
