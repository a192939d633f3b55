"""A19: where the hub calls out to; the guard that client key sets and webhooks share, against a corpus of addresses."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hub.errors import HubError
from hub.outward import Outward, place_of, public

NAME = "keys.party.example"


async def nowhere(host: str, port: int) -> list[str]:
    """A resolver that must not be asked."""
    raise AssertionError(f"{host} was looked up")


async def code_of(outward: Outward, url: str) -> str | None:
    """How a call ends: its code, or none for an answer."""
    try:
        await outward.call(url)
    except HubError as refused:
        return refused.problem.code
    return None


NEVER_ASKED = [
    "http://party.example/jwks", "ftp://party.example/jwks", "file:///etc/passwd", "gopher://party.example/",
    "//party.example/",
    "https://", "https:///jwks", "https://user@party.example/", "https://user:pass@party.example/",
    "https://party.example@127.0.0.1/",
    "https://party.example\\@127.0.0.1/", "https://party.example /", "https://party.example/\njwks",
    "https://party.example/\0",
    "https://party.example:0/", "https://party.example:99999/", "https://party.example:x/", "https://party.example/#at",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://metadata/", "https://hub/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
    "https://127.0.1/",
    "https://017700000001/", "https://0/", "https://127.0.0.1./", "https://127.000.000.001/", "https://1.2.3.4.5/",
    "https://1e3/",
    "https://party.example%2f@127.0.0.1/", "https://%31%32%37.0.0.1/", "https://①②⑦.⓪.⓪.①/", "https://ⓛocalhost/",
    "https://pärty.example/",
    "https://[fe80::1%25eth0]/", "https://[::ffff:127.0.0.1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::1/",
    "https://..example/",
    "https://party..example/", "https://-.example/", "https://party.example." + "a" * 70 + "/",
    "https://party.example/" + "a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("url", NEVER_ASKED)
async def test_a19_addresses_that_are_refused_before_anybody_is_asked(url: str) -> None:
    assert await code_of(Outward(resolve=nowhere), url) == "ADDRESS_REFUSED"


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.0.9", "192.88.99.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "fe80::1",
    "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "100::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
async def test_a19_private_link_local_and_metadata_addresses(address: str) -> None:
    """However a name leads there: alone, or beside a public address; and written into the URL itself."""
    assert not public(ip_address(address))
    for found in ([address], ["93.184.215.14", address], [address, "93.184.215.14"]):

        async def leads(host: str, port: int, found: list[str] = found) -> list[str]:
            return found

        assert await code_of(Outward(resolve=leads), "https://party.example/jwks") == "ADDRESS_REFUSED"
    written = f"[{address}]" if ":" in address else address
    outward = Outward(seconds=2, permits=lambda one: public(one))
    assert await code_of(outward, f"https://{written}/jwks") == "ADDRESS_REFUSED"


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4009::200e"])
def test_public_addresses(address: str) -> None:
    assert public(ip_address(address))


async def test_a19_a_name_that_leads_nowhere() -> None:
    async def nothing(host: str, port: int) -> list[str]:
        return []

    async def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert await code_of(Outward(resolve=nothing), "https://party.example/") == "ADDRESS_REFUSED"
    assert await code_of(Outward(resolve=unknown), "https://party.example/") == "ADDRESS_SILENT"


def test_what_an_address_names() -> None:
    place = place_of("https://Keys.Party.example:8443/a/b?c=d")
    assert (place.host, place.port, place.target) == ("keys.party.example", 8443, "/a/b?c=d")
    assert place_of("https://party.example").target == "/"


@dataclass
class Party:
    """A party's server with a certificate for its own name, on this machine."""

    port: int = 0
    trust: ssl.SSLContext = field(default_factory=lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    asked: list[bytes] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    leads_to: list[list[str]] = field(default_factory=list)

    def outward(self, **limits: float) -> Outward:
        """Calls that may go to this machine, and to nowhere else that is not public."""

        async def resolve(host: str, port: int) -> list[str]:
            self.looked_up.append(host)
            return self.leads_to.pop(0) if self.leads_to else ["127.0.0.1"]

        def permits(address: object) -> bool:
            return str(address) == "127.0.0.1"

        return Outward(resolve=resolve, permits=permits, trust=self.trust, **limits)  # type: ignore[arg-type]

    def url(self, path: str = "/jwks", name: str = NAME) -> str:
        """An address of the server."""
        return f"https://{name}:{self.port}{path}"


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and its client's side of one certificate."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True).sign(key, SHA256())
    )  # fmt: skip
    pem = made.public_bytes(Encoding.PEM)
    (folder / "pem").write_bytes(pem + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "pem")
    return server, ssl.create_default_context(cadata=pem.decode())


Answer = Callable[[asyncio.StreamWriter], object]


@asynccontextmanager
async def serving(folder: Path, body: bytes | None, head: str = "200 OK", more: str = "") -> AsyncIterator[Party]:
    """A server that answers everything alike; without a body it never answers."""
    server_side, trust = certified(folder, NAME)
    party = Party(trust=trust)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            party.asked.append(await reader.readuntil(b"\r\n\r\n"))
            if body is None:
                await asyncio.sleep(30)
            writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body or b'')}\r\n{more}\r\n".encode() + (body or b""))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_side)
    party.port = listening.sockets[0].getsockname()[1]
    try:
        yield party
    finally:
        listening.close()


async def test_a19_the_connection_goes_to_the_address_that_was_judged(tmp_path: Path) -> None:
    """DNS rebinding: the second look-up would lead elsewhere, and there is none. The name is what TLS and the request say."""
    async with serving(tmp_path, b'{"keys":[]}') as party:
        party.leads_to = [["127.0.0.1"], ["169.254.169.254"]]
        reply = await party.outward().call(party.url())
        assert (reply.status, reply.body, party.looked_up) == (200, b'{"keys":[]}', [NAME])
        assert f"host: {NAME}:{party.port}".encode() in party.asked[0].lower()
        assert await code_of(party.outward(), party.url()) == "ADDRESS_REFUSED"
        assert len(party.asked) == 1


async def test_a19_a_certificate_of_another_name_is_not_believed(tmp_path: Path) -> None:
    async with serving(tmp_path, b"{}") as party:
        assert await code_of(party.outward(), party.url(name="other.party.example")) == "ADDRESS_SILENT"
        assert party.asked == []


async def test_a19_redirects_are_not_followed(tmp_path: Path) -> None:
    async with serving(tmp_path, b"", "302 Found", "Location: https://127.0.0.1/\r\n") as party:
        assert (await party.outward().call(party.url())).status == 302
        assert len(party.asked) == 1


async def test_a19_size_and_time_are_bounded(tmp_path: Path) -> None:
    async with serving(tmp_path, b"x" * 1001) as party:
        assert await code_of(party.outward(largest=1000), party.url()) == "ADDRESS_SILENT"
        assert (await party.outward(largest=1001).call(party.url())).body == b"x" * 1001
    async with serving(tmp_path, None) as party:
        assert await code_of(party.outward(seconds=0.3), party.url()) == "ADDRESS_SILENT"
