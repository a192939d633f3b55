"""What a client may ask about tokens once issued, and take back: introspection (RFC 7662) and revocation (RFC 7009).

A client learns of its own party's tokens, and takes back its own. Of any other it hears what it would hear of nonsense.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from auth.applicants import Applicant
from auth.jose import Claims
from hub.store.auth import revoked
from hub.words import id_text

SHOWN = ("iss", "aud", "sub", "client_id", "iat", "exp", "jti", "scope", "cnf")
INACTIVE: dict[str, Any] = {"active": False}


def shown(client: Applicant, claims: Claims | None) -> dict[str, Any]:
    """What a client is told of a token: all of it when it holds and is its own party's, else that it does not hold."""
    if claims is None or claims.get("party") != id_text("pty", client.row["party_id"]):
        return INACTIVE
    kind = "DPoP" if "cnf" in claims else "Bearer"
    return {"active": True, "token_type": kind, **{name: claims[name] for name in SHOWN if name in claims}}


def take_back(connection: Connection, client: Applicant, claims: Claims | None) -> bool:
    """Note that a client's own token is believed no longer; false when there was nothing of its own to take back."""
    if claims is None or claims["client_id"] != client.get_client_id():
        return False
    row = {"jti": claims["jti"], "client_id": claims["client_id"], "expires_at": datetime.fromtimestamp(claims["exp"], UTC)}
    connection.execute(insert(revoked).values(row).on_conflict_do_nothing())
    return True


def forget_revoked(connection: Connection, now: float) -> None:
    """Drop the notes on revoked tokens that have run out."""
    connection.execute(delete(revoked).where(revoked.c.expires_at < datetime.fromtimestamp(now, UTC)))
