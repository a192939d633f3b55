"""How often tokens may be asked for: from one address, where a failure counts as ten, and by one client.

A client's own pace is taken by what it has proven to be its own: nobody who merely knows its name can keep it out, or
hear from a refusal that there is such a client and that it is busy.
"""

from collections.abc import Callable
from time import monotonic

from starlette.responses import JSONResponse, Response

from auth.decisions import decided
from hub.errors import CODES
from hub.pace import Pace, TooFast

ADDRESS = "hub.address"
"""Where in an ASGI scope the address stands that a request counts for."""
FAILURE = 10
AT_ONCE = 10
"""How many seconds' worth of requests a full bucket holds."""
ERROR, CODE = "temporarily_unavailable", "THROTTLED"


class Attempts:
    """The pace of token requests in one process, `rate` a second; 0 is no limit."""

    def __init__(self, rate: float = 0, clock: Callable[[], float] = monotonic):
        self._by_client = Pace(rate, AT_ONCE * rate, clock)
        self._by_address = Pace(rate, AT_ONCE * rate, clock)

    def slowed(self, address: str | None) -> Response | None:
        """The refusal of an attempt that comes too soon from its address: 429, and when to come again."""
        try:
            if address is not None:
                self._by_address.check(address)
        except TooFast as refused:
            decided("token.refused", granted=False, client=None, reason="throttled", status=429)
            body = {"error": ERROR, "error_description": CODES[CODE], "code": CODE}
            return JSONResponse(body, 429, {"Cache-Control": "no-store", "Retry-After": str(refused.seconds)})
        return None

    def proven(self, client: str) -> None:
        """Count an attempt of a client that has shown who it is; raises TooFast."""
        self._by_client.take(client)

    def made(self, address: str | None, status: int) -> None:
        """Count an attempt that was answered with this status."""
        if address is not None:
            self._by_address.charge(address, 1 if status < 400 or status == 429 else FAILURE)
