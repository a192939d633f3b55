"""Checks the audit against its chain: every row, every link, every kept head, and what was shown of it.

The digests are worked out here from the columns themselves, not by the database that is being checked.
"""

import hashlib
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from hub.slices.classes import UNTOLD
from hub.store.chain import COLUMNS, PLACE, START, UNLINKED, bound

AT_ONCE = 2_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ID, TEXT, UUIDS, TEXTS = 2950, 25, 2951, 1009
TYPES = {"id": ID, "party_id": ID, "subjects": UUIDS, "fingerprint": 17, "at": 1184, "classes": TEXTS, "xid": 5069}
"""PostgreSQL's number of each column's type, where it is not text."""

_SHOWN = ", ".join("a.xid::text::bigint as xid" if name == "xid" else f'a.{name} as "{name}"' for name in COLUMNS)
LINKS = (
    f"select l.party_id as chain, l.seq, l.n, l.audit_id, l.hash, {_SHOWN} from hub.audit_link l"
    " left join hub.audit a on a.id = l.audit_id order by l.party_id, l.seq"
)
COUNT = "select count(*) as links, coalesce(max(n), 0) as last from hub.audit_link"
# Rows behind the place of the relay have been linked, so one without a link has lost it.
LOST = (
    f"select a.id, a.party_id from hub.audit a where {UNLINKED}"
    " and (a.xid, a.id) <= ((select xid from hub.audit_place), (select id from hub.audit_place)) order by a.id limit 100"
)
WAITING = f"select count(*) from hub.audit a where {UNLINKED}"
ACCESSES = """
select x.party_id, x.seq, x.apprentice_id from hub.audit_access x
left join hub.audit_link l on l.party_id = x.party_id and l.seq = x.seq
left join hub.audit a on a.id = l.audit_id left join apprentices.party p on p.id = x.party_id
where a.id is null or p.id is null or x.at <> a.at or x.client <> a.client or x.classes <> a.classes
  or not x.apprentice_id = any(a.subjects) or x.audience not in ('all', p.kind) or x.audience = 'provider'
  or x.audience = 'all' and p.kind <> 'provider' and x.classes && $1::text[]
union
select l.party_id, l.seq, s.apprentice_id from hub.audit_link l join hub.audit a on a.id = l.audit_id
join apprentices.party p on p.id = l.party_id cross join lateral unnest(a.subjects) s(apprentice_id)
where l.n <= (select shown from hub.audit_place) and not exists (select 1 from hub.audit_access x
  where x.apprentice_id = s.apprentice_id and x.party_id = l.party_id and x.seq = l.seq
  and x.at = a.at and x.audience = case when p.kind = 'epao' or p.kind = 'employer' and a.classes && $1::text[]
    then p.kind else 'all' end)
order by 1, 2, 3 limit 100
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written: in whose chain, at which number, which row, and what is wrong."""

    party: UUID | None
    seq: int | None
    row: UUID | None
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a party's chain at some moment, as somebody kept it."""

    party: UUID
    seq: int
    hash: bytes


@dataclass(slots=True)
class Verdict:
    """What was checked and what is wrong; `waiting` rows are too fresh to be in a chain."""

    links: int
    chains: int
    waiting: int
    faults: list[Fault]


async def verify(
    connection: asyncpg.Connection, heads: Iterable[Head] = (), progress: Callable[[int, int], None] = lambda *_: None
) -> Verdict:
    """Checks everything in one view of the database (role hub_operator); the first fault stands first."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        walk = _Walk(heads)
        place = await connection.fetchrow(PLACE)
        total = place["linked"] if place is not None else 0
        async for rows in _batches(connection):
            for row in rows:
                walk.take(dict(row))
            progress(walk.links, total)
        faults = [*walk.faults, *walk.ended(), *await _whole(connection, total)]
        faults += [
            Fault(row["party_id"], row["seq"], None, "What is shown of this row, or to whom, is not what was recorded.")
            for row in await connection.fetch(ACCESSES, list(UNTOLD))
        ]
        return Verdict(walk.links, len(walk.ends), await connection.fetchval(WAITING), faults)


async def _batches(connection: asyncpg.Connection) -> AsyncIterator[list[asyncpg.Record]]:
    cursor = await connection.cursor(LINKS)
    while rows := await cursor.fetch(AT_ONCE):
        yield rows


async def _whole(connection: asyncpg.Connection, total: int) -> list[Fault]:
    """Whether any link is gone with nothing beside it to tell of the gap."""
    found = [
        Fault(row["party_id"], None, row["id"], "The row is in no chain: its link was taken away.")
        for row in await connection.fetch(LOST)
    ]
    count = await connection.fetchrow(COUNT)
    assert count is not None
    if (count["links"], count["last"]) != (total, total):
        found.append(Fault(None, None, None, f"The relay made {total} links; there are {count['links']} of them."))
    return found


class _Walk:
    """Goes along every chain, from its first link to its last."""

    def __init__(self, heads: Iterable[Head]):
        self.links, self.faults = 0, list[Fault]()
        self.ends: dict[UUID, tuple[int, bytes]] = {}
        self._kept: dict[tuple[UUID, int], list[bytes]] = {}
        for each in heads:
            self._kept.setdefault((each.party, each.seq), []).append(each.hash)

    def take(self, row: Mapping[str, Any]) -> None:
        """Checks the next link."""
        party, seq = row["chain"], row["seq"]
        last, before = self.ends.get(party, (0, START))
        self.links += 1
        if seq != last + 1:
            gone = str(last + 1) if seq == last + 2 else f"{last + 1} to {seq - 1}"
            self.faults.append(Fault(party, last + 1, None, f"Missing from the chain: number {gone}."))
        if row["id"] is None:
            self.faults.append(Fault(party, seq, row["audit_id"], "The row is missing."))
        elif row["hash"] != bound(before, party, seq, row["n"], digest_of(row)) and seq == last + 1:
            self.faults.append(Fault(party, seq, row["audit_id"], "The row or its link was altered."))
        if any(kept != row["hash"] for kept in self._kept.pop((party, seq), ())):
            self.faults.append(Fault(party, seq, row["audit_id"], "The chain is not the one whose head was kept."))
        self.ends[party] = seq, row["hash"]

    def ended(self) -> list[Fault]:
        """The chains that end before a head that was kept."""
        return [
            Fault(
                party, seq, None, f"The tail is cut off: the kept head is number {seq}, the chain ends at {self._end(party)}."
            )
            for party, seq in sorted(self._kept)
        ]

    def _end(self, party: UUID) -> int:
        return self.ends.get(party, (0, START))[0]


def digest_of(row: Mapping[str, Any]) -> bytes:
    """The digest of an audit row over all its columns, as PostgreSQL would send the record."""
    parts = [struct.pack(">i", len(COLUMNS))]
    for name in COLUMNS:
        sent = _sent(name, row[name])
        parts.append(struct.pack(">Ii", TYPES.get(name, TEXT), -1 if sent is None else len(sent)))
        parts.append(sent or b"")
    return hashlib.sha256(b"".join(parts)).digest()


def _sent(name: str, value: Any) -> bytes | None:
    if value is None:
        return None
    if name == "subjects":
        return _array(ID, [each.bytes for each in value])
    if name == "classes":
        return _array(TEXT, [each.encode() for each in value])
    if name == "at":
        since = value - EPOCH
        return struct.pack(">q", (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)
    if name == "xid":
        return struct.pack(">Q", value)
    if isinstance(value, UUID):
        return value.bytes
    return value if isinstance(value, bytes) else str(value).encode()


def _array(kind: int, values: list[bytes]) -> bytes:
    if not values:
        return struct.pack(">iiI", 0, 0, kind)
    items = b"".join(struct.pack(">i", len(each)) + each for each in values)
    return struct.pack(">iiIii", 1, 0, kind, len(values), 1) + items
