"""Proofs of possession (RFC 9449): with each request a client shows that it holds the key its token is bound to."""

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderRegistryDict

from auth.jose import JTI, LEEWAY_SECONDS, Algorithms, Claims, TokenRefused, check_begun, seconds, verified
from hub.keysets import ALGORITHMS as PROOF_ALGORITHMS
from hub.keysets import fits

GRAPH_PATH = "/graphql"
PROOF_SECONDS = 60
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_TYPES: dict[str, type[ECKey | RSAKey | OKPKey]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
_NEEDED = {"EC": ("crv", "x", "y"), "RSA": ("n", "e"), "OKP": ("crv", "x")}
_PORTS = {"https": 443, "http": 80}


class _ProofAlgorithms(Algorithms):
    """As elsewhere, but the header carries the key itself, which may be an RSA key of 4096 bits."""

    default_header_registry: HeaderRegistryDict = {
        name: JWSRegistry.default_header_registry[name] for name in ("alg", "typ", "jwk", "kid")
    }
    max_header_length = 2048


ALGORITHMS = _ProofAlgorithms(PROOF_ALGORITHMS)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds: the thumbprint of its key, and the mark under which it is taken once, until a moment."""

    thumbprint: str
    mark: UUID
    until: datetime


def read_proof(text: str, methods: Collection[str], url: str, now: float, token: bytes | None = None) -> Proof:
    """What a proof for a request by one of these methods shows; raises TokenRefused.

    `url` is of our own settings, never of the request; `token` is the SHA-256 of the access token that comes with it.
    """
    found: list[str] = []

    def key_for(header: Claims) -> Key:
        key, thumbprint = _key(header)
        found.append(thumbprint)
        return key

    header, claims = verified(text, key_for, ALGORITHMS)
    if header.get("typ") != "dpop+jwt":
        raise TokenRefused("proof typ")
    _check_request(claims, methods, url, token)
    issued = _check_moment(claims, now)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not JTI.fullmatch(jti):
        raise TokenRefused("proof jti")
    mark = UUID(bytes=hashlib.sha256(f"{found[0]} {jti}".encode()).digest()[:16])
    return Proof(found[0], mark, datetime.fromtimestamp(issued + PROOF_SECONDS + 2 * LEEWAY_SECONDS, UTC))


def _key(header: Claims) -> tuple[Key, str]:
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or PRIVATE & jwk.keys():
        raise TokenRefused("proof key")
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in _NEEDED:
        raise TokenRefused("proof key")
    members = tuple(str(jwk[name]) for name in _NEEDED[kind])
    if kind == "RSA" and not 342 <= len(members[0]) <= 684:
        # 2048 to 4096 bits: a shorter modulus is weak, a longer one dear to check.
        raise TokenRefused("proof key")
    key, thumbprint = _imported(kind, members)
    if not fits(key, ALGORITHMS.get_alg(header.get("alg")).name):
        raise TokenRefused("proof key")
    return key, thumbprint


@lru_cache(maxsize=4096)
def _imported(kind: str, members: tuple[str, ...]) -> tuple[Key, str]:
    """A client signs every proof with one key, and reading a key costs as much as checking a signature."""
    held: dict[str, Any] = {"kty": kind, **dict(zip(_NEEDED[kind], members, strict=True))}
    key = _TYPES[kind].import_key(held)
    return key, key.thumbprint()


def _check_request(claims: Claims, methods: Collection[str], url: str, token: bytes | None) -> None:
    if claims.get("htm") not in tuple(methods):
        raise TokenRefused("proof htm")
    address = claims.get("htu")
    if not isinstance(address, str) or not _same(address, url):
        raise TokenRefused("proof htu")
    if token is not None and claims.get("ath") != base64.urlsafe_b64encode(token).decode().rstrip("="):
        raise TokenRefused("proof ath")


@lru_cache(maxsize=256)
def _same(shown: str, ours: str) -> bool:
    """Whether two addresses are one, their query and fragment aside (RFC 3986 §6.2)."""
    try:
        return "@" not in shown and _plain(shown) == _plain(ours)
    except ValueError:
        return False


def _plain(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path or "/"


def _check_moment(claims: Claims, now: float) -> float:
    issued = seconds(claims, "iat")
    if issued is None or issued < now - PROOF_SECONDS:
        raise TokenRefused("proof iat")
    check_begun(claims, now)
    return issued


def thumbprint_of(claims: Claims) -> str | None:
    """The thumbprint that a token is bound to, if it is bound; raises TokenRefused for any other kind of binding."""
    if "cnf" not in claims:
        return None
    bound = claims["cnf"]
    if not isinstance(bound, dict) or set(bound) != {"jkt"} or not isinstance(bound["jkt"], str) or not bound["jkt"]:
        raise TokenRefused("cnf")
    return str(bound["jkt"])
