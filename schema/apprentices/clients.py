"""A party's own OAuth clients, for its administrators."""

from datetime import datetime

import strawberry

from schema.reader.sources import column, rows


@rows("auth.client", "client", key="{client}.id")
@strawberry.type(description="An OAuth client of your party.")
class Client:
    """A client of the viewer's party; of its keys it shows the names, and a secret it never shows."""

    id: strawberry.ID = column("{client}.id", description="Its id, by which it asks for tokens.")
    name: str = column("{client}.name", description="What it is.")
    method: str = column("{client}.method", description="private_key_jwt, client_secret_basic or trusted_issuer.")
    scopes: list[str] = column("{client}.scopes", description="What it may be granted.")
    bound: bool = column("{client}.bound", description="Whether its tokens are good only with a proof of its key.")
    keys: list[str] = column(
        "array(select jsonb_array_elements({client}.jwks -> 'keys') ->> 'kid')", description="The `kid` of each of its keys."
    )
    jwks_url: str | None = column("{client}.jwks_url", description="Where it publishes its keys, if it does.")
    issuer: str | None = column("{client}.issuer", description="The issuer whose tokens it brings, if they are not the hub's.")
    documents_only: bool = column("{client}.documents_only", description="Whether it may send its trusted documents only.")
    created_at: datetime = column("{client}.created_at", description="Since when it exists.")
    expires_at: datetime | None = column("{client}.expires_at", description="Until when it may ask for tokens.")
    disabled_at: datetime | None = column("{client}.disabled_at", description="Since when it is shut out.")
