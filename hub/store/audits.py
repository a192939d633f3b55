"""What makes the audit a record to trust: its chain per party, the sealed heads, and who accessed which apprentice."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from hub.store.base import identifier, instant, metadata, reference
from hub.store.spine import SCHEMA, Xid8

link = Table(
    "audit_link", metadata,
    reference("party_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    reference("audit_id"),
    Column("hash", LargeBinary, nullable=False),
    Index("audit_link_order_ix", "n", unique=True),
    Index("audit_link_audit_ix", "audit_id", unique=True),
    schema=SCHEMA,
)  # fmt: skip

head = Table(
    "audit_head", metadata,
    reference("party_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    instant("at"),
    Column("hash", LargeBinary, nullable=False),
    Column("jws", Text, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

# No foreign key: what was recorded stays, also when the apprentice is merged or erased.
access = Table(
    "audit_access", metadata,
    reference("apprentice_id", primary_key=True),
    Column("at", instant("at").type, primary_key=True),
    reference("party_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("audience", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("classes", ARRAY(Text), nullable=False),
    schema=SCHEMA,
)  # fmt: skip

place = Table(
    "audit_place", metadata,
    Column("only", Integer, primary_key=True, server_default=text("1")),
    Column("xid", Xid8(), nullable=False),
    identifier("id", primary_key=False),
    Column("linked", BigInteger, nullable=False),
    Column("shown", BigInteger, nullable=False),
    schema=SCHEMA,
)  # fmt: skip
