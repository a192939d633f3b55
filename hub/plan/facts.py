"""What the rules are told, and beside it what they answer: plain frozen values, with no identifiers of rows."""

from dataclasses import dataclass
from datetime import date

from hub.plan.answers import Blocker as Blocker
from hub.plan.answers import Finding as Finding
from hub.plan.answers import ItemView as ItemView
from hub.plan.answers import Readiness as Readiness
from hub.plan.answers import Verdict as Verdict
from hub.plan.answers import Window as Window

EMPLOYER, PROVIDER, EPAO, APPRENTICE = "employer", "provider", "epao", "apprentice"

ON_PROGRAMME, ON_BREAK, WITHDRAWN, RESTARTED, COMPLETED = (
    "ON_PROGRAMME",
    "ON_BREAK",
    "WITHDRAWN",
    "RESTARTED",
    "COMPLETED",
)


@dataclass(frozen=True, slots=True)
class Signatory:
    """The named person who stands behind an act that needs a human."""

    reference: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Break:
    """One break in learning; `returned_on` is the first day back, absent while the break lasts."""

    started_on: date
    returned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Apprenticeship:
    """The dates of one apprenticeship and its status.

    `original_start_on` is the first start where this one is a restart; `age_band` is the age at that first start.
    """

    start_on: date
    planned_end_on: date
    original_start_on: date | None = None
    age_band: str | None = None
    status: str = ON_PROGRAMME
    breaks: tuple[Break, ...] = ()
    withdrawn_on: date | None = None
    restarted_on: date | None = None
    completed_on: date | None = None
    expected_gateway_on: date | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A wish to move an apprenticeship to `status` from the day `on`."""

    status: str
    on: date


@dataclass(frozen=True, slots=True)
class Item:
    """What was filed for one gateway requirement.

    `state` is MISSING, SUBMITTED, ACCEPTED or REJECTED; `since` is the day it took that state; `attained` is a level
    code of the requirement's scale; `entitlement` is the sealed reason for another level, null for almost everyone.
    """

    requirement: str
    state: str
    since: date | None = None
    attained: str | None = None
    entitlement: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence: what kind it is, which KSBs it speaks to, and where and what the file is."""

    type: str
    ksbs: tuple[str, ...]
    sha256: str
    link: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A portfolio hash somebody vouched for on a day: the employer's validation or the EPAO's acknowledgement."""

    hash: str
    on: date


@dataclass(frozen=True, slots=True)
class Nomination:
    """The current nomination of an EPAO: NOMINATED, ACCEPTED, DECLINED or ENDED, and since when."""

    state: str
    since: date


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and the groups it belongs to on the day in question, itself a possible head of a group."""

    id: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GatewayFacts:
    """Everything gateway readiness depends on, for one apprentice."""

    apprenticeship: Apprenticeship
    employer_confirmed: bool = True
    provider_confirmed: bool = True
    items: tuple[Item, ...] = ()
    pieces: tuple[Piece, ...] = ()
    validation: Seal | None = None
    nomination: Nomination | None = None
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """The gateway decision an actor wishes to take."""

    actor: str
    decided_on: date
    signatory: Signatory | None
    declaration: str


@dataclass(frozen=True, slots=True)
class ComponentResult:
    """What happened in one component of an assessment method; null means not stated.

    `held_on` is the day of a discussion or presentation, `submitted_on` the day its document reached the EPAO;
    minutes are whole; `extra_minutes` is time granted by a recorded adjustment; `sections` are content codes of the
    plan; `marker` is a competent marker who is not the assessor.
    """

    component: str
    outcome: str
    held_on: date | None = None
    submitted_on: date | None = None
    minutes: int | None = None
    presenting_minutes: int | None = None
    extra_minutes: int = 0
    bank_questions: int | None = None
    own_questions: int | None = None
    words: int | None = None
    sections: tuple[str, ...] | None = None
    ksbs: tuple[str, ...] | None = None
    document: str | None = None
    theme: str | None = None
    authenticity_confirmed_on: date | None = None
    marker: str | None = None
    remote: bool = False
    identity_verified: bool | None = None
    audio_recorded: bool | None = None


@dataclass(frozen=True, slots=True)
class MethodResult:
    """The result of one attempt (from 1) at one method, as the EPAO posts it; `assessor` is the EPAO's reference."""

    method: str
    attempt: int
    grade: str
    assessor: str
    components: tuple[ComponentResult, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An earlier attempt at a method, its final grade and the day it was released, if it was."""

    method: str
    attempt: int
    grade: str
    released_on: date | None = None
    documents: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreedResit:
    """The employer's agreement that a method is attempted again; `kind` is RESIT or RETAKE."""

    method: str
    attempt: int
    kind: str
    agreed_on: date


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """A recorded breach that has no dispensation."""

    rule: str
    method: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AssessmentFacts:
    """Everything the rules on results depend on, for one apprentice.

    `portfolio_received_on` is the day the EPAO had the portfolio (the gateway decision opens it); `validation` is the
    employer's, `acknowledgement` the EPAO's; `attempts` are the current versions, without the one being judged.
    """

    gateway_passed_on: date | None
    portfolio_received_on: date | None = None
    validation: Seal | None = None
    acknowledgement: Seal | None = None
    attempts: tuple[Attempt, ...] = ()
    resits: tuple[AgreedResit, ...] = ()
    breaches: tuple[OpenBreach, ...] = ()


@dataclass(frozen=True, slots=True)
class Booking:
    """A wish to hold one component of a method on a day."""

    method: str
    component: str
    on: date


@dataclass(frozen=True, slots=True)
class ResitRequest:
    """An actor's wish to agree a re-sit (no further learning) or a re-take (further learning) of failed methods."""

    actor: str
    methods: tuple[str, ...]
    kind: str
    agreed_on: date
    signatory: Signatory | None
