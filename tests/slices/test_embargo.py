"""The embargo: whatever an EPAO does before the release, every byte sent to anybody else stays as it was (EPA-107, (e) 3)."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

import orjson
import pytest

from hub.store.pools import Database
from hub.store.recorder import recording
from hub.words import id_text
from tests.slices.asking import front_of
from tests.slices.corpus import bytes_of, differing, queries, told_apart
from tests.slices.land import Land, relay
from tests.slices.masking import masked
from tests.world import BY, Party, Story, World

LATER = date(2026, 6, 20)
OTHER = "d" * 64
Hidden = Callable[[World, Story], Awaitable[None]]


async def nothing(world: World, story: Story) -> None:
    """The EPAO does nothing."""


async def passes(world: World, story: Story) -> None:
    """Two good results."""
    await world.do(story.epao, "postResult", **story.discussion("PASS"))
    await world.do(story.epao, "postResult", **story.case_study("DISTINCTION"))


async def half(world: World, story: Story) -> None:
    """One result, with a breach."""
    await world.do(story.epao, "postResult", **story.discussion("PASS", minutes=101))


async def fails(world: World, story: Story) -> None:
    """Failed, breached, corrected, dispensed."""
    await world.do(story.epao, "postResult", **story.discussion("PASS", minutes=101))
    await world.do(story.epao, "correctResult", **story.discussion("FAIL", minutes=120), version=1, reason="MODERATION")
    await world.do(story.epao, "postResult", **story.case_study("FAIL"))
    rows = await world.rows("select b.id from grades.breach b join grades.result r on r.id = b.result_id"
                            " where b.apprentice_id = $1 and r.current and not b.dispensed", story.apprentice)  # fmt: skip
    for row in rows:
        given = {"breachId": id_text("brc", row["id"]), "reference": "D-1", "by": BY}
        await world.do(story.epao, "grantDispensation", apprenticeId=story.id, **given)


VARIANTS: Mapping[str, Hidden] = {"passes": passes, "half": half, "fails": fails}


@pytest.mark.parametrize("name", VARIANTS)
async def test_epa_107_no_byte_outside_the_epao_tells_of_an_unreleased_result(assessing: Land, name: str) -> None:
    """EPA-107: answers, counts, versions, due dates, events and timestamps, to everybody but the EPAO that assesses."""
    land = assessing
    async with land.clone() as quiet:
        await _authenticated(land, quiet)
        await quiet.close()
        async with land.clone(quiet.name) as one, land.clone(quiet.name) as other:
            await _hide(land, one, nothing)
            story = await _hide(land, other, VARIANTS[name])
            before, after = front_of(land, one, LATER), front_of(land, other, LATER)
            for party in land.everyone:
                operations = list(queries(before, party, land))
                found = differing(await bytes_of(before, party, operations), await bytes_of(after, party, operations))
                if party is story.epao:
                    assert found, "the EPAO sees its own results"
                else:
                    assert not found, told_apart(found)


async def _authenticated(land: Land, database: Database) -> None:
    world, known = World(database, LATER), land.stories["decided"]
    given = {"component": "CS", "sha256": "c" * 64, "confirmedOn": "2026-05-01", "by": BY}
    await world.do(known.employer, "confirmAuthenticity", apprenticeId=known.id, **given)
    await relay(database)


READS = (
    "query R($id: ID!) { apprentice(id: $id) { id familyName results { grade } } }",
    "query G($id: ID!) { apprentice(id: $id) { id assessments { grade } grade { overall } } }",
    "query I($id: ID!) { apprentice(id: $id) { id familyName status dueOn } }",
    "query Q($id: ID!) { apprentice(id: $id) { id } apprentices(filter: {status: [TO_RELEASE]}) { nodes { id } } }",
    "query E($id: ID!) { apprentice(id: $id) { id } events(first: 100) { nodes { type apprentice { id } } } }",
)


async def _looked(land: Land, database: Database, story: Story) -> None:
    """The EPAO reads what it has posted, and what it has posted it about; every read is recorded."""
    async with recording(database) as recorder:
        front = front_of(land, database, LATER, recorder)
        for document in READS:
            answer = await front.raw(story.epao, document, id=story.id)
            assert answer.status == 200 and answer.subjects, answer.body


async def _hide(land: Land, database: Database, hidden: Hidden) -> Story:
    world, known = World(database, LATER), land.stories["decided"]
    story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
    await hidden(world, story)
    if hidden is not nothing:
        await _looked(land, database, story)
    await relay(database)
    return story


def attempts(story: Story, land: Land) -> list[tuple[Party, str, dict[str, Any]]]:
    """What employer and provider might try in order to learn of a result; those that end a relation come last."""
    employer, provider = story.employer, story.provider
    retry = {"methods": ["PD"], "kind": "RESIT", "agreedOn": "2026-06-20", "actionPlan": True, "by": BY}
    signed = {"component": "CS", "confirmedOn": "2026-06-19", "by": BY}
    piece = {"type": "CLIENT_FEEDBACK", "ksbs": ["K1"], "sha256": "e" * 64, "link": "https://evidence.example/e"}
    return [
        (employer, "agreeResit", retry),
        (employer, "agreeResit", {**retry, "kind": "RETAKE", "methods": ["PD", "CSP"]}),
        (employer, "confirmAuthenticity", {**signed, "sha256": OTHER}),
        (employer, "confirmAuthenticity", {**signed, "component": "PR", "sha256": OTHER}),
        (employer, "validatePortfolio", {"hash": "a" * 64, "validatedOn": "2026-06-20", "by": BY}),
        (employer, "decideGateway", {"decidedOn": "2026-06-20", "declaration": "1", "by": BY}),
        (employer, "changeDates", {"expectedGatewayOn": "2026-07-01"}),
        (employer, "changeStatus", {"status": "ON_BREAK", "on": "2026-06-18"}),
        (provider, "changeStatus", {"status": "ON_PROGRAMME", "on": "2026-06-19"}),
        (provider, "fileEvidence", piece),
        (provider, "fileGatewayItem", {"requirement": "PQIP", "achievedOn": "2026-06-01"}),
        (provider, "setContact", {"email": "sam@people.example"}),
        (employer, "nominateEpao", {"epao": land.parties["epao"][1].identifier, "by": BY}),
        (employer, "transferApprentice", {"employer": land.parties["employer"][1].identifier, "on": "2026-06-20", "by": BY}),
    ]


@pytest.mark.parametrize("name", VARIANTS)
async def test_epa_107_no_act_outside_the_epao_is_answered_by_an_unreleased_result(assessing: Land, name: str) -> None:
    """X-07: what employer and provider try is answered alike, and leaves alike, whatever waits for its release."""
    land, shown = assessing, {}
    for variant in ("nothing", name):
        async with land.clone() as database:
            await _authenticated(land, database)
            story = await _hide(land, database, VARIANTS.get(variant, nothing))
            world, front = story.world, front_of(land, database, LATER)
            said = []
            for party, act, given in attempts(story, land):
                outcome = await world.act(party, act, apprenticeId=story.id, **given)
                said.append(repr((act, outcome.problems)).encode())
            await relay(database)
            bodies = list(said)
            for party in (story.employer, story.provider):
                operations = list(queries(front, party, land))
                bodies += [body for _, body in await bytes_of(front, party, operations)]
            shown[variant] = masked(bodies)
    differences = [(a, b) for a, b in zip(shown["nothing"], shown[name], strict=True) if a != b]
    assert not differences, (len(differences), _near(*differences[0]))


def _near(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[max(0, place - 200) : place + 200], other[max(0, place - 200) : place + 200]


async def test_epa_107_a_resit_is_as_silent_as_the_first_attempt(assessing: Land) -> None:
    """A second attempt, posted and not released, changes nothing outside the EPAO; the first stays as released."""
    land, known = assessing, assessing.stories["resit"]
    async with land.clone() as one, land.clone() as other:
        world = World(other, LATER)
        story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
        changed = story.discussion("FAIL", heldOn="2026-05-28")
        await world.do(story.epao, "correctResult", **changed, attempt=2, version=1, reason="CLERICAL")
        await relay(other)
        before, after = front_of(land, one, LATER), front_of(land, other, LATER)
        for party in land.everyone:
            operations = list(queries(before, party, land))
            found = differing(await bytes_of(before, party, operations), await bytes_of(after, party, operations))
            assert bool(found) == (party is story.epao), told_apart(found)


async def test_epa_107_after_the_release_everybody_sees_the_grade_and_nobody_else_the_marks(assessing: Land) -> None:
    """The same story released: grade and method grades for employer and provider, marks for the EPAO alone, an event."""
    land = assessing
    document = (
        "query R($id: ID!) { apprentice(id: $id) { status grade { overall capped releasedOn } assessments { method grade } } }"
    )
    heard = "{ events(first: 100) { nodes { type } } }"
    async with land.clone() as database:
        await _authenticated(land, database)
        story = await _hide(land, database, passes)
        front = front_of(land, database, LATER)
        for party in (story.employer, story.provider):
            _, body = await front.ask(party, document, id=story.id)
            assert body["data"]["apprentice"] == {"status": "IN_ASSESSMENT", "grade": None, "assessments": []}
        await story.release()
        await relay(database)
        for party in (story.employer, story.provider, story.epao):
            _, body = await front.ask(party, document, id=story.id)
            assert body["data"]["apprentice"]["grade"] == {
                "overall": "DISTINCTION",
                "capped": False,
                "releasedOn": "2026-06-20",
            }
            _, body = await front.ask(party, heard)
            assert [each["type"] for each in body["data"]["events"]["nodes"]][-1] == "grade.released"
        stranger = await front.raw(land.parties["epao"][1], document, id=story.id)
        assert orjson.loads(stranger.body) == {"data": {"apprentice": None}}


async def test_epa_107_a_provider_never_hears_attendance_outcome_or_resit_before_release(assessing: Land) -> None:
    """Issue 2, deliver 7: the provider's stream over the whole story holds none of the EPAO's own events."""
    land = assessing
    async with land.clone() as database:
        front = front_of(land, database, LATER)
        for party in land.parties["provider"]:
            _, body = await front.ask(party, "{ events(first: 100) { nodes { type component method reason on } } }")
            types = {each["type"] for each in body["data"]["events"]["nodes"]}
            assert not {
                each for each in types if each.startswith("result.") or each in ("resit.agreed", "assessment.authenticated")
            }
        _, body = await front.ask(land.cast["resit"][2], "{ events(first: 100) { nodes { type } } }")
        assert "result.posted" in {each["type"] for each in body["data"]["events"]["nodes"]}


async def test_d7_another_epao_sees_nothing_of_the_first_ones_marks(assessing: Land) -> None:
    """X-17: a re-nomination moves gateway evidence, not the assessor's notes nor a grade that is not released."""
    land, known = assessing, assessing.stories["resit"]
    new = land.parties["epao"][1]
    fields = "status dueOn assessments { method attempt grade } grade { overall } results { id }"
    seen = f"query S($id: ID!) {{ apprentice(id: $id) {{ {fields} }} }}"
    shown = []
    for grade in ("PASS", "FAIL"):
        async with land.clone() as database:
            world, front = World(database, LATER), front_of(land, database, LATER)
            if grade == "FAIL":
                changed = Story(world, *land.cast["resit"][:3], known.apprentice, known.uln).discussion(
                    "FAIL", heldOn="2026-05-28"
                )
                await world.do(known.epao, "correctResult", **changed, attempt=2, version=1, reason="CLERICAL")
            said = [
                repr(
                    (
                        await world.act(known.employer, "nominateEpao", apprenticeId=known.id, epao=new.identifier, by=BY)
                    ).problems
                )
            ]
            said.append(repr((await world.act(new, "answerNomination", apprenticeId=known.id, accepted=True, by=BY)).problems))
            answer = await front.raw(new, seen, id=known.id)
            shown.append((said, answer.body))
            assert b"PASS" not in answer.body or grade != "PASS" or b'"attempt":2' not in answer.body
    assert shown[0] == shown[1]


async def test_d7_a_provider_sees_no_sign_of_an_agreed_resit(assessing: Land) -> None:
    """d7: the plan of a re-sit is the employer's and the EPAO's; the provider reads it for a re-take alone."""
    land, known = assessing, assessing.stories["decided"]
    async with land.clone() as failed:
        await _authenticated(land, failed)
        world = World(failed, LATER)
        story = Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)
        await world.do(story.epao, "postResult", **story.discussion("FAIL"))
        await world.do(story.epao, "postResult", **story.case_study("PASS"))
        await story.release()
        await relay(failed)
        await failed.close()
        async with land.clone(failed.name) as one, land.clone(failed.name) as other:
            world = World(other, LATER)
            given = {"methods": ["PD"], "kind": "RESIT", "agreedOn": "2026-06-20", "actionPlan": True, "by": BY}
            await world.do(known.employer, "agreeResit", apprenticeId=known.id, **given)
            await relay(other)
            before, after = front_of(land, one, LATER), front_of(land, other, LATER)
            for party in land.parties["provider"]:
                operations = list(queries(before, party, land))
                found = differing(await bytes_of(before, party, operations), await bytes_of(after, party, operations))
                assert not found, told_apart(found)
