"""X-24, EPA-019, EPA-020: why English or maths counts as met is in no row or byte that a party can read."""

import re
from typing import Any

import pytest

from tests.hub.acts.dumps import Dump, everything, seen_by
from tests.world import World, new_story, new_uln

ULN = new_uln()
BASES: dict[str, dict[str, Any]] = {
    "plain": {"attained": "LEVEL_2"},
    "EHC plan": {"attained": "ENTRY_LEVEL_3", "entitlement": "EHC_PLAN"},
    "statement": {"attained": "LEVEL_1", "entitlement": "LEGACY_STATEMENT"},
    "BSL": {"attained": "BSL", "entitlement": "BSL_PRIMARY_LANGUAGE"},
}
UNMET: dict[str, dict[str, Any]] = {
    "below": {"attained": "BELOW"},
    "Entry Level 3 without a reason": {"attained": "ENTRY_LEVEL_3"},
    "BSL without a reason": {"attained": "BSL"},
    "a reason that is not enough": {"attained": "BELOW", "entitlement": "EHC_PLAN"},
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]*\+00")
IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def _seen_with(world: World, basis: dict[str, Any]) -> tuple[dict[str, Dump], list[str], list[str]]:
    """What three parties see of an apprentice whose English was filed on this basis, ids and moments taken out."""
    story = await new_story(world)
    await story.register(uln=ULN)
    await story.confirm()
    await story.nominate()
    await story.accept()
    given = {"requirement": "ENGLISH", "achievedOn": "2026-01-05", **basis}
    answer = await world.act(story.provider, "fileGatewayItem", apprenticeId=story.id, **given)
    seen = {p.viewer.kind.value: _plain(await seen_by(world, p)) for p in (story.employer, story.provider, story.epao)}
    async with everything(world.database) as connection:
        events = await connection.fetch(
            "select type, facts::text as f from hub.outbox where apprentice_id=$1", story.apprentice
        )
    return seen, [row["type"] + row["f"] for row in events], [str(answer.problems)]


def _plain(seen: Dump) -> Dump:
    public = ("apprentices.organisation", "apprentices.party", "apprentices.standard", "hub.epoch")
    return {
        table: sorted(IDENTIFIER.sub("id", MOMENT.sub("at", row)) for row in rows)
        for table, rows in seen.items()
        if not table.startswith(public)
    }


@pytest.mark.parametrize("bases", [BASES, UNMET], ids=["met", "not met"])
async def test_rows_events_and_answers_are_the_same_whatever_lies_behind(own: World, bases: dict[str, dict[str, Any]]) -> None:
    found = [await _seen_with(own, basis) for basis in bases.values()]
    assert all(each == found[0] for each in found[1:])
    rows = str(found)
    assert not any(word in rows for word in ("EHC", "BSL", "ENTRY_LEVEL", "LEVEL_1", "STATEMENT"))
    assert ("English: not met." in rows) == (bases is UNMET)
    kept = await own.rows("select attained, entitlement from gateway.basis")
    assert {(row["attained"], row["entitlement"]) for row in kept} == {
        (basis["attained"], basis.get("entitlement")) for basis in bases.values()
    }
