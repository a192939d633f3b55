"""What a client's row holds, and what it may hold: one way of authenticating, and no more than its party's kind may have."""

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from hub.errors import HubError
from hub.keysets import followed, public_keys
from hub.slices.scopes import ADMINS, SCOPES, USUAL
from hub.viewer import PartyKind
from hub.words import id_text

BASIC, KEY_JWT, ISSUED = "client_secret_basic", "private_key_jwt", "trusted_issuer"
METHODS = (BASIC, KEY_JWT)
CLIENT_ID = re.compile(r"cli_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SANDBOX_DAYS, MOST_SANDBOX_DAYS = 30, 366
MAX_URL = 500


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client just added; its secret, absent when it signs with its own key, is shown this once and kept nowhere."""

    client_id: str
    client_secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A client as it is asked for.

    It signs with its own keys (`jwks`, or published at `jwks_url`), or brings tokens of an `issuer` that names it
    `subject`, or else has a secret. With `bound` its tokens are bound to a key: the default, except for one with a secret.
    """

    party: UUID
    kind: PartyKind
    organisation: UUID
    name: str
    now: datetime
    scopes: Collection[str] | None = None
    method: str | None = None
    jwks: Mapping[str, Any] | None = None
    jwks_url: str | None = None
    issuer: str | None = None
    subject: str | None = None
    expires: datetime | None = None
    documents_only: bool = False
    bound: bool | None = None


def secret_hash(secret: str) -> bytes:
    """SHA-256 of a secret: enough for 256 random bits, and it does not hold up the loop as a password hash would."""
    return hashlib.sha256(secret.encode()).digest()


def row_of(wanted: Wanted) -> tuple[dict[str, Any], NewClient]:
    """The row of a new client, which holds no secret, and what its party is told; raises INPUT_INVALID."""
    method = _method(wanted)
    secret = secrets.token_urlsafe(32) if method == BASIC else None
    client_id = id_text("cli", uuid4())
    row = {
        "id": client_id, "party_id": wanted.party, "party_kind": wanted.kind.value, "organisation_id": wanted.organisation,
        "name": wanted.name, "method": method, "scopes": sorted(granted(wanted.kind, wanted.scopes, method)),
        "jwks": public_keys(wanted.jwks) if wanted.jwks is not None else None,
        "jwks_url": https(wanted.jwks_url, "jwksUrl") if wanted.jwks_url is not None else None,
        "issuer": wanted.issuer, "subject": wanted.subject,
        "created_at": wanted.now, "expires_at": _expires(wanted, method), "documents_only": wanted.documents_only,
        "bound": method != BASIC if wanted.bound is None else wanted.bound,
    }  # fmt: skip
    return row, NewClient(client_id, secret)


def turned(
    row: Mapping[str, Any], added: Mapping[str, Any] | None, retired: Collection[str], jwks_url: str | None
) -> dict[str, Any]:
    """What changes in a client's row when its keys turn, so that old and new hold side by side until the old are retired.

    A `jwks_url` takes the place of its keys; raises STATE_CONFLICT for a client without keys or shut out, INPUT_INVALID.
    """
    if row["method"] != KEY_JWT or row["disabled_at"] is not None:
        raise HubError("STATE_CONFLICT", "This client does not sign with keys of its own, or is shut out.", field="client")
    if jwks_url is not None:
        return {"jwks_url": https(jwks_url, "jwksUrl"), "jwks": None}
    held = row["jwks"]
    return {"jwks": public_keys(added or {}) if held is None else followed(held, added, retired), "jwks_url": None}


def _method(wanted: Wanted) -> str:
    """How a client authenticates: said, or told by what it brings; raises INPUT_INVALID."""
    brings = {
        KEY_JWT: wanted.jwks is not None or wanted.jwks_url is not None,
        ISSUED: wanted.issuer is not None or wanted.subject is not None,
    }
    told = [method for method, brought in brings.items() if brought]
    method = wanted.method or (told[0] if told else BASIC)
    if method not in (*METHODS, ISSUED):
        raise HubError("INPUT_INVALID", f"A client authenticates by {' or '.join(METHODS)}.", field="method")
    if told != ([method] if method != BASIC else []) or (wanted.jwks is not None and wanted.jwks_url is not None):
        raise HubError("INPUT_INVALID", f"One key set belongs to {KEY_JWT}, and to no other method.", field="jwks")
    if method == ISSUED and not (wanted.issuer and wanted.subject):
        raise HubError("INPUT_INVALID", "An issuer's client is named by the issuer and its own id there.", field="subject")
    return method


def _expires(wanted: Wanted, method: str) -> datetime | None:
    """A client with a secret always runs out."""
    if method != BASIC:
        return wanted.expires
    expires = wanted.expires or wanted.now + timedelta(days=SANDBOX_DAYS)
    if expires > wanted.now + timedelta(days=MOST_SANDBOX_DAYS):
        raise HubError("INPUT_INVALID", f"A client with a secret lasts {MOST_SANDBOX_DAYS} days at most.", field="expires")
    return expires


def granted(kind: PartyKind, scopes: Collection[str] | None, method: str = KEY_JWT) -> frozenset[str]:
    """The scopes of a client: those asked for, else all of its kind but the administrators'; raises INPUT_INVALID.

    One with a secret reads, unless more is asked for by name, and never administers.
    """
    ceiling = SCOPES[kind] - (ADMINS if method == BASIC else frozenset())
    usual = {scope for scope in USUAL[kind] if method != BASIC or scope.endswith(":read")}
    found = frozenset(usual if scopes is None else scopes)
    if not found or not found <= ceiling:
        above = ", ".join(sorted(found - ceiling)) or "none at all"
        raise HubError("INPUT_INVALID", f"A client of this kind of party cannot be granted {above}.", field="scopes")
    return found


def https(url: str, where: str) -> str:
    """An address that is https and nothing else; raises INPUT_INVALID. Where it leads is judged when it is called."""
    refused = HubError("INPUT_INVALID", "The address of a key set is https.", field=where)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise refused from error
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment or len(url) > MAX_URL:
        raise refused
    return url
