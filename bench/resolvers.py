"""Contender (b): Strawberry resolvers with DataLoaders over asyncpg, as a good team writes them.

Pages start from the card, the parser and validation caches are on, the context stands in each statement, answers are
written by orjson, and enums of the answer are plain text, which costs resolvers less than enums would.
"""

from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache

from bench import queries
from bench.cursors import closed, opened
from bench.loaders import Asking, Assessment, Blocker, Grade, Item, Relation, Standard
from bench.serving import Shared, run
from hub.words import parse_id

Info = strawberry.Info[Asking, None]


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
        request.state.viewer = await self._shared.viewer(request, "apprentices:read", "gateway:read", "grades:read")
        return Asking(request.state.viewer, self._shared.pools[request.state.viewer.kind])

    async def run(self, request: Request, *context: Any) -> Response:
        """One answer, and the read on record before it leaves."""
        response = await super().run(request, *context)
        await self._shared.record(request.state.viewer, "query", response.body)
        return response

    def encode_json(self, data: object) -> bytes:
        """The answer as bytes."""
        return orjson.dumps(data)


def routes(shared: Shared) -> list[Route]:
    """The one route of this contender."""
    return [Route("/graphql", Server(shared))]


if __name__ == "__main__":
    run(routes)
