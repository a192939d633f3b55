"""The embargo under acts: whatever an EPAO posts, corrects and dispenses, by chance, nobody else's world moves."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import asyncpg
import pytest

from hub.store.pools import Database
from hub.words import id_text
from tests.counting import counted
from tests.slices.asking import front_of
from tests.slices.bundles import apart, asked, heard, values
from tests.slices.land import Land, relay
from tests.slices.test_embargo import LATER, _authenticated
from tests.world import BY, Party, Story, World

QUICK, DEEP = 2, 30
GRADES = {"PD": ("FAIL", "PASS", "DISTINCTION"), "CSP": ("FAIL", "PASS", "DISTINCTION")}
# Every row of everybody's but one party's, and of the cards also which version of the row it is.
KEPT = {
    "cards": "select c.xmin::text, to_jsonb(c)::text from hub.card c where party_id <> $1 order by 2",
    "events": "select to_jsonb(e)::text from hub.event e where party_id <> $1 order by party_id, seq",
    "streams": "select to_jsonb(s)::text from hub.stream s where party_id <> $1 order by 1",
    "apprentices": "select a.xmin::text, to_jsonb(a)::text from apprentices.apprentice a where $1::uuid is not null order by 2",
    "bookings": "select b.xmin::text, to_jsonb(b)::text from grades.booking b where $1::uuid is not null order by 2",
}


async def _post(story: Story, method: str, chance: random.Random, **more: Any) -> bool:
    """Posts or corrects a result of chance; whether it was taken."""
    grade = chance.choice(GRADES[method])
    minutes = chance.choice([85, 90, 99, 101, 120])
    given = story.discussion(grade, minutes=minutes) if method == "PD" else story.case_study(grade)
    act = "correctResult" if "version" in more else "postResult"
    return not (await story.world.act(story.epao, act, **{**given, **more})).problems


async def _kept_to_itself(world: World, land: Land, chance: random.Random) -> int:
    """What the EPAO does with its own results, in an order of chance; how many acts were taken."""
    taken, versions = 0, {"PD": 0, "CSP": 0}
    stories = {name: _in(world, land, name) for name in ("decided", "posted", "resit")}
    for _ in range(chance.randint(2, 6)):
        name, method = chance.choice(["decided", "decided", "posted", "resit"]), chance.choice(["PD", "CSP"])
        attempt = {"attempt": 2, "heldOn": "2026-05-28"} if name == "resit" else {}
        if name == "decided" and not versions[method]:
            done = await _post(stories[name], method, chance)
        else:
            version = versions[method] if name == "decided" else 1
            more = {"version": version, "reason": chance.choice(["MODERATION", "CLERICAL"])}
            method = "PD" if name == "resit" else method
            given = {"attempt": attempt["attempt"]} if attempt else {}
            done = await _post(stories[name], method, chance, **more, **given)
        versions[method] += done and name == "decided"
        taken += done
    for row in await world.rows(
        "select id, apprentice_id from grades.breach where not dispensed order by md5(id::text) limit 2"
    ):
        given = {"breachId": id_text("brc", row["id"]), "reference": "D-1", "by": BY}
        subject = id_text("apr", row["apprentice_id"])
        taken += not (await world.act(stories["decided"].epao, "grantDispensation", apprenticeId=subject, **given)).problems
    return taken


def _in(world: World, land: Land, name: str) -> Story:
    known = land.stories[name]
    return Story(world, known.employer, known.provider, known.epao, known.apprentice, known.uln)


async def _rows(connection: asyncpg.Connection, epao: Party) -> dict[str, list[Any]]:
    return {name: [tuple(row) for row in await connection.fetch(sql, epao.viewer.party)] for name, sql in KEPT.items()}


@asynccontextmanager
async def _prepared(land: Land) -> AsyncIterator[Database]:
    async with land.clone() as database:
        await _authenticated(land, database)
        yield database


async def _play(land: Land, seed: int) -> int:
    chance = random.Random(seed)
    async with _prepared(land) as database:
        connection = await land.superuser(database)
        front, world = front_of(land, database, LATER), World(database, LATER)
        given = await values(connection, land, seed)
        epao = land.cast["decided"][2]
        looking = [each[0] for each in land.parties.values() if each[0] is not epao] + [land.parties["epao"][1]]
        shown = [(await asked(front, party, given), await heard(front, party)) for party in looking]
        was = await _rows(connection, epao)
        own = await asked(front, epao, given)
        taken = await _kept_to_itself(world, land, chance)
        await relay(database)
        now = await _rows(connection, epao)
        for name in KEPT:
            assert now[name] == was[name], (seed, name)
        for party, (said, told) in zip(looking, shown, strict=True):
            found = apart(said, await asked(front, party, given))
            assert not found, (seed, party.viewer.kind, found)
            assert told == await heard(front, party), (seed, party.viewer.kind)
        assert bool(taken) == bool(apart(own, await asked(front, epao, given))), "only the EPAO sees its own acts"
        await connection.close()
    return taken


async def _played(land: Land, seeds: range) -> None:
    began = monotonic()
    taken = sum([await _play(land, seed) for seed in seeds])
    assert taken >= len(seeds)
    took = monotonic() - began
    counted(f"embargo under acts: {len(seeds)} worlds, {taken} acts of the EPAO in {took:.1f} s; no byte, card or event moved")


async def test_epa_107_no_act_on_unreleased_results_moves_anybody_elses_world(assessing: Land) -> None:
    """EPA-107, (e) 3: cards with their row versions, events with their numbers, streams and every answer."""
    await _played(assessing, range(QUICK))


@pytest.mark.deep
async def test_epa_107_no_act_on_unreleased_results_moves_anybody_elses_world_many_times(assessing: Land) -> None:
    """EPA-107, (e) 3: the same for many orders of posting, correcting and dispensing."""
    await _played(assessing, range(100, 100 + DEEP))
