"""Contender (a): a Starlette route for each workload, each with one statement written by hand."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.cursors import opened
from bench.posting import Posting
from bench.serving import Shared, run
from bench.statements import COHORT, ONE, PAGES
from bench.world import TODAY
from hub.errors import HubError
from hub.words import parse_id

DAY = TODAY.isoformat()
JSON = "application/json"


class Reads:
    """The three reads."""

    def __init__(self, shared: Shared):
        self._shared = shared

    async def cohort(self, request: Request) -> Response:
        """Readiness of a whole intake: counts and rows."""
        viewer = await self._shared.viewer(request, "apprentices:read", "gateway:read")
        pool = self._shared.pools[viewer.kind]
        body = await pool.fetchval(COHORT, str(viewer.party), DAY, request.query_params["intake"])
        await self._shared.record(viewer, "cohort", body)
        return Response(body, media_type=JSON)

    async def one(self, request: Request) -> Response:
        """One apprentice with its checklist."""
        viewer = await self._shared.viewer(request, "apprentices:read", "gateway:read")
        pool = self._shared.pools[viewer.kind]
        body = await pool.fetchval(ONE, str(viewer.party), DAY, parse_id(request.path_params["id"], "apr"))
        await self._shared.record(viewer, "one", body)
        return Response(body, media_type=JSON)

    async def page(self, request: Request) -> Response:
        """A page of apprentices with provider, standard, checklist and released grades."""
        viewer = await self._shared.viewer(request, "apprentices:read", "gateway:read", "grades:read")
        query = request.query_params
        first, after = int(query.get("first", 50)), query.get("after")
        if not 0 <= first <= 100:
            raise HubError("ARGUMENT_INVALID")
        sql = PAGES[query.get("orderBy", "NAME"), after is not None]
        pool = self._shared.pools[viewer.kind]
        body = await pool.fetchval(sql, str(viewer.party), DAY, first, *(opened(after) if after else ()))
        await self._shared.record(viewer, "page", body)
        return Response(body, media_type=JSON)


async def refused(_: Request, error: Exception) -> Response:
    """A coded refusal."""
    assert isinstance(error, HubError)
    return Response(error.problem.code, 401 if error.problem.code.startswith("TOKEN_") else 400)


def routes(shared: Shared) -> list[Route]:
    """Every route of this contender."""
    reads, posting = Reads(shared), Posting(shared)
    return [
        Route("/cohort", reads.cohort),
        Route("/apprentices/{id}", reads.one),
        Route("/apprentices", reads.page),
        Route("/results", posting.post, methods=["POST"]),
    ]


if __name__ == "__main__":
    run(routes, exception_handlers={HubError: refused})
