"""How fast one client and one address may ask; whoever shows a token that is not believed is slowed down sooner."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from auth.attempts import ADDRESS
from hub.pace import Pace
from hub.settings import Settings
from infra.edge.addresses import Addresses

SECONDS_AT_ONCE = 2
"""For how many seconds' worth of requests a full bucket holds."""
GUESS = 50
"""How many requests a token that is not believed counts for."""
GUESSES = frozenset({"TOKEN_INVALID", "TOKEN_AUDIENCE"})
"""What an honest client never hears: its token may be missing or have run out, but it is one."""


class Throttle:
    """The pace of one process."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = monotonic):
        self._addresses = Addresses(settings.trusted_proxies)
        self._by_client = Pace(settings.client_rate, SECONDS_AT_ONCE * settings.client_rate, clock)
        self._by_address = Pace(settings.address_rate, SECONDS_AT_ONCE * settings.address_rate, clock)
        # What is checked is what is limited: without a limit, nothing of it costs anything.
        self._clients, self._lines = bool(settings.client_rate), bool(settings.address_rate)

    def arrived(self, scope: Any) -> None:
        """A request, or a socket's handshake, has come; raises TooFast when too many come from its address."""
        address = scope[ADDRESS] = self._addresses.of(scope)
        if address is not None and self._lines:
            self._by_address.take(address)

    def refused(self, scope: Any, code: str) -> None:
        """Note a refusal: a token that is not believed counts as many requests."""
        address = scope.get(ADDRESS)
        if code in GUESSES and address is not None and self._lines:
            self._by_address.charge(address, GUESS)

    def asked(self, client: str) -> None:
        """A client asks; raises TooFast when it asks too often."""
        if self._clients:
            self._by_client.take(client)
