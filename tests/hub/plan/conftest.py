"""The plan of the Probation Officer standard, the overlays, and an apprentice who is ready for the gateway."""

from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from hub.plan.document import load_plan
from hub.plan.facts import (
    Apprenticeship,
    AssessmentFacts,
    Attempt,
    ComponentResult,
    GatewayFacts,
    Item,
    MethodResult,
    Nomination,
    Piece,
    Seal,
)
from hub.plan.model import Plan
from hub.plan.overlays import Overlay, load_overlay
from hub.plan.portfolios import portfolio_hash

TEXT = (files("hub.plan") / "plans" / "ST0648_1.0.yaml").read_text()
PLAN = load_plan(TEXT, "ST0648_1.0.yaml")
OVERLAYS = tuple(
    load_overlay(each.read_text(), each.name)
    for each in sorted((files("hub.plan") / "overlays").iterdir(), key=lambda each: each.name)
)
GATEWAY = date(2026, 3, 2)
TODAY = date(2026, 11, 2)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The plan of ST0648."""
    return PLAN


@pytest.fixture(scope="session")
def overlays() -> tuple[Overlay, ...]:
    """Both overlays of national policy."""
    return OVERLAYS


@pytest.fixture(scope="session")
def make() -> Any:
    """Makers of facts, so that a test names only what it is about."""
    return Make


class Make:
    """Facts of an apprentice for whom nothing is missing; keyword arguments change what a test is about."""

    @staticmethod
    def pieces(count: int = 10) -> tuple[Piece, ...]:
        """So many pieces that cover every KSB of the portfolio's method, if there is at least one."""
        codes = PLAN.mapped_ksbs("PD")
        return tuple(
            Piece("CLIENT_FEEDBACK", codes[index::count], f"{index:064x}", f"https://files.example/{index}")
            for index in range(count)
        )

    @staticmethod
    def apprenticeship(**changes: Any) -> Apprenticeship:
        """An apprenticeship from September 2023 of somebody who was 17 then."""
        base = Apprenticeship(date(2023, 9, 4), date(2026, 9, 4), age_band="16-18")
        return replace(base, **changes)

    @staticmethod
    def gateway(**changes: Any) -> GatewayFacts:
        """Everything the gateway asks for, filed, validated and accepted."""
        base = GatewayFacts(
            apprenticeship=Make.apprenticeship(),
            items=(
                Item("ENGLISH", "SUBMITTED", date(2024, 1, 8), "LEVEL_2"),
                Item("MATHS", "ACCEPTED", date(2024, 1, 8), "LEVEL_2"),
                Item("PQIP", "SUBMITTED", date(2026, 1, 12)),
            ),
            pieces=Make.pieces(),
            validation=Seal(portfolio_hash(Make.pieces()), date(2026, 2, 2)),
            nomination=Nomination("ACCEPTED", date(2026, 1, 20)),
        )
        return replace(base, **changes)

    @staticmethod
    def assessment(**changes: Any) -> AssessmentFacts:
        """A gateway passed on Monday 2 March 2026, and the portfolio acknowledged the day after."""
        seal = portfolio_hash(Make.pieces())
        base = AssessmentFacts(GATEWAY, GATEWAY, Seal(seal, date(2026, 2, 2)), Seal(seal, date(2026, 3, 3)))
        return replace(base, **changes)

    @staticmethod
    def discussion(**changes: Any) -> ComponentResult:
        """A professional discussion on the first day possible that breaks no rule."""
        base = ComponentResult("PD", "PASS", held_on=date(2026, 3, 30), minutes=90, bank_questions=6, own_questions=4)
        return replace(base, **changes)

    @staticmethod
    def case_study(**changes: Any) -> ComponentResult:
        """A case study that breaks no rule."""
        base = ComponentResult(
            "CS",
            "PASS",
            submitted_on=date(2026, 4, 20),
            words=3250,
            document="c" * 64,
            theme="T1",
            authenticity_confirmed_on=date(2026, 4, 20),
        )
        return replace(base, **changes)

    @staticmethod
    def presentation(**changes: Any) -> ComponentResult:
        """A presentation that breaks no rule."""
        base = ComponentResult(
            "PR",
            "PASS",
            held_on=date(2026, 5, 11),
            submitted_on=date(2026, 4, 30),
            minutes=45,
            bank_questions=0,
            own_questions=10,
            document="d" * 64,
        )
        return replace(base, **changes)

    @staticmethod
    def result(method: str = "PD", grade: str = "PASS", **changes: Any) -> MethodResult:
        """The first attempt at a method, with all its components."""
        parts = (Make.discussion(),) if method == "PD" else (Make.case_study(), Make.presentation())
        return replace(MethodResult(method, 1, grade, "A-1", parts), **changes)


@pytest.fixture(scope="session")
def attempts() -> Any:
    """Maker of recorded attempts from (method, number, grade), all released on one day or not at all."""

    def made(*given: tuple[str, int, str], released_on: date | None = None) -> tuple[Attempt, ...]:
        return tuple(Attempt(*each, released_on) for each in given)

    return made
