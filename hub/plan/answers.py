"""What the rules answer: plain frozen values, with no identifiers of rows."""

from dataclasses import dataclass, field
from datetime import date

from hub.errors import Problem


@dataclass(frozen=True, slots=True)
class ItemView:
    """One line of the gateway checklist; `overlay` names the policy that made it not required."""

    requirement: str
    label: str
    state: str
    met: bool
    overlay: str | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why the gateway cannot be passed.

    It holds from `from_on` until the day before `until_on`; no `until_on` means until somebody acts; `party` is whose
    move it is, null where only time helps.
    """

    rule: str
    requirement: str | None
    sentence: str
    party: str | None
    due_on: date | None
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether one apprentice may pass the gateway, and if not, what is missing and whose move it is.

    `status` is NO_PLAN, CLAIMED, ON_BREAK, WITHDRAWN, NOT_READY, READY or PASSED; `ready_from` is the first day without
    a blocker, null while somebody still has to act; `overlays` are the policies that changed the outcome.
    """

    status: str
    ready_from: date | None = None
    items: tuple[ItemView, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    overlays: tuple[str, ...] = ()
    next_party: str | None = None
    next_due: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A date the plan sets: `kind` is due, earliest or typical; `on` is the date itself, included."""

    code: str
    method: str | None
    component: str | None
    kind: str
    on: date
    rule: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule has to say about a fact that is nevertheless recorded."""

    rule: str
    sentence: str
    component: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of judging a fact: problems refuse it, breaches are recorded and block release.

    `grade` is the grade that counts, after any cap; null where a problem refuses the fact.
    """

    problems: tuple[Problem, ...] = ()
    breaches: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = field(default=())
    grade: str | None = None
