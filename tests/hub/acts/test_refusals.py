"""Wrong input to every act: coded problems that name a field, and nothing changed (table-driven from the register)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.acts.all import REGISTRY
from hub.errors import CODES, HubError, Problem
from hub.slices.acts import ACTS
from hub.viewer import PartyKind
from tests.hub.acts.dumps import dump
from tests.hub.acts.samples import BATCHES, NO_CLIENT, ON_CLIENT, parties, sample
from tests.world import Party, Story, World, new_story

NOWHERE = "apr_00000000-0000-4000-8000-000000000000"
BAD_IDS = ["", "apr_1", "nonsense", NOWHERE.upper(), NOWHERE.replace("apr", "std"), 7, None]


def test_every_act_is_registered_and_has_its_slice() -> None:
    assert set(REGISTRY) == set(ACTS)
    assert all((known.doing is None) != (known.of is None) for known in REGISTRY.values())


async def _stories(world: World) -> tuple[Story, Story]:
    """Two apprentices at the gateway, foreign to one another."""
    mine, foreign = await new_story(world), await new_story(world)
    for story in (mine, foreign):
        await story.to_gateway()
    return mine, foreign


def _malformed(act: str, apprentice: str) -> Iterator[tuple[str, dict[str, Any]]]:
    good = sample(act, apprentice)
    of = BATCHES.get(act)
    item = good[of[0]][0] if of else good
    model = REGISTRY[of[1] if of else act].model
    required = [str(info.alias) for info in model.model_fields.values() if info.is_required()]
    faults = [(f"without {name}", {k: v for k, v in item.items() if k != name}) for name in required]
    faults.append(("unknown field", {**item, "shoeSize": 43}))
    faults += [(f"wrong type of {name}", {**item, name: {"no": "such"}}) for name in required if item.get(name) != {}]
    for name in {"apprenticeId", "clientId"} & item.keys():
        faults += [(f"bad id {bad!r}", {**item, name: bad}) for bad in BAD_IDS]
    for name, fault in faults:
        yield name, {of[0]: [fault]} if of else fault
    if of:
        yield "no items", {of[0]: []}
        yield "too many items", {of[0]: [item] * 501}
        yield "items that are none", {of[0]: 3}
    yield "a key too long", {**good, "idempotencyKey": "k" * 200}


def _problems(outcome: Any) -> list[Problem]:
    found = list(outcome.problems)
    for item in outcome.given.get("items", ()):
        found += item["errors"]
    return found


async def test_malformed_foreign_and_unknown_input_is_refused_with_codes_and_changes_nothing(own: World) -> None:
    mine, foreign = await _stories(own)
    client = (await own.do(foreign.employer, "addClient", **sample("addClient", NOWHERE)))["client"]
    before = await dump(own.database)
    for act in REGISTRY:
        for kind in ACTS[act].reach:
            party = parties(mine)[kind]
            for name, given in _malformed(act, mine.id):
                found = _problems(await own.act(party, act, **given))
                assert found, (act, kind, name)
                assert all(each.code in CODES and each.message and str(each.field).startswith("input") for each in found)
            if "clientId" in sample(act, NOWHERE):
                await _same_as_nothing(own, party, act, {"clientId": client}, {"clientId": NO_CLIENT})
            elif not act.startswith("register") and act not in ON_CLIENT:
                await _same_as_nothing(own, party, act, sample(act, foreign.id), sample(act, NOWHERE))
    assert await dump(own.database) == before


async def _same_as_nothing(world: World, party: Party, act: str, foreign: dict[str, Any], missing: dict[str, Any]) -> None:
    """A foreign apprentice, or another party's client, answers like one that does not exist."""
    there = _problems(await world.act(party, act, **foreign))
    nowhere = _problems(await world.act(party, act, **missing))
    assert there == nowhere
    assert [problem.code for problem in there] == ["NOT_FOUND"], act


@pytest.mark.parametrize("act", sorted(ACTS))
async def test_another_kind_of_party_or_a_missing_scope_ends_the_act_before_it_begins(shared: World, act: str) -> None:
    story = await new_story(shared)
    for kind in (PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO):
        party = parties(story)[kind]
        if kind not in ACTS[act].reach:
            with pytest.raises(HubError) as refused:
                await shared.act(party, act, **sample(act, NOWHERE))
            assert (refused.value.problem.code, refused.value.problem.field) == ("FIELD_NOT_IN_SLICE", f"Mutation.{act}")
        else:
            poor = replace(party.viewer, scopes=party.viewer.scopes - {ACTS[act].scope})
            with pytest.raises(HubError, match="SCOPE_MISSING"):
                await shared.act(Party(poor, party.identifier), act, **sample(act, NOWHERE))


async def test_acts_out_of_their_order_change_nothing(own: World) -> None:
    """EPA-010, EPA-012, EPA-027, EPA-051, EPA-107: what the state forbids, whoever asks."""
    story = await new_story(own)
    await story.register()
    await story.confirm()
    await story.nominate()
    await story.accept()
    before = await dump(own.database)
    employer, provider, epao = story.employer, story.provider, story.epao
    expected: list[tuple[Party, str, str]] = [
        (epao, "postResult", "GATEWAY_NOT_PASSED"),
        (epao, "releaseGrade", "GATEWAY_NOT_PASSED"),
        (epao, "acknowledgePortfolio", "GATEWAY_NOT_PASSED"),
        (epao, "scheduleAssessment", "GATEWAY_NOT_PASSED"),
        (epao, "assessGatewayItem", "STATE_CONFLICT"),
        (employer, "decideGateway", "GATEWAY_NOT_READY"),
        (employer, "validatePortfolio", "PORTFOLIO_CHANGED"),
        (employer, "confirmAuthenticity", "GATEWAY_NOT_PASSED"),
        (employer, "agreeResit", "STATE_CONFLICT"),
        (provider, "confirmApprentice", "STATE_CONFLICT"),
        (employer, "declineApprentice", "STATE_CONFLICT"),
        (provider, "withdrawEvidence", "NOT_FOUND"),
    ]
    for party, act, code in expected:
        found = _problems(await own.act(party, act, **sample(act, story.id)))
        assert code in {problem.code for problem in found}, (act, found)
    assert await dump(own.database) == before


async def test_an_epao_that_has_not_answered_can_only_answer(story: Story) -> None:
    await story.register()
    await story.confirm()
    await story.nominate()
    outcome = await story.world.act(story.epao, "assessGatewayItem", **sample("assessGatewayItem", story.id))
    assert [(problem.code, problem.field) for problem in outcome.problems] == [("STATE_CONFLICT", "input.apprenticeId")]
