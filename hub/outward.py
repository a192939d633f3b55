"""Where the hub may call out to: https, public addresses only, looked up once and held to, no redirects, small and soon.

Whoever gives the hub an address could otherwise have it call what only the hub can reach.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import httpx2

from hub.errors import HubError

MOST_URL = 2_000
_HOST = re.compile(r"(?!.*\.\.)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.IGNORECASE)
# Not all of what the registries call global is anybody's: here lie a cloud's metadata and a withdrawn relay service.
_NOBODYS = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_UNICAST = IPv6Network("2000::/3")
# Addresses inside which another address, perhaps a private one, is written: 6to4 and Teredo.
_WRAPPING = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


def public(address: Address) -> bool:
    """Whether an address is of the public internet, and of no private, link-local, metadata or wrapped kind."""
    if isinstance(address, IPv4Address):
        common = address.is_global and not address.is_multicast and not address.is_reserved
        return common and not any(address in network for network in _NOBODYS)
    # IPv4 written as IPv6 lies outside it, however public what it stands for.
    return address in _UNICAST and address.is_global and not any(address in wrapping for wrapping in _WRAPPING)


async def looked_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@cache
def _usual_trust() -> ssl.SSLContext:
    """Reading the system's certificates takes longer than all else a process does to begin: so only once one is called."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it is to be called: the host's name, its port, and the rest of the URL."""

    host: str
    port: int
    target: str


def place_of(url: str) -> Place:
    """What an https URL names; raises ADDRESS_REFUSED for any other, and for a host written as a number."""
    try:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= MOST_URL
        if not plain or parts.scheme != "https" or "@" in parts.netloc or "%" in parts.netloc or parts.fragment:
            raise HubError("ADDRESS_REFUSED")
        host, port = parts.hostname or "", 443 if parts.port is None else parts.port
    except ValueError as error:
        raise HubError("ADDRESS_REFUSED") from error
    if not port or not (_HOST.fullmatch(host) or _written(host)):
        raise HubError("ADDRESS_REFUSED")
    return Place(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _written(host: str) -> bool:
    """Whether a host is an address in its one usual form; others are read in as many ways as there are resolvers."""
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Reply:
    """What an address answered: its status and its body whole."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Outward:
    """Calls out within bounds: `seconds` for everything together, `largest` bytes of body.

    `resolve` and `permits` say where names lead and which addresses are allowed; `trust` is whose certificates are: the
    system's, unless said.
    """

    seconds: float = 5.0
    largest: int = 64 * 1024
    resolve: Resolve = looked_up
    permits: Callable[[Address], bool] = public
    trust: ssl.SSLContext | None = None

    async def call(
        self, url: str, method: str = "GET", content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """The answer of an address; raises ADDRESS_REFUSED, or ADDRESS_SILENT when none came whole and in time.

        A redirect is an answer like any other and is not followed.
        """
        place = place_of(url)
        try:
            async with asyncio.timeout(self.seconds):
                address = await self._settle(place)
                return await self._exchange(place, address, method, content, headers or {})
        except (OSError, httpx2.HTTPError) as error:
            raise HubError("ADDRESS_SILENT") from error

    async def _settle(self, place: Place) -> str:
        """The one address that is called; where a name leads to several, each of them must be allowed."""
        found = await self.resolve(place.host, place.port)
        if not found or not all(self.permits(ip_address(each)) for each in found):
            raise HubError("ADDRESS_REFUSED")
        return found[0]

    async def _exchange(
        self, place: Place, address: str, method: str, content: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        # The connection goes to the address that was judged; the name stands in the request and is what TLS checks.
        at = f"[{address}]" if ":" in address else address
        named = place.host if place.port == 443 else f"{place.host}:{place.port}"
        trust = self.trust or _usual_trust()
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, verify=trust, timeout=self.seconds) as http:
            sent = {**headers, "Host": named, "Accept-Encoding": "identity"}
            request = http.build_request(
                method, f"https://{at}:{place.port}{place.target}", content=content, headers=sent,
                extensions={"sni_hostname": place.host},
            )  # fmt: skip
            reply = await http.send(request, stream=True)
            try:
                return Reply(reply.status_code, await self._whole(reply))
            finally:
                await reply.aclose()

    async def _whole(self, reply: httpx2.Response) -> bytes:
        body = bytearray()
        async for part in reply.aiter_raw():
            body += part
            if len(body) > self.largest:
                raise HubError("ADDRESS_SILENT", "The address answered with more than the hub takes.")
        return bytes(body)
