"""A small world to test in: organisations with their parties, and a story that brings an apprentice to any stage."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from hub.acts.act import Outcome
from hub.acts.all import REGISTRY
from hub.acts.engine import Engine
from hub.keyring import HeldKeys, Keys
from hub.slices.scopes import SCOPES
from hub.store import apprentices as t
from hub.store import organisations
from hub.store.plans import install, load_library
from hub.store.pools import Database
from hub.store.spine import new_id
from hub.viewer import PartyKind, Viewer
from hub.words import id_text

TODAY = date(2026, 3, 2)
SEAL = b"a seal for fingerprints in tests"
KEYS = HeldKeys()
"""The sealing keys of every EPAO of this run."""
BY = {"reference": "P-1", "name": "Robin Example", "role": "Head of learning"}
SECTIONS = ["INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "PLANNED_WORK", "SUMMARY"]
SCHEME = {"employer": "EMPLOYER_NUMBER", "provider": "UKPRN", "epao": "EPAO_ID"}


def new_uln() -> str:
    """A fresh ULN with a right check digit."""
    while True:
        digits = [random.randint(1, 9), *(random.randint(0, 9) for _ in range(8))]
        remainder = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if remainder:
            return "".join(map(str, digits)) + str(10 - remainder)


NUMBERS = {
    "employer": iter(random.sample(range(100_000_000, 900_000_000), 50_000)),
    "provider": iter(random.sample(range(10_000_000, 90_000_000), 50_000)),
    "epao": iter(random.sample(range(10_000), 10_000)),
}


def new_number(kind: str) -> str:
    """An identifier that no other organisation of this run has."""
    number = next(NUMBERS[kind])
    return f"EPA{number:04d}" if kind == "epao" else str(number)


@dataclass
class Party:
    """One party of the world, with the identifier by which others name it."""

    viewer: Viewer
    identifier: Mapping[str, str]


@dataclass
class World:
    """Makes parties and does acts; `today` can be moved."""

    database: Database
    today: date = TODAY
    parties: list[Party] = field(default_factory=list)
    keys: Keys = KEYS

    @property
    def engine(self) -> Engine:
        return Engine(self.database, load_library(), SEAL, lambda: self.today, self.keys)

    async def party(self, kind: str, **organisation: Any) -> Party:
        """A fresh organisation that is a party of this kind."""
        value = new_number(kind)
        async with self.database.engine("hub_operator").begin() as connection:
            made = new_id()
            row = {"id": made, "name": f"The {kind} {value}", "claimed": True, **organisation}
            await connection.execute(t.organisation.insert().values(**row))
            await connection.execute(
                t.organisation_identifier.insert().values(scheme=SCHEME[kind], value=value, organisation_id=made)
            )
            party = (await organisations.parties(connection, [made], kind))[made]
        found = PartyKind(kind)
        viewer = Viewer(party, found, made, id_text("cli", new_id()), SCOPES[found])
        self.parties.append(Party(viewer, {"scheme": SCHEME[kind], "value": value}))
        return self.parties[-1]

    async def act(self, party: Party, name: str, /, **given: Any) -> Outcome:
        """Does an act as a party and answers its outcome."""

        async def read(_: asyncpg.Connection | None, outcome: Outcome) -> Outcome:
            return outcome

        return await self.engine.do(party.viewer, name, given, read)

    async def do(self, party: Party, name: str, /, **given: Any) -> dict[str, Any]:
        """Does an act that must not be refused."""
        outcome = await self.act(party, name, **given)
        assert not outcome.problems, (name, outcome.problems)
        return dict(outcome.given)

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        """Rows as the rules' role sees them: all of them."""
        pool = await self.database.reader("hub_operator")
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("set local role hub_rules")
            return [dict(row) for row in await connection.fetch(sql, *args)]


@dataclass
class Story:
    """One apprentice with an employer, a provider and an EPAO, brought forward step by step."""

    world: World
    employer: Party
    provider: Party
    epao: Party
    apprentice: UUID | None = None
    uln: str = field(default_factory=new_uln)

    @property
    def id(self) -> str:
        assert self.apprentice is not None
        return id_text("apr", self.apprentice)

    async def register(self, **given: Any) -> "Story":
        learner = {
            "uln": self.uln,
            "givenNames": "Sam",
            "familyName": "Example",
            "standard": {"reference": "ST0648"},
            "startOn": "2023-09-04",
            "plannedEndOn": "2026-09-04",
            "expectedGatewayOn": "2026-04-01",
            "ageBand": "16-18",
            "employer": self.employer.identifier,
            **given,
        }
        self.apprentice = (await self.world.do(self.provider, "registerApprentice", **learner))["apprentice"]
        return self

    async def confirm(self) -> "Story":
        await self.world.do(self.employer, "confirmApprentice", apprenticeId=self.id, by=BY)
        return self

    async def file_items(self, *requirements: str) -> "Story":
        for requirement in requirements or ("ENGLISH", "MATHS", "PQIP"):
            attained = {} if requirement == "PQIP" else {"attained": "LEVEL_2"}
            given = {"apprenticeId": self.id, "requirement": requirement, "achievedOn": "2026-02-01", **attained}
            await self.world.do(self.provider, "fileGatewayItem", **given)
        return self

    async def nominate(self) -> "Story":
        await self.world.do(self.employer, "nominateEpao", apprenticeId=self.id, epao=self.epao.identifier, by=BY)
        return self

    async def accept(self) -> "Story":
        await self.world.do(self.epao, "answerNomination", apprenticeId=self.id, accepted=True, by=BY)
        return self

    async def file_portfolio(self) -> "Story":
        plan = load_library().plan("ST0648", "1.0")
        assert plan is not None
        codes = plan.mapped_ksbs("PD")
        for index in range(10):
            piece = {"type": "CLIENT_FEEDBACK", "ksbs": list(codes[index::10]), "sha256": f"{index:064x}"}
            link = f"https://evidence.example/{index}"
            await self.world.do(self.provider, "fileEvidence", apprenticeId=self.id, link=link, **piece)
        return self

    async def portfolio_hash(self) -> str:
        rows = await self.world.rows("select hash from portfolios.portfolio where apprentice_id = $1", self.apprentice)
        return str(rows[0]["hash"])

    async def validate(self) -> "Story":
        given = {"hash": await self.portfolio_hash(), "validatedOn": self.world.today.isoformat(), "by": BY}
        await self.world.do(self.employer, "validatePortfolio", apprenticeId=self.id, **given)
        return self

    async def decide(self) -> "Story":
        given = {"decidedOn": self.world.today.isoformat(), "declaration": "1", "by": BY}
        await self.world.do(self.employer, "decideGateway", apprenticeId=self.id, **given)
        return self

    async def to_gateway(self) -> "Story":
        """Everything up to and including the employer's decision."""
        await self.register()
        await self.confirm()
        await self.file_items()
        await self.nominate()
        await self.accept()
        await self.file_portfolio()
        await self.validate()
        return await self.decide()

    async def acknowledge(self) -> "Story":
        given = {"hash": await self.portfolio_hash(), "acknowledgedOn": self.world.today.isoformat()}
        await self.world.do(self.epao, "acknowledgePortfolio", apprenticeId=self.id, **given)
        return self

    def discussion(self, grade: str = "PASS", **changes: Any) -> dict[str, Any]:
        part = {
            "component": "PD",
            "outcome": "FAIL" if grade == "FAIL" else "PASS",
            "heldOn": "2026-04-20",
            "minutes": 90,
            "bankQuestions": 6,
            "ownQuestions": 6,
            **changes,
        }
        return {"apprenticeId": self.id, "method": "PD", "grade": grade, "assessor": "IA-7", "components": [part], "by": BY}

    def case_study(self, grade: str = "PASS", document: str = "c" * 64, **changes: Any) -> dict[str, Any]:
        outcome = "FAIL" if grade == "FAIL" else "PASS"
        study = {"component": "CS", "outcome": outcome, "submittedOn": "2026-04-20", "words": 3250, "document": document}
        study |= {"theme": "T-1", "sections": SECTIONS}
        talk = {"component": "PR", "outcome": outcome, "heldOn": "2026-04-29", "submittedOn": "2026-04-29"}
        slides = document[::-1].replace("c", "d")
        talk |= {"minutes": 45, "bankQuestions": 10, "ownQuestions": 0, "audioRecorded": True, "document": slides}
        study |= {name: value for name, value in changes.items() if name in study}
        return {
            "apprenticeId": self.id, "method": "CSP", "grade": grade, "assessor": "IA-7", "components": [study, talk], "by": BY
        }  # fmt: skip

    async def authenticate(self, document: str = "c" * 64) -> "Story":
        given = {"component": "CS", "sha256": document, "confirmedOn": self.world.today.isoformat(), "by": BY}
        await self.world.do(self.employer, "confirmAuthenticity", apprenticeId=self.id, **given)
        return self

    async def release(self) -> "Story":
        await self.world.do(self.epao, "releaseGrade", apprenticeId=self.id, by=BY)
        return self


async def new_world(database: Database) -> World:
    """A world over a database that holds the plans."""
    async with database.engine("hub_operator").begin() as connection:
        await install(connection, load_library())
    return World(database)


async def new_story(world: World) -> Story:
    """A story with three fresh parties."""
    return Story(world, await world.party("employer"), await world.party("provider"), await world.party("epao"))


__all__ = ["BY", "KEYS", "REGISTRY", "TODAY", "Party", "Story", "World", "new_story", "new_uln", "new_world"]
