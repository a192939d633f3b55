"""Rows of the grades as they were before they were sealed, for tests that look into the database."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hub.sealing import key_id
from hub.store import sealed
from tests.world import KEYS

ROW = {
    sealed.RESULT: ("id",),
    sealed.COMPONENT: ("result_id", "component"),
    sealed.BREACH: ("id",),
    sealed.ASSESSMENT: ("apprentice_id", "method"),
    sealed.GRADE: ("apprentice_id",),
}
"""What names a row of each table that holds boxes, by hand."""


def name_of(table: str, row: Mapping[str, Any]) -> str:
    """What a row's box is bound to."""
    return sealed.row_of(*(row[column] for column in ROW[table]))


async def told(table: str, rows: Iterable[Mapping[str, Any]], party: UUID) -> list[dict[str, Any]]:
    """The rows with what their boxes hold, opened with the party's keys, over what stands in clear."""
    return [await opened(table, row, party) for row in rows]


async def opened(table: str, row: Mapping[str, Any], party: UUID) -> dict[str, Any]:
    """One such row."""
    box = row["sealed"]
    return dict(row) | ({} if box is None else await sealed.opened(KEYS, party, table, name_of(table, row), box))


def sealer_of(box: bytes) -> UUID:
    """The party whose key sealed a box."""
    return next(party for party, keys in KEYS._of.items() if key_id(box) in {key.id for key in keys})


async def resealed(table: str, row: Mapping[str, Any], party: UUID, **changes: Any) -> bytes:
    """A box for this row under the party's current key."""
    return sealed.closed(await KEYS.current(party), table, name_of(table, row), changes)


__all__ = ["ROW", "name_of", "opened", "resealed", "sealer_of", "told"]
