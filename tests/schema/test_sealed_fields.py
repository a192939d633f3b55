"""Sealed results, asked for at the front door: rows swapped, keys rotated, keys lost, the glass broken (issue 4, deliver 4)."""

from datetime import date
from typing import Any

import orjson
import pytest

from hub.acts.engine import Engine
from hub.acts.operating import Operator
from hub.acts.unsealing import unseal_result
from hub.errors import HubError
from hub.keyring import HeldKeys
from hub.sealing import key_id
from hub.store.bell import Bell
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.words import id_text
from infra.sealing.checking import check_all
from schema.graph import Graph, Request
from tests.hub.acts.conftest import agree, post, to_assessment
from tests.hub.acts.dumps import everything, told
from tests.world import BY, KEYS, SEAL, Party, Story, World, new_story, new_world

RESULTS = """query R($id: ID!) { apprentice(id: $id) { status assessments { method grade } grade { overall capped } results {
  method version grade countsAs reason breaches { sentence dispensationReference }
  components { component outcome minutes extraMinutes words document theme marker } } } }"""
OUTSIDE = """query R($id: ID!) { apprentice(id: $id) { status assessments { method grade } grade { overall capped } } }"""
AUDITED = "select * from hub.audit where act = 'unsealResult' and party_id = $1"
REASON = "select facts ->> 'reason' from hub.outbox where type = 'result.unsealed' and apprentice_id = $1"
MARKER = 'Ä "q" \\ ☃'
WHY = "Court order 17 of 2 March"


@pytest.fixture
async def shared(database: Database) -> World:
    """The world that ordinary tests share."""
    return await new_world(database)


@pytest.fixture
async def story(shared: World) -> Story:
    """An apprentice whose results can be posted."""
    return await to_assessment(await new_story(shared))


async def ask(party: Party, story: Story, document: str, keys: HeldKeys = KEYS) -> Any:
    """One answer, read; as a process with these keys gives it."""
    world = story.world
    engine = Engine(world.database, load_library(), SEAL, lambda: world.today, keys)
    graph = Graph(world.database, engine, SEAL, lambda: world.today, Bell(world.database))
    return orjson.loads((await graph.answer(party.viewer, Request(document, {"id": story.id}))).body)


async def change(story: Story, sql: str, *given: Any) -> None:
    """What somebody with the whole database in hand might do."""
    async with everything(story.world.database) as connection:
        await connection.execute(sql, *given)


async def test_d4_every_kind_of_value_comes_out_as_it_was_posted(story: Story) -> None:
    """Text, numbers, null and truth as JSON has them; before the release the EPAO alone reads them."""
    await story.world.do(story.epao, "postResult", **story.discussion("PASS", minutes=145, extraMinutes=7))
    study = story.case_study("DISTINCTION")
    study["components"][0]["marker"] = MARKER
    await story.world.do(story.epao, "postResult", **study)
    found = (await ask(story.epao, story, RESULTS))["data"]["apprentice"]
    first, second = sorted(found["results"], key=lambda each: each["method"], reverse=True)
    part = {"component": "PD", "outcome": "PASS", "minutes": 145, "extraMinutes": 7, "words": None, "document": None}
    assert first["components"] == [part | {"theme": None, "marker": None}]
    assert (second["components"][0]["marker"], second["components"][0]["words"]) == (MARKER, 3250)
    assert (first["grade"], first["reason"], second["grade"], second["countsAs"]) == (
        "PASS",
        None,
        "DISTINCTION",
        "DISTINCTION",
    )
    assert "145 minutes" in first["breaches"][0]["sentence"] and first["breaches"][0]["dispensationReference"] is None
    assert found["grade"] == {"overall": "DISTINCTION", "capped": False}
    for party in (story.employer, story.provider):
        held = (await ask(party, story, OUTSIDE))["data"]["apprentice"]
        assert held == {"status": "IN_ASSESSMENT", "assessments": [], "grade": None}


MOVES = {
    "result": "update grades.result a set sealed = b.sealed from grades.result b"
    " where a.apprentice_id = $1 and b.apprentice_id = $1 and a.id <> b.id",
    "component": "update grades.result_component a set sealed = b.sealed from grades.result_component b"
    " where a.apprentice_id = $1 and b.apprentice_id = $1 and a.component <> b.component",
    "assessment": "update grades.assessment a set sealed = b.sealed from grades.assessment b"
    " where a.apprentice_id = $1 and b.apprentice_id = $1 and a.method <> b.method",
    "table": "update grades.grade a set sealed = b.sealed from grades.assessment b"
    " where a.apprentice_id = $1 and b.apprentice_id = $1",
    "byte": "update grades.result set sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1) where apprentice_id = $1",
}  # fmt: skip


@pytest.mark.parametrize("move", MOVES)
async def test_d4_a_value_moved_to_another_row_or_changed_is_refused(story: Story, move: str) -> None:
    """AAD: table, column, row. Neither read nor release takes a swapped grade for the one that was posted."""
    await post(story, "FAIL", "DISTINCTION")
    assert "errors" not in await ask(story.epao, story, RESULTS)
    await change(story, MOVES[move], story.apprentice)
    found = await ask(story.epao, story, RESULTS)
    assert [each["extensions"]["code"] for each in found["errors"]] == ["SEALED_VALUE_ALTERED"] and found.get("data") is None
    if move in ("result", "component", "byte"):
        with pytest.raises(HubError) as caught:
            await story.world.act(story.epao, "releaseGrade", apprenticeId=story.id, by=BY)
        assert caught.value.problem.code == "SEALED_VALUE_ALTERED"
    (one,) = [each for each in await check_all(story.world.database, KEYS) if each.party == story.epao.viewer.party]
    assert one.altered and not one.missing
    await change(story, "delete from grades.result where apprentice_id = $1", story.apprentice)


async def test_d4_after_a_rotation_old_and_new_values_open_and_new_ones_need_the_new_key(story: Story) -> None:
    party = story.epao.viewer.party
    await story.world.do(story.epao, "postResult", **story.discussion("FAIL"))
    before, new = await KEYS.current(party), KEYS.rotate(party)
    await story.world.do(story.epao, "postResult", **story.case_study("DISTINCTION"))
    rows = await story.world.rows("select sealed from grades.result where apprentice_id = $1", story.apprentice)
    assert {key_id(row["sealed"]) for row in rows} == {before.id, new.id}
    found = (await ask(story.epao, story, RESULTS))["data"]["apprentice"]
    assert {each["grade"] for each in found["results"]} == {"FAIL", "DISTINCTION"}
    await story.release()
    assert (await ask(story.provider, story, OUTSIDE))["data"]["apprentice"]["grade"] == {
        "overall": "FAIL",
        "capped": False,
    }


async def test_d4_without_its_key_an_epaos_read_is_refused_and_nobody_elses(story: Story) -> None:
    """SEALING_KEY_MISSING for what is sealed; what is released is in clear for everybody, the EPAO included."""
    nothing = HeldKeys(make=False)
    await post(story, "FAIL", "DISTINCTION")
    lost = await ask(story.epao, story, RESULTS, nothing)
    assert [each["extensions"]["code"] for each in lost["errors"]] == ["SEALING_KEY_MISSING"] and lost.get("data") is None
    plain = "query R($id: ID!) { apprentice(id: $id) { status results { id method version } } }"
    assert "errors" not in await ask(story.epao, story, plain, nothing)
    for party in (story.employer, story.provider):
        assert "errors" not in await ask(party, story, OUTSIDE, nothing)
    await story.release()
    shown = "query R($id: ID!) { apprentice(id: $id) { results { grade countsAs } assessments { grade } grade { overall } } }"
    found = (await ask(story.epao, story, shown, nothing))["data"]["apprentice"]
    assert found["grade"] == {"overall": "FAIL"} and {each["grade"] for each in found["results"]} == {"FAIL", "DISTINCTION"}


async def test_d4_an_act_that_needs_no_unreleased_grade_needs_no_key(story: Story) -> None:
    """Agreeing a re-sit, booking, a new nomination: on released results, with no key at hand; posting is refused."""
    await post(story, "FAIL", "DISTINCTION")
    await story.release()
    story.world.keys = HeldKeys(make=False)
    await agree(story, "PD")
    story.world.today = date(2026, 5, 20)
    again = story.discussion("PASS", heldOn="2026-05-19")
    booked = {"apprenticeId": story.id, "component": "PD", "on": "2026-05-27"}
    await story.world.do(story.epao, "scheduleAssessment", **booked)
    with pytest.raises(HubError) as caught:
        await story.world.act(story.epao, "postResult", **again)
    assert caught.value.problem.code == "SEALING_KEY_MISSING"
    assert len(await story.world.rows("select 1 from grades.result where apprentice_id = $1", story.apprentice)) == 2
    other = await story.world.party("epao")
    await story.world.do(story.employer, "nominateEpao", apprenticeId=story.id, epao=other.identifier, by=BY)


async def test_d4_the_glass_is_broken_for_a_reason_and_the_epao_is_told(story: Story) -> None:
    """`hub unseal`: an audit row and an event for the EPAO alone, written before the result is answered."""
    await story.world.do(story.epao, "postResult", **story.discussion("FAIL", extraMinutes=9))
    (row,) = await story.world.rows("select id from grades.result where apprentice_id = $1", story.apprentice)
    operator = Operator(story.world.database, load_library(), SEAL, lambda: story.world.today)
    result, who = id_text("res", row["id"]), {"reference": "OP-1", "name": "Op", "role": "operator"}
    heard = {kind: await told(story.world, getattr(story, kind)) for kind in ("employer", "provider", "epao")}
    none = HeldKeys(make=False)
    for reason, keys, code in (
        ("", KEYS, "INPUT_INVALID"),
        ("because", KEYS, "INPUT_INVALID"),
        (WHY, none, "SEALING_KEY_MISSING"),
    ):
        with pytest.raises(HubError) as caught:
            await unseal_result(operator, keys, result, reason, who)
        assert caught.value.problem.code == code
    with pytest.raises(HubError):
        await unseal_result(operator, KEYS, id_text("res", story.apprentice), WHY, who)  # type: ignore[arg-type]
    assert {kind: await told(story.world, getattr(story, kind)) for kind in heard} == heard, (
        "refused, it tells and opens nothing"
    )
    opened = await unseal_result(operator, KEYS, result, WHY, who)
    assert opened["grade"] == "FAIL" and opened["components"][0]["extra_minutes"] == 9
    assert (await told(story.world, story.epao))[len(heard["epao"]) :] == [("result.unsealed", str(story.apprentice))]
    assert {kind: await told(story.world, getattr(story, kind)) for kind in ("employer", "provider")} == {
        kind: heard[kind] for kind in ("employer", "provider")
    }
    async with everything(story.world.database) as connection:
        audited = await connection.fetch(AUDITED, story.epao.viewer.party)
        said = await connection.fetchval(REASON, story.apprentice)
    assert [(each["client"], each["person"], each["subjects"]) for each in audited] == [
        ("operator", "OP-1", [story.apprentice])
    ]
    assert said == WHY


async def test_d4_why_an_epaos_item_was_refused_is_kept_sealed_and_replayed_as_it_was(story: Story) -> None:
    """hub.idempotency keeps the answer of a batch: what it says of a marking is sealed with the rest."""
    bad = story.discussion("PASS", marker="IA-9")
    given = {"items": [bad], "idempotencyKey": "once"}
    first = await story.world.act(story.epao, "postResults", **given)
    client = story.epao.viewer.client
    async with everything(story.world.database) as connection:
        kept = await connection.fetch("select outcome::text as o from hub.idempotency where client = $1", client)
    again = await story.world.act(story.epao, "postResults", **given)
    assert first.given["items"][0]["errors"][0].code == "RULE_BROKEN"
    assert again.replayed and again.given == first.given
    assert [list(orjson.loads(row["o"])) for row in kept] == [["sealed"]] and "assessor" not in str(kept)
