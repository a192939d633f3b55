"""Claims: a known ULN is answered like an unknown one, nothing opens before it is confirmed, and no reason ever shows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import event

from hub.store.pools import Database
from tests.slices.asking import Front, front_of
from tests.slices.corpus import bytes_of, differing, queries, told_apart
from tests.slices.land import NOW, Land, build, relay
from tests.slices.masking import masked
from tests.world import Story, World, new_uln

REGISTER = """mutation R($i: RegisterApprenticeInput!) { registerApprentice(input: $i) { outcome replayed
 apprentice { id uln status relations { state kind organisation { name } } gateway { readiness { status blockers { rule } } } }
 errors { code field message rule } } }"""
LEARNER = {
    "givenNames": "Sam",
    "familyName": "Example",
    "standard": {"reference": "ST0648"},
    "startOn": "2023-09-04",
    "plannedEndOn": "2026-09-04",
}


@contextmanager
def counting(database: Database, role: str):
    """Counts the statements that acts send as a role."""
    found: list[str] = []
    engine = database.engine(role).sync_engine

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("known", ["posted", "claimed", "planless", "withdrawn"])
@pytest.mark.parametrize("kind", ["provider", "employer"])
async def test_x19_a_claim_on_a_known_uln_is_answered_like_one_on_an_unknown_uln(land: Land, known: str, kind: str) -> None:
    """X-19, DESIGN §2a: the same bytes with ids masked, the same statements, and the same world for everybody else."""
    story = land.stories[known]
    mine = next(p for p in land.parties[kind] if land.reach(p, known) is None and p not in land.cast[known])
    others = land.parties["employer" if kind == "provider" else "provider"]
    named = next(p for p in others if land.reach(p, known) is None)
    shown: dict[str, Any] = {}
    # Every sort key of its own, so that no order falls back to the random ids.
    dated = {"startOn": "2023-10-02", "plannedEndOn": "2026-10-02", "expectedGatewayOn": "2026-05-04"}
    first = {**LEARNER, **dated, "familyName": "Aardvark", "uln": new_uln(), _other(kind): named.identifier}
    dated = {"startOn": "2023-11-06", "plannedEndOn": "2026-11-06", "expectedGatewayOn": "2026-05-05"}
    for which, uln in (("known", story.uln), ("unknown", new_uln())):
        async with land.clone() as database:
            front = front_of(land, database)
            await front.ask(mine, REGISTER, i=first)
            with counting(database, f"hub_{kind}") as statements:
                given = {
                    **LEARNER,
                    **dated,
                    "uln": uln,
                    _other(kind): named.identifier,
                    "familyName": "Zebra",
                    "myReference": "mine",
                }
                answer = await front.raw(mine, REGISTER, i=given)
            assert orjson.loads(answer.body)["data"]["registerApprentice"]["outcome"] == "REGISTERED"
            await relay(database)
            bodies = [answer.body]
            for party in (mine, named):
                bodies += [body for _, body in await bytes_of(front, party, list(queries(front, party, land))[:3])]
            shown[which] = (masked(bodies, uln), statements)
    assert shown["known"][0] == shown["unknown"][0]
    assert shown["known"][1] == shown["unknown"][1]


def _other(kind: str) -> str:
    return "employer" if kind == "provider" else "provider"


async def test_x19_those_who_know_the_apprentice_notice_nothing_of_a_foreign_claim(land: Land) -> None:
    """A claim on a known ULN changes no byte for the parties of the record that is there."""
    story, parties = land.stories["posted"], land.cast["posted"][:3]
    mine = next(p for p in land.parties["provider"] if p not in land.cast["posted"])
    named = next(p for p in land.parties["employer"] if p not in parties)
    async with land.clone() as one, land.clone() as other:
        before, after = front_of(land, one), front_of(land, other)
        await after.ask(mine, REGISTER, i={**LEARNER, "uln": story.uln, "employer": named.identifier})
        await relay(other)
        for party in land.everyone:
            if party not in (mine, named):
                operations = list(queries(before, party, land))
                found = differing(await bytes_of(before, party, operations), await bytes_of(after, party, operations))
                assert not found, told_apart(found)


WHOLE = """query W($id: ID!) { apprentice(id: $id) { uln givenNames familyName status nextParty dueOn statusHistory { status }
 contact { email } gateway { passed readiness { status readyFrom overlays items { requirement } blockers { rule dueOn } }
 nomination { state } decision { decidedOn } } portfolio { state evidence { id } } assessments { grade } grade { overall }
 bookings { on } resits { kind } } }"""


@pytest.mark.parametrize("name", ["claimed", "transferred", "second_claimed", "by_employer"])
async def test_x19_nothing_opens_before_the_claim_is_confirmed(land: Land, name: str) -> None:
    """X-19, X-16: the named party sees who it is about, and of what was there before nothing."""
    named = next(each for each in land.cast[name] if land.reach(each, name) == 1)
    async with land.clone() as database:
        front = front_of(land, database)
        _, body = await front.ask(named, WHOLE, id=land.stories[name].id)
        seen = body["data"]["apprentice"]
        assert seen["uln"] == land.stories[name].uln
        empty = ("contact", "portfolio", "grade", "assessments", "bookings", "resits", "statusHistory")
        assert not any(seen[key] for key in empty)
        assert not any(seen["gateway"][key] for key in ("nomination", "decision", "passed"))
        assert seen["gateway"]["readiness"]["items"] == seen["gateway"]["readiness"]["blockers"] == []


@pytest.mark.parametrize("name", ["second_claimed", "transferred"])
async def test_x16_a_claim_tells_nothing_of_how_far_the_apprentice_has_come(land: Land, name: str) -> None:
    """X-16, X-19: for the party with an unconfirmed claim the record looks the same however far it has come."""
    story = land.stories[name]
    named = next(each for each in land.cast[name] if land.reach(each, name) == 1)
    operations = None
    shown = []
    for further in (False, True):
        async with land.clone() as database:
            world = World(database, NOW)
            if further:
                own = Story(world, story.employer, story.provider, story.epao, story.apprentice, story.uln)
                await own.file_portfolio()
                if name == "second_claimed":
                    await own.validate()
                    await own.nominate()
                    await own.accept()
                    await own.decide()
            await relay(database)
            front = front_of(land, database)
            operations = operations or list(queries(front, named, land))
            shown.append(await bytes_of(front, named, operations))
    found = differing(*shown)
    assert not found, told_apart(found)


@pytest.fixture(scope="module")
async def schooling(cluster, template) -> Land:
    """A land with apprentices who have not yet proved English and maths."""
    return await build(cluster, "schooling", template, ["confirmed", "nominated", "accepted", "claimed"], rotate=0)


@asynccontextmanager
async def _filed(land: Land, attained: str, entitlement: str | None) -> AsyncIterator[tuple[Front, list[bytes]]]:
    async with land.clone() as database:
        world, known = World(database, date(2026, 6, 1)), land.stories["confirmed"]
        story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
        said = []
        for requirement in ("ENGLISH", "MATHS"):
            level = "LEVEL_2" if requirement == "MATHS" and attained == "BSL" else attained
            given = {"requirement": requirement, "achievedOn": "2026-02-01", "attained": level}
            given |= {} if level == "LEVEL_2" else {"entitlement": entitlement}
            outcome = await world.act(story.provider, "fileGatewayItem", apprenticeId=story.id, **given)
            said.append(repr((outcome.problems, outcome.replayed)).encode())
        await story.nominate()
        await story.accept()
        await relay(database)
        front = front_of(land, database)
        for party in (story.employer, story.provider, story.epao, land.parties["epao"][1]):
            said += [body for _, body in await bytes_of(front, party, list(queries(front, party, land)))]
        yield front, said


@pytest.mark.parametrize(
    ("attained", "entitlement"),
    [("LEVEL_1", "EHC_PLAN"), ("ENTRY_LEVEL_3", "LEGACY_STATEMENT"), ("BSL", "BSL_PRIMARY_LANGUAGE")],
)
async def test_x24_why_english_counts_as_met_is_in_no_byte(schooling: Land, attained: str, entitlement: str) -> None:
    """EPA-019, EPA-020, X-24: the full corpus of every party is the same with a plain level 2, an EHC plan or BSL."""
    async with _filed(schooling, "LEVEL_2", None) as (_, plainly):
        pass
    async with _filed(schooling, attained, entitlement) as (_, specially):
        pass
    assert masked(plainly) == masked(specially)
    everything = b"".join(specially)
    assert entitlement.encode() not in everything and attained.encode() not in everything


async def test_x24_why_english_is_not_met_is_in_no_byte(schooling: Land) -> None:
    """X-24: "English: not met" is one generic blocker whatever lies behind it."""
    shown = []
    for attained, entitlement in (("LEVEL_1", None), ("ENTRY_LEVEL_3", None), ("ENTRY_LEVEL_3", "BSL_PRIMARY_LANGUAGE")):
        async with _filed(schooling, attained, entitlement) as (_, said):
            shown.append(masked(said))
    assert shown[0] == shown[1] == shown[2]


@pytest.mark.parametrize(
    ("standard", "foreign"),
    [
        ({"reference": "ST7777"}, {"reference": "ST7777", "version": "2.0"}),
        ({"reference": "ST7777", "version": "2.0"}, {"reference": "ST7777"}),
        ({"reference": "ST7777"}, {"reference": "ST7777"}),
        ({"larsCode": "777"}, {"larsCode": "777"}),
        ({"reference": "ST0648"}, {"reference": "ST0648", "version": "9.9"}),
        ({"reference": "ST0648", "version": "9.9"}, {"reference": "ST0648", "version": "9.9"}),
    ],
)
async def test_a_standard_that_others_brought_is_answered_like_one_nobody_brought(
    land: Land, standard: Any, foreign: Any
) -> None:
    """Issue 2: a registration on a standard without a plan tells nothing of somebody else's on the same standard."""
    mine, other = land.parties["provider"][:2]
    employer = land.parties["employer"][0].identifier
    learner = {**LEARNER, "uln": new_uln(), "employer": employer}
    shown = []
    for brought in (False, True):
        async with land.clone() as database:
            front = front_of(land, database)
            if brought:
                await front.ask(other, REGISTER, i={**LEARNER, "uln": new_uln(), "employer": employer, "standard": foreign})
            answer = await front.raw(mine, REGISTER, i={**learner, "standard": standard})
            document = (
                "query S($u: String!) { apprentice(uln: $u) { standard { reference planVersion larsCode title hasPlan } } }"
            )
            shown.append(masked([answer.body, (await front.raw(mine, document, u=learner["uln"])).body]))
    assert shown[0] == shown[1]
