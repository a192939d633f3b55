"""The visibility classes of what was read, as the audit names them and as the data's owner is told."""

from collections.abc import Iterable

from hub.slices.fields import FIELDS, RESULT, FieldSlice

IDENTITY, GATEWAY, PORTFOLIO, GRADE, RESULTS, EVENTS = "identity", "gateway", "portfolio", "grade", "result", "event"
OF_NOUN = {"apprentices": IDENTITY, "gateway": GATEWAY, "portfolios": PORTFOLIO, "grades": GRADE, "events": EVENTS}
UNTOLD = (EVENTS, GRADE, RESULTS)
"""What an EPAO reads of these is told to nobody else: when it looks would tell that a result exists (EPA-107).

Nor is what an employer reads or does of these told to a provider, who must not hear of a re-sit (d7).
"""


def classes_of(asked: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The classes of some fields (type, name), in order; what is open to everybody has none."""
    return tuple(sorted({found for each in asked if (found := _class(FIELDS[each])) is not None}))


def class_of_scope(scope: str) -> str | None:
    """The class of what a scope opens, such as grade for grades:write; none for what is about no apprentice."""
    return OF_NOUN.get(scope.partition(":")[0])


def _class(slice_: FieldSlice) -> str | None:
    if slice_ == RESULT:
        return RESULTS
    return class_of_scope(slice_.scope) if slice_.scope is not None else None
