"""The authority of one hub process: it issues tokens, publishes its keys and says who asks."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from authlib.common.security import is_secure_transport  # type: ignore[import-untyped]  # Authlib carries no types
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.applicants import GRANT
from auth.assertions import forget_used
from auth.attempts import ADDRESS, Attempts, claimed
from auth.clients import ASSERTION_ALGORITHMS, METHODS
from auth.decisions import decided
from auth.forms import FormRefused, TokenForm, read_form
from auth.keys import KeyRing, ensure_signing_key
from auth.server import Grounds, TokenServer
from auth.tokens import TokenCheck
from hub.slices.scopes import SCOPES

FORGET_SECONDS = 300
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Authority:
    """Opened once a process on the pool of role hub_auth; holds no token and no secret of any client."""

    def __init__(self, engine: AsyncEngine, issuer: str, audience: str, secret: bytes, clock: Callable[[], float]):
        self._engine, self._clock = engine, clock
        self.issuer, self.audience = issuer, audience
        self.ring = KeyRing(engine, secret, clock)
        self.check = TokenCheck(self.ring, issuer, audience, clock)
        self.viewer_from = self.check.viewer_from
        self.admit = self.check.admit
        self.attempts = Attempts()
        self._forgot_at = clock()

    @classmethod
    async def open(
        cls, engine: AsyncEngine, issuer: str, audience: str, secret: bytes, clock: Callable[[], float] = time.time
    ) -> Self:
        """Make the first signing key when there is none, and read the keys.

        `issuer` is https, or http on loopback, with no path; anything else is a ValueError. SIGNING_KEY_SEALED when the
        kept keys were sealed under another secret.
        """
        parts = urlsplit(issuer)
        if not is_secure_transport(issuer) or parts.path or parts.query or parts.fragment or parts.username:
            raise ValueError(f"The issuer must be https (or http on loopback) and nothing but host and port: {issuer}")
        authority = cls(engine, issuer, audience, secret, clock)
        async with engine.begin() as connection:
            await ensure_signing_key(connection, secret, datetime.fromtimestamp(clock(), UTC))
        await authority.ring.fresh()
        return authority

    async def token(self, request: Request) -> Response:
        """Answer a token request, for good or ill, as OAuth 2 writes it."""
        try:
            form = await read_form(request)
        except FormRefused as refused:
            decided("token.refused", granted=False, client=None, reason="form", status=refused.status)
            body = {"error": "invalid_request", "error_description": refused.description}
            return JSONResponse(body, refused.status, NO_STORE)
        client, address = claimed(form), request.scope.get(ADDRESS)
        slowed = self.attempts.slowed(client, address)
        if slowed is not None:
            return slowed
        await self.ring.fresh()
        response = await self._exchange(form)
        self.attempts.made(client, address, granted=response.status_code < 400)
        return response

    async def _exchange(self, form: TokenForm) -> Response:
        now = self._clock()
        grounds = Grounds(self.issuer, self.audience, self.ring.signer(now), now)
        async with self._engine.connect() as connection:
            response = await connection.run_sync(lambda sync: TokenServer(sync, grounds).answer(form))
            if now - self._forgot_at >= FORGET_SECONDS:
                self._forgot_at = now
                await connection.run_sync(forget_used, now)
            # Also after a refusal: an assertion once shown stays used.
            await connection.commit()
        return response

    async def key_set(self) -> dict[str, list[dict[str, Any]]]:
        """The public keys, for whoever checks our tokens elsewhere."""
        await self.ring.fresh()
        return self.ring.published(self._clock())

    def metadata(self) -> dict[str, Any]:
        """RFC 8414: what this server offers and where."""
        return {
            "issuer": self.issuer,
            "token_endpoint": f"{self.issuer}/oauth/token",
            "jwks_uri": f"{self.issuer}/oauth/jwks",
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": list(METHODS),
            "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
            "scopes_supported": sorted(frozenset().union(*SCOPES.values())),
        }
