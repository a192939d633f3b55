"""From which address a request comes: the peer's own, or what a proxy that the operator named says it was."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

KNOWN = 10_000
FORWARDED = b"x-forwarded-for"
ONE_SUBSCRIBER = 64
"""How much of an IPv6 address is one line's: whoever has a line has every address below it."""


class Addresses:
    """Reads addresses; `proxies` are networks such as 10.0.0.0/8, and only they are believed about others."""

    def __init__(self, proxies: Iterable[IPv4Network | IPv6Network] = ()):
        self._proxies = tuple(proxies)
        self._known: dict[str, str | None] = {}

    def of(self, scope: Any) -> str | None:
        """What stands for the address of a request: none for a proxy that forwards nobody, or a local socket's peer."""
        client = scope.get("client")
        if client is None:
            return None
        host = client[0]
        known = self._known.get(host, "")
        if known == "":
            known = self._learn(host)
        return known if known is not None else self._forwarded(scope["headers"])

    def _learn(self, host: str) -> str | None:
        if len(self._known) >= KNOWN:
            self._known.clear()
        self._known[host] = self._named(host)
        return self._known[host]

    def _named(self, host: str) -> str | None:
        """The name of an address, and none for a trusted proxy's or for what is no address."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return None
        plain = getattr(address, "ipv4_mapped", None) or address
        return None if self._trusted(plain) else _line(plain)

    def _trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address.version == each.version and address in each for each in self._proxies)

    def _forwarded(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        """The last address that was forwarded and is no proxy's: everything before it, anybody may have written."""
        told = b",".join(value for name, value in headers if name == FORWARDED)[-1000:].decode("latin-1")
        for each in reversed([part.strip() for part in told.split(",") if part.strip()]):
            try:
                address = ip_address(each)
            except ValueError:
                return None
            if not self._trusted(address):
                return _line(address)
        return None


def _line(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, ONE_SUBSCRIBER), strict=False))
    return str(address)
