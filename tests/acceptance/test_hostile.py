"""Repeated, stale and wrong acts at the front door: one effect, coded answers, and nothing changed."""

import asyncio
from typing import Any

import orjson
import pytest

from hub.errors import CODES
from tests.acceptance.state import state
from tests.slices.land import Land, relay
from tests.world import BY, Party, Story

GRAPHQL = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"}
POST = """mutation P($i: PostResultInput!) { postResult(input: $i)
 { replayed result { id version grade } errors { code field message rule } } }"""


async def test_twenty_equal_posts_at_once_are_one_result(stage) -> None:
    """Issue 2, must show: twenty parallel equal result posts make one result, and every answer names it."""
    front, world, story = stage
    await story.authenticate()
    for key in (None, "k-1"):
        given = {**story.discussion("PASS"), **({"idempotencyKey": key} if key else {})}
        if key:
            given |= {"method": "CSP", "components": story.case_study()["components"]}
        answers = await asyncio.gather(*(front.ask(story.epao, POST, i=given) for _ in range(20)))
        payloads = [body["data"]["postResult"] for _, body in answers]
        assert all(payload["errors"] == [] for payload in payloads), payloads
        assert len({payload["result"]["id"] for payload in payloads}) == 1
        assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 19
    rows = await world.rows(
        "select method, count(*) as n from grades.result where apprentice_id = $1 group by 1", story.apprentice
    )
    assert {row["method"]: row["n"] for row in rows} == {"PD": 1, "CSP": 1}
    await relay(world.database)
    _, body = await front.ask(story.epao, "{ events(first: 100) { nodes { type apprentice { id } } } }")
    heard = [
        each for each in body["data"]["events"]["nodes"] if each == {"type": "result.posted", "apprentice": {"id": story.id}}
    ]
    assert len(heard) == 2


async def test_the_same_key_with_another_body_is_a_conflict(stage) -> None:
    """Issue 2, must show: the same key with another body is IDEMPOTENCY_CONFLICT, and nothing changes."""
    front, world, story = stage
    given = {**story.discussion("PASS"), "idempotencyKey": "k-2"}
    await front.ask(story.epao, POST, i=given)
    before = await state(world)
    for changed in (
        {**given, "grade": "FAIL"},
        {**given, "assessor": "IA-8"},
        {**given, "by": {**BY, "name": "Another Person"}},
    ):
        _, body = await front.ask(story.epao, POST, i=changed)
        assert [each["code"] for each in body["data"]["postResult"]["errors"]] == ["IDEMPOTENCY_CONFLICT"]
    other = "mutation R($i: ReleaseGradeInput!) { releaseGrade(input: $i) { errors { code } } }"
    _, body = await front.ask(story.epao, other, i={"apprenticeId": story.id, "by": BY, "idempotencyKey": "k-2"})
    assert [each["code"] for each in body["data"]["releaseGrade"]["errors"]] == ["IDEMPOTENCY_CONFLICT"]
    assert await state(world) == before


async def test_another_result_for_the_same_attempt_is_refused(stage) -> None:
    """Issue 2: a posted result is corrected by a version of its own, never replaced."""
    front, world, story = stage
    await front.ask(story.epao, POST, i=story.discussion("PASS"))
    before = await state(world)
    _, body = await front.ask(story.epao, POST, i=story.discussion("FAIL"))
    assert [each["code"] for each in body["data"]["postResult"]["errors"]] == ["RESULT_EXISTS"]
    assert await state(world) == before


@pytest.mark.parametrize("version", [7, 77])
async def test_a_stale_version_is_a_conflict_and_changes_nothing(stage, scene: Land, version: int) -> None:
    """Issue 2, must show: stale version → VERSION_CONFLICT, for every act that takes one."""
    front, world, story = stage
    accepted = scene.stories["accepted"]
    on = {"apprenticeId": accepted.id, "version": version}
    piece = {"type": "CLIENT_FEEDBACK", "ksbs": ["K1"], "sha256": "9" * 64, "link": "https://e.example/9"}
    tried: list[tuple[Party, str, dict[str, Any]]] = [
        (accepted.provider, "fileGatewayItem", {**on, "requirement": "PQIP", "achievedOn": "2026-02-01"}),
        (accepted.epao, "assessGatewayItem", {**on, "requirement": "PQIP", "accepted": True}),
        (accepted.provider, "changeDates", {**on, "region": "North"}),
        (accepted.provider, "changeStatus", {**on, "status": "ON_BREAK", "on": "2026-05-20"}),
        (accepted.provider, "fileEvidence", {**on, **piece}),
        (
            story.epao,
            "scheduleAssessment",
            {"apprenticeId": story.id, "version": version, "component": "PD", "on": "2026-06-20"},
        ),
    ]
    await world.do(story.epao, "postResult", **story.discussion("PASS"))
    tried.append((story.epao, "correctResult", {**story.discussion("FAIL"), "version": version, "reason": "CLERICAL"}))
    before = await state(world)
    for party, act, given in tried:
        document = (
            f"mutation M($i: {act[0].upper()}{act[1:]}Input!) {{ {act}(input: $i) {{ errors {{ code field message }} }} }}"
        )
        _, body = await front.ask(party, document, i=given)
        found = [(each["code"], each["field"]) for each in body["data"][act]["errors"]]
        assert found == [("VERSION_CONFLICT", "input.version")], (act, found)
    assert await state(world) == before


WRONG: list[Any] = [
    "",
    " ",
    "\u0000",
    "x" * 5000,
    "\ud800",
    "'; drop table x; --",
    "\u202e",
    "nonsense",
    "apr_",
    "-1",
    "\x7f",
    "NaN",
    "9" * 400,
]


FREE = ["email", "phone", "name", "role", "reference", "myReference", "givenNames", "familyName", "assessor", "value"]


def _wrong(name: Any, number: int) -> list[Any]:
    """Wrong values for a leaf; what is free text takes anything but emptiness, control characters and too much."""
    return ["", "\u0000", "x" * 5000] if name in FREE else [WRONG[number % len(WRONG)], WRONG[(number + 5) % len(WRONG)]]


def _with(given: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = orjson.loads(orjson.dumps(given))
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return made


def _paths(given: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(given, dict):
        return [path for key, value in given.items() for path in _paths(value, (*way, key))]
    if isinstance(given, list):
        return [path for key, value in enumerate(given) for path in _paths(value, (*way, key))]
    return [way]


def plausible(story: Story, scene: Land) -> list[tuple[Party, str, dict[str, Any]]]:
    """One plausible input for every act; each is then spoilt at every leaf."""
    on, hash_ = {"apprenticeId": story.id}, "a" * 64
    nobody = {"apprenticeId": "apr_00000000-0000-4000-8000-000000000000"}
    employer, provider, epao = story.employer, story.provider, story.epao
    named = {"scheme": "EMPLOYER_NUMBER", "value": "123456789"}
    again = {**on, "kind": "RESIT", "actionPlan": True}
    learner = {
        "uln": "1000000000", "givenNames": "A", "familyName": "B", "standard": {"reference": "ST0648"}, "startOn": "2026-01-01",
        "plannedEndOn": "2027-06-01", "employer": named, "status": "ON_PROGRAMME", "ageBand": "19+", "myReference": "r",
    }  # fmt: skip
    item = {**on, "requirement": "PQIP", "achievedOn": "2026-02-01", "attained": "LEVEL_2", "entitlement": "EHC_PLAN"}
    return [
        (provider, "registerApprentice", learner),
        (provider, "registerApprentices", {"learners": [learner]}),
        (employer, "confirmApprentice", {**on, "by": BY}),
        (employer, "declineApprentice", {**on, "by": BY}),
        (provider, "setContact", {**on, "email": "\u0000", "phone": "1"}),
        (provider, "changeDates", {**on, "plannedEndOn": "1999-01-01", "intake": "a b"}),
        (provider, "changeStatus", {**on, "status": "NOPE", "on": "2026-01-01"}),
        (employer, "addProvider", {**on, "provider": {"scheme": "UKPRN", "value": "0"}}),
        (employer, "transferApprentice", {**on, "employer": named, "on": "2030-01-01", "by": BY}),
        (employer, "mergeApprentices", {**on, "otherApprenticeId": story.id, "by": BY}),
        (provider, "fileGatewayItem", item),
        (provider, "fileGatewayItems", {"items": [item]}),
        (epao, "assessGatewayItem", {**on, "requirement": "PQIP", "accepted": False, "reason": "ILLEGIBLE"}),
        (employer, "nominateEpao", {**on, "epao": {"scheme": "EPA_ID", "value": "x"}, "by": BY}),
        (epao, "answerNomination", {**on, "accepted": True, "by": BY}),
        (employer, "decideGateway", {**on, "decidedOn": "2026-03-02", "declaration": "1", "by": BY}),
        (provider, "fileEvidence", {**on, "type": "CLIENT_FEEDBACK", "ksbs": ["K1"], "sha256": hash_, "link": "https://e.example/"}),
        (provider, "withdrawEvidence", {**on, "evidenceId": "evd_00000000-0000-4000-8000-000000000000"}),
        (employer, "validatePortfolio", {**on, "hash": hash_, "validatedOn": "2026-03-02", "by": BY}),
        (epao, "acknowledgePortfolio", {**on, "hash": hash_, "acknowledgedOn": "2026-03-02"}),
        (epao, "scheduleAssessment", {**on, "component": "NOPE", "on": "2026-06-20"}),
        (employer, "confirmAuthenticity", {**on, "component": "NOPE", "sha256": hash_, "confirmedOn": "2026-05-01", "by": BY}),
        (epao, "postResult", {**story.discussion("NOPE"), "attempt": 3}),
        (epao, "postResults", {"items": [{**story.discussion("NOPE"), "attempt": 3}]}),
        (epao, "correctResult", {**story.discussion("PASS"), "version": 9, "reason": "CLERICAL"}),
        (epao, "grantDispensation", {**on, "breachId": "brc_00000000-0000-4000-8000-000000000000", "reference": "D", "by": BY}),
        (epao, "releaseGrade", {**on, "by": BY}),
        (employer, "agreeResit", {**again, "methods": ["PD"], "agreedOn": "2026-05-01", "by": BY}),
        (provider, "setMyReference", {**on, "myReference": "\u0000"}),
        (epao, "setHold", {**nobody, "held": True, "reason": "CLAIM", "by": BY}),
        (employer, "setRestriction", {**nobody, "restricted": True, "ground": "CLAIM", "by": BY}),
        (employer, "eraseApprentice", {**on, "ground": "NOT_NEEDED", "by": BY}),
        (employer, "addClient", {"name": "HR", "jwksUrl": "http://keys.example/"}),
        (employer, "rotateClient", {"clientId": "cli_00000000-0000-4000-8000-000000000000", "retire": ["1"]}),
        (employer, "disableClient", {"clientId": "cli_00000000-0000-4000-8000-000000000000"}),
    ]  # fmt: skip


async def test_wrong_input_to_every_act_is_coded_and_changes_nothing(stage, scene: Land) -> None:
    """Issue 2, must show: wrong input to each mutation → errors {code field message rule}, and nothing changed."""
    front, world, story = stage
    tried = plausible(story, scene)
    assert {act for _, act, _ in tried} == set(front.schema.mutation_type.fields)
    before, problems = await state(world), []
    for party, act, given in tried:
        shown = "errors { code field message rule }"
        if "items" in front.schema.get_type(f"{act[0].upper()}{act[1:]}Payload").fields:
            shown += " items { errors { code field message rule } }"
        document = f"mutation M($i: {act[0].upper()}{act[1:]}Input!) {{ {act}(input: $i) {{ {shown} }} }}"
        spoilt = [_with(given, path, value) for n, path in enumerate(_paths(given)) for value in _wrong(path[-1], n)]
        for each in spoilt:
            status, body = await front.ask(party, document, i=each)
            problems += [(found, each) for found in _uncoded(act, status, body)]
    assert problems == [], problems[:3]
    assert await state(world) == before


def _uncoded(act: str, status: int, body: dict[str, Any]) -> list[Any]:
    if "errors" in body:
        codes = {each["extensions"]["code"] for each in body["errors"]}
        return [] if codes <= GRAPHQL | set(CODES) - {"INTERNAL"} and status < 500 else [(act, status, body)]
    payload = body["data"][act]
    found = [*payload["errors"], *(each for item in payload.get("items") or () for each in item["errors"])]
    good = found and all(
        set(each) == {"code", "field", "message", "rule"} and each["code"] in CODES and each["message"] for each in found
    )
    return [] if good else [(act, status, body)]
