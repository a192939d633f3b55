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
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]  # Authlib carries no types
from joserfc import jwt
from sqlalchemy import select
from sqlalchemy.engine import Connection
from starlette.responses import JSONResponse, Response

from auth.applicants import Applicant
from auth.assertions import check_claims, claimed_client, use_once, verified_claims
from auth.attempts import CODE, ERROR
from auth.decisions import decided
from auth.forms import ASSERTION_TYPE, TokenForm, basic_credentials
from auth.jose import ACCESS_TOKEN, TokenRefused, unverified_header
from auth.keys import ALGORITHM, TOKEN_SECONDS, SigningKey
from auth.metadata import TOKEN_PATH
from auth.once import use_proof
from auth.proofs import Proof, read_proof
from hub.errors import CODES
from hub.keysets import Jwks
from hub.pace import TooFast
from hub.store.auth import client as clients
from hub.store.auth import secret
from hub.store.clients import BASIC, CLIENT_ID, KEY_JWT, METHODS
from hub.words import id_text

REFUSED = "Client authentication failed."
CHALLENGE = 'Basic realm="epa-hub", charset="UTF-8"'
Published = Callable[[str, object], Jwks | None]
"""The key set at a URL, for a `kid`; None for one that is not at hand."""
_NO_CLIENT = "cli_00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the tokens of one request are issued on; `now` in seconds since 1970.

    A `live` hub takes no client with a secret; `keys` are the key sets at the URLs where clients keep theirs, for a `kid`,
    and None for one not at hand. `proven` hears of a client that has shown who it is, and raises TooFast.
    """

    issuer: str
    audience: str
    signer: SigningKey
    now: float
    live: bool
    keys: Published
    proven: Callable[[str], None]


class KeysWanted(Exception):
    """The client keeps its keys at a URL, and they are not at hand."""

    def __init__(self, url: str, kid: object):
        self.url, self.kid = url, kid
        super().__init__(url)


class InvalidProof(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """RFC 9449 §5: the proof of possession is missing, wrong or used before."""

    error = "invalid_dpop_proof"
    status_code = 400


class Throttled(OAuth2Error):  # type: ignore[misc]  # Authlib carries no types
    """A client that has shown who it is asks more often than it may."""

    error = ERROR
    status_code = 429

    def __init__(self, refused: TooFast):
        super().__init__(CODES[CODE])
        self.seconds = refused.seconds

    def get_body(self) -> list[tuple[str, str]]:
        return [*super().get_body(), ("code", CODE)]

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), ("Retry-After", str(self.seconds))]


class _Request(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A token request already read and checked; its URL comes from the settings, never from the request itself."""

    def __init__(self, form: TokenForm, issuer: str):
        headers = {"Authorization": form.authorization} if form.authorization else {}
        super().__init__("POST", issuer + TOKEN_PATH, headers=headers)
        self.payload = BasicOAuth2Payload(form.fields)
        self.proof = form.proof

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
        asked = clients.c.id == (client_id if well_formed else _NO_CLIENT)
        query = select(clients, secret.c.sha256).outerjoin(secret, secret.c.client_id == clients.c.id).where(asked)
        row = self.connection.execute(query).mappings().first()
        return Applicant(row, self.grounds.now, live=self.grounds.live)

    def authenticate_client(self, request: _Request, methods: list[str], endpoint: str = "token") -> Applicant:
        """The client that made the request; every failure gets one and the same answer."""
        try:
            client: Applicant = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError:
            client = Applicant(None, self.grounds.now)
        if not client.known or request.form.get("client_id", self.client_id) != self.client_id:
            self.reason = self.reason or "client"
            raise InvalidClientError(REFUSED, status_code=401)
        try:
            self.grounds.proven(client.get_client_id())
        except TooFast as refused:
            self.reason = "throttled"
            raise Throttled(refused) from refused
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
            claims = verified_claims(token, self._keys_of(client, token))
            if not client.known:
                raise TokenRefused("client")
            check_claims(claims, client.get_client_id(), self.grounds.issuer, self.grounds.now)
            use_once(self.connection, client.get_client_id(), claims)
        except TokenRefused as refused:
            self.reason = refused.reason
            return None
        return client

    def _keys_of(self, client: Applicant, token: str) -> Any:
        url = client.row.get("jwks_url")
        if url is None:
            return client.row.get("jwks")
        kid = unverified_header(token).get("kid")
        found = self.grounds.keys(url, kid)
        if found is None:
            raise KeysWanted(url, kid)
        return found

    def attend(self, form: TokenForm, endpoint: str, tell: Callable[[Applicant], Response]) -> Response:
        """What a client hears at an endpoint beside the token's, once it is who it says; the caller commits."""
        request = self.create_oauth2_request(form)
        try:
            client = self.authenticate_client(request, list(METHODS), endpoint)
            response, granted = tell(client), True
        except OAuth2Error as error:
            response, granted = self.handle_error_response(request, error), False
        decided(f"{endpoint}.answered" if granted else f"{endpoint}.refused", granted=granted, client=self.client_id,
                reason=self.reason, status=response.status_code)  # fmt: skip
        return response

    def issue(self, client: Applicant, scope: str | None, **_: object) -> dict[str, Any]:
        """An RFC 9068 access token of five minutes, or of what is left of the client's own time."""
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            self.reason = "scope"
            raise InvalidScopeError()
        proof = self._proof(client)
        row, now = client.row, int(self.grounds.now)
        last = row["expires_at"].timestamp() if row["expires_at"] else float("inf")
        expires = int(min(now + TOKEN_SECONDS, last))
        claims = {
            "iss": self.grounds.issuer, "aud": self.grounds.audience, "sub": row["id"], "client_id": row["id"],
            "iat": now, "exp": expires, "jti": secrets.token_urlsafe(16), "scope": allowed,
            "party": id_text("pty", row["party_id"]), "party_kind": row["party_kind"],
            "organisation": id_text("org", row["organisation_id"]),
            **({"cnf": {"jkt": proof.thumbprint}} if proof else {}),
        }  # fmt: skip
        header = {"alg": ALGORITHM, "typ": ACCESS_TOKEN, "kid": self.grounds.signer.kid}
        token = jwt.encode(header, claims, self.grounds.signer.key, algorithms=[ALGORITHM])
        kind = "DPoP" if proof else "Bearer"
        return {"access_token": token, "token_type": kind, "expires_in": expires - now, "scope": allowed}

    def _proof(self, client: Applicant) -> Proof | None:
        """The proof whose key the token will be bound to; raises InvalidProof, also for want of one that is needed."""
        text: str | None = self.request.proof
        if text is None:
            if client.row["bound"]:
                self.reason = "proof missing"
                raise InvalidProof("The tokens of this client are bound to a key: send a DPoP header.")
            return None
        try:
            proof = read_proof(text, ("POST",), self.grounds.issuer + TOKEN_PATH, self.grounds.now)
            use_proof(self.connection, proof)
        except TokenRefused as refused:
            self.reason = refused.reason
            raise InvalidProof("The DPoP proof is not one for this request, or was used before.") from refused
        return proof

    def create_oauth2_request(self, request: TokenForm) -> _Request:
        self.request = _Request(request, self.grounds.issuer)
        return self.request

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """The library's announcements have no listener here."""

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Response:
        response = JSONResponse(body, status, dict(headers))
        if status == 401:
            response.headers["WWW-Authenticate"] = CHALLENGE
        if status != 200:
            self.reason = self.reason or body.get("error")
        return response
