"""Checking access tokens: what the hub believes of an Authorization header, and what it answers when it does not."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from joserfc.jwk import Key

from auth.clients import CLIENT_ID
from auth.decisions import decided
from auth.jose import Algorithms, Claims, TokenRefused, check_begun, seconds, verified
from auth.keys import ALGORITHM, TOKEN_SECONDS, KeyRing
from hub.errors import CODES, HubError
from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind, Viewer
from hub.words import parse_id

ALGORITHMS = Algorithms([ALGORITHM])
CACHED_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """A viewer, and until when its token holds, in seconds since 1970: a stream opened with it closes then."""

    viewer: Viewer
    expires_at: float
    kid: str


class TokenCheck:
    """Believes tokens of this issuer for this audience; a token seen before costs microseconds until it runs out."""

    def __init__(self, ring: KeyRing, issuer: str, audience: str, clock: Callable[[], float]):
        self._ring, self._issuer, self._audience, self._clock = ring, issuer, audience, clock
        self._seen: OrderedDict[bytes, Admitted] = OrderedDict()

    async def viewer_from(self, authorization_header: str | None) -> Viewer:
        """Who asks; raises TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_AUDIENCE."""
        return (await self.admit(authorization_header)).viewer

    async def admit(self, authorization_header: str | None) -> Admitted:
        """Who asks and until when; an open stream asks again every few seconds to hear of a client shut out.

        Raises TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_AUDIENCE.
        """
        try:
            await self._ring.fresh()
            return self._admitted(_bearer(authorization_header))
        except HubError as refused:
            decided("bearer.refused", granted=False, code=refused.problem.code)
            raise

    def _admitted(self, token: str) -> Admitted:
        digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
        known = self._seen.get(digest)
        admitted = known or self._read(token)
        self._check_still(admitted)
        self._seen[digest] = admitted
        self._seen.move_to_end(digest)
        if known is None:
            decided("bearer.accepted", granted=True, client=admitted.viewer.client)
        if len(self._seen) > CACHED_TOKENS:
            self._seen.popitem(last=False)
        return admitted

    def _check_still(self, admitted: Admitted) -> None:
        now = self._clock()
        if self._ring.find(admitted.kid, now) is None or admitted.viewer.client in self._ring.shut_out:
            raise HubError("TOKEN_INVALID")
        if admitted.expires_at <= now:
            raise HubError("TOKEN_EXPIRED")

    def _read(self, token: str) -> Admitted:
        try:
            header, claims = verified(token, self._key_for, ALGORITHMS)
            if header.get("typ") != "at+jwt" or claims.get("iss") != self._issuer:
                raise TokenRefused("typ or iss")
            check_begun(claims, self._clock())
            admitted = Admitted(_viewer(claims), _expiry(claims), header["kid"])
        except TokenRefused as refused:
            raise HubError("TOKEN_INVALID") from refused
        if claims.get("aud") != self._audience:
            raise HubError("TOKEN_AUDIENCE")
        return admitted

    def _key_for(self, header: Claims) -> Key:
        found = self._ring.find(header.get("kid"), self._clock())
        if found is None:
            raise TokenRefused("kid")
        return found.key


def _bearer(authorization_header: str | None) -> str:
    scheme, _, token = (authorization_header or "").partition(" ")
    if scheme.lower() != "bearer":
        raise HubError("TOKEN_MISSING")
    return token


def _expiry(claims: Claims) -> float:
    issued, expires = seconds(claims, "iat"), seconds(claims, "exp")
    if issued is None or expires is None or expires - issued > TOKEN_SECONDS:
        raise TokenRefused("exp")
    return expires


def _viewer(claims: Claims) -> Viewer:
    client, scope = claims.get("client_id"), claims.get("scope")
    if not isinstance(client, str) or not CLIENT_ID.fullmatch(client) or claims.get("sub") != client:
        raise TokenRefused("client_id")
    if not isinstance(scope, str) or not isinstance(claims.get("jti"), str):
        raise TokenRefused("scope or jti")
    try:
        kind = PartyKind(claims["party_kind"])
        party, organisation = parse_id(str(claims["party"]), "pty"), parse_id(str(claims["organisation"]), "org")
    except (HubError, LookupError, ValueError) as error:
        raise TokenRefused("party") from error
    return Viewer(party, kind, organisation, client, frozenset(scope.split()) & SCOPES[kind])


def challenge(code: str, scopes: frozenset[str] = frozenset()) -> str:
    """The WWW-Authenticate text for a refusal (RFC 6750 §3): bare when there was no token, else with the reason.

    `scopes` are those an operation needs, for SCOPE_MISSING.
    """
    if code == "TOKEN_MISSING":
        return "Bearer"
    if code == "SCOPE_MISSING":
        return f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'
    return f'Bearer error="invalid_token", error_description="{CODES[code]}"'
