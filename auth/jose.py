"""Strict reading of signed tokens: few algorithms, few headers, a JSON object inside, one kind of failure."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, deserialize_compact, extract_compact
from joserfc.registry import HeaderRegistryDict

MAX_TOKEN_CHARACTERS = 8192
LEEWAY_SECONDS = 10
ACCESS_TOKEN = "at+jwt"  # noqa: S105  (a type, not a token)
"""What the header of an access token says it is (RFC 9068)."""
JTI = re.compile(r"[\x21-\x7e]{1,200}")
"""The name of a token that is good once."""

Claims = dict[str, Any]


class TokenRefused(Exception):
    """A token that cannot be believed; the reason is for the log, not for the caller."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class Algorithms(JWSRegistry):
    """The signature algorithms and header names we take.

    Names that could carry or point at a key (`jwk`, `jku`, `x5u`, `x5c`) or change the meaning (`crit`, `b64`) are
    not among them, so a token with one is refused rather than read without it.
    """

    default_header_registry: HeaderRegistryDict = {
        name: JWSRegistry.default_header_registry[name] for name in ("alg", "kid", "typ", "x5t", "x5t#S256")
    }

    def __init__(self, names: Collection[str]):
        super().__init__(algorithms=names)
        self.names = frozenset(names)

    def get_alg(self, name: object) -> Any:
        """The algorithm of that name, or a refusal; without the library's warning about the older name of Ed25519."""
        if not isinstance(name, str) or name not in self.names:
            raise TokenRefused("algorithm")
        return self.algorithms[name]


def _object(content: bytes) -> Claims:
    value = orjson.loads(content)
    if not isinstance(value, dict):
        raise TokenRefused("payload")
    return value


@contextmanager
def _refusing(token: str) -> Iterator[None]:
    """Refuse a token too long to read, and turn whatever a malformed one makes the library raise into one kind of refusal."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenRefused("size")
    try:
        yield
    except JoseError as error:
        raise TokenRefused(error.error) from error
    # These escape for headers that are not objects, are nested deeply or are not text.
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise TokenRefused("malformed") from error


def unverified(token: str) -> Claims:
    """The claims of a compact JWS that nobody vouches for yet; raises TokenRefused."""
    with _refusing(token):
        return _object(extract_compact(token.encode()).payload)


def unverified_header(token: str) -> Claims:
    """The header of a compact JWS that nobody vouches for yet; raises TokenRefused."""
    with _refusing(token):
        return dict(extract_compact(token.encode()).headers())


def verified(token: str, key_for: Callable[[Claims], Key], algorithms: Algorithms) -> tuple[Claims, Claims]:
    """The header and claims of a compact JWS whose signature holds under the key that `key_for` names for its header.

    Raises TokenRefused for anything else, however malformed.
    """
    with _refusing(token):
        signed = deserialize_compact(token, lambda found: key_for(found.headers()), registry=algorithms)
        return signed.headers(), _object(signed.payload or b"")


def seconds(claims: Claims, name: str) -> float | None:
    """A NumericDate claim, or None when it is absent; raises TokenRefused when it is no number."""
    value = claims.get(name)
    if name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(name)
    return float(value)


def check_begun(claims: Claims, now: float) -> None:
    """Refuse a token issued, or valid only, more than the leeway after now."""
    for name in ("iat", "nbf"):
        moment = seconds(claims, name)
        if moment is not None and moment > now + LEEWAY_SECONDS:
            raise TokenRefused(name)


def ends(claims: Claims, longest: float) -> float:
    """When an access token runs out; raises TokenRefused for one that does not say, or lives longer than so many seconds."""
    issued, expires = seconds(claims, "iat"), seconds(claims, "exp")
    if issued is None or expires is None or expires - issued > longest:
        raise TokenRefused("exp")
    return expires
