"""What the resolvers load: the things that hold no others, and one DataLoader for each relation of a request."""

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
import strawberry
from strawberry.dataloader import DataLoader

from bench import queries
from bench.world import TODAY
from hub.viewer import Viewer

DAY = TODAY.isoformat()


@strawberry.type
class Item:
    """A line of the checklist."""

    id: strawberry.ID
    requirement: str
    label: str
    state: str
    met: bool
    achieved_on: date | None


@strawberry.type
class Blocker:
    """What stands in the way."""

    rule: str
    sentence: str
    party: str | None
    due_on: date | None


@strawberry.type
class Organisation:
    """An organisation."""

    id: strawberry.ID
    name: str


@strawberry.type
class Relation:
    """A provider of an apprentice."""

    organisation: Organisation


@strawberry.type
class Standard:
    """A standard."""

    id: strawberry.ID
    reference: str | None
    title: str
    level: int | None


@strawberry.type
class Assessment:
    """A method's grade."""

    method: str
    grade: str


@strawberry.type
class Grade:
    """The overall grade."""

    overall: str
    released_on: date | None


def _item(row: Any) -> Item:
    return Item(
        id=f"itm_{row['id']}", requirement=row["requirement"], label=row["label"], state=row["state"], met=row["met"],
        achieved_on=row["since"],
    )  # fmt: skip


def _blocker(row: Any) -> Blocker:
    return Blocker(rule=row["rule"], sentence=row["sentence"], party=row["party"], due_on=row["due_on"])


def _relation(row: Any) -> Relation:
    return Relation(organisation=Organisation(id=f"org_{row['id']}", name=row["name"]))


def _standard(row: Any) -> Standard:
    return Standard(id=f"std_{row['key']}", reference=row["reference"], title=row["title"], level=row["level"])


class Asking:
    """The context of one request: who asks, and one loader for each relation."""

    def __init__(self, viewer: Viewer, pool: asyncpg.Pool):
        self.viewer = viewer
        self._pool = pool

    async def rows(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows under the viewer's role and context."""
        return await self._pool.fetch(sql, str(self.viewer.party), DAY, *args)

    def _many(self, sql: str, make: Callable[[Any], Any]) -> DataLoader[UUID, list[Any]]:
        async def load(keys: list[UUID]) -> list[list[Any]]:
            found: dict[UUID, list[Any]] = {key: [] for key in keys}
            for row in await self.rows(sql, keys):
                found[row["key"]].append(make(row))
            return [found[key] for key in keys]

        return DataLoader(load)

    def _one(self, sql: str, make: Callable[[Any], Any]) -> DataLoader[UUID, Any]:
        async def load(keys: list[UUID]) -> list[Any]:
            found = {row["key"]: make(row) for row in await self.rows(sql, keys)}
            return [found.get(key) for key in keys]

        return DataLoader(load)

    @cached_property
    def items(self) -> DataLoader[UUID, Any]:
        """The checklist of an apprentice."""
        return self._many(queries.ITEMS, _item)

    @cached_property
    def blockers(self) -> DataLoader[UUID, Any]:
        """What stands in an apprentice's way."""
        return self._many(queries.BLOCKERS, _blocker)

    @cached_property
    def providers(self) -> DataLoader[UUID, Any]:
        """The training providers of an apprentice."""
        return self._many(queries.PROVIDERS, _relation)

    @cached_property
    def assessments(self) -> DataLoader[UUID, Any]:
        """The grades of an apprentice's methods."""
        return self._many(queries.ASSESSMENTS, lambda r: Assessment(method=r["method"], grade=r["grade"]))

    @cached_property
    def grades(self) -> DataLoader[UUID, Any]:
        """The overall grade of an apprentice."""
        return self._one(queries.GRADES, lambda r: Grade(overall=r["overall"], released_on=r["released_on"]))

    @cached_property
    def standards(self) -> DataLoader[UUID, Any]:
        """A standard."""
        return self._one(queries.STANDARDS, _standard)
