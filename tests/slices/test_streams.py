"""The subscription at the front door: as silent before a release, and as strict, as any answer."""

from dataclasses import replace

import pytest

from hub.errors import HubError
from hub.store.streams import Place
from schema.graph import NotAdmitted, Request
from schema.reader.document import Refused
from tests.slices.asking import Front, front_of
from tests.slices.land import Land
from tests.slices.test_embargo import LATER, _hide, half
from tests.world import Party

PROGRESS = """subscription P($a: String) { progress(after: $a) { cursor event { id type at requirement reason component
 method on apprentice { status nextParty dueOn version } } } }"""


async def streamed(front: Front, party: Party) -> list[bytes]:
    """Everything a party's stream holds, from its beginning, as it is sent."""
    _, body = await front.ask(party, "{ events(first: 0) { totalCount } }")
    count = body["data"]["events"]["totalCount"]
    start = front.graph.cursors.close(party.viewer.party, Place(1, 0))
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
        theirs = front.graph.cursors.close(epao.viewer.party, Place(1, 0))
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
