"""Each party's stream of events: where it stands, what came after, and following it live from any cursor."""

import asyncio
import struct
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from hub.errors import HubError
from hub.seal import Seal
from hub.store.bell import Bell
from hub.store.pools import Pool
from hub.viewer import Viewer

PAGE = 64
PLACE = struct.Struct(">IQ")

# The settings stand in the statement itself: the lateral side reads them, so it runs after they are made.
_CONTEXT = "with ctx as materialized (select set_config('hub.party', $1, true) || set_config('hub.today', $2, true) as v) "
HEAD = _CONTEXT + (
    "select found.* from ctx cross join lateral (select coalesce((select epoch from hub.epoch), 1) as epoch, "
    "coalesce((select max(seq) from hub.event where party_id = $1::uuid), 0) as seq where ctx.v is not null) as found"
)
AFTER = _CONTEXT + (
    "select found.* from ctx cross join lateral (select seq, id, type, apprentice_id, standard_id, at from hub.event "
    "where ctx.v is not null and party_id = $1::uuid and seq > $3 order by seq limit $4) as found order by seq"
)
OPENED = _CONTEXT + (
    "select found.* from ctx cross join lateral (select exists (select from hub.card "
    "where apprentice_id = $3 and ctx.v is not null) as found) as found"
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in one party's stream: after the event with this number; 0 is before the first."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as its recipient's stream holds it; what it is about is read when it is delivered."""

    seq: int
    id: UUID
    type: str
    apprentice_id: UUID | None
    standard_id: UUID | None
    at: datetime


class EventCursors:
    """Turns places into cursors and back: opaque, always the same for the same place, good for one party only."""

    def __init__(self, key: bytes) -> None:
        self._seal = Seal(key, b"event-cursor")

    def close(self, party: UUID, place: Place) -> str:
        """The cursor of a place in this party's stream."""
        return self._seal.close(party.bytes, PLACE.pack(place.epoch, place.seq))

    def open(self, party: UUID, cursor: str, epoch: int) -> int:
        """The number in a cursor; CURSOR_INVALID unless made for this party, CURSOR_EXPIRED from another epoch."""
        plain = self._seal.open(party.bytes, cursor)
        if len(plain) != PLACE.size:
            raise HubError("CURSOR_INVALID")
        place = Place(*PLACE.unpack(plain))
        if place.epoch != epoch:
            raise HubError("CURSOR_EXPIRED")
        return place.seq


async def head(pool: Pool, viewer: Viewer, today: date) -> Place:
    """Where the viewer's stream ends now."""
    (row,) = await pool.fetch(HEAD, str(viewer.party), today.isoformat())
    return Place(row["epoch"], row["seq"])


async def opened(pool: Pool, viewer: Viewer, today: date, apprentice: UUID) -> bool:
    """Whether an apprentice is in the viewer's slice now."""
    (row,) = await pool.fetch(OPENED, str(viewer.party), today.isoformat(), apprentice)
    return bool(row["found"])


async def after(pool: Pool, viewer: Viewer, today: date, seq: int | None, limit: int) -> list[EventRow]:
    """The viewer's events after a number, oldest first; None means from the oldest that is kept.

    CURSOR_EXPIRED if events right after the number are no longer kept: a stream has no gaps.
    """
    rows = await pool.fetch(AFTER, str(viewer.party), today.isoformat(), seq or 0, limit)
    if rows and seq is not None and rows[0]["seq"] != seq + 1:
        raise HubError("CURSOR_EXPIRED")
    return [EventRow(*row) for row in rows]


async def follow(
    pool: Pool,
    bell: Bell,
    viewer: Viewer,
    today: Callable[[], date],
    place: Place,
    stop: asyncio.Event,
    *,
    page: int = PAGE,
) -> AsyncGenerator[EventRow, None]:
    """The viewer's events after a place, then each new one as it comes, in order and without a gap, until told to stop.

    It holds at most one page and no connection between two pages, and reads on only when its reader has taken the page.
    CURSOR_EXPIRED when the place lies beyond the stream's end, or when the epoch changes meanwhile.
    """
    seq = place.seq
    if (end := await head(pool, viewer, today())).epoch != place.epoch or end.seq < seq:
        raise HubError("CURSOR_EXPIRED")
    with bell.listening(viewer.party, place.epoch) as ear:
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: ear.end())
        try:
            while not stop.is_set():
                rows = await after(pool, viewer, today(), seq, page)
                for row in rows:
                    if stop.is_set():
                        return
                    yield row
                    seq = row.seq
                if len(rows) < page:
                    await ear.beyond(seq)
                if ear.expired:
                    raise HubError("CURSOR_EXPIRED")
        finally:
            stopping.cancel()
