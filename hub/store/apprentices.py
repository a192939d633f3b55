"""Tables of the apprentices noun: standards, organisations, parties and who trains with whom."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from hub.store.base import apprentice, identifier, metadata, reference, version

SCHEMA = "apprentices"


def _standard_key() -> Column[Any]:
    return Column("standard_id", UUID, ForeignKey("apprentices.standard.id", ondelete="CASCADE"), primary_key=True)


organisation = Table(
    "organisation", metadata, identifier(),
    Column("name", Text, nullable=False),
    Column("region", Text),
    Column("claimed", Boolean, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

organisation_identifier = Table(
    "organisation_identifier", metadata,
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("organisation_id", UUID, ForeignKey("apprentices.organisation.id"), nullable=False, index=True),
    schema=SCHEMA,
)  # fmt: skip

organisation_link = Table(
    "organisation_link", metadata,
    Column("organisation_id", UUID, ForeignKey("apprentices.organisation.id"), primary_key=True),
    Column("group_code", Text, primary_key=True),
    Column("from_on", Date, primary_key=True),
    Column("until_on", Date, nullable=False, server_default="infinity"),
    schema=SCHEMA,
)  # fmt: skip

party = Table(
    "party", metadata, identifier(),
    Column("organisation_id", UUID, ForeignKey("apprentices.organisation.id"), nullable=False),
    Column("kind", Text, nullable=False),
    UniqueConstraint("organisation_id", "kind"),
    UniqueConstraint("id", "organisation_id"),
    schema=SCHEMA,
)  # fmt: skip

standard = Table(
    "standard", metadata, identifier(),
    Column("reference", Text),
    Column("version", Text),
    Column("lars_code", Text),
    Column("title", Text, nullable=False),
    Column("level", Integer),
    Column("planned", Boolean, nullable=False),
    Column("plan_hash", Text),
    Column("typical_months", Integer),
    Column("minimum_months", Integer),
    UniqueConstraint("reference", "version"),
    Index("standard_lars_code_ix", "lars_code", unique=True, postgresql_where=text("reference is null")),
    schema=SCHEMA,
)  # fmt: skip

ksb = Table(
    "ksb", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("methods", ARRAY(Text), nullable=False),
    Column("notes", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

method = Table(
    "method", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("grades", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

component = Table(
    "component", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("method_code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

theme = Table(
    "theme", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("method_code", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("ksbs", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

criterion = Table(
    "criterion", metadata, _standard_key(),
    Column("theme_code", Text, primary_key=True),
    Column("grade", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("statement", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

requirement = Table(
    "requirement", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("rule", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

evidence_type = Table(
    "evidence_type", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("allowed", Boolean, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

rule = Table(
    "rule", metadata, _standard_key(),
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("severity", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("quote", Text),
    Column("source", Text),
    Column("notes", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

grade_combination = Table(
    "grade_combination", metadata, _standard_key(),
    Column("position", Integer, primary_key=True),
    Column("grades", ARRAY(Text), nullable=False),
    Column("overall", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

apprentice_table = Table(
    "apprentice", metadata, identifier(),
    Column("standard_id", UUID, ForeignKey("apprentices.standard.id"), nullable=False),
    Column("employer_id", UUID, ForeignKey("apprentices.organisation.id"), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

identity = Table(
    "identity", metadata, apprentice(primary_key=True),
    Column("registered_by", UUID, ForeignKey("apprentices.party.id"), nullable=False),
    Column("standard_id", UUID, nullable=False),
    Column("uln", Text, nullable=False),
    Column("given_names", Text, nullable=False),
    Column("family_name", Text, nullable=False),
    Column("start_on", Date, nullable=False),
    Column("original_start_on", Date),
    Column("first_start_on", Date, nullable=False),
    Column("planned_end_on", Date, nullable=False),
    Column("expected_gateway_on", Date),
    Column("age_band", Text),
    Column("region", Text),
    Column("intake", Text),
    Column("status", Text, nullable=False),
    Column("merged_into", UUID),
    version(),
    Index(
        "identity_natural_key_ix", "registered_by", "uln", "standard_id", "first_start_on",
        unique=True, postgresql_where=text("merged_into is null"),
    ),
    schema=SCHEMA,
)  # fmt: skip

status_change = Table(
    "status_change", metadata, identifier(), apprentice(),
    Column("status", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    Column("position", Integer, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

contact = Table(
    "contact", metadata, apprentice(primary_key=True),
    Column("email", Text),
    Column("phone", Text),
    version(),
    schema=SCHEMA,
)  # fmt: skip

tie = Table(
    "tie", metadata, apprentice(primary_key=True),
    Column("party_id", UUID, primary_key=True),
    Column("organisation_id", UUID, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False, server_default="infinity"),
    CheckConstraint("from_on <= until_on", name="tie_span"),
    ForeignKeyConstraint(["party_id", "organisation_id"], ["apprentices.party.id", "apprentices.party.organisation_id"]),
    schema=SCHEMA,
)  # fmt: skip

leaver_record = Table(
    "leaver_record", metadata,
    reference("party_id", primary_key=True), identifier("apprentice_id"),
    Column("from_on", Date, primary_key=True),
    Column("until_on", Date, nullable=False),
    Column("uln", Text), Column("given_names", Text), Column("family_name", Text),
    Column("standard_id", UUID, nullable=False),
    Column("status", Text, nullable=False),
    Column("my_reference", Text),
    schema=SCHEMA,
)  # fmt: skip
