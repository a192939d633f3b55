"""Who is in the demonstration and how far each has come: the same people for the same day, none of whom exists."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum

from connectors.ilr import MadeUpLearner, cohort
from hub.words import add_months
from infra.demo.parties import EMPLOYERS, EPAOS, LARS, LARS_WITHOUT_PLAN, PROVIDERS, DemoParty

SIZE, SEED = 240, 20
SHARED = 3


class Stage(IntEnum):
    """How far an apprentice has come; each stage goes through those before it, down to `CONFIRMED`."""

    CLAIMED = 0
    WITHDRAWN = 1
    ON_BREAK = 2
    CONFIRMED = 3
    ITEMS = 4
    NOMINATED = 5
    READY = 6
    DECIDED = 7
    ACKNOWLEDGED = 8
    POSTED = 9
    TO_RELEASE = 10
    RELEASED = 11


@dataclass(frozen=True, slots=True)
class Part:
    """One apprentice's part: the made-up learner, the parties, the stage, and what else happens on the way.

    `decided_on` is the gateway decision from which the later days follow; `grades` those of discussion and case study.
    """

    number: int
    learner: MadeUpLearner
    employer: DemoParty
    provider: DemoParty
    epao: DemoParty
    stage: Stage
    decided_on: date
    lars: str = LARS
    grades: tuple[str, str] = ("PASS", "PASS")
    twist: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """So many apprentices alike: started between two numbers of months ago, decided between two numbers of days ago."""

    count: int
    stage: Stage
    months: tuple[int, int]
    days: tuple[int, int] = (0, 0)
    grades: tuple[str, str] = ("PASS", "PASS")
    twist: str = ""


# The first three are the ones that several parties of a kind may see.
LOTS = (
    Lot(1, Stage.TO_RELEASE, (34, 34), (90, 90), ("DISTINCTION", "PASS"), "two providers"),
    Lot(1, Stage.RELEASED, (36, 36), (150, 150), ("PASS", "DISTINCTION"), "transferred"),
    Lot(1, Stage.ACKNOWLEDGED, (33, 33), (26, 26), twist="epao changed"),
    Lot(1, Stage.RELEASED, (36, 36), (170, 170), twist="dispensed"),
    Lot(3, Stage.RELEASED, (35, 40), (110, 160)),
    Lot(2, Stage.RELEASED, (35, 40), (110, 160), ("PASS", "DISTINCTION")),
    Lot(2, Stage.RELEASED, (35, 38), (100, 130), ("PASS", "FAIL")),
    Lot(1, Stage.RELEASED, (36, 36), (120, 120), ("PASS", "FAIL"), "re-sit agreed"),
    Lot(1, Stage.RELEASED, (40, 40), (190, 190), ("PASS", "FAIL"), "re-sat"),
    Lot(2, Stage.TO_RELEASE, (33, 36), (70, 90)),
    Lot(1, Stage.TO_RELEASE, (33, 36), (70, 90), ("DISTINCTION", "DISTINCTION"), "breach"),
    Lot(4, Stage.POSTED, (33, 36), (60, 75)),
    Lot(4, Stage.ACKNOWLEDGED, (33, 36), (14, 40)),
    Lot(4, Stage.DECIDED, (33, 36), (1, 9)),
    Lot(10, Stage.READY, (24, 34)),
    Lot(6, Stage.NOMINATED, (24, 34)),
    Lot(16, Stage.ITEMS, (20, 33)),
    Lot(10, Stage.ITEMS, (24, 33), twist="young"),
    Lot(8, Stage.WITHDRAWN, (9, 28)),
    Lot(8, Stage.ON_BREAK, (9, 28)),
    Lot(4, Stage.CONFIRMED, (10, 12), twist="no plan"),
    Lot(72, Stage.CLAIMED, (0, 2)),
    Lot(78, Stage.CONFIRMED, (3, 31)),
)
"""At the end of training, half of it, or just begun: together the 240 of the demonstration."""


def cast(today: date) -> list[Part]:
    """Everybody, in the order of the lots."""
    people = iter(cohort(employers=["900000001"], size=SIZE, starts=[today], seed=SEED))
    numbers = iter(range(SIZE))
    return [part for lot in LOTS for part in _lot(lot, people, numbers, today)]


def _lot(lot: Lot, people: Iterator[MadeUpLearner], numbers: Iterator[int], today: date) -> Iterator[Part]:
    for place, number in zip(range(lot.count), numbers, strict=False):
        employer = EMPLOYERS[0] if number < SHARED else EMPLOYERS[number // 2 % 2]
        provider = PROVIDERS[0] if number < SHARED else PROVIDERS[number % 2]
        months, days = _between(lot.months, place, lot.count), _between(lot.days, place, lot.count)
        learner = _learner(next(people), lot, employer, add_months(today, -months).replace(day=4), today)
        lars = LARS_WITHOUT_PLAN if lot.twist == "no plan" else LARS
        epao = EPAOS[place % 3 == 1 and not employer.group]
        yield Part(number, learner, employer, provider, epao, lot.stage, today - timedelta(days), lars, lot.grades, lot.twist)


def _between(span: tuple[int, int], place: int, count: int) -> int:
    return span[0] + (span[1] - span[0]) * place // max(1, count - 1)


def _learner(made: MadeUpLearner, lot: Lot, employer: DemoParty, started: date, today: date) -> MadeUpLearner:
    started = min(started, today)
    # Whoever is 19 or older at the start needs no English and maths; the young ones do.
    born = add_months(started, -12 * 17) if lot.twist == "young" else started - (made.started - made.date_of_birth)
    status, ended = {Stage.WITHDRAWN: (3, True), Stage.ON_BREAK: (6, True)}.get(lot.stage, (1, False))
    return replace(
        made,
        employer=employer.value,
        started=started,
        date_of_birth=born,
        planned_end=add_months(started, 36),
        status=status,
        ended=add_months(started, 6) if ended else None,
    )


def shared(parts: list[Part]) -> list[str]:
    """The ULNs that more than one party of a kind may see."""
    return [part.learner.uln for part in parts[:SHARED]]
