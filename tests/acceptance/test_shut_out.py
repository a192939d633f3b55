"""A15, issue 4: whoever is shut out is refused, and hears nothing more on what is open, within five seconds."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from auth.clients import disable_client
from auth.shutting import shut_out
from hub.settings import Settings
from hub.store.pools import Database
from tests.acceptance.served import Standing, standing
from tests.hub.store.telling import drained
from tests.world import BY, Story, World, new_story, new_world

FOLLOW = "subscription P($a: ID) { progress(apprentice: $a) { cursor event { type apprentice { id } } } }"
SECONDS = 5.0


@pytest.fixture
async def hub(world: Database) -> AsyncIterator[Standing]:
    """A hub over a database of the test's own."""
    async with standing(world, Settings(port=0, drain_seconds=2)) as opened:
        yield opened


@pytest.fixture
async def told(world: Database) -> World:
    """A world in that database."""
    return await new_world(world)


class Ear:
    """What one subscription hears, and when and how it ends."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.ended: str | None = None
        self.began = asyncio.Event()
        self.over = asyncio.Event()

    def take(self, payload: dict[str, Any]) -> None:
        """One response."""
        self.began.set()
        if "errors" in payload:
            self.ended = payload["errors"][0]["extensions"]["code"]
        else:
            self.heard.append(payload["data"]["progress"])

    @property
    def types(self) -> list[tuple[str, str | None]]:
        """The events heard, each with its apprentice where it is still in view."""
        events = [each["event"] for each in self.heard if each["event"]]
        return [(each["type"], (each["apprentice"] or {}).get("id")) for each in events]

    async def on_socket(self, hub: Standing, token: str, **variables: Any) -> None:
        """Follow over a socket."""
        async with hub.socket(token) as socket:
            payload = {"query": FOLLOW, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            try:
                while True:
                    message = json.loads(await socket.recv())
                    if message["type"] == "next":
                        self.take(message["payload"])
                    else:
                        self.ended = (
                            message["type"] if message["type"] == "complete" else message["payload"][0]["extensions"]["code"]
                        )
                        break
            except ConnectionClosed as closed:
                assert closed.rcvd is not None
                self.ended = f"{closed.rcvd.code} {closed.rcvd.reason.partition(':')[0]}"
            self.began.set()
            self.over.set()

    async def on_stream(self, hub: Standing, token: str, **variables: Any) -> None:
        """Follow as an event stream."""
        reader, writer = await hub.raw(token, FOLLOW, "text/event-stream", **variables)
        try:
            while (line := await reader.readline()) and b"event: complete" not in line:
                if line.startswith(b"data: {"):
                    self.take(json.loads(line[6:]))
        finally:
            writer.close()
        self.ended = self.ended or ("complete" if line else "cut off")
        self.began.set()
        self.over.set()


class Ears:
    """Several subscriptions at once."""

    def __init__(self, hub: Standing):
        self._hub, self._tasks = hub, set[asyncio.Task[None]]()

    async def open(self, token: str, **variables: Any) -> tuple[Ear, Ear]:
        """The same subscription over a socket and as a stream, both begun."""
        pair = Ear(), Ear()
        for task in (pair[0].on_socket(self._hub, token, **variables), pair[1].on_stream(self._hub, token, **variables)):
            self._tasks.add(asyncio.ensure_future(task))
        for each in pair:
            await asyncio.wait_for(each.began.wait(), 30)
        return pair

    async def close(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def ears(hub: Standing) -> AsyncIterator[Ears]:
    """Ears that are hung up at the end."""
    made = Ears(hub)
    yield made
    await made.close()


async def within(seconds: float, *ears: Ear) -> float:
    """How long it took until all of these were over."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        for each in ears:
            await each.over.wait()
    return time.monotonic() - began


@pytest.mark.parametrize("whom", ["client", "organisation"])
async def test_a15_who_is_disabled_is_refused_and_its_streams_close_within_five_seconds(
    hub: Standing, told: World, ears: Ears, whom: str
) -> None:
    """A client, or all clients of an organisation; another party's stream goes on."""
    mine, theirs = await told.party("employer"), await told.party("employer")
    client, other = await hub.client_of(mine), await hub.client_of(theirs)
    token, unconcerned = await hub.token(client), await hub.token(other)
    open_, goes_on = await ears.open(token), await ears.open(unconcerned)
    async with hub.database.engine("hub_auth").begin() as connection:
        if whom == "client":
            await disable_client(connection, client.client_id, datetime.now(UTC))
        else:
            assert len(await shut_out(connection, mine.viewer.organisation, datetime.now(UTC))) == 1
    assert await within(SECONDS, *open_) < SECONDS
    assert [each.ended for each in open_] == ["4403 TOKEN_INVALID", "TOKEN_INVALID"]
    refused = await hub.post(token, "{ viewer { kind } }")
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "TOKEN_INVALID")
    assert (await hub.grant(client)).status_code == 401
    assert (await hub.post(unconcerned, "{ viewer { kind } }")).status_code == 200
    assert [each.ended for each in goes_on] == [None, None]


async def leave(story: Story) -> None:
    """The employer hands the apprentice over to another."""
    other = await story.world.party("employer")
    on = story.world.today.isoformat()
    await story.world.do(story.employer, "transferApprentice", apprenticeId=story.id, employer=other.identifier, on=on, by=BY)


async def test_a15_an_ended_relationship_ends_the_view_of_open_streams_within_five_seconds(
    hub: Standing, told: World, ears: Ears
) -> None:
    """A stream about that apprentice closes; one about everything goes on, and hears of that apprentice no more."""
    story = await (await (await new_story(told)).register()).confirm()
    stays = await (await Story(told, story.employer, story.provider, story.epao).register()).confirm()
    # A stream that opens before these acts are relayed still hears of them.
    await drained(hub.database)
    token = await hub.token(await hub.client_of(story.employer))
    about, all_, others = await ears.open(token, a=story.id), await ears.open(token), await ears.open(token, a=stays.id)
    await leave(story)
    assert await within(SECONDS, *about) < SECONDS
    for each in about:
        assert (each.types, each.ended) == ([("apprentice.left", None)], "complete")
    await story.file_items("PQIP")
    await stays.file_items("PQIP")
    until = time.monotonic() + SECONDS
    while not all(each.types and each.types[-1] == ("gateway.item_filed", stays.id) for each in (*all_, *others)):
        assert time.monotonic() < until, [each.types for each in (*all_, *others)]
        await asyncio.sleep(0.05)
    for each in all_:
        assert each.types[:-1] == [("apprentice.left", None)] and each.ended is None
    for each in others:
        assert {about for _, about in each.types} == {stays.id} and each.ended is None
    # Nor is it opened again, and nobody learns whether such an apprentice is there.
    again = await ears.open(token, a=story.id)
    unknown = await ears.open(token, a="apr_00000000-0000-4000-8000-000000000000")
    assert [each.ended for each in (*again, *unknown)] == ["NOT_FOUND"] * 4


async def restricted(story: Story) -> None:
    """The provider restricts the apprentice's data to itself."""
    given = {"restricted": True, "ground": "ACCURACY", "by": BY}
    await story.world.do(story.provider, "setRestriction", apprenticeId=story.id, **given)


async def over(story: Story) -> None:
    """The apprentice withdraws, and the employer agrees to the erasure."""
    on = story.world.today.isoformat()
    await story.world.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on=on)
    await story.world.do(story.employer, "eraseApprentice", apprenticeId=story.id, ground="NOT_NEEDED", by=BY)


async def erased(story: Story) -> None:
    """The provider agrees too."""
    await story.world.do(story.provider, "eraseApprentice", apprenticeId=story.id, ground="NOT_NEEDED", by=BY)


async def unclaimed(story: Story) -> None:
    """The employer says that the apprentice is none of its own."""
    await story.world.do(story.employer, "declineApprentice", apprenticeId=story.id, by=BY)


async def declined(story: Story) -> None:
    """The EPAO declines its nomination."""
    await story.world.do(story.epao, "answerNomination", apprenticeId=story.id, accepted=False, by=BY)


@pytest.mark.parametrize(
    ("whose", "end", "last"),
    [
        ("employer", unclaimed, "apprentice.declined"),
        ("employer", restricted, "apprentice.restricted"),
        ("employer", erased, "apprentice.erased"),
        ("epao", declined, "gateway.epao_declined"),
    ],
)
async def test_a15_whatever_takes_an_apprentice_out_of_view_closes_the_streams_about_it(
    hub: Standing, told: World, ears: Ears, whose: str, end: Callable[[Story], Awaitable[None]], last: str
) -> None:
    """A15: whose card is closed hears why, with nothing of the apprentice, and no more."""
    story = await (await new_story(told)).register()
    if end is not unclaimed:
        await (await story.confirm()).nominate()
    if end is erased:
        await over(story)
    await drained(hub.database)
    party = story.epao if whose == "epao" else story.employer
    about = await ears.open(await hub.token(await hub.client_of(party)), a=story.id)
    await end(story)
    assert await within(SECONDS, *about) < SECONDS
    for each in about:
        assert (each.types[-1], each.ended) == ((last, None), "complete")
