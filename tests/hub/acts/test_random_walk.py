"""Whatever acts follow one another, what is stored is what the rules make of the facts (DESIGN §2, §3; EPA-107)."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from hub.acts.refresh import cards_of
from hub.plan.gateway import readiness
from hub.store import facts
from hub.store.plans import load_library
from hub.words import id_text
from tests.world import BY, Party, Story, World, new_story

TODAY = date(2026, 5, 1)
DAYS = ["2026-02-02", "2026-04-30", "2026-05-01", "2026-06-01"]
Step = Callable[["Walk"], tuple[Party, str, dict[str, Any]]]


class Walk:
    """One random story: three employers, two providers and two EPAOs around one apprentice."""

    def __init__(self, story: Story, others: list[Party], seed: int):
        self.story, self.chance = story, random.Random(seed)
        self.parties = [story.employer, story.provider, story.epao, *others]
        self.hash, self.breaches = "0" * 64, [""]
        self.done: Counter[str] = Counter()

    def of(self, *kinds: str) -> Party:
        """Usually the party of the story, sometimes another of these kinds."""
        found = [party for party in self.parties if party.viewer.kind.value in kinds]
        return found[0] if self.chance.random() < 0.9 else self.chance.choice(found)

    async def look(self) -> None:
        """What a party reads before it acts: the portfolio's hash and the breaches."""
        world, apprentice = self.story.world, self.story.apprentice
        rows = await world.rows("select hash from portfolios.portfolio where apprentice_id=$1", apprentice)
        self.hash = rows[0]["hash"] if rows else self.hash
        breaches = await world.rows(
            "select b.id from grades.breach b join grades.result r on r.id = b.result_id "
            "where b.apprentice_id=$1 and r.current and not b.dispensed",
            apprentice,
        )
        self.breaches = [id_text("brc", row["id"]) for row in breaches] or [id_text("brc", UUID(int=0))]

    def day(self) -> str:
        return self.chance.choice([*DAYS, TODAY.isoformat(), TODAY.isoformat()])

    def pick(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def pieces(self) -> list[str]:
        plan = load_library().plan("ST0648", "1.0")
        assert plan is not None
        return list(plan.mapped_ksbs("PD"))


def _result(walk: Walk) -> dict[str, Any]:
    grade = walk.pick("FAIL", "PASS", "DISTINCTION")
    if walk.chance.random() < 0.5:
        return walk.story.discussion(grade, heldOn="2026-05-01", minutes=walk.pick(90, 101))
    made = walk.story.case_study(grade, document=walk.pick("c" * 64, "ce" * 32), submittedOn="2026-04-27")
    made["components"][1] |= {"heldOn": "2026-05-01", "submittedOn": "2026-05-01"}
    return made


STEPS: list[Step] = [
    lambda w: (w.of("employer", "provider"), "confirmApprentice", {"by": BY}),
    lambda w: (w.of("employer"), "confirmApprentice", {"by": BY}),
    lambda w: (w.of("employer", "provider"), "fileGatewayItem", {"requirement": "PQIP", "achievedOn": "2026-02-01"}),
    lambda w: (
        w.of("provider", "employer"),
        "fileGatewayItem",
        {
            "requirement": w.pick("ENGLISH", "MATHS"),
            "achievedOn": "2026-02-01",
            "attained": w.pick("LEVEL_2", "LEVEL_2", "BELOW"),
        },
    ),
    lambda w: (
        w.of("epao"),
        "assessGatewayItem",
        {"requirement": w.pick("PQIP", "MATHS"), "accepted": w.pick(True, False), "reason": "X"},
    ),
    lambda w: (w.of("employer"), "nominateEpao", {"epao": w.of("epao").identifier, "by": BY}),
    lambda w: (w.of("epao"), "answerNomination", {"accepted": w.pick(True, True, True, False), "by": BY}),
    lambda w: (
        w.of("provider"),
        "fileEvidence",
        {"type": "OTHER", "ksbs": w.pieces(), "sha256": f"{w.chance.randrange(9):064x}", "link": "https://evidence.example/1"},
    ),
    lambda w: (w.of("employer"), "validatePortfolio", {"hash": w.hash, "validatedOn": w.day(), "by": BY}),
    lambda w: (w.of("employer"), "decideGateway", {"decidedOn": TODAY.isoformat(), "declaration": "1", "by": BY}),
    lambda w: (w.of("employer"), "decideGateway", {"decidedOn": TODAY.isoformat(), "declaration": "1", "by": BY}),
    lambda w: (w.of("epao"), "acknowledgePortfolio", {"hash": w.hash, "acknowledgedOn": TODAY.isoformat()}),
    lambda w: (
        w.of("employer"),
        "confirmAuthenticity",
        {"component": "CS", "sha256": w.pick("c" * 64, "ce" * 32), "confirmedOn": TODAY.isoformat(), "by": BY},
    ),
    lambda w: (w.of("epao"), "postResult", _result(w)),
    lambda w: (w.of("epao"), "postResult", _result(w)),
    lambda w: (w.of("epao"), "correctResult", {**_result(w), "version": w.pick(1, 2), "reason": "CLERICAL"}),
    lambda w: (w.of("epao"), "grantDispensation", {"breachId": w.pick(*w.breaches), "reference": "D", "by": BY}),
    lambda w: (w.of("epao"), "releaseGrade", {"by": BY}),
    lambda w: (
        w.of("employer"),
        "agreeResit",
        {
            "methods": [w.pick("PD", "CSP")],
            "kind": w.pick("RESIT", "RETAKE"),
            "agreedOn": TODAY.isoformat(),
            "actionPlan": True,
            "by": BY,
        },
    ),
    lambda w: (w.of("employer", "provider"), "changeDates", {"expectedGatewayOn": w.day(), "intake": w.pick("A", "B")}),
    lambda w: (
        w.of("employer", "provider"),
        "changeStatus",
        {
            "status": w.pick("ON_BREAK", "ON_PROGRAMME", "ON_PROGRAMME", "WITHDRAWN", "RESTARTED", "RESTARTED"),
            "on": TODAY.isoformat(),
        },
    ),
    lambda w: (w.of("employer"), "addProvider", {"provider": w.of("provider").identifier}),
    lambda w: (w.of("employer"), "transferApprentice", {"employer": w.of("employer").identifier, "on": w.day(), "by": BY}),
    lambda w: (w.of("employer", "provider"), "declineApprentice", {"by": BY}),
]
SELDOM = {"changeStatus", "transferApprentice", "declineApprentice", "addProvider", "nominateEpao"}
LATE = slice(11, 19)


async def begin(world: World, stage: int) -> Story:
    """An apprentice who is registered, ready for the gateway, or in assessment since March."""
    world.today = date(2026, 3, 2) if stage == 2 else TODAY
    story = await new_story(world)
    await story.register()
    await story.confirm()
    if stage:
        await story.file_items()
        await (await story.nominate()).accept()
        await (await story.file_portfolio()).validate()
    if stage == 2:
        await (await (await story.decide()).acknowledge()).authenticate()
    world.today = TODAY
    return story


async def walk(world: World, seed: int, steps: int) -> Counter[str]:
    """Takes random steps from a registered apprentice, and answers how often each act was done."""
    story = await begin(world, seed % 3)
    kinds = ("employer", "provider", "epao")
    made = Walk(story, [await world.party(kind) for kind in kinds], seed)
    menu = [*STEPS, *(STEPS[LATE] * 3 if seed % 3 == 2 else [])]
    for _ in range(steps):
        await made.look()
        party, act, given = made.chance.choice(menu)(made)
        if act in SELDOM and made.chance.random() < 0.85:
            continue
        outcome = await world.act(party, act, **{"apprenticeId": story.id, **given})
        made.done[act] += not outcome.problems
        await check(world, story)
    return +made.done


async def check(world: World, story: Story) -> None:
    """Cards and readiness equal what is made of the facts from scratch; nothing for all without a release."""
    assert story.apprentice is not None
    library = load_library()
    async with world.database.engine("hub_operator").connect() as connection:
        await connection.execute(text("set local role hub_rules"))
        record = (await facts.load(connection, [story.apprentice], library))[story.apprentice]
        await connection.rollback()
    verdict = readiness(record.plan, library.overlays, record.gateway, world.today)
    cards = await world.rows("select * from hub.card where apprentice_id=$1 and closed_on > $2", story.apprentice, world.today)
    open_cards = sorted(({**card, "my_reference": None} for card in cards), key=lambda card: str(card["party_id"]))
    expected = sorted(cards_of(record, verdict, world.today), key=lambda card: str(card["party_id"]))
    assert open_cards == [card for card in expected if card["opened_on"] <= world.today]
    [stored] = await world.rows("select * from gateway.readiness where apprentice_id=$1", story.apprentice)
    assert (stored["status"], stored["ready_from"]) == (verdict.status, verdict.ready_from)
    blockers = await world.rows(
        "select rule, party from gateway.blocker where apprentice_id=$1 order by position", story.apprentice
    )
    assert [(row["rule"], row["party"]) for row in blockers] == [(each.rule, each.party) for each in verdict.blockers]
    await check_grades(world, story)


async def check_grades(world: World, story: Story) -> None:
    """Grades for everybody exist after a release only, and are those of the last one."""
    releases = await world.rows("select overall from grades.release where apprentice_id=$1 order by at", story.apprentice)
    shown = await world.rows("select overall from grades.grade where apprentice_id=$1 and audience='all'", story.apprentice)
    assert [row["overall"] for row in shown] == [row["overall"] for row in releases[-1:]]
    parts = await world.rows("select 1 from grades.assessment where apprentice_id=$1 and audience='all'", story.apprentice)
    assert bool(parts) == bool(releases)
    current = await world.rows(
        "select count(*) as n from grades.result where apprentice_id=$1 and current group by method, attempt", story.apprentice
    )
    assert all(row["n"] == 1 for row in current)


@pytest.mark.parametrize("seed", range(4))
async def test_a_short_random_walk(shared: World, seed: int) -> None:
    assert (await walk(shared, seed, 40)).total() >= 5


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 112))
async def test_a_long_random_walk(shared: World, seed: int) -> None:
    assert (await walk(shared, seed, 150)).total() >= 20
