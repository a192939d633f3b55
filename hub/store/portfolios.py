"""Tables of the portfolios noun: evidence metadata, KSB coverage, validation and acknowledgement."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from hub.store.base import actor, apprentice, identifier, instant, metadata, signatory, version

SCHEMA = "portfolios"

portfolio = Table(
    "portfolio", metadata, apprentice(primary_key=True),
    Column("state", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("pieces", Integer, nullable=False),
    Column("missing", ARRAY(Text), nullable=False),
    Column("warnings", ARRAY(Text), nullable=False),
    version(),
    schema=SCHEMA,
)  # fmt: skip

evidence = Table(
    "evidence", metadata, identifier(), apprentice(),
    Column("position", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("ksbs", ARRAY(Text), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("filed_by", Text, nullable=False),
    Column("on_behalf_of_apprentice", Boolean, nullable=False),
    instant("filed_at"),
    schema=SCHEMA,
)  # fmt: skip

coverage = Table(
    "coverage", metadata, apprentice(primary_key=True),
    Column("ksb", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("pieces", Integer, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

validation = Table(
    "validation", metadata, identifier(), apprentice(),
    Column("hash", Text, nullable=False),
    Column("declaration_version", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    Column("voided", Boolean, nullable=False, server_default=text("false")),
    *signatory(), *actor(), instant("at"),
    schema=SCHEMA,
)  # fmt: skip

acknowledgement = Table(
    "acknowledgement", metadata, identifier(), apprentice(),
    Column("hash", Text, nullable=False),
    Column("epao_party_id", UUID, ForeignKey("apprentices.party.id"), nullable=False),
    Column("on_date", Date, nullable=False),
    *actor(), instant("at"),
    schema=SCHEMA,
)  # fmt: skip
