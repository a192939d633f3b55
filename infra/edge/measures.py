"""GET /metrics: when and how much each kind of party asks, told to whoever shows the operator's own token for it."""

from hmac import compare_digest

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.decisions import decided
from infra.edge.finished import Finished
from infra.edge.metrics import Metrics
from infra.edge.refusals import body_of, trouble
from infra.edge.throttle import Throttle

NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
UNKNOWN, MISSING = "TOKEN_INVALID", "TOKEN_MISSING"


def routes(token: SecretStr | None, metrics: Metrics, finished: Finished, throttle: Throttle) -> list[Route]:
    """The measures of this process; without a token there is no such address."""
    if token is None:
        return []
    wanted = token.get_secret_value().encode()

    async def measures(request: Request) -> Response:
        if not shows(request, wanted):
            code = UNKNOWN if "authorization" in request.headers else MISSING
            throttle.refused(request.scope, code)
            decided("metrics.refused", granted=False, code=code)
            challenge = {"WWW-Authenticate": 'Bearer realm="metrics"', "Content-Type": "application/json"}
            return Response(body_of(trouble(code)), 401, {**NO_STORE, **challenge})
        finished.write()
        text, kind = metrics.text()
        return Response(text, headers={**NO_STORE, "Content-Type": kind})

    return [Route("/metrics", measures, methods=["GET"])]


def shows(request: Request, wanted: bytes) -> bool:
    """Whether a request carries this token and no other, compared in a time that tells nothing of it."""
    sent = request.headers.getlist("authorization")
    scheme, _, shown = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
    return compare_digest(shown.encode("latin-1"), wanted) and scheme.lower() == "bearer"
