"""A18: which address a request counts for; a forwarded one is believed of the proxies that the operator named alone."""

from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from hub.settings import Settings
from infra.edge.addresses import KNOWN, Addresses


def scope(peer: str | None, forwarded: str | None = None) -> dict[str, object]:
    """A request from a peer."""
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded is not None else []
    return {"client": (peer, 5000) if peer is not None else None, "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.7", None, "192.0.2.7"),
        # Whoever is no proxy of ours may write what it likes.
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        # What stands before the last hop, the client wrote itself.
        ("10.1.2.3", "203.0.113.99, 198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "203.0.113.99, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("::ffff:192.0.2.7", None, "192.0.2.7"),
        # A router that forwards nobody has no pace of its own, and one that forwards rubbish neither.
        ("10.1.2.3", None, None),
        ("10.1.2.3", "", None),
        ("10.1.2.3", "unknown", None),
        ("10.1.2.3", "198.51.100.1, junk", None),
        ("10.1.2.3", "10.4.4.4", None),
        # A line has a whole network of IPv6 addresses, and is one.
        ("2001:db8:1:2::5", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", None, "2001:db8:1:2::/64"),
        ("10.1.2.3", "2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", None, "fe80::/64"),
        (None, "198.51.100.1", None),
        ("testclient", None, None),
    ],
)
def test_a18_the_address_a_request_counts_for(peer: str | None, forwarded: str | None, found: str | None) -> None:
    addresses = Addresses((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
    assert addresses.of(scope(peer, forwarded)) == found
    assert addresses.of(scope(peer, forwarded)) == found, "the same the second time, out of memory"


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=("not-a-network",))  # type: ignore[arg-type]


def test_a18_what_is_remembered_of_addresses_is_bounded() -> None:
    addresses = Addresses()
    for number in range(KNOWN + 50):
        addresses.of(scope(f"192.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    assert len(addresses._known) <= KNOWN
