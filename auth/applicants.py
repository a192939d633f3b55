"""The client that a token request comes from, or says it does."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin  # type: ignore[import-untyped]  # Authlib carries no types
from sqlalchemy.engine import RowMapping

from hub.slices.scopes import SCOPES
from hub.store.clients import BASIC, secret_hash
from hub.viewer import PartyKind

GRANT = "client_credentials"
ENDPOINTS = ("token", "revocation", "introspection")
_NO_SECRET = secrets.token_bytes(32)


class Applicant(ClientMixin):  # type: ignore[misc]  # Authlib carries no types
    """A client as the library sees it; also stands for one that does not exist, is shut out or has run out."""

    def __init__(self, row: RowMapping | None, now: float, *, live: bool = False):
        moment = datetime.fromtimestamp(now, UTC)
        self.known = (
            row is not None
            and row["disabled_at"] is None
            and (row["expires_at"] is None or row["expires_at"] > moment)
            and not (live and row["method"] == BASIC)
        )
        self.row: Mapping[Any, Any] = row or {}

    def get_client_id(self) -> str:
        return str(self.row["id"])

    def check_client_secret(self, client_secret: str) -> bool:
        kept = self.row.get("sha256") or _NO_SECRET
        return hmac.compare_digest(secret_hash(client_secret), kept)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return self.known and endpoint in ENDPOINTS and self.row["method"] == method

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT

    def granted(self) -> frozenset[str]:
        return frozenset(self.row["scopes"]) & SCOPES[PartyKind(self.row["party_kind"])]

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = self.granted() if scope is None else frozenset(scope.split())
        return " ".join(sorted(asked)) if asked and asked <= self.granted() else None
