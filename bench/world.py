"""The synthetic world that is measured: how big it is, who is in it, and every id in it without asking the database."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind, Viewer

TODAY = date(2026, 3, 2)
EACH = 100
INTAKE = 500
STAGES = 10
RELEASED, IN_ASSESSMENT = (0, 1, 2), (3, 4)


def uid(kind: str, number: int) -> UUID:
    """The id of the n-th row of a kind: a digest in the shape of a UUIDv4, the same in `load.sql`."""
    digits = hashlib.md5(f"{kind}:{number}".encode(), usedforsecurity=False).hexdigest()
    return UUID(f"{digits[:12]}4{digits[13:16]}8{digits[17:]}")


@dataclass(frozen=True, slots=True)
class World:
    """Ordinary employers of a hundred apprentices each, and one of each kind of party with `big` more.

    Provider and EPAO number `providers` and `epaos` are the big ones; the next of each has a hundred apprentices.
    """

    employers: int = 2000
    providers: int = 300
    epaos: int = 60
    big: int = 20_000

    @property
    def ordinary(self) -> int:
        """How many apprentices ordinary employers have."""
        return self.employers * EACH

    @property
    def total(self) -> int:
        """How many apprentices there are."""
        return self.ordinary + self.big

    def viewer(self, kind: PartyKind, number: int) -> Viewer:
        """The n-th party of a kind."""
        organisation = uid(f"org-{kind}", number)
        return Viewer(uid(f"party-{kind}", number), kind, organisation, f"cli_{uid('client', number)}", SCOPES[kind])

    def big_viewer(self, kind: PartyKind) -> Viewer:
        """The party of a kind with many thousand apprentices."""
        return self.viewer(kind, {"employer": self.employers, "provider": self.providers, "epao": self.epaos}[kind])

    def small_viewer(self, kind: PartyKind) -> Viewer:
        """A party of a kind with exactly a hundred apprentices."""
        return self.viewer(kind, {"employer": 0, "provider": self.providers + 1, "epao": self.epaos + 1}[kind])

    def parties_of(self, i: int) -> tuple[int, int, int]:
        """The employer, provider and EPAO of the i-th apprentice, by number."""
        if i >= self.ordinary:
            return self.employers, self.providers, self.epaos
        if i < EACH:
            return 0, self.providers + 1, self.epaos + 1
        return i // EACH, i // EACH % self.providers, i * 7919 % self.epaos

    def waiting(self) -> Iterator[int]:
        """The apprentices past the gateway without a result, so that one can be posted."""
        return (i for i in range(EACH, self.ordinary) if i % STAGES in IN_ASSESSMENT)


FULL = World()
SMALL = World(employers=150, providers=20, epaos=6, big=1000)
