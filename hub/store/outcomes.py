"""Results as the rules see them: what the EPAO knows, and the part of it that is released."""

from collections.abc import Container, Iterable, Mapping
from datetime import date
from typing import Any

from hub.plan import facts as f
from hub.store.facts import Record, day

Row = Mapping[str, Any]
RESIT, RETAKE = "RESIT", "RETAKE"


def current(record: Record) -> list[Row]:
    """The version that counts of every result the assessing EPAO may build on, earliest attempts first."""
    return [result for result in record.row["results"] if result["current"]]


def released(record: Record) -> list[Row]:
    """The latest released version of every result: all that exists outside the EPAO (EPA-107)."""
    found: dict[tuple[str, int], Row] = {}
    for result in record.row["results"]:
        if result["released_on"] is not None:
            found[result["method"], result["attempt"]] = result
    return list(found.values())


def latest(results: Iterable[Row]) -> dict[str, Row]:
    """The last attempt at each method."""
    return {result["method"]: result for result in sorted(results, key=lambda each: int(each["attempt"]))}


def attempt_under_way(record: Record, method: str) -> int:
    """The attempt that work on this method belongs to: an agreed re-sit or re-take begins a new one."""
    agreed = [resit["attempt"] for resit in record.row["resits"] if resit["method"] == method]
    return int(max((1, *agreed)))


def resits_to_come(record: Record, results: Iterable[Row], kinds: Container[str] = (RESIT, RETAKE)) -> set[str]:
    """The methods whose agreed re-sit or re-take, of these kinds, has none of these results yet."""
    last = latest(results)
    agreed = [r for r in record.row["resits"] if r["kind"] in kinds]
    return {r["method"] for r in agreed if r["method"] not in last or last[r["method"]]["attempt"] < r["attempt"]}


def by_resit(record: Record, method: str, attempt: int) -> bool:
    """Whether this attempt is a re-sit: its plan is the employer's and the EPAO's, never the provider's (d7)."""
    return any((r["method"], r["attempt"], r["kind"]) == (method, attempt, RESIT) for r in record.row["resits"])


def assessment(record: Record, results: Iterable[Row] | None = None) -> f.AssessmentFacts:
    """What the rules on results depend on; with `released` results, what may steer an act outside the EPAO."""
    row, gateway = record.row, record.gateway
    return f.AssessmentFacts(
        gateway_passed_on=gateway.decided_on,
        portfolio_received_on=gateway.decided_on,
        validation=gateway.validation,
        acknowledgement=_seal(row["acknowledgement"]),
        attempts=tuple(_attempt(result) for result in (current(record) if results is None else results)),
        resits=tuple(f.AgreedResit(r["method"], r["attempt"], r["kind"], _on(r["agreed_on"])) for r in row["resits"]),
        breaches=tuple(f.OpenBreach(b["rule"], b["method"], b["attempt"]) for b in row["breaches"] if not b["dispensed"]),
    )


def _seal(row: Row | None) -> f.Seal | None:
    return f.Seal(row["hash"], _on(row["on_date"])) if row else None


def _on(value: str) -> date:
    return day(value) or date.max


def _attempt(result: Row) -> f.Attempt:
    # Documents and themes of what is not released are there only where it was opened.
    parts = result["components"]
    return f.Attempt(
        result["method"],
        result["attempt"],
        result["grade"],
        day(result["released_on"]),
        tuple(part["document"] for part in parts if part["document"]),
        tuple(part["theme"] for part in parts if part["theme"]),
    )
