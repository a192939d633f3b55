"""A land in which nothing is null, seen from twelve parties, and what each of them is to each apprentice."""

from collections import Counter
from dataclasses import dataclass, field

from tests.slices.asking import Front
from tests.slices.land import CHECKLIST, FULL, IDENTITY, NAMED, Land
from tests.slices.rolled import Rolled
from tests.world import Party

LEAST = {"always": NAMED, "named": NAMED, "identity": IDENTITY, "checklist": CHECKLIST, "full": FULL}
FORMER = {"transferred": 0, "settled": 0, "epao_changed": 2, "refused": 2, "declined": 0}
ENDED = ("last_day",)


@dataclass
class Table:
    """A land where nothing is null, seen from twelve parties; and what was compared."""

    land: Land
    front: Front
    rolled: Rolled
    strangers: list[Party]
    cells: Counter = field(default_factory=Counter)

    @property
    def parties(self) -> list[Party]:
        return [*self.land.everyone, *self.strangers]

    def reach(self, party: Party, name: str) -> int | None:
        return None if party in self.strangers else self.land.reach(party, name)

    def relation(self, party: Party, name: str) -> str:
        """What a party is to an apprentice: current (and how far), claimed, future, former, foreign, or none to anybody."""
        if party in self.strangers:
            return "none"
        place = next((n for n, each in enumerate(self.land.cast[name]) if each is party), None)
        state, reach = self.land.state[name], self.land.reach(party, name)
        if reach is not None:
            kind = party.viewer.kind.value
            claimed = (reach == IDENTITY and kind != "epao") or (reach == NAMED and kind == "epao")
            return "claimed" if claimed else f"current, open to {reach}"
        if place is not None and place < 3 and state == "future":
            return "future"
        return "former" if place is not None and place < 3 and (state in ENDED or FORMER.get(state) == place) else "foreign"
