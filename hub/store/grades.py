"""Tables of the grades noun. What is not released lives in tables and rows that only the EPAO can read."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from hub.store.base import actor, apprentice, identifier, instant, metadata, reference, signatory, version

SCHEMA = "grades"

booking = Table(
    "booking", metadata, apprentice(primary_key=True),
    Column("component", Text, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("on_date", Date, nullable=False),
    version(),
    schema=SCHEMA,
)  # fmt: skip

authenticity = Table(
    "authenticity", metadata, identifier(), apprentice(),
    Column("component", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    *signatory(), *actor(), instant("at"),
    UniqueConstraint("apprentice_id", "component", "attempt", "sha256"),
    schema=SCHEMA,
)  # fmt: skip

result = Table(
    "result", metadata, identifier(), apprentice(),
    Column("method", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    Column("counts_as", Text, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("reason", Text),
    Column("released_on", Date),
    reference("epao_party_id"),
    *signatory(), *actor(), instant("at"),
    UniqueConstraint("apprentice_id", "epao_party_id", "method", "attempt", "version"),
    schema=SCHEMA,
)  # fmt: skip

result_component = Table(
    "result_component", metadata, apprentice(),
    Column("result_id", UUID, ForeignKey("grades.result.id", ondelete="CASCADE"), primary_key=True),
    Column("component", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("held_on", Date), Column("submitted_on", Date),
    Column("minutes", Integer), Column("presenting_minutes", Integer), Column("extra_minutes", Integer, nullable=False),
    Column("bank_questions", Integer), Column("own_questions", Integer),
    Column("words", Integer), Column("sections", ARRAY(Text)), Column("ksbs", ARRAY(Text)),
    Column("document", Text), Column("theme", Text), Column("marker", Text),
    Column("remote", Boolean, nullable=False), Column("identity_verified", Boolean), Column("audio_recorded", Boolean),
    schema=SCHEMA,
)  # fmt: skip

breach = Table(
    "breach", metadata, identifier(), apprentice(),
    Column("result_id", UUID, ForeignKey("grades.result.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("component", Text),
    Column("sentence", Text, nullable=False),
    Column("dispensed", Boolean, nullable=False),
    Column("dispensation_reference", Text),
    schema=SCHEMA,
)  # fmt: skip

assessment = Table(
    "assessment", metadata, apprentice(primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("grade", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

grade = Table(
    "grade", metadata, apprentice(primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("overall", Text, nullable=False),
    Column("capped", Boolean, nullable=False),
    Column("released_on", Date),
    schema=SCHEMA,
)  # fmt: skip

standing = Table(
    "standing", metadata, apprentice(primary_key=True),
    Column("achieved", Boolean, nullable=False),
    Column("offered", ARRAY(Text), nullable=False),
    Column("to_release", Boolean, nullable=False),
    Column("due_on", Date),
    schema=SCHEMA,
)  # fmt: skip

release = Table(
    "release", metadata, identifier(), apprentice(),
    Column("overall", Text, nullable=False),
    Column("on_date", Date, nullable=False),
    *signatory(), *actor(), instant("at"),
    schema=SCHEMA,
)  # fmt: skip

resit = Table(
    "resit", metadata, identifier(), apprentice(),
    Column("method", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agreed_on", Date, nullable=False),
    Column("action_plan", Boolean, nullable=False),
    *signatory(), *actor(), instant("at"),
    UniqueConstraint("apprentice_id", "method", "attempt"),
    schema=SCHEMA,
)  # fmt: skip
