"""The subscription at the front door: as silent before a release, and as strict, as any answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from hub.errors import HubError
from hub.store.streams import Place
from schema.graph import NotAdmitted, Request
from schema.reader.document import Refused
from tests.slices.asking import Front, front_of
from tests.slices.land import Land, relay
from tests.slices.test_embargo import LATER, _hide, half
from tests.world import BY, Party, Story, World

Ending = Callable[[World, Story, Land], Awaitable[None]]

PROGRESS = """subscription P($a: String) { progress(after: $a) { cursor event { id type at requirement reason component
 method on apprentice { status nextParty dueOn version } } } }"""


async def streamed(front: Front, party: Party) -> list[bytes]:
    """Everything a party's stream holds, from its beginning, as it is sent."""
    _, body = await front.ask(party, "{ events(first: 0) { totalCount } }")
    count = body["data"]["events"]["totalCount"]
    start = front.graph.streams.cursors.close(party.viewer.party, Place(1, 0))
    stream = front.graph.listen(party.viewer, Request(PROGRESS, {"a": start}))
    found = [await anext(stream) for _ in range(count)]
    await stream.aclose()
    return found


async def test_epa_107_the_stream_is_as_silent_as_the_answers(assessing: Land) -> None:
    """(e) 1, 3: subscription payloads, sequence numbers and cursors, with and without unreleased results."""
    land = assessing
    async with land.clone() as one, land.clone() as other:
        story = await _hide(land, other, half)
        before, after = front_of(land, one, LATER), front_of(land, other, LATER)
        for party in land.everyone:
            told, heard = await streamed(before, party), await streamed(after, party)
            if party is story.epao:
                assert len(heard) == len(told) + 1 and b"result.posted" in heard[-1]
            else:
                assert told == heard


async def test_a_stream_is_refused_as_a_query_is(assessing: Land) -> None:
    """d7: a field outside the slice, a scope that is missing, and another party's cursor open no stream."""
    land = assessing
    provider, epao = land.cast["resit"][1], land.cast["resit"][2]
    hidden = "subscription { progress { event { apprentice { results { grade } } } } }"
    async with land.clone() as database:
        front = front_of(land, database, LATER)
        theirs = front.graph.streams.cursors.close(epao.viewer.party, Place(1, 0))
        for viewer, request, code in (
            (provider.viewer, Request(hidden), "FIELD_NOT_IN_SLICE"),
            (replace(provider.viewer, scopes=frozenset({"apprentices:read"})), Request(PROGRESS), "SCOPE_MISSING"),
            (provider.viewer, Request(PROGRESS, {"a": theirs}), "CURSOR_INVALID"),
            (provider.viewer, Request("{ viewer { kind } }"), "ARGUMENT_INVALID"),
            (provider.viewer, Request("subscription S($s: Boolean!) { progress @skip(if: $s) { cursor } }", {"s": True}), None),
        ):
            with pytest.raises((NotAdmitted, HubError, Refused)) as refusal:
                await anext(front.graph.listen(viewer, request))
            problems = getattr(refusal.value, "problems", None) or [getattr(refusal.value, "problem", None)]
            assert code is None or {each.code for each in problems} == {code}


WHO = """subscription Who($a: String) { progress(after: $a) { cursor event { id type apprentice { id uln givenNames familyName
 myReference status standard { reference } employer { name } } } } }"""


def traces(story: Story) -> list[bytes]:
    """What would tell that somebody's words are about this apprentice."""
    return [story.uln.encode(), str(story.apprentice).encode(), b"ref-accepted", b"Accepted"]


async def until(stream: AsyncIterator[bytes], word: bytes) -> list[bytes]:
    """What a stream says until it says a word."""
    found: list[bytes] = []
    while not found or word not in found[-1]:
        found.append(await asyncio.wait_for(anext(stream), 30))
    return found


async def _transferred(world: World, story: Story, land: Land) -> None:
    given = {"employer": land.parties["employer"][1].identifier, "on": LATER.isoformat(), "by": BY}
    await world.do(story.employer, "transferApprentice", apprenticeId=story.id, **given)


async def _nominated_anew(world: World, story: Story, land: Land) -> None:
    await world.do(story.employer, "nominateEpao", apprenticeId=story.id, epao=land.parties["epao"][1].identifier, by=BY)


async def _run_out(world: World, story: Story, land: Land) -> None:
    connection = await land.superuser(world.database)
    for change in ("hub.card set closed_on", "apprentices.tie set until_on"):
        statement = f"update {change} = $1 where apprentice_id = $2 and kind = 'provider'"
        await connection.execute(statement, LATER, story.apprentice)
    await connection.close()


@pytest.mark.parametrize(("place", "end"), [(0, _transferred), (2, _nominated_anew), (1, _run_out)])
async def test_d7_a_relation_that_ends_in_mid_stream_ends_the_view(assessing: Land, place: int, end: Ending) -> None:
    """(e) 9, d7: told before the end and delivered after it, or told after it: no byte of that apprentice comes again."""
    land, known = assessing, assessing.stories["accepted"]
    async with land.clone() as database:
        world, front, stop = World(database, LATER), front_of(land, database, LATER), asyncio.Event()
        story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
        other, listener = land.stories["decided"], land.cast["accepted"][place]
        bell = asyncio.create_task(front.graph.streams.bell.run(stop))
        stream = front.graph.listen(listener.viewer, Request(WHO, {}))
        await anext(stream)
        await world.do(story.provider, "fileGatewayItem", apprenticeId=story.id, requirement="PQIP", achievedOn="2026-02-02")
        await relay(database)
        before = await until(stream, b"gateway.item_filed")
        assert traces(story)[0] in before[-1], "while the relation lasts the stream shows the apprentice"
        # Told while the relation lasts, and delivered when it is over.
        await world.do(story.provider, "fileGatewayItem", apprenticeId=story.id, requirement="PQIP", achievedOn="2026-02-03")
        await end(world, story, land)
        await relay(database)
        filer = land.stories["accepted"].provider if place != 1 else story.employer
        await world.act(filer, "fileGatewayItem", apprenticeId=story.id, requirement="PQIP", achievedOn="2026-02-04")
        await world.do(other.provider, "setContact", apprenticeId=other.id, email="last@people.example")
        await relay(database)
        after = await until(stream, b"apprentice.contact_changed")
        said = b"".join(after[:-1])
        assert b"gateway.item_filed" in said, "what was told before the end is delivered, without the apprentice"
        assert [each for each in traces(story) if each in said] == []
        assert str(other.apprentice).encode() in after[-1], "the stream itself goes on"
        await stream.aclose()
        stop.set()
        await bell
