"""Tables of the gateway noun: items, readiness, the EPAO's nomination and the employer's decision."""

from sqlalchemy import Boolean, Column, Date, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY

from hub.store.base import actor, apprentice, identifier, instant, metadata, reference, signatory, version

SCHEMA = "gateway"

item = Table(
    "item", metadata, identifier("id", primary_key=False),
    apprentice(primary_key=True),
    Column("requirement", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("met", Boolean, nullable=False),
    Column("since", Date),
    Column("overlay", Text),
    Column("rejection", Text),
    Column("filed_by", Text),
    instant("filed_at", nullable=True),
    version(),
    schema=SCHEMA,
)  # fmt: skip

basis = Table(
    "basis", metadata, apprentice(primary_key=True),
    Column("requirement", Text, primary_key=True),
    Column("attained", Text, nullable=False),
    Column("entitlement", Text),
    schema=SCHEMA,
    info={"sealed": "Why English or maths counts as met is special-category data (EPA-019, EPA-020, X-24)."},
)  # fmt: skip

readiness = Table(
    "readiness", metadata, apprentice(primary_key=True),
    Column("status", Text, nullable=False),
    Column("ready_from", Date),
    Column("overlays", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

blocker = Table(
    "blocker", metadata, apprentice(primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("requirement", Text),
    Column("sentence", Text, nullable=False),
    Column("party", Text),
    Column("due_on", Date),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

nomination = Table(
    "nomination", metadata, identifier(), apprentice(),
    Column("position", Integer, nullable=False),
    reference("epao_party_id"), reference("epao_organisation_id"),
    Column("state", Text, nullable=False),
    Column("nominated_on", Date, nullable=False),
    Column("answered_on", Date),
    Column("ended_on", Date),
    version(),
    UniqueConstraint("apprentice_id", "position"),
    schema=SCHEMA,
)  # fmt: skip

decision = Table(
    "decision", metadata, identifier(), apprentice(),
    Column("decided_on", Date, nullable=False),
    Column("declaration", Text, nullable=False),
    Column("declaration_version", Text, nullable=False),
    Column("advice_taken", Boolean, nullable=False),
    *signatory(), *actor(), instant("at"),
    schema=SCHEMA,
)  # fmt: skip
