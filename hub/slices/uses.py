"""What personal data is for: every use the hub makes of a column, with its lawful basis, how long it is kept, and its end.

Bases and periods are defaults. The parties are the controllers: their data protection officers decide, and HUB_BASES and
HUB_RETENTION say so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from hub.errors import HubError


class Sort(StrEnum):
    """How much care a column needs."""

    PUBLIC = "public"
    PERSONAL = "personal"
    SPECIAL = "special category"
    RESULT = "result"
    OPERATIONAL = "operational"


class Fate(StrEnum):
    """What erasure does to a column."""

    REMOVED = "removed"
    EMPTIED = "emptied"
    STAYS = "stays"


Whose = Literal["apprentice", "staff", "nobody"]


@dataclass(frozen=True, slots=True)
class Keep:
    """A retention class: from when it counts, and for how many months; none is as long as the hub runs."""

    since: str
    months: int | None


KEEPS: Mapping[str, Keep] = {
    "CONTACT": Keep("the end of the apprenticeship", 3),
    "REASONS": Keep("the end of the apprenticeship", 12),
    "EVIDENCE": Keep("the end of the apprenticeship", 12),
    "RECORD": Keep("the end of the apprenticeship", 72),
    "RESULT": Keep("the last release of a grade, or the end of the apprenticeship if that is later", 72),
    "COPY": Keep("the day the party's own period ended", 72),
    "EVENTS": Keep("the event", 13),
    "REPLAYS": Keep("the act", 1),
    "HUB": Keep("nothing: it belongs to the hub's own working and accountability", None),
}
TASK = "Art. 6(1)(e) public task, or 6(1)(f) legitimate interests of a private party: training and assessing an apprentice"
CARE = TASK + "; Art. 9(2)(g) with DPA 2018 Sch. 1 para 8 or 16 and an appropriate policy document"
DUTY = "Art. 6(1)(c) legal obligation: accountability, Art. 5(2) and 30"
RECORDS = TASK + ", and Art. 6(1)(c) where the regulator requires records of assessment"
NONE = "not personal data"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of data: its sort, whose it is, why it is held, on which basis, how long, and what erasure does to it.

    A column that stays names its reason.
    """

    sort: Sort
    whose: Whose
    purpose: str
    basis: str
    keep: str
    fate: Fate = Fate.REMOVED
    why: str = ""


def _stays(sort: Sort, whose: Whose, purpose: str, basis: str, keep: str, why: str) -> Use:
    return Use(sort, whose, purpose, basis, keep, Fate.STAYS, why)


_ASSESSED = "The record of assessment must stay provable; it is about an id that nobody here can tell the name of."
_NOBODY = "It is about nobody."
P, OP = Sort.PERSONAL, Sort.OPERATIONAL
USES: Mapping[str, Use] = {
    "PUBLIC": _stays(Sort.PUBLIC, "nobody", "Says which organisations, standards and plans there are.", NONE, "HUB", _NOBODY),
    "KEY": _stays(OP, "nobody", "Ties rows together, orders and counts them.", NONE, "RECORD", "An id alone names nobody."),
    "IDENTITY": Use(P, "apprentice", "Tells one apprentice from another.", TASK, "RECORD"),
    "CONTACT": Use(P, "apprentice", "Lets the parties reach the apprentice about assessment.", TASK, "CONTACT"),
    "PROGRAMME": Use(P, "apprentice", "Plans training and the gateway.", TASK, "RECORD"),
    "CHECKLIST": Use(P, "apprentice", "Says what the gateway still lacks, and whose move it is.", TASK, "RECORD"),
    "REASON": Use(
        Sort.SPECIAL, "apprentice", "Lets the rules alone judge English and maths; no party reads it.", CARE, "REASONS"
    ),
    "EVIDENCE": Use(P, "apprentice", "Says where the pieces of the portfolio are.", TASK, "EVIDENCE"),
    "GATEWAY": _stays(
        P, "apprentice", "Proves that and on what the gateway was passed.", RECORDS, "RESULT", _ASSESSED
    ),
    "RESULT": _stays(Sort.RESULT, "apprentice", "Records, releases and proves results.", RECORDS, "RESULT", _ASSESSED),
    "STAFF": _stays(
        P, "staff", "Says which human stands behind an act.", RECORDS, "RESULT", "It is about another person, who signed."
    ),
    "COPY": Use(P, "apprentice", "Lets a party that left keep a copy of its own period.", TASK, "COPY", Fate.EMPTIED),
    "PERIOD": _stays(P, "apprentice", "Says when a party that left was there.", TASK, "COPY", "It names nobody."),
    "CARD": Use(P, "apprentice", "Lets each party list, sort and filter its own.", TASK, "RECORD", Fate.EMPTIED),
    "PLACE": _stays(
        P, "apprentice", "Says which parties an apprentice is open to, and what is next.", TASK, "RECORD",
        "What is left opens the record of assessment to its EPAO, and to nobody else.",
    ),
    "TOLD": Use(P, "apprentice", "Tells the parties what happened.", TASK, "EVENTS", Fate.EMPTIED),
    "EVENT": _stays(P, "apprentice", "Tells the parties that something happened.", TASK, "EVENTS", "It is about an id."),
    "AUDIT": _stays(P, "apprentice", "Shows who did what to whose data.", DUTY, "HUB", "Accountability; ids only."),
    "CUSTODY": Use(P, "apprentice", "Keeps holds, restrictions and requests of erasure.", DUTY, "RECORD"),
    "ERASED": _stays(
        P, "apprentice", "Keeps what was erased from coming back.", DUTY, "HUB", "Without it the next import would undo it."
    ),
    "REPLAY": _stays(OP, "nobody", "Answers an act sent twice without doing it twice.", NONE, "REPLAYS", "Ids and codes."),
    "WORKING": _stays(OP, "nobody", "Lets the hub itself work.", NONE, "HUB", _NOBODY),
    "ACCESS": _stays(OP, "nobody", "Says which systems may connect, and for whom.", NONE, "HUB", _NOBODY),
}  # fmt: skip


LONGEST = 1200
"""A hundred years, in months."""


def periods(set_: Mapping[str, int]) -> dict[str, int | None]:
    """The months of every retention class, with those the parties have decided; raises HubError SETTING_INVALID."""
    for name, months in set_.items():
        if name not in KEEPS or KEEPS[name].months is None or not 0 <= months <= LONGEST:
            named = ", ".join(key for key, keep in KEEPS.items() if keep.months is not None)
            raise HubError("SETTING_INVALID", f"HUB_RETENTION: {name}: give whole months for any of {named}.")
    return {name: set_.get(name, keep.months) for name, keep in KEEPS.items()}


def bases(set_: Mapping[str, str]) -> dict[str, str]:
    """The lawful basis of every use, with those the parties have decided; raises HubError SETTING_INVALID."""
    for name in set_:
        if name not in USES:
            raise HubError("SETTING_INVALID", f"HUB_BASES: {name} is no use of data; those are {', '.join(USES)}.")
    return {name: set_.get(name, use.basis) for name, use in USES.items()}
