"""What is in every table, what a party's role sees of it, and what it should see by the matrix."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg

from hub.store.tables import metadata
from hub.viewer import PartyKind
from tests.slices.land import CHECKLIST, FULL, IDENTITY, NAMED, NOW, Land
from tests.slices.matrix import KINDS, ROWS
from tests.world import Party

DAYS = (NOW, date(2022, 1, 1), date(2027, 2, 1))
Row = Mapping[str, Any]
Everything = dict[str, dict[str, Row]]
LEAST = {"named": NAMED, "mine": NAMED, "own sealed": NAMED, "identity": IDENTITY, "checklist": CHECKLIST}


def key_of(table: str) -> str:
    """The SQL of a row's key as text."""
    columns = metadata.tables[table].primary_key.columns
    return "concat_ws('|', " + ", ".join(f't."{column.name}"' for column in columns) + ")"


async def everything(connection: asyncpg.Connection) -> Everything:
    """Every row of every table by its key, read above every lock."""
    found: Everything = {}
    for table in ROWS:
        rows = await connection.fetch(f"select {key_of(table)} as key, t.* from {table} t")
        found[table] = {row["key"]: dict(row) for row in rows}
    return found


class Oracle:
    """The keys of the rows a party should see, by the matrix and the script of the land."""

    def __init__(self, land: Land, rows: Everything, today: date):
        self.land = land
        self.rows = rows
        self.today = today
        self.names = {story.apprentice: name for name, story in land.stories.items()}

    def keys(self, table: str, party: Party) -> set[str]:
        """The keys of the rows of a table."""
        told = ROWS[table][KINDS.index(party.viewer.kind.value)]
        return {key for key, row in self.rows[table].items() if self._sees(told, table, row, party)}

    def _sees(self, told: str, table: str, row: Row, party: Party) -> bool:
        if told in ("public", "-"):
            return told == "public"
        me = party.viewer.party
        if told == "own":
            return bool(row["party_id"] == me)
        reach = self._reach(party, row["id" if table == "apprentices.apprentice" else "apprentice_id"])
        if told == "card":
            return bool(row["party_id"] == me) and reach is not None
        if reach is None or reach < LEAST.get(told, FULL):
            return False
        return self._row(told, row, me)

    def _row(self, told: str, row: Row, me: UUID) -> bool:
        if told in ("mine", "assessed"):
            return bool(row["epao_party_id"] == me)
        if told == "not sealed":
            return bool(row["audience"] != "epao")
        if told == "own sealed":
            return bool(row["audience"] == "epao" and row["party_id"] == me)
        if told == "assessed by result":
            results = [each for each in self.rows["grades.result"].values() if each["id"] == row["result_id"]]
            return any(each["epao_party_id"] == me for each in results)
        if told == "first or retake":
            agreed = [each for each in self.rows["grades.resit"].values() if each["apprentice_id"] == row["apprentice_id"]]
            return row["attempt"] == 1 or (row["attempt"], "RETAKE") in {(each["attempt"], each["kind"]) for each in agreed}
        if told == "released":
            return bool(row["audience"] == "all")
        if told == "sealed":
            return bool(row["audience"] == "epao")
        return told != "retake" or bool(row["kind"] == "RETAKE")

    def _reach(self, party: Party, apprentice: UUID) -> int | None:
        name = self.names.get(apprentice)
        if name is None or self.today.year < 2026:
            return None
        if self.land.state[name] == "future" and self.today.year >= 2027:
            played = [each is party for each in self.land.cast[name][:3]]
            return next((reach for reach, plays in zip((FULL, FULL, CHECKLIST), played, strict=True) if plays), None)
        return self.land.reach(party, name)


async def seen(connection: asyncpg.Connection, table: str, kind: PartyKind, party: UUID | None, today: date) -> set[str] | None:
    """The keys a party's role sees of a table; None when it may not even ask. The connection is above every lock."""
    await connection.execute(f"set local role hub_{kind}")
    try:
        await connection.execute(
            "select set_config('hub.party', $1, true), set_config('hub.today', $2, true)",
            str(party) if party else "", today.isoformat(),
        )  # fmt: skip
        async with connection.transaction():
            return {row["key"] for row in await connection.fetch(f"select {key_of(table)} as key from {table} t")}
    except asyncpg.InsufficientPrivilegeError:
        return None
    finally:
        await connection.execute("reset role")


async def wrong(connection: asyncpg.Connection, oracle: Oracle, table: str, party: Party) -> str | None:
    """What is wrong with what a party's role sees of a table; none if it is as the matrix has it."""
    try:
        found = await seen(connection, table, party.viewer.kind, party.viewer.party, oracle.today)
    except asyncpg.PostgresError as error:
        return f"{table} {party.viewer.kind}: {error}"
    denied = ROWS[table][KINDS.index(party.viewer.kind.value)] == "-"
    if denied:
        return None if found is None else f"{table} may be asked by {party.viewer.kind}"
    expected = oracle.keys(table, party)
    if found == expected:
        return None
    more, less = sorted((found or set()) - expected)[:3], sorted(expected - (found or set()))[:3]
    return f"{table} {party.viewer.kind} on {oracle.today}: too many {more}, too few {less}"
