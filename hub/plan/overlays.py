"""National policy that overrides plans by date: overlay documents, and what they change for one apprenticeship."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.plan.facts import Apprenticeship
from hub.plan.lines import Path
from hub.plan.model import Plan
from hub.plan.parts import Code, Part, Text
from hub.plan.reading import PlanError, located, read_part


class Change(Part):
    """One thing an overlay sets: whether a requirement is required, or the least time on programme."""

    requirement: Code | None = None
    required: bool | None = None
    minimum_months: int | None = Field(None, gt=0)


class Overlay(Part):
    """A policy that changes plans from a day on.

    It applies to everybody, or to starts from `starts_from`; the first start counts for a restart, and so does the age
    band at that start. No age band listed means every age.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    jurisdiction: Text
    effective_from: date
    applies_to: Literal["all", "starts"]
    starts_from: date | None = None
    age_bands: tuple[str, ...] = ()
    changes: tuple[Change, ...] = Field(min_length=1)
    statement: Text
    source: Text
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `from_on` until the day before `until_on` in which a requirement is required or not, and why."""

    from_on: date
    until_on: date | None
    required: bool
    overlay: str | None


def load_overlay(text: str, name: str) -> Overlay:
    """The overlay a document holds; PlanError with every fault if it cannot be used."""
    overlay, lines = read_part(Overlay, text, name)
    faults = tuple(located(path, reason, lines) for path, reason in _faults(overlay))
    if faults:
        raise PlanError(name, faults)
    return overlay


def applicable(plan: Plan, overlays: Iterable[Overlay], apprenticeship: Apprenticeship) -> tuple[Overlay, ...]:
    """The overlays that concern an apprenticeship, now or later, in the order in which they take effect."""
    chosen = (each for each in overlays if each.jurisdiction == plan.jurisdiction and _concerns(each, apprenticeship))
    return tuple(sorted(chosen, key=lambda each: (each.effective_from, each.id)))


def requirement_spans(overlays: Iterable[Overlay], requirement: str, start: date) -> tuple[Span, ...]:
    """The spans from `start` on in which a requirement is required or not, by overlays in order of effect."""
    spans = [Span(start, None, True, None)]
    for overlay in overlays:
        for change in overlay.changes:
            if change.requirement != requirement or change.required is None:
                continue
            last, day = spans.pop(), max(overlay.effective_from, start)
            if last.from_on < day:
                spans.append(Span(last.from_on, day, last.required, last.overlay))
            spans.append(Span(day, None, change.required, overlay.id))
    return tuple(spans)


def minimum_months(plan: Plan, overlays: Iterable[Overlay]) -> tuple[int, str | None]:
    """The least months on programme, and the overlay that set them, if one did."""
    months, winner = plan.minimum_months, None
    for overlay in overlays:
        for change in overlay.changes:
            if change.minimum_months is not None:
                months, winner = change.minimum_months, overlay.id
    return months, winner


def first_start(apprenticeship: Apprenticeship) -> date:
    """The day the apprenticeship first started, before any restart."""
    return apprenticeship.original_start_on or apprenticeship.start_on


def _concerns(overlay: Overlay, apprenticeship: Apprenticeship) -> bool:
    if overlay.age_bands and apprenticeship.age_band not in overlay.age_bands:
        return False
    return overlay.starts_from is None or first_start(apprenticeship) >= overlay.starts_from


def _faults(overlay: Overlay) -> Iterator[tuple[Path, str]]:
    if (overlay.applies_to == "starts") != (overlay.starts_from is not None):
        yield ("appliesTo",), "Give startsFrom for starts, and only then."
    for index, change in enumerate(overlay.changes):
        if (change.requirement is None) != (change.required is None):
            yield ("changes", index), "A requirement goes with required: true or false."
        if change.requirement is None and change.minimum_months is None:
            yield ("changes", index), "The change changes nothing."
