"""How often tokens may be asked for: by one client, and from one address, where a failure counts as ten.

A client's own pace is slowed by its successes alone: nobody who merely knows its name can keep it out.
"""

from collections.abc import Callable
from time import monotonic

from starlette.responses import JSONResponse, Response

from auth.assertions import claimed_client
from auth.decisions import decided
from auth.forms import TokenForm, basic_credentials
from auth.jose import TokenRefused
from hub.errors import CODES
from hub.pace import Pace, TooFast

ADDRESS = "hub.address"
"""Where in an ASGI scope the address stands that a request counts for."""
FAILURE = 10
AT_ONCE = 10
"""How many seconds' worth of requests a full bucket holds."""


class Attempts:
    """The pace of token requests in one process, `rate` a second; 0 is no limit."""

    def __init__(self, rate: float = 0, clock: Callable[[], float] = monotonic):
        self._by_client = Pace(rate, AT_ONCE * rate, clock)
        self._by_address = Pace(rate, AT_ONCE * rate, clock)

    def slowed(self, client: str | None, address: str | None) -> Response | None:
        """The refusal of an attempt that comes too soon: 429, and when to come again."""
        try:
            if address is not None:
                self._by_address.check(address)
            if client is not None:
                self._by_client.check(client)
        except TooFast as refused:
            decided("token.refused", granted=False, client=None, reason="throttled", status=429)
            body = {"error": "temporarily_unavailable", "error_description": CODES["THROTTLED"], "code": "THROTTLED"}
            return JSONResponse(body, 429, {"Cache-Control": "no-store", "Retry-After": str(refused.seconds)})
        return None

    def made(self, client: str | None, address: str | None, *, granted: bool) -> None:
        """Count an attempt that was answered."""
        if address is not None:
            self._by_address.charge(address, 1 if granted else FAILURE)
        if client is not None and granted:
            self._by_client.charge(client, 1)


def claimed(form: TokenForm) -> str | None:
    """Who the request says it comes from, before anything is checked."""
    credentials = basic_credentials(form.authorization)
    if credentials is not None:
        return credentials[0]
    try:
        found = claimed_client(form.fields.get("client_assertion", ""))
    except TokenRefused:
        return None
    return found if isinstance(found, str) else None
