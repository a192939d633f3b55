"""A plan whose grades stand nowhere else, and a story in which every sealed text is a canary."""

from datetime import UTC, date, datetime
from functools import partial
from importlib.resources import files
from typing import Any

from hub.plan.document import load_plan
from hub.slices.fields import FIELDS
from hub.store.plans import Library, load_library
from hub.store.pools import Database
from hub.store.relay import Relay, ensure_epoch
from hub.words import id_text
from tests.infra.sealing.hosting import Host
from tests.slices.asking import selection
from tests.world import BY, Story, new_story

FAILED, PASSED, BEST = "QZFAILEDQZ", "QZPASSEDQZ", "QZBESTQZ"
TEXTS = ("ZQREASONZQ", "ZQTHEMEZQ", "ZQMARKERZQ", "ZQDISPENSEDZQ")
DOCUMENT, SLIDES = "beef" * 16, "feeb" * 16
"""The employer vouches for the one, which so is no secret; the other is the EPAO's alone."""
MINUTES = "145 minutes"
HIDDEN = (FAILED, BEST, *TEXTS, SLIDES, MINUTES)
"""What no host may hold: a failed attempt and the best grade are never released here, nor is any text of a marking."""

OPEN_BREACHES = """select b.id from grades.breach b join grades.result r on r.id = b.result_id
where b.apprentice_id = $1 and r.current and not b.dispensed"""


def canary_library(reference: str = "ST0999") -> Library:
    """The library with a standard, one more unless named, whose grades are words that stand nowhere else."""
    text = (files("hub.plan") / "plans" / "ST0648_1.0.yaml").read_text().replace("reference: ST0648", f"reference: {reference}")
    for code, canary in (("FAIL", FAILED), ("PASS", PASSED), ("DISTINCTION", BEST)):
        for before, after in ((": ", ","), (": ", "}")):
            text = text.replace(f"{before}{code}{after}", f"{before}{canary}{after}")
    known = load_library()
    plan = load_plan(text, f"{reference}_1.0.yaml")
    return Library({**known.plans, (plan.reference, plan.version): plan}, known.overlays)


async def assessing(host: Host) -> Story:
    """An apprentice on the canary plan whose results can be posted."""
    world = host.world
    world.today = date(2026, 3, 2)
    story = await new_story(world)
    await story.register(standard={"reference": "ST0999"})
    for step in (story.confirm, story.file_items, story.nominate, story.accept, story.file_portfolio, story.validate):
        await step()
    await story.decide()
    await story.acknowledge()
    world.today = date(2026, 5, 1)
    for kind in ("employer", "provider", "epao"):
        host.authority.viewers[kind] = getattr(story, kind).viewer
    return story


def discussion(story: Story, grade: str, **changes: Any) -> dict[str, Any]:
    """A discussion of that grade, every text of it a canary."""
    given = story.discussion(grade, minutes=145, **changes)
    part = given["components"][0] | {"outcome": grade, "extraMinutes": 17, "theme": None, "marker": None}
    return given | {"components": [part]}


def case_study(story: Story, grade: str) -> dict[str, Any]:
    """A case study of that grade, every text of it a canary."""
    given = story.case_study(grade, document=DOCUMENT)
    parts = [part | {"outcome": grade} for part in given["components"]]
    parts[0] |= {"theme": "ZQTHEMEZQ", "marker": "ZQMARKERZQ"}
    return given | {"components": parts}


async def play(host: Host) -> None:
    """Posted, read by everybody, refused, replayed, corrected, dispensed; one released after a correction, one never."""
    for released in (False, True):
        story = await assessing(host)
        await story.authenticate(DOCUMENT if not released else "c" * 64)
        await _mark(host, story, released=released)
        await _read(host, story)
        if released:
            await _release(host, story)
            await _read(host, story)
        await _relay(host.world.database)


async def _mark(host: Host, story: Story, *, released: bool) -> None:
    first, last = (BEST, PASSED) if released else (PASSED, FAILED)
    await host.do(story, "postResult", **discussion(story, first), idempotencyKey="one")
    await host.do(story, "postResult", **discussion(story, first), idempotencyKey="one")
    await host.do(story, "correctResult", **discussion(story, last), version=1, reason="ZQREASONZQ")
    bad = discussion(story, "ZQNOGRADEZQ") | {"reason": "ZQREASONZQ"}
    await host.do(story, "postResult", **bad)
    late = case_study(story, BEST) | {"attempt": 7}
    batch = {"items": [late, discussion(story, BEST)], "idempotencyKey": "batch"}
    for _ in range(2):
        await host.do(story, "postResults", "items { errors { code message } }", **batch)
    own = story.case_study(PASSED) if released else case_study(story, BEST)
    own = own | {"components": [part | {"outcome": PASSED if released else BEST} for part in own["components"]]}
    await host.do(story, "postResult", **own)
    await _dispense(host, story)


async def _dispense(host: Host, story: Story) -> None:
    for row in await host.world.rows(OPEN_BREACHES, story.apprentice):
        given = {"apprenticeId": story.id, "breachId": id_text("brc", row["id"]), "reference": "ZQDISPENSEDZQ", "by": BY}
        await host.do(story, "grantDispensation", **given)


async def _release(host: Host, story: Story) -> None:
    said = await host.do(story, "releaseGrade", apprenticeId=story.id, by=BY)
    assert b'"errors":[]' in said, said


def may_ask(kind: str, of: str, name: str) -> bool:
    """Whether a kind of party may ask for a field."""
    return kind in FIELDS[of, name].kinds


async def _read(host: Host, story: Story) -> None:
    schema = host.graph.schema
    for party in (story.epao, story.employer, story.provider):
        asked = selection(schema, schema.type_map["Apprentice"], partial(may_ask, party.viewer.kind), 3)
        await host.ask(party, f"query R($id: ID!) {{ apprentice(id: $id) {{ {asked} }} }}", id=story.id)
        await host.ask(party, "{ events(first: 50) { nodes { type method reason } } }")
    await host.ask(story.epao, f'{{ node(id: "{BEST}") {{ id }} nothing(grade: "{FAILED}") }}')


async def _relay(database: Database) -> None:
    connection = await database.connect("hub_relay")
    try:
        await ensure_epoch(connection, datetime.now(UTC))
        while await Relay(database, lambda: datetime.now(UTC)).move(connection):
            pass
    finally:
        await connection.close()
