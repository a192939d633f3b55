"""The authority of one hub process: it issues tokens, publishes its keys and says who asks."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from authlib.common.security import is_secure_transport  # type: ignore[import-untyped]  # Authlib carries no types
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.applicants import Applicant
from auth.assertions import forget_used
from auth.attempts import ADDRESS, Attempts
from auth.clients import count_sandboxes
from auth.decisions import decided
from auth.forms import FormRefused, TokenForm, read_form
from auth.issued import forget_revoked, shown, take_back
from auth.issuers import TrustedIssuer, TrustedIssuers
from auth.jose import Claims
from auth.keys import KeyRing, ensure_signing_key
from auth.metadata import metadata
from auth.once import ProofBook
from auth.published import NOTHING, PublishedKeys
from auth.server import Grounds, KeysWanted, Published, TokenServer
from auth.tokens import TokenCheck
from hub.errors import HubError
from hub.outward import Outward

FORGET_SECONDS = 300
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Answering = Callable[[TokenServer, TokenForm], Response]
Preparing = Callable[[TokenForm], Awaitable[Answering]]
Telling = Callable[[Connection, Applicant, Claims | None], Response]


class Authority:
    """Opened once a process on the pool of role hub_auth; holds no token and no secret of any client.

    A `live` one takes no client with a secret. With `trusted` issuers it believes their tokens too; one that `issues`
    none has no token endpoint and believes no token of its own. `outward` fetches key sets kept at URLs.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        issuer: str,
        audience: str,
        secret: bytes,
        clock: Callable[[], float],
        *,
        live: bool = False,
        issues: bool = True,
        trusted: tuple[TrustedIssuer, ...] = (),
        outward: Outward | None = None,
    ):
        self._engine, self._clock, self._live = engine, clock, live
        self.issuer, self.audience = issuer, audience
        self.ring = KeyRing(engine, secret, clock, maps=bool(trusted))
        self._published = PublishedKeys(outward or Outward(), clock)
        others = TrustedIssuers(trusted, audience, self._published) if trusted else None
        self.check = TokenCheck(self.ring, issuer, audience, clock, ProofBook(engine, clock), others, issues)
        self.admit = self.check.admit
        self.still = self.check.still
        self.attempts = Attempts()
        self._forgot_at = clock()

    @classmethod
    async def open(
        cls,
        engine: AsyncEngine,
        issuer: str,
        audience: str,
        secret: bytes,
        clock: Callable[[], float] = time.time,
        **more: Any,
    ) -> Self:
        """Make the first signing key when there is none, and read the keys; `more` as in the constructor.

        `issuer` is https, or http on loopback, with no path; anything else is a ValueError. SIGNING_KEY_SEALED when the
        kept keys were sealed under another secret; SANDBOX_CLIENTS when a live hub has clients with a secret.
        """
        parts = urlsplit(issuer)
        if not is_secure_transport(issuer) or parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError(f"The issuer must be https (or http on loopback) and nothing but host and port: {issuer}")
        authority = cls(engine, issuer, audience, secret, clock, **more)
        now = datetime.fromtimestamp(clock(), UTC)
        async with engine.begin() as connection:
            await ensure_signing_key(connection, secret, now)
            if authority._live and await count_sandboxes(connection, now):
                raise HubError("SANDBOX_CLIENTS")
        await authority.ring.fresh()
        return authority

    async def token(self, request: Request) -> Response:
        """Answer a token request, for good or ill, as OAuth 2 writes it."""

        async def prepared(_: TokenForm) -> Answering:
            return TokenServer.answer

        return await self._answer(request, "token", ("grant_type", "scope"), prepared)

    async def introspect(self, request: Request) -> Response:
        """Tell a client of a token of its own party whether it holds (RFC 7662)."""

        def told(_: Connection, client: Applicant, claims: Claims | None) -> Response:
            return JSONResponse(shown(client, claims), headers=NO_STORE)

        return await self._of_token(request, "introspection", told)

    async def revoke(self, request: Request) -> Response:
        """Take a client's own token back, within seconds in every process and on open streams (RFC 7009)."""

        def taken(connection: Connection, client: Applicant, claims: Claims | None) -> Response:
            if take_back(connection, client, claims):
                self.ring.forget()
            return Response(headers=NO_STORE)

        return await self._of_token(request, "revocation", taken)

    async def _of_token(self, request: Request, endpoint: str, tell: Telling) -> Response:
        async def prepared(form: TokenForm) -> Answering:
            claims = await self.check.claims(form.fields["token"])
            return lambda server, form: server.attend(form, endpoint, lambda client: tell(server.connection, client, claims))

        return await self._answer(request, endpoint, ("token", "token_type_hint"), prepared)

    async def _answer(self, request: Request, endpoint: str, names: tuple[str, str], prepared: Preparing) -> Response:
        try:
            form = await read_form(request, *names)
        except FormRefused as refused:
            decided(f"{endpoint}.refused", granted=False, client=None, reason="form", status=refused.status)
            body = {"error": "invalid_request", "error_description": refused.description}
            return JSONResponse(body, refused.status, NO_STORE)
        address = request.scope.get(ADDRESS)
        slowed = self.attempts.slowed(address)
        if slowed is not None:
            return slowed
        await self.ring.fresh()
        response = await self._answered(form, await prepared(form))
        self.attempts.made(address, response.status_code)
        return response

    async def _answered(self, form: TokenForm, answering: Answering) -> Response:
        try:
            return await self._exchange(form, answering, self._published.held)
        except KeysWanted as wanted:
            keys, url = await self._published.at(wanted.url, wanted.kid), wanted.url
            return await self._exchange(form, answering, lambda asked, _: keys if asked == url else NOTHING)

    async def _exchange(self, form: TokenForm, answering: Answering, keys: Published) -> Response:
        now = self._clock()
        signer, proven = self.ring.signer(now), self.attempts.proven
        grounds = Grounds(self.issuer, self.audience, signer, now, self._live, keys, proven)
        async with self._engine.connect() as connection:
            response = await connection.run_sync(lambda sync: answering(TokenServer(sync, grounds), form))
            if now - self._forgot_at >= FORGET_SECONDS:
                self._forgot_at = now
                await connection.run_sync(forget_used, now)
                await connection.run_sync(forget_revoked, now)
            # Also after a refusal: an assertion once shown stays used.
            await connection.commit()
        return response

    async def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys, for whoever checks our tokens elsewhere."""
        await self.ring.fresh()
        return self.ring.published(self._clock())

    def metadata(self) -> dict[str, Any]:
        """RFC 8414: what this server offers and where."""
        return metadata(self.issuer, live=self._live)
