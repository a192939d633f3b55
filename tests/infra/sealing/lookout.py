"""Looks for unreleased grades and canaries in everything a host holds: tables, write-ahead log, files, logs, metrics."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path

import asyncpg

from hub.store.tables import metadata

# The plan says which grades there are: it is public, and no result.
PLAN = {"apprentices.method", "apprentices.grade_combination", "apprentices.criterion"}

# A page of the write-ahead log, and the flag of its header by which that of a segment's first page is longer.
PAGE, LONG = 8192, 0x0002


def forms(word: str | bytes) -> list[bytes]:
    """A word as it may stand in bytes: itself, in hexadecimal digits, in base64 whatever stands before it."""
    plain = word if isinstance(word, bytes) else word.encode()
    shifted = [b64encode(b"\0" * n + plain)[4 * bool(n) : -4] for n in range(3)]
    wide = [] if isinstance(word, bytes) else [word.encode("utf-16-le")]
    return [plain, plain.hex().encode(), *wide, *shifted]


def found_in(held: bytes, words: Iterable[str]) -> set[str]:
    """The words that stand in some bytes, in any form."""
    return {word for word in words if any(form in held for form in forms(word))}


def named_in(held: bytes, words: Mapping[str, str | bytes]) -> set[str]:
    """The names of the words that stand in some bytes; what is secret is so told by its name alone."""
    return {name for name, word in words.items() if any(form in held for form in forms(word))}


async def places(connection: asyncpg.Connection, folder: Path, begun: tuple[str, int]) -> AsyncIterator[tuple[str, bytes]]:
    """All that a cluster holds, place by place; of the write-ahead log what was written since a place in it."""
    yield "write-ahead log", await logged_since(connection, folder, begun)
    for table, held in (await dumped(connection)).items():
        yield f"table {table}", held
    plans = await files_of_plans(connection)
    own = await connection.fetchval("select oid::text from pg_database where datname = current_database()")
    for path in files_in(folder):
        if path.suffix == ".log" or path.name == "log":
            yield f"server {path.name}", path.read_bytes()
        elif path.parent == folder / "base" / own:
            yield f"{'plan' if path.name.split('.')[0] in plans else 'file'} {path.name}", path.read_bytes()


def files_in(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def files_of_plans(connection: asyncpg.Connection) -> set[str]:
    """The names of the files in which the plans stand, their indexes among them."""
    rows = await connection.fetch(
        "select pg_relation_filenode(c.oid)::text as name from pg_class c left join pg_index i on i.indexrelid = c.oid"
        " where coalesce(i.indrelid, c.oid) = any($1::text[]::regclass[]::oid[])",
        sorted(PLAN),
    )
    return {row["name"] for row in rows}


async def dumped(connection: asyncpg.Connection) -> Mapping[str, bytes]:
    """Every table of the hub as a dump writes it, but for the plans; the connection is above every lock."""
    found = {}
    for table in sorted(set(metadata.tables) - PLAN):
        held = bytearray()

        async def keep(part: bytes, into: bytearray = held) -> None:
            into.extend(part)

        await connection.copy_from_query(f"select * from {table}", output=keep)
        found[table] = bytes(held)
    return found


async def place_in_log(connection: asyncpg.Connection) -> tuple[str, int]:
    """The segment of the write-ahead log that is being written, and how far."""
    row = await connection.fetchrow("select (pg_walfile_name_offset(pg_current_wal_insert_lsn())).*")
    return row["file_name"], row["file_offset"]


async def logged_since(connection: asyncpg.Connection, folder: Path, begun: tuple[str, int]) -> bytes:
    """The write-ahead log from a place on, read from its files."""
    # It writes out all there is; what comes after this place is of a segment's earlier life.
    await connection.execute("checkpoint")
    last, end = await place_in_log(connection)
    names = sorted(path.name for path in (folder / "pg_wal").iterdir() if begun[0] <= path.name <= last and path.is_file())
    assert names[0] == begun[0] and names[-1] == last, "the server keeps what was written since"
    parts = [(folder / "pg_wal" / name).read_bytes() for name in names]
    parts[-1] = parts[-1][:end]
    first, *rest = parts
    return b"".join([*_records(first, begun[1]), *(page for part in rest for page in _records(part, 0))])


def _records(segment: bytes, since: int) -> Iterator[bytes]:
    """The pages of a segment without their headers, so that a word which begins on one and ends on the next is whole."""
    for at in range(since - since % PAGE, len(segment), PAGE):
        long = int.from_bytes(segment[at + 2 : at + 4], "little") & LONG
        yield segment[max(since, at + (40 if long else 24)) : at + PAGE]
