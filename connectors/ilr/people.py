"""Made-up apprentices, the same for the same seed: nobody among them exists.

Unique learner numbers begin with 99, have a right check digit, and do not overlap between seeds 0 to 38.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from random import Random

from hub.errors import HubError
from hub.words import add_months

LARGEST = 220_000
"""The most apprentices of one seed."""

# fmt: off
_GIVEN = (
    "Abrel", "Bexen", "Cadrin", "Dovina", "Elspin", "Farrol", "Ginsey", "Hollin", "Iskra", "Jorrin", "Kestin",
    "Lorwen", "Mabrin", "Nerys", "Ostin", "Perrin", "Quilla", "Rosken", "Sabrin", "Tamlin", "Ulric", "Velda",
    "Wystan", "Yorrin", "Zelma",
)
_FAMILY = (
    "Ashmock", "Barnsample", "Cobtest", "Drayfable", "Elmspecimen", "Fenmock", "Galesample", "Hartest",
    "Inglefable", "Joydummy", "Kirkmock", "Larksample", "Mosstest", "Northfable", "O'Specimen", "Pikemock",
    "Quaysample", "Rushtest", "Stonefable", "Thorne-Dummy", "Underfable", "Valemock", "Westsample", "Yarrowtest",
    "Zinnfable",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class MadeUpLearner:
    """One apprentice who does not exist, as an ILR file tells of them; `status` is the completion status code."""

    uln: str
    reference: str
    given_names: str
    family_name: str
    date_of_birth: date
    employer: str
    started: date
    planned_end: date
    status: int = 1
    ended: date | None = None
    assessor: str | None = None


def ulns(seed: int) -> Iterator[str]:
    """Made-up unique learner numbers with right check digits, each once, the same for the same seed."""
    first = seed % 39 * 250_000
    for number in range(first, first + 250_000):
        digits = f"99{number:07d}"
        remainder = sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11
        if remainder:
            yield digits + str(10 - remainder)


def cohort(
    *,
    employers: Sequence[str],
    size: int,
    starts: Sequence[date],
    seed: int,
    months: int = 21,
    assessor: str | None = None,
) -> Iterator[MadeUpLearner]:
    """Apprentices spread evenly over the employers and starts, all on programme, with `months` of planned learning."""
    if not 0 <= size <= LARGEST or not employers or not starts:
        raise HubError("ARGUMENT_INVALID")
    chance = Random(seed)  # noqa: S311  (made-up people, not secrets)
    for number, uln in enumerate(islice(ulns(seed), size)):
        started = starts[number % len(starts)]
        yield MadeUpLearner(
            uln=uln,
            reference=f"S{seed % 39:02d}{number:07d}",
            given_names=chance.choice(_GIVEN),
            family_name=chance.choice(_FAMILY),
            date_of_birth=started - timedelta(days=chance.randrange(21 * 365, 55 * 365)),
            employer=employers[number // len(starts) % len(employers)],
            started=started,
            planned_end=add_months(started, months),
            assessor=assessor,
        )
