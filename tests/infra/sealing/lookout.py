"""Looks for unreleased grades and canaries in everything a host holds: tables, write-ahead log, files, logs, metrics."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path

import asyncpg

from hub.store.tables import metadata

# The plan says which grades there are: it is public, and no result.
PLAN = {"apprentices.method", "apprentices.grade_combination", "apprentices.criterion"}


def forms(word: str) -> list[bytes]:
    """A word as it may stand in bytes: itself, in hexadecimal digits, in base64 whatever stands before it."""
    plain = word.encode()
    shifted = [b64encode(b"\0" * n + plain)[4 * bool(n) : -4] for n in range(3)]
    return [plain, plain.hex().encode(), word.encode("utf-16-le"), *shifted]


def found_in(held: bytes, words: Iterable[str]) -> set[str]:
    """The words that stand in some bytes, in any form."""
    return {word for word in words if any(form in held for form in forms(word))}


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
    await connection.execute("checkpoint")
    await connection.execute("select pg_switch_wal()")
    last, _ = await place_in_log(connection)
    names = sorted(path.name for path in (folder / "pg_wal").iterdir() if begun[0] <= path.name <= last and path.is_file())
    parts = [(folder / "pg_wal" / name).read_bytes() for name in names]
    return b"".join([parts[0][begun[1] :], *parts[1:]])
