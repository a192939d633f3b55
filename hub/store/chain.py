"""The chain of the audit: each row numbered per party and bound by a hash to the one before, and who accessed whom.

Rows come in unchained, so that no writer waits for another. The relay, which is alone, links them within a second: by
the time a link stands, every row before it is settled. A step is one transaction, so a crash repeats and loses nothing.
"""

import hashlib
from collections.abc import Awaitable, Callable
from struct import Struct
from uuid import UUID

import asyncpg

from hub.slices.classes import UNTOLD
from hub.slices.rows import FULL

Step = Callable[[str], Awaitable[None]]

BATCH = 250
SUBJECTS = 2_000
"""How many rows are linked in one step, and about how many subjects are shown."""
START = bytes(32)
"""What stands before a party's first link."""
NUMBERS = Struct(">QQ")
COLUMNS = (
    "id", "party_id", "client", "person", "on_behalf_of", "act", "subjects", "fingerprint", "at", "kind", "classes",
    "trace", "thing", "xid",
)  # fmt: skip
"""Every column of an audit row, in the order in which its digest takes them."""

_SENT = f"record_send(row({', '.join(f'a.{name}' for name in COLUMNS)}))"
PLACE = "select linked, shown from hub.audit_place"
FIRST_PLACE = (
    'insert into hub.audit_place ("only", xid, id, linked, shown)'
    " values (1, '0', '00000000-0000-0000-0000-000000000000', 0, 0) on conflict do nothing"
)
# After a restore into a younger server numbers of transactions begin anew: the place goes back, and what waits under a
# number that this server has yet to give out is taken at once.
FORGET_PLACE = (
    "update hub.audit_place set xid = '0', id = '00000000-0000-0000-0000-000000000000'"
    " where xid > pg_snapshot_xmax(pg_current_snapshot())"
)
_ROWS = f"select a.xid::text::bigint as xid, a.id, a.party_id, sha256({_SENT}) as digest from hub.audit a"
UNLINKED = "not exists (select 1 from hub.audit_link l where l.audit_id = a.id)"
# A row is settled once every transaction that began before its own has ended.
SETTLED = (
    f"{_ROWS} where (a.xid, a.id) > ((select xid from hub.audit_place), (select id from hub.audit_place))"
    f" and a.xid < pg_snapshot_xmin(pg_current_snapshot()) and {UNLINKED} order by a.xid, a.id limit $1"
)
ELSEWHERE = f"{_ROWS} where a.xid >= pg_snapshot_xmax(pg_current_snapshot()) and {UNLINKED} order by a.xid, a.id limit $1"
HEADS = (
    "select p.party_id, l.seq, l.hash from unnest($1::uuid[]) as p(party_id) cross join lateral"
    " (select seq, hash from hub.audit_link k where k.party_id = p.party_id order by seq desc limit 1) l"
)
LINK = (
    "insert into hub.audit_link (party_id, seq, n, audit_id, hash)"
    " select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bytea[])"
)
LINKED = "update hub.audit_place set linked = $1, xid = $2::text::xid8, id = $3"
# Numbers of another server say nothing about the place here.
RELINKED = "update hub.audit_place set linked = $1 where $2::text is not null and $3::uuid is not null"
SHOWN = "update hub.audit_place set shown = $1"
NEXT = """
select n, sum(cardinality(subjects)) over (order by n) as total, act = 'releaseGrade' and kind = 'act' as releases
from (select l.n, a.subjects, a.act, a.kind from hub.audit_link l join hub.audit a on a.id = l.audit_id
  where l.n > $1 order by l.n limit $2) each order by n
"""
# What an EPAO reads is its own to know once it may have results: the others are told of it when a grade is released, and
# of what it read of results never. Before the gateway, where it can have none, they are told at once. What an employer
# reads or does about grades is told to employers alone.
SHOW = f"""
with read as (
  select s.apprentice_id, a.at, a.party_id, l.seq, a.client, a.classes, p.kind
  from hub.audit_link l join hub.audit a on a.id = l.audit_id
  join apprentices.party p on p.id = a.party_id
  cross join lateral (select distinct unnest(a.subjects) as apprentice_id) s
  where l.n > $1 and l.n <= $2
)
insert into hub.audit_access (apprentice_id, audience, at, party_id, seq, client, classes)
select apprentice_id, audience, at, party_id, seq, client, classes
from read cross join (values ('all'), ('employer'), ('epao')) as told(audience)
where case audience when 'epao' then kind = 'epao' when 'employer' then kind = 'employer' and classes && $3::text[]
  else kind = 'provider' or not classes && $3::text[] and (kind <> 'epao' or exists (select 1 from hub.card c
    where c.party_id = read.party_id and c.apprentice_id = read.apprentice_id and c.reach < {FULL})) end
on conflict do nothing
"""
RELEASE = """
insert into hub.audit_access (apprentice_id, audience, at, party_id, seq, client, classes)
select e.apprentice_id, 'all', e.at, e.party_id, e.seq, e.client, e.classes
from hub.audit_link l join hub.audit a on a.id = l.audit_id
cross join lateral (select distinct unnest(a.subjects) as apprentice_id) s
join hub.audit_access e on e.apprentice_id = s.apprentice_id and e.audience = 'epao' and e.at <= a.at
where l.n > $1 and l.n <= $2 and a.act = 'releaseGrade' and a.kind = 'act' and not e.classes && $3::text[]
on conflict do nothing
"""


async def no_step(_: str) -> None:
    """Outside of tests nothing happens between two steps."""


def bound(before: bytes, party: UUID, seq: int, n: int, digest: bytes) -> bytes:
    """The hash of a link: over the one before it, its own columns and the digest of its row."""
    return hashlib.sha256(before + party.bytes + NUMBERS.pack(seq, n) + digest).digest()


class Chain:
    """Links what the audit holds, on the connection of the relay that leads."""

    def __init__(self, step: Step = no_step, batch: int = BATCH):
        self._step, self._batch = step, batch
        self._linked = self._shown = 0
        self._more = False

    @property
    def behind(self) -> bool:
        """Whether there is more to do at once."""
        return self._more or self._shown < self._linked

    async def begin(self, connection: asyncpg.Connection) -> None:
        """Finds where the chain stands; also after a restore (role hub_relay)."""
        await connection.execute(FIRST_PLACE)
        await connection.execute(FORGET_PLACE)
        place = await connection.fetchrow(PLACE)
        assert place is not None
        self._linked, self._shown = place
        while await self._link(connection, ELSEWHERE, RELINKED):
            pass

    async def forge(self, connection: asyncpg.Connection) -> int:
        """Links what is settled and shows what is linked, a batch of each; answers how many rows were linked."""
        linked = await self._link(connection, SETTLED, LINKED)
        if self._shown < self._linked:
            await self._show(connection)
        self._more = linked == self._batch
        return linked

    async def _link(self, connection: asyncpg.Connection, query: str, mark: str) -> int:
        await self._step("linking")
        rows = await connection.fetch(query, self._batch)
        if not rows:
            return 0
        end, last = self._linked + len(rows), rows[-1]
        async with connection.transaction():
            await self._step("read")
            await connection.execute(LINK, *await self._links(connection, rows))
            await self._step("linked")
            await connection.execute(mark, end, str(last["xid"]), last["id"])
            await self._step("marked")
        self._linked = end
        await self._step("chained")
        return len(rows)

    async def _links(self, connection: asyncpg.Connection, rows: list[asyncpg.Record]) -> list[list[object]]:
        heads = await connection.fetch(HEADS, list({row["party_id"] for row in rows}))
        ends = {head["party_id"]: (head["seq"], head["hash"]) for head in heads}
        found: list[tuple[object, ...]] = []
        for n, (_, id_, party, digest) in enumerate(rows, self._linked + 1):
            last, before = ends.get(party, (0, START))
            ends[party] = last + 1, bound(before, party, last + 1, n, digest)
            found.append((party, last + 1, n, id_, ends[party][1]))
        return [list(column) for column in zip(*found, strict=True)]

    async def _show(self, connection: asyncpg.Connection) -> None:
        """Writes who accessed whom."""
        await self._step("showing")
        async with connection.transaction():
            rows = await connection.fetch(NEXT, self._shown, self._batch)
            taken = [row for row in rows if row["total"] <= SUBJECTS] or rows[:1]
            end = taken[-1]["n"]
            await connection.execute(SHOW, self._shown, end, list(UNTOLD))
            await self._step("shown")
            if any(row["releases"] for row in taken):
                await connection.execute(RELEASE, self._shown, end, list(UNTOLD))
            await connection.execute(SHOWN, end)
            await self._step("kept")
        self._shown = end
        await self._step("told")
