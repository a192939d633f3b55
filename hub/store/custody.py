"""Tables with which personal data is looked after: holds, restrictions, requests of erasure, and what was erased."""

from sqlalchemy import Column, Date, ForeignKey, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from hub.store.base import apprentice, instant, metadata, reference, signatory

SCHEMA = "apprentices"


def _party(primary_key: bool = False) -> Column[object]:
    return Column("party_id", UUID, ForeignKey("apprentices.party.id"), primary_key=primary_key, nullable=False)


hold = Table(
    "hold", metadata, apprentice(primary_key=True), _party(primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Date, nullable=False),
    *signatory(),
    schema=SCHEMA,
)  # fmt: skip

restriction = Table(
    "restriction", metadata, apprentice(primary_key=True), _party(),
    Column("ground", Text, nullable=False),
    Column("since", Date, nullable=False),
    *signatory(),
    schema=SCHEMA,
)  # fmt: skip

erasure_request = Table(
    "erasure_request", metadata, apprentice(primary_key=True), _party(primary_key=True),
    Column("ground", Text, nullable=False),
    Column("since", Date, nullable=False),
    *signatory(),
    schema=SCHEMA,
)  # fmt: skip

# What was erased outlives the apprentice, so that neither an import nor a backup brings it back.
erasure = Table(
    "erasure", metadata, reference("apprentice_id", primary_key=True),
    Column("ground", Text, nullable=False),
    Column("erased_on", Date, nullable=False),
    instant("at"),
    schema=SCHEMA,
)  # fmt: skip

tombstone = Table(
    "tombstone", metadata, reference("party_id", primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("erased_on", Date, primary_key=True),
    reference("apprentice_id"),
    schema=SCHEMA,
)  # fmt: skip
