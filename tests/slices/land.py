"""A land to look at from every side: three parties of each kind, and an apprentice in every state a relation can be in.

`STATES` says by hand how far each party's card opens the apprentice of each state (requirements d7, X-20); nothing in it
is taken from the hub's own slices.
"""

from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from hub.store.pools import Database
from hub.store.relay import Relay, ensure_epoch
from hub.store.roles import password
from infra.postgres import EmbeddedPostgres
from tests.world import BY, TODAY, Party, Story, World, new_world

NOW = date(2026, 6, 1)
NAMED, IDENTITY, CHECKLIST, FULL = 0, 1, 2, 3

# state: the reach of (employer, provider, EPAO), then of the other employer, provider and EPAO that play a part.
STATES: Mapping[str, tuple[int | None, ...]] = {
    "claimed": (IDENTITY, FULL, None, None, None, None),
    "declined": (None, FULL, None, None, None, None),
    "by_employer": (FULL, IDENTITY, None, None, None, None),
    "confirmed": (FULL, FULL, None, None, None, None),
    "nominated": (FULL, FULL, NAMED, None, None, None),
    "refused": (FULL, FULL, None, None, None, None),
    "accepted": (FULL, FULL, CHECKLIST, None, None, None),
    "decided": (FULL, FULL, FULL, None, None, None),
    "posted": (FULL, FULL, FULL, None, None, None),
    "released": (FULL, FULL, FULL, None, None, None),
    "resit": (FULL, FULL, FULL, None, None, None),
    "retake": (FULL, FULL, FULL, None, None, None),
    "transferred": (None, FULL, None, IDENTITY, None, None),
    "settled": (None, FULL, None, FULL, None, None),
    "epao_changed": (FULL, FULL, None, None, None, NAMED),
    "second_claimed": (FULL, FULL, None, None, IDENTITY, None),
    "second_confirmed": (FULL, FULL, None, None, FULL, None),
    "withdrawn": (FULL, FULL, None, None, None, None),
    "planless": (None, FULL, None, None, None, None),
    # what no act of today brings about: cards dated or opened otherwise, by hand
    "future": (None, None, None, None, None, None),
    "first_day": (FULL, FULL, CHECKLIST, None, None, None),
    "last_day": (None, None, None, None, None, None),
    "between": (CHECKLIST, CHECKLIST, IDENTITY, None, None, None),
    "barely": (NAMED, NAMED, NAMED, None, None, None),
}
BY_HAND: Mapping[str, str] = {
    "future": "opened_on = '2027-01-01'",
    "first_day": f"opened_on = '{NOW}'",
    "last_day": f"closed_on = '{NOW}'",
    "between": "reach = case kind when 'epao' then 1 else 2 end",
    "barely": "reach = 0",
}
AFTER_DECISION = ("decided", "posted", "released", "resit", "retake")


@dataclass
class Land:
    """A filled database that is cloned for each test, and what is in it."""

    cluster: EmbeddedPostgres
    template: str
    parties: dict[str, list[Party]] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    cast: dict[str, tuple[Party, ...]] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    clones: int = 0

    @property
    def everyone(self) -> list[Party]:
        return [party for kind in self.parties.values() for party in kind]

    def reach(self, party: Party, name: str) -> int | None:
        """How far the apprentice of this name is open to a party today, as the script has it."""
        found = [
            reach
            for played, reach in zip(self.cast[name], STATES[self.state[name]], strict=True)
            if played is party and reach is not None
        ]
        return max(found, default=None)

    def of(self, party: Party, least: int = NAMED) -> list[str]:
        """The names of the apprentices open to a party at least so far."""
        return [
            name for name in self.stories if (self.reach(party, name) or 0) >= least and self.reach(party, name) is not None
        ]

    @asynccontextmanager
    async def clone(self, template: str | None = None):
        """A database of one's own with everything that is in the land."""
        self.clones += 1
        name = f"{self.template}_{self.clones}"
        await self.cluster.create(name, template or self.template)
        database = Database(self.cluster.owner_url(name), self.cluster.secret, connections=30)
        database.name = name
        try:
            yield database
        finally:
            await database.close()
            await self.cluster.drop(name)

    async def superuser(self, database: Database) -> asyncpg.Connection:
        """A connection above every lock, to say what there is."""
        return await asyncpg.connect(
            host=self.cluster.socket_folder, user="postgres", database=database.name,
            password=password(self.cluster.secret, "postgres"), server_settings={"timezone": "UTC"},
        )  # fmt: skip


async def relay(database: Database) -> None:
    """Delivers everything the acts have told, and shows who has read and acted."""
    connection = await database.connect("hub_relay")
    try:
        await ensure_epoch(connection, datetime.now(UTC))
        led = Relay(database, lambda: datetime.now(UTC))
        while await led.move(connection):
            pass
        await led.chain.begin(connection)
        while await led.chain.forge(connection) or led.chain.behind:
            pass
    finally:
        await connection.close()


async def build(cluster: EmbeddedPostgres, name: str, template: str, states: list[str], rotate: int = 1) -> Land:
    """A land with one apprentice in each of the states, the parties taking turns."""
    await cluster.create(name, template)
    database = Database(cluster.owner_url(name), cluster.secret, connections=30)
    database.name = name
    land = Land(cluster, name)
    try:
        world = await new_world(database)
        for kind in ("employer", "provider", "epao"):
            land.parties[kind] = [await world.party(kind) for _ in range(3)]
        for number, state in enumerate(states):
            await _enter(land, world, f"{state}{number}" if state in land.stories else state, state, number * rotate)
        await relay(database)
        await _by_hand(land, database)
    finally:
        await database.close()
    return land


async def _enter(land: Land, world: World, name: str, state: str, turn: int) -> None:
    trio = [land.parties[kind][(turn // step) % 3] for kind, step in (("employer", 1), ("provider", 2), ("epao", 4))]
    others = [land.parties[kind][(turn // step + 1) % 3] for kind, step in (("employer", 1), ("provider", 2), ("epao", 4))]
    story = Story(world, *trio)
    land.stories[name], land.cast[name], land.state[name] = story, (*trio, *others), state
    world.today = TODAY
    await bring(story, state, others)


async def bring(story: Story, state: str, others: list[Party]) -> None:
    """Brings one apprentice into a state through acts alone."""
    world, (employer, provider, epao) = story.world, others
    given = {"myReference": f"ref-{state}", "givenNames": "Sam", "familyName": f"Example {state.title()}"}
    if state == "by_employer":
        learner = {"uln": story.uln, "startOn": "2023-09-04", "plannedEndOn": "2026-09-04", "standard": {"reference": "ST0648"}}
        made = await world.do(story.employer, "registerApprentice", **learner, **given, provider=story.provider.identifier)
        story.apprentice = made["apprentice"]
        return
    if state == "planless":
        given |= {"standard": {"reference": "ST9999", "version": "1.1"}}
        given |= {"employer": {"scheme": "EMPLOYER_NUMBER", "value": f"9{story.uln[:8]}"}}
    await story.register(**given)
    if state in ("claimed", "planless"):
        return
    if state == "declined":
        await world.do(story.employer, "declineApprentice", apprenticeId=story.id, by=BY)
        return
    await story.confirm()
    await _on_programme(story, state, employer, provider, epao)


async def _on_programme(story: Story, state: str, employer: Party, provider: Party, epao: Party) -> None:
    world = story.world
    if state == "confirmed":
        return
    if state == "withdrawn":
        await world.do(story.provider, "changeStatus", apprenticeId=story.id, status="WITHDRAWN", on="2026-02-01")
        return
    await story.file_items()
    await world.do(story.provider, "setContact", apprenticeId=story.id, email=f"{state}@people.example", phone="0100")
    if state.startswith("second"):
        await world.do(story.employer, "addProvider", apprenticeId=story.id, provider=provider.identifier)
        if state == "second_confirmed":
            await world.do(provider, "confirmApprentice", apprenticeId=story.id, by=BY)
        return
    if state in ("transferred", "settled"):
        given = {"employer": employer.identifier, "on": "2026-03-01", "by": BY}
        await world.do(story.employer, "transferApprentice", apprenticeId=story.id, **given)
        if state == "settled":
            await world.do(employer, "confirmApprentice", apprenticeId=story.id, by=BY)
        return
    await _with_epao(story, state, epao)


async def _with_epao(story: Story, state: str, other: Party) -> None:
    world = story.world
    await story.nominate()
    if state == "nominated":
        return
    if state == "refused":
        await world.do(story.epao, "answerNomination", apprenticeId=story.id, accepted=False, by=BY)
        return
    await story.accept()
    if state == "epao_changed":
        await world.do(story.employer, "nominateEpao", apprenticeId=story.id, epao=other.identifier, by=BY)
        return
    if state == "accepted" or state in BY_HAND:
        await story.file_portfolio()
        return
    await story.file_portfolio()
    await story.validate()
    await story.decide()
    await _assess(story, state)


async def _assess(story: Story, state: str) -> None:
    world = story.world
    await story.acknowledge()
    await world.do(story.epao, "scheduleAssessment", apprenticeId=story.id, component="PD", on="2026-04-20")
    if state == "decided":
        return
    world.today = date(2026, 5, 1)
    await story.authenticate()
    again = state in ("resit", "retake")
    if state == "posted":
        await world.do(story.epao, "postResult", **story.discussion("PASS", minutes=101))
    else:
        await world.do(story.epao, "postResult", **story.discussion("FAIL" if again else "PASS"))
    await world.do(story.epao, "postResult", **story.case_study("PASS"))
    if state == "posted":
        return
    await story.release()
    if not again:
        return
    world.today = date(2026, 5, 10)
    given = {"methods": ["PD"], "kind": state.upper(), "agreedOn": "2026-05-10", "actionPlan": True, "by": BY}
    await world.do(story.employer, "agreeResit", apprenticeId=story.id, **given)
    world.today = NOW
    if state == "resit":
        await world.do(story.epao, "postResult", **story.discussion("PASS", heldOn="2026-05-28"), attempt=2)


async def _by_hand(land: Land, database: Database) -> None:
    """Dates and opens cards as no act of today does."""
    connection = await land.superuser(database)
    try:
        for party in land.everyone:
            head = (
                "insert into hub.audit_head (party_id, seq, at, hash, jws)"
                " select id, 1, '2026-05-01', '\\x00', 'head of ' || id from apprentices.party where id = $1"
            )
            await connection.execute(head, party.viewer.party)
        for name, state in land.state.items():
            if state in BY_HAND:
                change = f"update hub.card set {BY_HAND[state]} where apprentice_id = $1"
                await connection.execute(change, apprentice_of(land, name))
    finally:
        await connection.close()


def apprentice_of(land: Land, name: str) -> UUID:
    """The apprentice of this name."""
    found = land.stories[name].apprentice
    assert found is not None
    return found


def plain(row: Any) -> dict[str, Any]:
    """A row as a dictionary."""
    return dict(row)
