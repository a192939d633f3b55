"""Tables every noun shares: the cards, the outbox and its events, the audit and the idempotency keys."""

import uuid
from random import SystemRandom
from time import time_ns
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import UserDefinedType

from hub.store.base import apprentice, identifier, instant, metadata, reference

SCHEMA = "hub"
getrandbits = SystemRandom().getrandbits


def new_id() -> uuid.UUID:
    """A fresh identifier: random, so that it tells nothing."""
    return uuid.uuid4()


def ordered_id() -> uuid.UUID:
    """A fresh identifier that sorts by the millisecond it was made in, for tables that only grow (RFC 9562, version 7)."""
    return ordered_ids(1)[0]


def ordered_ids(count: int) -> list[uuid.UUID]:
    """So many fresh identifiers in a row; the last 24 bits count them, the 50 before are random."""
    base = time_ns() // 1_000_000 << 80 | 7 << 76 | getrandbits(12) << 64 | 2 << 62 | getrandbits(38) << 24
    return [uuid.UUID(int=base + each) for each in range(count)]


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction number."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


card = Table(
    "card", metadata,
    reference("party_id", primary_key=True),
    apprentice(primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reach", SmallInteger, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date, nullable=False, server_default="infinity"),
    Column("status", Text, nullable=False),
    Column("readiness", Text, nullable=False),
    Column("ready_from", Date),
    Column("next_party", Text),
    Column("due_on", Date),
    Column("my_reference", Text),
    Column("uln", Text),
    Column("given_names", Text),
    Column("family_name", Text),
    Column("standard_id", UUID, nullable=False),
    Column("region", Text),
    Column("intake", Text),
    Column("expected_gateway_on", Date),
    Column("start_on", Date),
    Column("name_sort", Text(collation="C"), nullable=False),
    Column("due_sort", Date, nullable=False),
    Column("gateway_sort", Date, nullable=False),
    Column("start_sort", Date, nullable=False),
    Index("card_name_ix", "party_id", "name_sort", "apprentice_id"),
    Index("card_due_ix", "party_id", "due_sort", "apprentice_id"),
    Index("card_gateway_ix", "party_id", "gateway_sort", "apprentice_id"),
    Index("card_start_ix", "party_id", "start_sort", "apprentice_id"),
    Index("card_uln_ix", "party_id", "uln"),
    Index("card_reference_ix", "party_id", "my_reference"),
    Index("card_intake_ix", "party_id", "intake", "name_sort", "apprentice_id"),
    schema=SCHEMA,
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("xid", Xid8(), nullable=False, server_default=func.pg_current_xact_id()),
    Column("type", Text, nullable=False),
    reference("apprentice_id", nullable=True),
    Column("standard_id", UUID),
    Column("recipients", ARRAY(UUID), nullable=False),
    Column("facts", JSONB, nullable=False),
    instant("at"),
    Index("outbox_order_ix", "xid", "id"),
    schema=SCHEMA,
)  # fmt: skip

event = Table(
    "event", metadata,
    reference("party_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    identifier("id", primary_key=False),
    Column("type", Text, nullable=False),
    reference("apprentice_id", nullable=True),
    Column("standard_id", UUID),
    Column("facts", JSONB, nullable=False),
    instant("at"),
    schema=SCHEMA,
)  # fmt: skip

stream = Table(
    "stream", metadata,
    reference("party_id", primary_key=True),
    Column("last_seq", BigInteger, nullable=False),
    schema=SCHEMA,
)  # fmt: skip

epoch = Table(
    "epoch", metadata,
    Column("only", Integer, primary_key=True, server_default=text("1")),
    Column("epoch", Integer, nullable=False),
    Column("relay_lag_ms", BigInteger, nullable=False, server_default=text("0")),
    instant("relay_at"),
    schema=SCHEMA,
)  # fmt: skip

tick = Table(
    "tick", metadata, apprentice(primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("on_date", Date, primary_key=True),
    schema=SCHEMA,
)  # fmt: skip

audit = Table(
    "audit", metadata, identifier(),
    reference("party_id"),
    Column("client", Text, nullable=False),
    Column("person", Text),
    Column("on_behalf_of", Text),
    Column("act", Text, nullable=False),
    Column("subjects", ARRAY(UUID), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    instant("at"),
    Column("kind", Text, nullable=False, server_default="act"),
    Column("classes", ARRAY(Text), nullable=False, server_default="{}"),
    Column("trace", Text),
    Column("thing", Text),
    Column("xid", Xid8(), nullable=False, server_default=func.pg_current_xact_id()),
    Index("audit_order_ix", "xid", "id"),
    schema=SCHEMA,
)  # fmt: skip

idempotency = Table(
    "idempotency", metadata,
    Column("client", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("act", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("outcome", JSONB),
    instant("at"),
    schema=SCHEMA,
)  # fmt: skip
