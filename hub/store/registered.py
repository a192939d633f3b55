"""What one party has to do with a set of ULNs already: read from its own cards, so that nothing foreign is ever touched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Key = tuple[str, UUID, date]
"""ULN, standard and first start: by these one party's registrations are told apart."""

HOLD = text("select pg_advisory_xact_lock(hashtextextended('registering:' || cast(:party as text), 0))")
# A claim on a ULN that is known elsewhere reads exactly the rows that one on an unknown ULN reads: the party's own.
KNOWN = text("""
select c.apprentice_id, c.closed_on = 'infinity' as open, c.my_reference,
  i.registered_by, i.uln, i.standard_id, i.first_start_on, i.merged_into
from hub.card c join apprentices.identity i on i.apprentice_id = c.apprentice_id
where c.party_id = :party and c.uln = any(:ulns)
""")


@dataclass(frozen=True, slots=True)
class Own:
    """A record the party registered itself: whether it is still open to it, and its private reference."""

    apprentice: UUID
    open: bool
    my_reference: str | None


@dataclass(slots=True)
class Known:
    """Records by key: the party's own, those merged into another, those others brought to it, ULNs it had erased."""

    mine: dict[Key, Own] = field(default_factory=dict)
    merged: dict[Key, UUID] = field(default_factory=dict)
    brought: set[tuple[str, UUID, date, UUID]] = field(default_factory=set)
    erased: Mapping[str, date] = field(default_factory=dict)

    @property
    def own(self) -> list[UUID]:
        """The apprentices that may be changed."""
        return [each.apprentice for each in self.mine.values() if each.open]


async def hold(connection: AsyncConnection, party: UUID) -> None:
    """Lets one party register in one transaction at a time, so that the same registration twice is one."""
    await connection.execute(HOLD, {"party": str(party)})


async def known(connection: AsyncConnection, party: UUID, ulns: Iterable[str]) -> Known:
    """What a party has to do with these ULNs."""
    found = Known()
    for row in await connection.execute(KNOWN, {"party": party, "ulns": sorted(ulns)}):
        key = (row.uln, row.standard_id, row.first_start_on)
        if row.registered_by != party:
            if row.open:
                found.brought.add((*key, row.registered_by))
        elif row.merged_into is not None:
            found.merged[key] = row.merged_into
        else:
            found.mine[key] = Own(row.apprentice_id, row.open, row.my_reference)
    for key in found.mine.keys() & found.merged.keys():
        del found.merged[key]
    return found
