"""Issuers whose tokens the hub believes beside or instead of its own: a party's or the operator's identity provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from joserfc.jwk import Key

from auth.jose import ACCESS_TOKEN, Algorithms, Claims, TokenRefused, check_begun, ends, unverified, unverified_header, verified
from auth.proofs import thumbprint_of
from auth.published import PublishedKeys
from hub.errors import HubError
from hub.keysets import ALGORITHMS as TAKEN
from hub.keysets import Jwks, fits, keys_of, public_keys
from hub.store.clients import https

ALGORITHMS = Algorithms(TAKEN)
MOST_SECONDS = 600
KNOWN = {"issuer", "jwks", "jwks_url"}


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """One issuer: its name as tokens carry it, and its keys, by value or at a URL."""

    issuer: str
    jwks: Jwks | None = None
    jwks_url: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """The client of the hub that an issuer's client stands for."""

    client_id: str
    party: UUID
    kind: str
    organisation: UUID
    scopes: frozenset[str]
    bound: bool


def read_issuers(path: Path | None) -> tuple[TrustedIssuer, ...]:
    """The issuers that a file lists, as JSON; none without a file; raises SETTING_INVALID."""
    if path is None:
        return ()
    try:
        listed = orjson.loads(path.read_bytes())
        if not isinstance(listed, list):
            raise ValueError("no list")
        found = tuple(_issuer(each) for each in listed)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, HubError) as error:
        raise HubError("SETTING_INVALID", f"HUB_TRUSTED_ISSUERS: {path} lists no issuers with their keys.") from error
    if len({each.issuer for each in found}) != len(found):
        raise HubError("SETTING_INVALID", f"HUB_TRUSTED_ISSUERS: {path} lists an issuer twice.")
    return found


def _issuer(each: Mapping[str, Any]) -> TrustedIssuer:
    if not each.keys() <= KNOWN or ("jwks" in each) == ("jwks_url" in each):
        raise ValueError("jwks or jwks_url")
    keys = public_keys(each["jwks"]) if "jwks" in each else None
    url = https(each["jwks_url"], "jwks_url") if "jwks_url" in each else None
    return TrustedIssuer(https(each["issuer"], "issuer"), keys, url)


class TrustedIssuers:
    """Reads the tokens of trusted issuers by the same table as the hub's own."""

    def __init__(self, issuers: tuple[TrustedIssuer, ...], audience: str, published: PublishedKeys):
        self._issuers = {each.issuer: each for each in issuers}
        self._audience, self._published = audience, published

    def of(self, token: str) -> TrustedIssuer | None:
        """The trusted issuer that a token names, before anything of it is believed; raises TokenRefused."""
        name = unverified(token).get("iss")
        return self._issuers.get(name) if isinstance(name, str) else None

    async def claims(self, token: str, issuer: TrustedIssuer, now: float) -> Claims:
        """The claims of a token of this issuer, for us and for now; raises TokenRefused, or HubError TOKEN_AUDIENCE."""
        kid = unverified_header(token).get("kid")
        jwks = issuer.jwks or await self._published.at(issuer.jwks_url or "", kid)
        keys = keys_of(jwks)

        def key_for(header: Claims) -> Key:
            algorithm = ALGORITHMS.get_alg(header.get("alg")).name
            fitting = [key for key in keys if fits(key, algorithm) and key.kid == header.get("kid")]
            if len(fitting) != 1:
                raise TokenRefused("kid")
            return fitting[0]

        header, claims = verified(token, key_for, ALGORITHMS)
        if header.get("typ") != ACCESS_TOKEN or claims.get("iss") != issuer.issuer:
            raise TokenRefused("typ or iss")
        check_begun(claims, now)
        ends(claims, MOST_SECONDS)
        _check_named(claims)
        thumbprint_of(claims)
        if claims.get("aud") != self._audience:
            raise HubError("TOKEN_AUDIENCE")
        return claims


def _check_named(claims: Claims) -> None:
    for name in ("client_id", "jti", "scope"):
        if not isinstance(claims.get(name), str):
            raise TokenRefused(name)
