"""One act, one transaction: find the apprentices in the slice, take on the rules' role, change, tell, audit, answer.

What an act writes becomes visible all at once or not at all; a refused act changes nothing.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.inputs import Input, subjects_of
from hub.errors import HubError, Problem
from hub.plan.model import Plan
from hub.slices.acts import ACTS as SLICES
from hub.slices.acts import ActSlice
from hub.store import cards, facts, spine
from hub.store.plans import Library
from hub.viewer import Viewer


class Refused(Exception):
    """An act that a rule, a state or a bad value forbids; nothing was changed."""

    def __init__(self, *problems: Problem):
        super().__init__(*(problem.code for problem in problems))
        self.problems = problems


def refuse(problems: Iterable[Problem]) -> None:
    """Stops the act if there is any problem; a rule names fields of the input without its prefix."""
    found = [
        Problem(p.code, p.message, p.field if (p.field or "input").startswith("input") else f"input.{p.field}", p.rule)
        for p in problems
    ]
    if found:
        raise Refused(*found)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act answers: values for the payload's fields, rows by their UUID, or the problems that refused it."""

    given: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    replayed: bool = False


@dataclass(slots=True)
class Act:
    """The transaction of one act, handed to the function that does it."""

    connection: AsyncConnection
    viewer: Viewer
    today: date
    now: datetime
    library: Library
    seal: bytes
    reach: Mapping[UUID, int] = field(default_factory=dict)
    records: dict[UUID, facts.Record] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    subjects: set[UUID] = field(default_factory=set)

    async def load(self, *ids: UUID) -> None:
        """Locks the apprentices in id order and loads what the rules may ask about them."""
        self.records.update(await facts.load(self.connection, sorted(ids), self.library))
        self.subjects.update(ids)

    def record(self, apprentice: UUID, where: str = "input.apprenticeId") -> facts.Record:
        """The apprentice as the rules see it; one outside the slice does not exist."""
        if apprentice not in self.records or apprentice not in self.reach:
            raise Refused(Problem("NOT_FOUND", "There is no such apprentice in your slice.", where))
        return self.records[apprentice]

    def confirmed(self, apprentice: UUID, where: str = "input.apprenticeId") -> facts.Record:
        """The apprentice, once both parties have confirmed the apprenticeship."""
        record = self.record(apprentice, where)
        if any(tie.state == facts.CLAIMED for tie in record.ties if tie.open_on(self.today)):
            raise Refused(HubError("CLAIM_NOT_CONFIRMED", field=where).problem)
        return record

    def tell(self, event: str, record: facts.Record, only: UUID | None = None, **said: Any) -> None:
        """Notes an event; who hears it is read from the cards as they stand when the act is done."""
        self.told.append({"type": event, "record": record, "only": only, "facts": said, "to": None})

    def tell_leaver(self, record: facts.Record, party: UUID) -> None:
        """Tells a party whose card closes with this act; it hears that its access ended, and nothing more."""
        self.told.append({"type": "apprentice.left", "record": record, "only": None, "facts": {}, "to": [party]})

    async def save(self, statement: Any, rows: list[dict[str, Any]] | dict[str, Any] | None = None) -> None:
        """Runs one write; an empty list of rows writes nothing."""
        if rows is None:
            await self.connection.execute(statement)
        elif rows:
            await self.connection.execute(statement, rows)

    def planned(self, apprentice: UUID) -> tuple[facts.Record, Plan]:
        """The confirmed apprentice and its plan; without a plan there is no gateway, portfolio or grade."""
        record = self.confirmed(apprentice)
        if record.plan is None:
            raise Refused(HubError("NO_PLAN", field="input.apprenticeId").problem)
        return record, record.plan

    @property
    def actor(self) -> dict[str, Any]:
        """The columns that say who did it."""
        return {"actor_party_id": self.viewer.party, "actor_client": self.viewer.client, "at": self.now}


Doing = Callable[[Act, Any], Awaitable[dict[str, Any]]]
D = TypeVar("D", bound=Doing)
M = TypeVar("M", bound=type[Input])


@dataclass(frozen=True, slots=True)
class Known:
    """An act by name: the shape of its input, and what does it or, for a batch, the act it does for each item."""

    model: type[Input]
    doing: Doing | None = None
    of: str | None = None


REGISTRY: dict[str, Known] = {}


def act(name: str, model: type[Input]) -> Callable[[D], D]:
    """Registers the function that does the act of this name, taking input of this shape."""

    def register(doing: D) -> D:
        REGISTRY[name] = Known(model, doing)
        return doing

    return register


def batch(name: str, of: str) -> Callable[[M], M]:
    """Registers an act whose input holds `items`, each of which is the input of the act `of`."""

    def register(model: M) -> M:
        REGISTRY[name] = Known(model, of=of)
        return model

    return register


def fingerprint(seal: bytes, name: str, given: Input) -> bytes:
    """A keyed digest of an act's input, which tells equal inputs from different ones and nothing else."""
    body = orjson.dumps([name, given.model_dump(mode="json", exclude={"idempotency_key"})], option=orjson.OPT_SORT_KEYS)
    return hmac.new(seal, body, hashlib.sha256).digest()


def permitted(viewer: Viewer, name: str) -> ActSlice:
    """The act's slice, if this kind of party with these scopes may do it at all.

    Raises HubError FIELD_NOT_IN_SLICE or SCOPE_MISSING.
    """
    slice_ = SLICES[name]
    if viewer.kind not in slice_.reach:
        raise HubError("FIELD_NOT_IN_SLICE", field=f"Mutation.{name}")
    if slice_.scope not in viewer.scopes:
        raise HubError("SCOPE_MISSING", f"This operation needs the scope {slice_.scope}.", f"Mutation.{name}")
    return slice_


async def find(act_: Act, given: Input, reach: int) -> None:
    """Finds, under the party's own role and policies, which of the named apprentices are in its slice."""
    named = subjects_of(given)
    if named:
        found = await act_.connection.execute(
            text("select apprentice_id, reach from hub.card where apprentice_id = any(:ids)"), {"ids": named}
        )
        act_.reach = {row.apprentice_id: row.reach for row in found if row.reach >= reach}


async def finish(act_: Act, name: str, given: Input) -> None:
    """Tells the parties and writes the audit row, inside the act's own transaction."""
    reaches = await cards.reaches(act_.connection, {told["record"].id for told in act_.told}, act_.today)
    await act_.save(spine.outbox.insert(), [row for told in act_.told for row in _outbox(act_, told, reaches)])
    await act_.save(
        spine.audit.insert(),
        {
            "id": spine.new_id(),
            "party_id": act_.viewer.party,
            "client": act_.viewer.client,
            "person": getattr(getattr(given, "by", None), "reference", None),
            "on_behalf_of": act_.viewer.on_behalf,
            "act": name,
            "subjects": sorted(act_.subjects),
            "fingerprint": fingerprint(act_.seal, name, given),
            "at": act_.now,
        },
    )


def _outbox(act_: Act, told: dict[str, Any], reaches: Mapping[UUID, list[cards.Reach]]) -> list[dict[str, Any]]:
    record: facts.Record = told["record"]
    recipients = told["to"] or cards.recipients(told["type"], reaches.get(record.id, []), told["only"])
    row = {"type": told["type"], "apprentice_id": record.id, "standard_id": record.standard_id, "at": act_.now}
    return [{**row, "recipients": recipients, "facts": told["facts"]}] if recipients else []
