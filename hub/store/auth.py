"""Tables of schema `auth`: clients and their documents, assertions and proofs used, tokens revoked, signing keys."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as UUIDType

from hub.store.base import instant, metadata, reference

SCHEMA = "auth"

client = Table(
    "client", metadata,
    Column("id", Text, primary_key=True),
    reference("party_id"),
    Column("party_kind", Text, nullable=False),
    reference("organisation_id"),
    Column("name", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("jwks", JSONB(none_as_null=True)),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("documents_only", Boolean, nullable=False),
    Column("bound", Boolean, nullable=False),
    Column("jwks_url", Text),
    Column("issuer", Text),
    Column("subject", Text),
    instant("created_at"),
    instant("expires_at", nullable=True),
    instant("disabled_at", nullable=True),
    Index("client_party_id_ix", "party_id"),
    Index("client_issuer_subject_ix", "issuer", "subject", unique=True),
    schema=SCHEMA,
)  # fmt: skip

secret = Table(
    "secret", metadata,
    Column("client_id", Text, primary_key=True),
    Column("sha256", LargeBinary, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

document = Table(
    "document", metadata,
    Column("sha256", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    instant("added_at"),
    schema=SCHEMA,
)  # fmt: skip

assertion = Table(
    "assertion", metadata,
    Column("client_id", Text, primary_key=True),
    Column("jti", Text, primary_key=True),
    instant("expires_at"),
    Index("assertion_expires_at_ix", "expires_at"),
    schema=SCHEMA,
)  # fmt: skip

proof = Table(
    "proof", metadata,
    Column("mark", UUIDType, primary_key=True),
    instant("expires_at"),
    Index("proof_expires_at_ix", "expires_at"),
    schema=SCHEMA,
)  # fmt: skip

revoked = Table(
    "revoked", metadata,
    Column("jti", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    instant("expires_at"),
    Index("revoked_expires_at_ix", "expires_at"),
    schema=SCHEMA,
)  # fmt: skip

signing_key = Table(
    "signing_key", metadata,
    Column("kid", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("public", JSONB, nullable=False),
    instant("created_at"),
    instant("signs_from"),
    instant("retired_at", nullable=True),
    schema=SCHEMA,
)  # fmt: skip
