"""Checking access tokens: what the hub believes of an Authorization header, and what it answers when it does not."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from joserfc.jwk import Key

from auth.decisions import decided
from auth.issuers import Mapped, TrustedIssuers
from auth.jose import ACCESS_TOKEN, Algorithms, Claims, TokenRefused, check_begun, ends, verified
from auth.keys import ALGORITHM, TOKEN_SECONDS, KeyRing
from auth.once import ProofBook
from auth.proofs import GRAPH_PATH, read_proof, thumbprint_of
from hub.errors import CODES, HubError
from hub.keysets import ALGORITHMS as PROOF_ALGORITHMS
from hub.slices.scopes import SCOPES
from hub.store.clients import CLIENT_ID
from hub.viewer import PartyKind, Viewer
from hub.words import parse_id

ALGORITHMS = Algorithms([ALGORITHM])
CACHED_TOKENS = 10_000
_DPOP = f'DPoP algs="{" ".join(PROOF_ALGORITHMS)}"'


@dataclass(frozen=True, slots=True)
class Admitted:
    """A viewer, and until when its token holds, in seconds since 1970: a stream opened with it closes then.

    `binding` is the thumbprint of the key that whoever brings the token must hold, for one that is bound. A token of a
    trusted issuer has no `kid` of ours; `issued_by` names that issuer and its client.
    """

    viewer: Viewer
    expires_at: float
    kid: str
    jti: str = ""
    binding: str | None = None
    issued_by: tuple[str, str] | None = None


class TokenCheck:
    """Believes tokens of this issuer for this audience; a token seen before costs microseconds until it runs out.

    `book` notes the proofs that come with bound tokens; without it a proof is checked in all but its single use.
    `trusted` are other issuers believed too; `own` says whether this hub's own tokens are.
    """

    def __init__(
        self,
        ring: KeyRing,
        issuer: str,
        audience: str,
        clock: Callable[[], float],
        book: ProofBook | None = None,
        trusted: TrustedIssuers | None = None,
        own: bool = True,
    ):
        self._ring, self._issuer, self._audience, self._clock = ring, issuer, audience, clock
        self._book, self._graph, self._trusted, self._own = book, issuer + GRAPH_PATH, trusted, own
        self._seen: OrderedDict[bytes, Admitted] = OrderedDict()

    async def admit(
        self, authorization_header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True
    ) -> Admitted:
        """Who asks and until when; `proof` is the DPoP header of a request by this method, good `once` or again.

        Raises TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_AUDIENCE, PROOF_MISSING or PROOF_INVALID. A refusal is
        one line of the log; so is the first time that this process admits a token, and each later one only its request's.
        """
        admitted: Admitted | None = None
        try:
            await self._ring.fresh()
            scheme, token = _presented(authorization_header)
            digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
            admitted = self._seen.get(digest) or await self._read_any(token)
            self._check_still(admitted)
            if scheme == "dpop" or admitted.binding is not None:
                await self._possessed(admitted, scheme, digest, proof, (method, once))
        except HubError as refused:
            _tell(refused, admitted)
            raise
        self._keep(digest, admitted)
        return admitted

    async def still(self, admitted: Admitted) -> None:
        """Whether somebody once admitted would be so still; an open stream asks every few seconds.

        Raises TOKEN_INVALID when its client is shut out or its token revoked, and TOKEN_EXPIRED.
        """
        await self._ring.fresh()
        try:
            self._check_still(admitted)
        except HubError as refused:
            _tell(refused, admitted)
            raise

    async def _possessed(
        self, admitted: Admitted, scheme: str, digest: bytes, proof: str | None, asked: tuple[str, bool]
    ) -> None:
        if admitted.binding is None:
            raise HubError("TOKEN_INVALID", "This token is bound to no key: it is a Bearer.")
        if scheme != "dpop" or proof is None:
            raise HubError("PROOF_MISSING")
        try:
            # The router in front was asked by one method and may ask by another.
            method, once = asked
            methods = (method,) if self._book is not None else ("POST", "GET")
            shown = read_proof(proof, methods, self._graph, self._clock(), digest)
            if shown.thumbprint != admitted.binding:
                raise TokenRefused("proof of another key")
            if self._book is not None and once:
                await self._book.use(shown)
        except TokenRefused as refused:
            raise HubError("PROOF_INVALID") from refused

    def _keep(self, digest: bytes, admitted: Admitted) -> None:
        if digest not in self._seen:
            decided("bearer.accepted", granted=True, client=admitted.viewer.client)
        self._seen[digest] = admitted
        self._seen.move_to_end(digest)
        if len(self._seen) > CACHED_TOKENS:
            self._seen.popitem(last=False)

    def _check_still(self, admitted: Admitted) -> None:
        now = self._clock()
        ring = self._ring
        gone = admitted.viewer.client in ring.shut_out or admitted.jti in ring.revoked
        if admitted.issued_by is None:
            gone = gone or ring.find(admitted.kid, now) is None
        else:
            gone = gone or admitted.issued_by not in ring.mapped
        if gone:
            raise HubError("TOKEN_INVALID")
        if admitted.expires_at <= now:
            raise HubError("TOKEN_EXPIRED")

    async def claims(self, token: str) -> Claims | None:
        """The claims of a token of our own that would be admitted now; None for every other."""
        await self._ring.fresh()
        try:
            admitted, claims = self._read(token)
            self._check_still(admitted)
        except HubError:
            return None
        return claims

    async def _read_any(self, token: str) -> Admitted:
        if self._trusted is not None:
            try:
                issuer = self._trusted.of(token)
                if issuer is not None:
                    return self._stands_for(await self._trusted.claims(token, issuer, self._clock()))
            except TokenRefused as refused:
                raise HubError("TOKEN_INVALID") from refused
        if not self._own:
            raise HubError("TOKEN_INVALID")
        return self._read(token)[0]

    def _stands_for(self, claims: Claims) -> Admitted:
        """The client of ours that a trusted issuer's token stands for; raises TokenRefused when it stands for none."""
        names = (claims["iss"], claims["client_id"])
        found, binding = self._ring.mapped.get(names), thumbprint_of(claims)
        if found is None or (found.bound and binding is None):
            raise TokenRefused("client_id or cnf")
        return Admitted(_mapped(found, claims), float(claims["exp"]), "", claims["jti"], binding, names)

    def _read(self, token: str) -> tuple[Admitted, Claims]:
        try:
            header, claims = verified(token, self._key_for, ALGORITHMS)
            if header.get("typ") != ACCESS_TOKEN or claims.get("iss") != self._issuer:
                raise TokenRefused("typ or iss")
            check_begun(claims, self._clock())
            until = ends(claims, TOKEN_SECONDS)
            admitted = Admitted(_viewer(claims), until, header["kid"], claims["jti"], thumbprint_of(claims))
        except TokenRefused as refused:
            raise HubError("TOKEN_INVALID") from refused
        if claims.get("aud") != self._audience:
            raise HubError("TOKEN_AUDIENCE")
        return admitted, claims

    def _key_for(self, header: Claims) -> Key:
        found = self._ring.find(header.get("kid"), self._clock())
        if found is None:
            raise TokenRefused("kid")
        return found.key


def _tell(refused: HubError, admitted: Admitted | None) -> None:
    """One line on a refusal: why, and whose token it was, where that is known."""
    facts = {"code": refused.problem.code}
    if admitted is not None:
        facts["client"] = admitted.viewer.client
    if isinstance(refused.__cause__, TokenRefused):
        facts["reason"] = refused.__cause__.reason
    decided("bearer.refused", granted=False, **facts)


def _presented(authorization_header: str | None) -> tuple[str, str]:
    scheme, _, token = (authorization_header or "").partition(" ")
    scheme = scheme.lower()
    if scheme not in ("bearer", "dpop"):
        raise HubError("TOKEN_MISSING")
    return scheme, token


def _mapped(found: Mapped, claims: Claims) -> Viewer:
    kind = PartyKind(found.kind)
    scopes = frozenset(claims["scope"].split()) & found.scopes & SCOPES[kind]
    return Viewer(found.party, kind, found.organisation, found.client_id, scopes)


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
        return f"Bearer, {_DPOP}"
    if code in ("PROOF_MISSING", "PROOF_INVALID"):
        return f'{_DPOP}, error="invalid_dpop_proof", error_description="{CODES[code]}"'
    if code == "SCOPE_MISSING":
        return f'Bearer error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'
    return f'Bearer error="invalid_token", error_description="{CODES[code]}"'
