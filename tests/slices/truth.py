"""The matrix as SQL over the notes of how a world was made: which rows a party should see, row by row and all at once."""

from functools import cache

import asyncpg

from tests.slices.land import CHECKLIST, FULL, IDENTITY, NAMED
from tests.slices.matrix import KINDS, ROWS
from tests.slices.seeing import key_of
from tests.slices.worlds import about
from tests.world import Party

# What everybody may read, and what the hub needs to answer at all: the same in every world.
CONSTANT = {"hub.epoch", "hub.schema_version"}
OPEN = "exists (select 1 from opened o where o.party_id = $1 and o.apprentice_id = t.{key} and o.reach >= {least})"
MADE = "t.epao_party_id = $1"
RETAKE = (
    "(t.attempt = 1 or exists (select 1 from grades.resit a where a.apprentice_id = t.apprentice_id"
    " and a.attempt = t.attempt and a.kind = 'RETAKE'))"
)
# word of the matrix: the least a card must open, and what else must hold of the row
WORDS = {
    "card": (NAMED, "t.party_id = $1"),
    "named": (NAMED, ""),
    "identity": (IDENTITY, ""),
    "checklist": (CHECKLIST, ""),
    "full": (FULL, ""),
    "mine": (NAMED, MADE),
    "assessed": (FULL, MADE),
    "assessed by result": (FULL, "exists (select 1 from grades.result r where r.id = t.result_id and r.epao_party_id = $1)"),
    "released": (FULL, "t.audience = 'all'"),
    "sealed": (FULL, "t.audience = 'epao'"),
    "not sealed": (FULL, "t.audience <> 'epao'"),
    "own sealed": (NAMED, "t.audience = 'epao' and t.party_id = $1"),
    "retake": (FULL, "t.kind = 'RETAKE'"),
    "first or retake": (FULL, RETAKE),
}


def holds(table: str, word: str) -> str:
    """The condition under which a row `t` of a table should be seen; `$1` is the party."""
    if word in ("public", "-"):
        return "true" if word == "public" else "false"
    if word == "own":
        return "t.party_id = $1"
    least, more = WORDS[word]
    found = OPEN.format(key=about()[table], least=least)
    return f"{found} and {more}" if more else found


def words(kind: str) -> dict[str, str]:
    """Every table that is not public and its word for a kind of party."""
    found = {table: told[KINDS.index(kind)] for table, told in ROWS.items()}
    return {table: word for table, word in found.items() if word != "public" and table not in CONSTANT}


@cache
def _should(kind: str) -> str:
    return " union all ".join(
        f"select '{table}|' || {key_of(table)} from {table} t where {holds(table, word)}"
        for table, word in words(kind).items()
        if word != "-"
    )


@cache
def _does(kind: str) -> str:
    return " union all ".join(f"select '{table}|' || {key_of(table)} from {table} t" for table, word in words(kind).items()
                              if word != "-")  # fmt: skip


async def differences(connection: asyncpg.Connection, party: Party, today: str) -> set[str]:
    """The rows a party sees and should not, or should and does not; every table but the public ones."""
    kind = party.viewer.kind.value
    should = {row[0] for row in await connection.fetch(_should(kind), party.viewer.party)}
    context = "select set_config('hub.party', $1, true), set_config('hub.today', $2, true)"
    await connection.execute(context, str(party.viewer.party), today)
    await connection.execute(f"set local role hub_{kind}")
    does = {row[0] for row in await connection.fetch(_does(kind))}
    await connection.execute("set local role none")
    return should ^ does


async def purge(connection: asyncpg.Connection, party: Party) -> int:
    """Deletes every row that a party should not see, and what only those have brought into being; how many there were."""
    # All is decided before anything is gone: some conditions look at other tables.
    gone = 0
    doomed = {
        table: await connection.fetch(
            f"select t.ctid from {table} t where not ({holds(table, word)}) and $1::uuid is not null", party.viewer.party
        )
        for table, word in words(party.viewer.kind.value).items()
    }
    for table, rows in doomed.items():
        if rows:
            await connection.execute(f"delete from {table} where ctid = any($1::tid[])", [row[0] for row in rows])
        gone += len(rows)
    for statement in TRACES:
        await connection.execute(statement)
    return gone


# Unclaimed organisations and standards without a plan come into being when somebody names them.
NAMED_BY = "select employer_id from apprentices.apprentice"
USED_BY = " union ".join(
    f"select standard_id from {table} where standard_id is not null"
    for table in ("apprentices.apprentice", "apprentices.leaver_record", "hub.event")
)
TRACES = (
    "delete from apprentices.organisation_identifier where organisation_id in"
    f" (select id from apprentices.organisation where not claimed and id not in ({NAMED_BY}))",
    f"delete from apprentices.organisation where not claimed and id not in ({NAMED_BY})",
    f"delete from apprentices.standard where not planned and id not in ({USED_BY})",
)
