"""The list of erasures outside the database: lines that are only ever added, so that a restored backup can be put right."""

import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import orjson
from sqlalchemy import text

from hub.errors import HubError
from hub.store import tombstones
from hub.store.pools import Database
from hub.store.tombstones import Erased, Mark
from hub.words import id_text, parse_id

NAME = "erasures.jsonl"


def path_in(home: Path) -> Path:
    """Where a hub keeps its list: in its home, never in its database. Back it up on its own, and never restore an older one."""
    return home / NAME


def read(path: Path) -> list[Erased]:
    """What stands in a list, none when there is none; raises HubError FILE_UNREADABLE for a line that is no erasure.

    A last line that was cut off while it was written is not there yet.
    """
    whole, _, _ = _text(path).rpartition(b"\n")
    return [_opened(number, line) for number, line in enumerate(whole.splitlines(), 1) if line.strip()]


def add(path: Path, erased: Iterable[Erased]) -> int:
    """Adds what the list does not hold yet and returns when it is on the disk; answers how many that were."""
    known = {each.apprentice for each in read(path)}
    new = [each for each in erased if each.apprentice not in known]
    if new:
        _append(path, b"".join(_closed(each) for each in new))
    return len(new)


async def count(database: Database) -> int:
    """How many erasures the database holds."""
    async with database.engine("hub_operator").begin() as connection:
        return int((await connection.execute(text("select count(*) from apprentices.erasure"))).scalar_one())


async def catch_up(database: Database, path: Path) -> int:
    """Adds every erasure of the database to the list; answers how many were new."""
    async with database.engine("hub_operator").begin() as connection:
        await connection.execute(text("set local role hub_rules"))
        return add(path, await tombstones.kept(connection, [each.apprentice for each in read(path)]))


def _text(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise HubError("FILE_UNREADABLE", f"{path} cannot be read ({type(error).__name__}).") from error


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        # Goes on behind the last whole line, over one that was cut off.
        os.lseek(handle, _text(path).rfind(b"\n") + 1, os.SEEK_SET)
        os.write(handle, lines)
        os.ftruncate(handle, os.lseek(handle, 0, os.SEEK_CUR))
        os.fsync(handle)
    finally:
        os.close(handle)


def _closed(erased: Erased) -> bytes:
    marks = [{"party": id_text("pty", mark.party), "digest": mark.digest.hex()} for mark in erased.marks]
    row = {"apprentice": id_text("apr", erased.apprentice), "ground": erased.ground, "on": erased.on, "at": erased.at}
    return orjson.dumps({**row, "marks": marks}) + b"\n"


def _opened(number: int, line: bytes) -> Erased:
    try:
        row = orjson.loads(line)
        marks = tuple(Mark(parse_id(mark["party"], "pty"), bytes.fromhex(mark["digest"])) for mark in row["marks"])
        on, at = date.fromisoformat(row["on"]), datetime.fromisoformat(row["at"])
        return Erased(parse_id(row["apprentice"], "apr"), str(row["ground"]), on, at, marks)
    except (ValueError, KeyError, TypeError, HubError) as error:
        raise HubError("FILE_UNREADABLE", f"Line {number} of the list of erasures is none.") from error
