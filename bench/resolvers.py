"""Contender (b): Strawberry resolvers with DataLoaders over asyncpg, as a good team writes them.

Pages start from the card, the parser and validation caches are on, the context stands in each statement, answers are
written by orjson, and enums of the answer are plain text, which costs resolvers less than enums would.
"""

from collections.abc import Callable
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import strawberry
from starlette.requests import Request
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache

from bench import queries
from bench.cursors import closed, opened
from bench.serving import Shared, run
from bench.world import TODAY
from hub.viewer import Viewer
from hub.words import parse_id

DAY = TODAY.isoformat()


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


Info = strawberry.Info[Asking, None]


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


@strawberry.type
class Readiness:
    """Readiness of an apprentice."""

    key: strawberry.Private[UUID]
    status: str
    ready_from: date | None

    @strawberry.field
    async def items(self, info: Info) -> list[Item]:
        return await info.context.items.load(self.key)

    @strawberry.field
    async def blockers(self, info: Info) -> list[Blocker]:
        return await info.context.blockers.load(self.key)


@strawberry.type
class Gateway:
    """The gateway of an apprentice."""

    passed: bool
    readiness: Readiness


@strawberry.type
class Apprentice:
    """An apprentice."""

    key: strawberry.Private[UUID]
    standard_id: strawberry.Private[UUID]
    id: strawberry.ID
    uln: str | None
    given_names: str | None
    family_name: str | None
    status: str
    next_party: str | None
    due_on: date | None
    gateway: Gateway

    @strawberry.field
    async def providers(self, info: Info) -> list[Relation]:
        return await info.context.providers.load(self.key)

    @strawberry.field
    async def standard(self, info: Info) -> Standard:
        return await info.context.standards.load(self.standard_id)

    @strawberry.field
    async def assessments(self, info: Info) -> list[Assessment]:
        return await info.context.assessments.load(self.key)

    @strawberry.field
    async def grade(self, info: Info) -> Grade | None:
        return await info.context.grades.load(self.key)


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Apprentices:
    """A page."""

    nodes: list[Apprentice]
    page_info: PageInfo


@strawberry.type
class RuleCount:
    """How many a rule holds back."""

    rule: str
    requirement: str | None
    party: str | None
    count: int


@strawberry.type
class Cohort:
    """A set of apprentices."""

    intake: strawberry.Private[str]
    total: int
    ready: int
    not_ready: int
    passed: int
    overdue: int

    @strawberry.field
    async def blockers(self, info: Info) -> list[RuleCount]:
        return [RuleCount(**row) for row in await info.context.rows(queries.RULES, self.intake)]

    @strawberry.field
    async def apprentices(self, info: Info, first: int = 100) -> Apprentices:
        found = await info.context.rows(queries.INTAKE, min(first, 500), self.intake)
        return _page(found, first, "name_sort")


@strawberry.enum
class ApprenticeOrder(Enum):
    """The orders of a page."""

    NAME = "name_sort"
    DUE = "due_sort"
    EXPECTED_GATEWAY = "gateway_sort"
    START = "start_sort"


@strawberry.input
class ApprenticeFilter:
    """Which apprentices."""

    intake: str


@strawberry.type
class Query:
    """The questions."""

    @strawberry.field
    async def apprentice(self, info: Info, id: strawberry.ID) -> Apprentice | None:
        found = await info.context.rows(queries.ONE, parse_id(id, "apr"))
        return _apprentice(found[0]) if found else None

    @strawberry.field
    async def apprentices(
        self, info: Info, first: int = 50, after: str | None = None, order_by: ApprenticeOrder = ApprenticeOrder.NAME
    ) -> Apprentices:
        behind = opened(after) if after else ()
        found = await info.context.rows(queries.PAGES[order_by.value, bool(after)], min(first, 100) + 1, *behind)
        return _page(found, first, order_by.value)

    @strawberry.field
    async def cohort(self, info: Info, filter: ApprenticeFilter) -> Cohort:
        (row,) = await info.context.rows(queries.COUNTS, filter.intake)
        return Cohort(intake=filter.intake, **row)


def _apprentice(row: Any) -> Apprentice:
    key = row["key"]
    readiness = Readiness(key=key, status=row["readiness_today"], ready_from=row["ready_from"])
    return Apprentice(
        key=key, standard_id=row["standard_id"], id=f"apr_{key}", uln=row["uln"], given_names=row["given_names"],
        family_name=row["family_name"], status=row["status"], next_party=row["next_party"], due_on=row["due_on"],
        gateway=Gateway(passed=row["readiness"] == "PASSED", readiness=readiness),
    )  # fmt: skip


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


def _page(found: list[Any], first: int, column: str) -> Apprentices:
    shown = found[:first]
    end = closed(shown[-1][column], shown[-1]["key"]) if shown else None
    return Apprentices(
        nodes=[_apprentice(row) for row in shown], page_info=PageInfo(has_next_page=len(found) > first, end_cursor=end)
    )


class Server(GraphQL[Asking, None]):
    """Strawberry's own ASGI view with our context and a faster writer."""

    def __init__(self, shared: Shared):
        super().__init__(strawberry.Schema(Query, extensions=[ParserCache, ValidationCache]), graphql_ide=None)
        self._shared = shared

    async def get_context(self, request: Request, response: Any = None) -> Asking:
        """Who asks, and loaders of its own."""
        viewer = await self._shared.viewer(request, "apprentices:read", "gateway:read", "grades:read")
        return Asking(viewer, self._shared.pools[viewer.kind])

    def encode_json(self, data: object) -> bytes:
        """The answer as bytes."""
        return orjson.dumps(data)


def routes(shared: Shared) -> list[Route]:
    """The one route of this contender."""
    return [Route("/graphql", Server(shared))]


if __name__ == "__main__":
    run(routes)
