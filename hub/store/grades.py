"""Tables of the grades noun. What is not released lives in tables and rows that only the EPAO can read.

There it stands sealed under the EPAO's own key: columns in clear beside a `sealed` one are filled at the release, with
what others may know from then on. `hub/store/sealed.py` says what is in each box.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from hub.store.base import actor, apprentice, identifier, instant, metadata, reference, signatory, version

SCHEMA = "grades"
EITHER = "(audience = 'epao' or sealed is null) and (sealed is null) <>"
"""A row of the EPAO's is sealed or in clear, everybody else's in clear: a check up to what is in clear."""

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
    Column("sealed", LargeBinary, nullable=False),
    Column("grade", Text), Column("counts_as", Text),
    Column("current", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("assessor", Text, nullable=False),
    Column("released_on", Date),
    reference("epao_party_id"),
    *signatory(), *actor(), instant("at"),
    UniqueConstraint("apprentice_id", "epao_party_id", "method", "attempt", "version"),
    CheckConstraint("released_on is not null or (grade is null and counts_as is null)", name="result_embargo"),
    schema=SCHEMA,
)  # fmt: skip

result_component = Table(
    "result_component", metadata, apprentice(),
    Column("result_id", UUID, ForeignKey("grades.result.id", ondelete="CASCADE"), primary_key=True),
    Column("component", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("document", Text), Column("theme", Text),
    schema=SCHEMA,
)  # fmt: skip

breach = Table(
    "breach", metadata, identifier(), apprentice(),
    Column("result_id", UUID, ForeignKey("grades.result.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("component", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("dispensed", Boolean, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

assessment = Table(
    "assessment", metadata, apprentice(primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("sealed", LargeBinary), Column("grade", Text),
    CheckConstraint(f"{EITHER} (grade is null)", name="assessment_embargo"),
    schema=SCHEMA,
)  # fmt: skip

grade = Table(
    "grade", metadata, apprentice(primary_key=True),
    Column("audience", Text, primary_key=True),
    Column("sealed", LargeBinary), Column("overall", Text), Column("capped", Boolean),
    Column("released_on", Date),
    CheckConstraint(f"{EITHER} (overall is null)", name="grade_embargo"),
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
