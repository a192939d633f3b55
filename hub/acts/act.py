"""The transaction of one act, handed to the function that does it, and the register of all acts.

What an act writes becomes visible all at once or not at all; a refused act changes nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.inputs import Input
from hub.errors import HubError, Problem
from hub.keyring import NO_KEYS, Keys
from hub.plan.ceilings import CEILINGS, NAMES
from hub.plan.facts import WITHDRAWN
from hub.plan.model import Plan
from hub.slices.rows import CHECKLIST
from hub.store import facts
from hub.store.plans import Library
from hub.viewer import PartyKind, Viewer

HERE = "input.apprenticeId"


class Refused(Exception):
    """An act that a rule, a state or a bad value forbids; nothing was changed."""

    def __init__(self, *problems: Problem):
        super().__init__(*(problem.code for problem in problems))
        self.problems = problems


def refusal(code: str, message: str | None = None, where: str | None = None) -> Refused:
    """A refusal for one coded reason; `where` is the field of the input, with its prefix."""
    return Refused(HubError(code, message, where).problem)


def refuse(problems: Iterable[Problem]) -> None:
    """Stops the act if there is any problem; a rule names fields of the input without its prefix."""
    found = [
        Problem(p.code, p.message, p.field if (p.field or "input").startswith("input") else f"input.{p.field}", p.rule)
        for p in problems
    ]
    if found:
        raise Refused(*found)


def check_version(named: int | None, present: int) -> None:
    """Refuses an act that names another version than the present one."""
    if named is not None and named != present:
        raise refusal("VERSION_CONFLICT", where="input.version")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act answers: values for the payload's fields, rows by their UUID, or the problems that refused it.

    `audited` are the apprentices that its audit rows name.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    replayed: bool = False
    audited: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Act:
    """The transaction of one act. `reach` says how far each apprentice is open to the viewer, `need` how far it must be.

    `even_restricted` says whether it may be done to an apprentice whose data is restricted, `graded` whether its process
    may know grades at all, `keys` open what its party sealed, `shows` are the visibility classes that its answer will hold,
    `thing` is the id of what it is about when that is no apprentice.
    """

    connection: AsyncConnection
    viewer: Viewer
    today: date
    now: datetime
    library: Library
    seal: bytes
    need: int = 0
    even_restricted: bool = False
    graded: bool = True
    keys: Keys = NO_KEYS
    reach: Mapping[UUID, int] = field(default_factory=dict)
    records: dict[UUID, facts.Record] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    subjects: set[UUID] = field(default_factory=set)
    audited: set[UUID] = field(default_factory=set)
    shows: tuple[str, ...] = ()
    thing: str | None = None

    async def load(self, *ids: UUID) -> None:
        """Locks the apprentices in id order and loads what the rules may ask about them."""
        self.records.update(await facts.load(self.connection, sorted(ids), self.library, graded=self.graded))

    def record(self, apprentice: UUID, where: str = HERE) -> facts.Record:
        """The apprentice as the rules see it; one outside the slice does not exist."""
        if apprentice not in self.reach:
            raise refusal("NOT_FOUND", "There is no such apprentice in your slice.", where)
        if apprentice not in self.records:
            raise refusal("ERASED", where=where)
        if self.records[apprentice].restriction is not None and not self.even_restricted:
            raise refusal("RESTRICTED", where=where)
        if self.reach[apprentice] < self.need:
            raise self._too_early(self.reach[apprentice], where)
        return self.records[apprentice]

    def confirmed(self, apprentice: UUID, where: str = HERE) -> facts.Record:
        """The apprentice, once an employer and a training provider have both stood behind it."""
        record = self.record(apprentice, where)
        if not record.opened:
            raise refusal("CLAIM_NOT_CONFIRMED", where=where)
        return record

    def planned(self, apprentice: UUID, *, even_withdrawn: bool = False) -> tuple[facts.Record, Plan]:
        """The confirmed apprentice and its plan; without a plan there is no gateway, portfolio or grade.

        What happened before a withdrawal may still be recorded after it, but nothing new begins.
        """
        record = self.confirmed(apprentice)
        if record.plan is None:
            raise refusal("NO_PLAN", where=HERE)
        if record.identity["status"] == WITHDRAWN and not even_withdrawn:
            raise refusal("STATE_CONFLICT", "The apprentice has withdrawn.", HERE)
        return record, record.plan

    def _too_early(self, reach: int, where: str) -> Refused:
        if self.viewer.kind != PartyKind.EPAO:
            return refusal("CLAIM_NOT_CONFIRMED", "Confirm this apprenticeship first.", where)
        if reach < CHECKLIST:
            return refusal("STATE_CONFLICT", "Answer the nomination first.", where)
        return refusal("GATEWAY_NOT_PASSED", where=where)

    def tell(self, event: str, record: facts.Record, only: UUID | None = None, **said: Any) -> None:
        """Notes an event; who hears it is read from the cards as they stand when the act is done."""
        self.told.append({"type": event, "record": record, "only": only, "facts": said, "to": None})

    def tell_all(self, event: str, record: facts.Record, parties: Iterable[UUID]) -> None:
        """Notes an event for parties whose cards may close with this act."""
        if to := sorted(parties):
            self.told.append({"type": event, "record": record, "only": None, "facts": {}, "to": to})

    def tell_leaver(self, record: facts.Record, party: UUID) -> None:
        """Tells a party whose card closes with this act; it hears that its access ended, and nothing more."""
        self.told.append({"type": "apprentice.left", "record": record, "only": None, "facts": {}, "to": [party]})

    def room(self, record: facts.Record, *more: str) -> None:
        """Refuses an act that leaves a record with more of anything than it holds; `more` are about to get one."""
        for name, most in CEILINGS.items():
            if len(record.row[name]) + (name in more) > most:
                raise refusal("CEILING_REACHED", f"The apprentice has {most} {NAMES[name]}, which is the most.")

    def tell_alone(self, event: str, record: facts.Record, party: UUID, **said: Any) -> None:
        """Notes an event for one party, whether or not the apprentice is still open to it."""
        self.told.append({"type": event, "record": record, "only": None, "facts": said, "to": [party]})

    async def save(self, statement: Any, rows: list[dict[str, Any]] | dict[str, Any] | None = None) -> None:
        """Runs one write; an empty list of rows writes nothing."""
        if rows is None:
            await self.connection.execute(statement)
        elif rows:
            await self.connection.execute(statement, rows)

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
