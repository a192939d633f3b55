"""The hub's own signing keys: made, rotated with overlap, published, and held in memory for a few seconds."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from joserfc.jwk import ECKey
from sqlalchemy import Column, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from auth.issuers import Mapped
from auth.seal import opened, sealed
from hub.store.auth import client, revoked, signing_key

TOKEN_SECONDS = 300
RELOAD_SECONDS = 5
# A stream asks every two seconds and hears what is two seconds old: whoever is shut out is so within five.
HEARD_SECONDS = 2
PUBLISHED_SECONDS = 300
ALGORITHM = "ES256"
_LOCK = func.pg_advisory_xact_lock(0x6875625F61757468)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key pair of the hub; it signs from one moment, and is believed until another."""

    kid: str
    key: ECKey
    public: dict[str, Any]
    signs_from: float
    retired_at: float | None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


async def _add_key(connection: AsyncConnection, secret: bytes, now: datetime, signs_from: datetime) -> str:
    kid = f"key_{uuid4()}"
    key = ECKey.generate_key("P-256")
    public = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
    box = sealed(secret, kid, orjson.dumps(key.as_dict(private=True)))
    row = {"kid": kid, "sealed": box, "public": public, "created_at": now, "signs_from": signs_from}
    await connection.execute(insert(signing_key).values(row))
    return kid


async def ensure_signing_key(connection: AsyncConnection, secret: bytes, now: datetime) -> None:
    """Make the first signing key when there is none; processes that start together make one between them."""
    await connection.execute(select(_LOCK))
    if await connection.scalar(select(signing_key.c.kid).where(signing_key.c.retired_at.is_(None)).limit(1)) is None:
        await _add_key(connection, secret, now, now)


async def rotate_key(connection: AsyncConnection, secret: bytes, now: datetime, *, at_once: bool = False) -> str:
    """Publish a new signing key and return its id.

    It signs once every copy of the published set is renewed; the older keys are believed until the last token they
    signed has run out. `at_once` is for a stolen key: the new key signs now and no older token is believed.
    """
    await connection.execute(select(_LOCK))
    signs_from = now if at_once else now + timedelta(seconds=PUBLISHED_SECONDS + 2 * RELOAD_SECONDS)
    retired_at = now if at_once else signs_from + timedelta(seconds=TOKEN_SECONDS + 2 * RELOAD_SECONDS)
    older = or_(signing_key.c.retired_at.is_(None), signing_key.c.retired_at > retired_at)
    await connection.execute(update(signing_key).where(older).values(retired_at=retired_at))
    return await _add_key(connection, secret, now, signs_from)


async def check_keys(connection: AsyncConnection, secret: bytes) -> int:
    """How many signing keys there are, every one of them opened; raises HubError SIGNING_KEY_SEALED."""
    rows = (await connection.execute(select(signing_key.c.kid, signing_key.c.sealed))).all()
    for row in rows:
        opened(secret, row.kid, row.sealed)
    return len(rows)


async def _mapped(connection: AsyncConnection, now: datetime) -> dict[tuple[str, str], Mapped]:
    """The clients that tokens of trusted issuers stand for, by the issuer and its own id of the client."""
    c = client.c
    some = select(c.issuer, c.subject, c.id, c.party_id, c.party_kind, c.organisation_id, c.scopes, c.bound).where(
        c.issuer.is_not(None), c.disabled_at.is_(None), or_(c.expires_at.is_(None), c.expires_at > now)
    )
    return {
        (row.issuer, row.subject): Mapped(
            row.id, row.party_id, row.party_kind, row.organisation_id, frozenset(row.scopes), row.bound
        )
        for row in await connection.execute(some)
    }


class KeyRing:
    """The keys in force and the clients shut out and tokens revoked since the last tokens were issued, seconds old.

    Without the `secret` that seals the keys it holds public ones only, and believes tokens that another process issues.
    With `maps` it holds the clients of trusted issuers too.
    """

    def __init__(self, engine: AsyncEngine, secret: bytes | None, clock: Callable[[], float], *, maps: bool = False):
        self._engine, self._secret, self._clock, self._maps = engine, secret, clock, maps
        self._loading = asyncio.Lock()
        self._loaded_at: float | None = None
        self._keys: Mapping[str, SigningKey] = {}
        self.shut_out: frozenset[str] = frozenset()
        self.revoked: frozenset[str] = frozenset()
        self.mapped: Mapping[tuple[str, str], Mapped] = {}

    def stale(self, now: float) -> bool:
        """Whether the ring must be read again; also true after the clock was set back."""
        return self._loaded_at is None or not 0 <= now - self._loaded_at < HEARD_SECONDS

    def forget(self) -> None:
        """Read the ring again before the next token is believed."""
        self._loaded_at = None

    async def fresh(self) -> None:
        """Read the ring again when it is stale; callers that come meanwhile wait for the same reading."""
        if self.stale(self._clock()):
            async with self._loading:
                if self.stale(self._clock()):
                    await self._load()

    async def _load(self) -> None:
        now = self._clock()
        in_force = or_(signing_key.c.retired_at.is_(None), signing_key.c.retired_at > _moment(now))
        recent = _moment(now - TOKEN_SECONDS - RELOAD_SECONDS)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(*self._columns).where(in_force))).all()
            shut_out = await connection.scalars(select(client.c.id).where(client.c.disabled_at > recent))
            self.shut_out = frozenset(shut_out)
            self.revoked = frozenset(await connection.scalars(select(revoked.c.jti).where(revoked.c.expires_at > _moment(now))))
            if self._maps:
                self.mapped = await _mapped(connection, _moment(now))
        self._keys = {row.kid: self._read(row) for row in rows}
        self._loaded_at = now

    @property
    def _columns(self) -> list[Column[Any]]:
        every = signing_key.c
        public = [every.kid, every.public, every.signs_from, every.retired_at]
        return public if self._secret is None else [*public, every.sealed]

    def _read(self, row: Any) -> SigningKey:
        held = row.public if self._secret is None else orjson.loads(opened(self._secret, row.kid, row.sealed))
        retired_at = row.retired_at.timestamp() if row.retired_at else None
        return SigningKey(row.kid, ECKey.import_key(held), row.public, row.signs_from.timestamp(), retired_at)

    def find(self, kid: object, now: float) -> SigningKey | None:
        """The key of that id, when it is believed now."""
        key = self._keys.get(kid) if isinstance(kid, str) else None
        return key if key is not None and (key.retired_at is None or key.retired_at > now) else None

    def signer(self, now: float) -> SigningKey:
        """The newest key that may sign now; the next one to come when another process's clock runs ahead of ours."""
        believed = [key for key in self._keys.values() if self.find(key.kid, now)]
        begun = [key for key in believed if key.signs_from <= now]
        if begun:
            return max(begun, key=lambda key: (key.signs_from, key.kid))
        return min(believed, key=lambda key: (key.signs_from, key.kid))

    def published(self, now: float) -> dict[str, list[dict[str, Any]]]:
        """The public key set, with keys that do not sign yet and keys that sign no longer."""
        return {"keys": [key.public for key in self._keys.values() if self.find(key.kid, now)]}
