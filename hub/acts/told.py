"""What a party tells of an apprenticeship, and what a set of such tellings comes to before anything is written."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from hub.acts.act import Act
from hub.acts.inputs import Identifier
from hub.plan import facts as f
from hub.store import organisations
from hub.store.facts import Record
from hub.store.registered import Key
from hub.viewer import PartyKind


class Named(Protocol):
    """A standard as a registration names it."""

    reference: str | None
    version: str | None
    lars_code: str | None


class Told(Protocol):
    """One apprenticeship as a party tells of it."""

    uln: str
    given_names: str
    family_name: str
    start_on: date
    original_start_on: date | None
    planned_end_on: date
    expected_gateway_on: date | None
    status: str | None
    status_on: date | None
    age_band: str | None
    employer: Identifier | None
    provider: Identifier | None
    region: str | None
    intake: str | None
    my_reference: str | None

    @property
    def standard(self) -> Named: ...


@dataclass(slots=True)
class Work:
    """What a set of registrations comes to, before anything of it is written."""

    made: dict[Key, tuple[Told, dict[str, Any]]] = field(default_factory=dict)
    changed: list[tuple[Told, Record, dict[str, Any]]] = field(default_factory=list)
    claims: dict[UUID, Identifier] = field(default_factory=dict)
    references: dict[UUID, str] = field(default_factory=dict)


def other_kind(act: Act) -> str:
    """The kind of party that has to confirm what the viewer registers."""
    return f.EMPLOYER if act.viewer.kind == PartyKind.PROVIDER else f.PROVIDER


def named_other(act: Act, learner: Told) -> Identifier:
    """How the other party is named."""
    found: Identifier = getattr(learner, other_kind(act))
    return found


def key_of(named: Identifier) -> organisations.Identifier:
    """The identifier as the store looks it up."""
    return (named.scheme, named.value)


def status_change(act: Act, learner: Told, record: Record) -> f.StatusChange:
    """The change of status that a registration told again amounts to."""
    status = str(learner.status)
    back = record.identity["status"] == f.WITHDRAWN and status == f.ON_PROGRAMME
    # Somebody who is simply told to be back, without a day, is back from the day it is told.
    return f.StatusChange(f.RESTARTED if back else status, learner.status_on or act.today)
