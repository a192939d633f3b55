"""Client authentication by a signed assertion (RFC 7523), read as strictly as FAPI 2.0 asks.

The library's own class takes a list of audiences, a life of years and an algorithm we do not; this one stands in its
place. A client nobody knows is put through the same work against a decoy key, so that its answer takes as long.
"""

import base64
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from auth.jose import JTI, LEEWAY_SECONDS, Algorithms, Claims, TokenRefused, check_begun, seconds, unverified, verified
from hub.keysets import ALGORITHMS as ASSERTION_ALGORITHMS
from hub.keysets import fits, keys_of
from hub.store.auth import assertion

MAX_LIFE_SECONDS = 300
ALGORITHMS = Algorithms(ASSERTION_ALGORITHMS)
_FORGET_LOCK = func.pg_try_advisory_xact_lock(0x6875624A5449)


@cache
def _decoy(algorithm: str) -> Key:
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", private=False)
    if algorithm == "PS256":
        modulus = (secrets.randbits(2048) | 1 | 1 << 2047).to_bytes(256, "big")
        return RSAKey.import_key({"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(modulus).decode().rstrip("=")})
    return OKPKey.generate_key("Ed25519", private=False)


def claimed_client(token: str) -> object:
    """The client an assertion claims to come from, before anything is checked; raises TokenRefused."""
    return unverified(token).get("sub")


def verified_claims(token: str, jwks: Any | None) -> Claims:
    """The claims of an assertion signed with one of a client's keys; raises TokenRefused."""
    keys = keys_of(jwks) if jwks else []

    def key_for(header: Claims) -> Key:
        algorithm, kid = ALGORITHMS.get_alg(header.get("alg")).name, header.get("kid")
        fitting = [key for key in keys if fits(key, algorithm) and (kid is None or key.kid == kid)]
        return fitting[0] if len(fitting) == 1 else _decoy(algorithm)

    return verified(token, key_for, ALGORITHMS)[1]


def check_claims(claims: Claims, client_id: str, issuer: str, now: float) -> None:
    """Refuse an assertion not made by this client, for this server, for now; raises TokenRefused."""
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise TokenRefused("iss")
    if claims.get("aud") != issuer:
        raise TokenRefused("aud")
    check_begun(claims, now)
    expires = seconds(claims, "exp")
    if expires is None or not now - LEEWAY_SECONDS < expires <= now + MAX_LIFE_SECONDS + LEEWAY_SECONDS:
        raise TokenRefused("exp")
    if not isinstance(claims.get("jti"), str) or not JTI.fullmatch(claims["jti"]):
        raise TokenRefused("jti")


def use_once(connection: Connection, client_id: str, claims: Claims) -> None:
    """Note an assertion as used; raises TokenRefused when it was used before, also by a request still under way."""
    forget_after = datetime.fromtimestamp(claims["exp"] + 2 * LEEWAY_SECONDS, UTC)
    row = {"client_id": client_id, "jti": claims["jti"], "expires_at": forget_after}
    statement = insert(assertion).values(row).on_conflict_do_nothing().returning(assertion.c.jti)
    if connection.execute(statement).first() is None:
        raise TokenRefused("replayed")


def forget_used(connection: Connection, now: float) -> None:
    """Drop the notes on assertions that have run out; one process at a time, the others pass by."""
    if connection.scalar(select(_FORGET_LOCK)):
        connection.execute(delete(assertion).where(assertion.c.expires_at < datetime.fromtimestamp(now, UTC)))
