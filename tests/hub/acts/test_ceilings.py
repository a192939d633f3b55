"""Issue 3 item 4: a record does not grow without end; what would be one too many is refused with a code and changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.plan.ceilings import CEILINGS
from hub.store import facts
from tests.hub.acts.conftest import to_assessment
from tests.hub.acts.dumps import dump
from tests.world import BY, Party, Story, World, new_story

LINK = "https://evidence.example/more"
Attempt = tuple[str, Callable[[Story], Party], Callable[[Story], dict[str, Any]]]
GROWING: dict[str, tuple[Attempt, str]] = {
    "changes": (
        (
            "changeStatus",
            lambda s: s.provider,
            lambda s: {"status": "ON_BREAK", "on": "2026-02-01"},
        ),
        "confirmed",
    ),
    "pieces": (
        (
            "fileEvidence",
            lambda s: s.provider,
            lambda s: {"type": "CLIENT_FEEDBACK", "ksbs": ["K1"], "sha256": "e" * 64, "link": LINK},
        ),
        "filed",
    ),
    "bookings": (
        ("scheduleAssessment", lambda s: s.epao, lambda s: {"component": "PD", "on": "2026-05-20"}),
        "assessed",
    ),
    "authenticity": (
        (
            "confirmAuthenticity",
            lambda s: s.employer,
            lambda s: {"component": "CS", "sha256": "f" * 64, "confirmedOn": "2026-05-01", "by": BY},
        ),
        "assessed",
    ),
    "results": (
        ("postResult", lambda s: s.epao, lambda s: s.discussion("PASS")),
        "assessed",
    ),
    "breaches": (
        ("postResult", lambda s: s.epao, lambda s: s.discussion("PASS", minutes=101)),
        "assessed",
    ),
}


async def brought(story: Story, stage: str) -> Story:
    """An apprentice on whom the act can be done."""
    if stage == "assessed":
        return await to_assessment(story)
    await (await story.register()).confirm()
    if stage == "filed":
        await story.file_items()
        await story.file_portfolio()
    return story


async def count(world: World, story: Story, name: str) -> int:
    """How many of a kind the record has, as it is loaded."""
    async with world.database.engine("hub_operator").connect() as connection:
        await connection.exec_driver_sql("set role hub_rules")
        found = await facts.load(connection, [story.apprentice], world.engine.library)
        return len(found[story.apprentice].row[name])


@pytest.mark.parametrize("name", GROWING)
async def test_one_too_many_is_refused_and_changes_nothing(own: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (act, by, given), stage = GROWING[name]
    story = await brought(await new_story(own), stage)
    sent = {"apprenticeId": story.id, **given(story)}
    present = await count(own, story, name)
    monkeypatch.setitem(CEILINGS, name, present)  # type: ignore[arg-type]  # a mapping to all who read it
    before = await dump(own.database)
    refused = await own.act(by(story), act, **sent)
    assert [each.code for each in refused.problems] == ["CEILING_REACHED"]
    assert await dump(own.database) == before
    monkeypatch.setitem(CEILINGS, name, present + 1)  # type: ignore[arg-type]
    await own.do(by(story), act, **sent)
    assert await count(own, story, name) == present + 1


async def test_what_was_done_already_is_answered_at_the_ceiling_too(own: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same document confirmed once more, and the same booking moved, are none too many."""
    story = await to_assessment(await new_story(own))
    await own.do(story.epao, "scheduleAssessment", apprenticeId=story.id, component="PD", on="2026-05-20")
    for name in CEILINGS:
        monkeypatch.setitem(CEILINGS, name, await count(own, story, name))  # type: ignore[arg-type]
    await story.authenticate()
    await own.do(story.epao, "scheduleAssessment", apprenticeId=story.id, component="PD", on="2026-05-21")
