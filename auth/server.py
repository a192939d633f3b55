"""The authorization server: Authlib's core, one instance per token request, hardened where its defaults are lax."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # Authlib carries no types
    AuthorizationServer,
    ClientCredentialsGrant,
    InvalidClientError,
    InvalidScopeError,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]  # Authlib carries no types
from joserfc import jwt
from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response

from auth.applicants import Applicant
from auth.assertions import check_claims, claimed_client, use_once, verified_claims
from auth.clients import BASIC, CLIENT_ID, KEY_JWT, METHODS
from auth.decisions import decided
from auth.forms import ASSERTION_TYPE, TokenForm, basic_credentials
from auth.jose import TokenRefused
from auth.keys import ALGORITHM, TOKEN_SECONDS, SigningKey
from hub.store.auth import client as clients
from hub.words import id_text

REFUSED = "Client authentication failed."
CHALLENGE = 'Basic realm="epa-hub", charset="UTF-8"'
_NO_CLIENT = "cli_00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the tokens of one request are issued on; `now` in seconds since 1970."""

    issuer: str
    audience: str
    signer: SigningKey
    now: float


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A token request already read and checked; its URL comes from the settings, never from the request itself."""

    def __init__(self, form: TokenForm, issuer: str):
        headers = {"Authorization": form.authorization} if form.authorization else {}
        super().__init__("POST", f"{issuer}/oauth/token", headers=headers)
        self.payload = BasicOAuth2Payload(form.fields)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.payload.data)


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib carries no types
    TOKEN_ENDPOINT_AUTH_METHODS = list(METHODS)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """The library's own prints the token at DEBUG; this one prints nothing."""
        return 200, self.generate_token(scope=self.request.payload.scope), self.TOKEN_RESPONSE_HEADER


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # Authlib carries no types
    """Answers one token request on one connection; the caller commits, whatever the answer."""

    def __init__(self, connection: Connection, grounds: Grounds):
        super().__init__()
        self.connection, self.grounds = connection, grounds
        self.client_id: str | None = None
        self.reason: str | None = None
        self.register_grant(_Grant)
        self.register_client_auth_method(BASIC, self.by_secret)
        self.register_client_auth_method(KEY_JWT, self.by_assertion)
        self.register_token_generator("default", self.issue)

    def answer(self, form: TokenForm) -> Response:
        """The token, or the coded refusal; writes the one log line of this decision."""
        response: Response = self.create_token_response(form)
        granted = response.status_code == 200
        decided("token.issued" if granted else "token.refused", granted=granted, client=self.client_id,
                reason=self.reason, status=response.status_code)  # fmt: skip
        return response

    def query_client(self, client_id: object) -> Applicant:
        """Never None: an unknown client is carried through the same steps as a known one and refused at their end."""
        well_formed = isinstance(client_id, str) and CLIENT_ID.fullmatch(client_id)
        self.client_id = str(client_id) if well_formed else None
        query = select(clients).where(clients.c.id == (client_id if well_formed else _NO_CLIENT))
        return Applicant(self.connection.execute(query).mappings().first(), self.grounds.now)

    def authenticate_client(self, request: _Request, methods: list[str], endpoint: str = "token") -> Applicant:
        """The client that made the request; every failure gets one and the same answer."""
        try:
            client: Applicant = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            client = Applicant(None, self.grounds.now)
        if not client.known or request.form.get("client_id", self.client_id) != self.client_id:
            self.reason = self.reason or "client"
            raise InvalidClientError(REFUSED, status_code=401)
        return client

    def by_secret(self, query_client: Callable[[str], Applicant], request: _Request) -> Applicant | None:
        """The client of a Basic header, when the secret is its own."""
        credentials = basic_credentials(request.headers.get("Authorization"))
        if credentials is None:
            return None
        client = query_client(credentials[0])
        return client if client.check_client_secret(credentials[1]) else None

    def by_assertion(self, query_client: Callable[[object], Applicant], request: _Request) -> Applicant | None:
        """The client of an assertion, when it is its own and used for the first time."""
        token = request.form.get("client_assertion")
        if token is None or request.form.get("client_assertion_type") != ASSERTION_TYPE:
            return None
        try:
            client = query_client(claimed_client(token))
            claims = verified_claims(token, client.row.get("jwks"))
            if not client.known:
                raise TokenRefused("client")
            check_claims(claims, client.get_client_id(), self.grounds.issuer, self.grounds.now)
            use_once(self.connection, client.get_client_id(), claims)
        except TokenRefused as refused:
            self.reason = refused.reason
            return None
        return client

    def issue(self, client: Applicant, scope: str | None, **_: object) -> dict[str, Any]:
        """An RFC 9068 access token of five minutes, or of what is left of the client's own time."""
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            self.reason = "scope"
            raise InvalidScopeError()
        row, now = client.row, int(self.grounds.now)
        last = row["expires_at"].timestamp() if row["expires_at"] else float("inf")
        expires = int(min(now + TOKEN_SECONDS, last))
        claims = {
            "iss": self.grounds.issuer, "aud": self.grounds.audience, "sub": row["id"], "client_id": row["id"],
            "iat": now, "exp": expires, "jti": secrets.token_urlsafe(16), "scope": allowed,
            "party": id_text("pty", row["party_id"]), "party_kind": row["party_kind"],
            "organisation": id_text("org", row["organisation_id"]),
        }  # fmt: skip
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": self.grounds.signer.kid}
        token = jwt.encode(header, claims, self.grounds.signer.key, algorithms=[ALGORITHM])
        return {"access_token": token, "token_type": "Bearer", "expires_in": expires - now, "scope": allowed}

    def create_oauth2_request(self, request: TokenForm) -> _Request:
        return _Request(request, self.grounds.issuer)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """The library's announcements have no listener here."""

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Response:
        response = JSONResponse(body, status, dict(headers))
        if status == 401:
            response.headers["WWW-Authenticate"] = CHALLENGE
        if status != 200:
            self.reason = self.reason or body.get("error")
        return response
