"""Sealed heads: the end of a party's audit chain, signed with the hub's key, for the party to keep."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from joserfc import jws
from joserfc.jwk import ECKey, Key
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from auth.jose import Algorithms, Claims, TokenRefused, verified
from auth.keys import ALGORITHM, SigningKey
from hub.errors import HubError
from hub.store.auth import signing_key
from hub.store.verifying import Head
from hub.words import id_text, parse_id

TYPE = "audit-head+jwt"
"""What such a signature says it is, so that none is ever taken for an access token."""
ALGORITHMS = Algorithms([ALGORITHM])
Keys = Mapping[str, Mapping[str, Any]]


def sealed_head(signer: SigningKey, issuer: str, head: Head, at: datetime) -> str:
    """A head with its moment as a compact JWS."""
    claims = {
        "iss": issuer, "iat": int(at.timestamp()), "party": id_text("pty", head.party), "seq": head.seq,
        "hash": head.hash.hex(),
    }  # fmt: skip
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": signer.kid}
    return jws.serialize_compact(header, orjson.dumps(claims), signer.key, algorithms=[ALGORITHM], registry=ALGORITHMS)


async def public_keys(connection: AsyncConnection) -> Keys:
    """Every key that has ever signed for this hub, by its id: a head outlives the key's time (role hub_auth)."""
    rows = await connection.execute(select(signing_key.c.kid, signing_key.c.public))
    return {row.kid: row.public for row in rows}


def read_head(text: str, keys: Keys) -> Head:
    """The head in a JWS; raises HubError HEAD_INVALID unless one of these keys has signed it."""
    try:
        header, claims = verified(text, _key_among(keys), ALGORITHMS)
        if header.get("typ") != TYPE:
            raise TokenRefused("typ")
        return Head(parse_id(claims["party"], "pty"), int(claims["seq"]), bytes.fromhex(claims["hash"]))
    except (TokenRefused, HubError, LookupError, TypeError, ValueError):
        raise HubError("HEAD_INVALID") from None


def _key_among(keys: Keys) -> Callable[[Claims], Key]:
    def find(header: Claims) -> Key:
        found = keys.get(str(header.get("kid")))
        if found is None:
            raise TokenRefused("kid")
        return ECKey.import_key(dict(found))

    return find
