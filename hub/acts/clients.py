"""Acts on a party's own OAuth clients, by a client of the same party that may administer them.

No act here shows or takes a secret: a client that a party adds itself signs with keys of its own.
"""

from datetime import UTC, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from sqlalchemy import func, insert, select, update

from hub.acts.act import Act, act, refusal
from hub.acts.inputs import Day, Input, OneOf, Shape, Text
from hub.errors import HubError
from hub.keysets import MAX_KEYS
from hub.plan.ceilings import CLIENTS
from hub.store.auth import client
from hub.store.clients import CLIENT_ID, KEY_JWT, Wanted, row_of, turned

Member = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[A-Za-z0-9_.:-]+$")]
Scope = Annotated[str, Field(max_length=40, pattern=r"^[a-z]+:[a-z]+$")]
Kid = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
ClientId = Annotated[str, Field(pattern=f"^{CLIENT_ID.pattern}$", json_schema_extra={"graph": "ID"})]


class PublicKey(Shape):
    """The public part of one key as a JSON Web Key: P-256, RSA of 2048 to 4096 bits, or Ed25519."""

    kty: Member = Field(description="EC, RSA or OKP.")
    kid: Kid = Field(description="Its name, which no other key of the client ever has.")
    alg: Member | None = Field(None, description="ES256, PS256, EdDSA or Ed25519.")
    use: Member | None = Field(None, description="What it is for: sig.")
    crv: Member | None = Field(None, description="P-256 or Ed25519.")
    x: Member | None = Field(None, description="Of an EC or OKP key.")
    y: Member | None = Field(None, description="Of an EC key.")
    n: Member | None = Field(None, description="Of an RSA key.")
    e: Member | None = Field(None, description="Of an RSA key.")


def _some(keys: list[PublicKey]) -> list[PublicKey]:
    if not 1 <= len(keys) <= MAX_KEYS:
        raise ValueError(f"A client has 1 to {MAX_KEYS} keys.")
    return keys


Keys = Annotated[list[PublicKey], AfterValidator(_some)]


class SignsWith(OneOf):
    """The keys a client signs with: given here, or published by you."""

    keys: Keys | None = Field(None, description="Its public keys.")
    jwks_url: Text | None = Field(None, description="The https address of its key set.")


INSTEAD: Any = {"instead": "AddClientInput.signsWith"}


class AddClient(Input):
    """Gives your party another client; it signs with keys of its own, given here or published at a URL."""

    name: Text = Field(description="What the client is, such as 'HR system'.")
    scopes: list[Scope] | None = Field(None, description="What it may be granted; all that is not granted by name only.")
    signs_with: SignsWith | None = Field(None, description="The keys it signs with.")
    keys: Keys | None = Field(None, description="Its public keys.", json_schema_extra=INSTEAD)
    jwks_url: Text | None = Field(None, description="Or the https address of its key set.", json_schema_extra=INSTEAD)
    expires_on: Day | None = Field(None, description="The day from which it is granted nothing.")


class RotateClient(Input):
    """Gives a client of your party further keys and retires others; in between, old and new hold side by side."""

    client_id: ClientId = Field(description="The client.")
    add: Keys | None = Field(None, description="Further public keys.")
    retire: list[Kid] | None = Field(None, description="The `kid` of each key to be believed no longer.")
    jwks_url: Text | None = Field(None, description="Instead, the https address where its key set is from now on.")


class DisableClient(Input):
    """Shuts a client of your party out for good: no token from now on, and within seconds none of its tokens is believed."""

    client_id: ClientId = Field(description="The client.")


@act("addClient", AddClient)
async def add_client(act: Act, given: AddClient) -> dict[str, Any]:
    """Gives the party a client within what its kind may be granted; its tokens are bound to a key."""
    count = select(func.count()).where(client.c.party_id == act.viewer.party)
    if (await act.connection.scalar(count) or 0) >= CLIENTS:
        raise refusal("CEILING_REACHED", f"The party has {CLIENTS} clients, which is the most: give one of them other keys.")
    expires = datetime.combine(given.expires_on, time(), UTC) if given.expires_on else None
    signs: SignsWith | AddClient = given.signs_with or given
    if signs is not given and (given.keys, given.jwks_url) != (None, None):
        raise refusal("INPUT_INVALID", "It signs with one key set: give `signsWith` alone.", "input.signsWith")
    wanted = Wanted(
        party=act.viewer.party, kind=act.viewer.kind, organisation=act.viewer.organisation, name=given.name, now=act.now,
        scopes=given.scopes, method=KEY_JWT, jwks=_jwks(signs.keys), jwks_url=signs.jwks_url, expires=expires,
    )  # fmt: skip
    try:
        row, made = row_of(wanted)
    except HubError as refused:
        raise _located(refused, "" if signs is given else "signsWith.") from refused
    await act.save(insert(client).values(row))
    act.thing = made.client_id
    return {"client": made.client_id}


@act("rotateClient", RotateClient)
async def rotate_client(act: Act, given: RotateClient) -> dict[str, Any]:
    """Turns the keys of one of the party's clients, with overlap."""
    row = await _own(act, given.client_id)
    try:
        values = turned(row._mapping, _jwks(given.add), given.retire or (), given.jwks_url)
    except HubError as refused:
        raise _located(refused) from refused
    await act.save(update(client).where(client.c.id == row.id).values(values))
    return {"client": row.id}


@act("disableClient", DisableClient)
async def disable_client(act: Act, given: DisableClient) -> dict[str, Any]:
    """Shuts one of the party's clients out, at its first moment."""
    row = await _own(act, given.client_id)
    if row.disabled_at is not None:
        return {"client": row.id, "replayed": True}
    await act.save(update(client).where(client.c.id == row.id).values(disabled_at=act.now))
    return {"client": row.id}


async def _own(act: Act, client_id: str) -> Any:
    """The client, if it is the viewer's own party's; another's does not exist."""
    mine = (client.c.id == client_id, client.c.party_id == act.viewer.party)
    row = (await act.connection.execute(select(client).where(*mine).with_for_update())).one_or_none()
    if row is None:
        raise refusal("NOT_FOUND", "Your party has no such client.", "input.clientId")
    act.thing = client_id
    return row


def _jwks(keys: list[PublicKey] | None) -> dict[str, Any] | None:
    return None if keys is None else {"keys": [key.model_dump(exclude_none=True) for key in keys]}


def _located(refused: HubError, within: str = "") -> Any:
    """The same refusal, with its field named as the input names it; keys stand `within` another field."""
    problem, keys = refused.problem, f"{within}keys"
    named = {"client": "clientId", "jwks": keys, "method": keys, "expires": "expiresOn", "jwksUrl": f"{within}jwksUrl"}
    place = named.get(problem.field or "", problem.field)
    return refusal(problem.code, problem.message, f"input.{place}" if place else None)
