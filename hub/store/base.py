"""The one catalogue of tables, and the column shapes they share."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import UUID as UUIDType

from hub.slices.rows import NOUNS

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_uq",
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    }
)

SCHEMAS = (*NOUNS, "hub", "auth")


def identifier(name: str = "id", *, primary_key: bool = True) -> Column[UUID]:
    """A UUIDv4 made by the hub; the prefixed text form exists only at the edge."""
    return Column(name, UUIDType, primary_key=primary_key, nullable=False)


def reference(name: str, nullable: bool = False, primary_key: bool = False) -> Column[UUID]:
    """A UUID that points at a row without a foreign key, because the row lives in another noun's schema."""
    return Column(name, UUIDType, nullable=nullable, primary_key=primary_key)


def apprentice(primary_key: bool = False) -> Column[UUID]:
    """The apprentice a row is about: the foreign key that leaves a noun's schema; tests/laws/test_borders.py names all."""
    key = ForeignKey("apprentices.apprentice.id", ondelete="CASCADE")
    return Column("apprentice_id", UUIDType, key, primary_key=primary_key, nullable=False, index=not primary_key)


def instant(name: str, nullable: bool = False) -> Column[object]:
    """A moment in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def version() -> Column[int]:
    """Counts the changes of a mutable row; a caller that names an older one is refused."""
    return Column("version", Integer, nullable=False, server_default="1")


def signatory() -> list[Column[str]]:
    """The named human who stands behind an act."""
    return [Column(f"by_{part}", Text, nullable=False) for part in ("reference", "name", "role")]


def actor() -> list[Column[Any]]:
    """Who did it: the party and the client that spoke for it."""
    return [reference("actor_party_id"), Column("actor_client", Text, nullable=False)]
