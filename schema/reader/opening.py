"""Sealed values: where a statement left a box, the value in it is put once the statement has been answered."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from hub.errors import HubError
from hub.keyring import Keys
from hub.sealing import DataKey, key_id, open_, place
from schema.reader.kinds import Box

COLUMN = "sealed"
MARK = "="
Want = tuple[str, str]
"""A value that a statement leaves sealed: the table its box is bound to, and its name in the box."""


def marked(mark: int, want: int, box: Box) -> str:
    """The SQL of a marker: this run's mark, which value it is, and the row and its box in hexadecimal digits."""
    row = f"encode(convert_to({box.row}, 'UTF8'), 'hex')"
    return f"${mark}::text || '{MARK}{want}:' || {row} || ':' || encode({box.sql}, 'hex')"


async def open_all(body: bytes, nonce: str, wants: Sequence[Want], keys: Keys, party: UUID) -> bytes:
    """Replaces every marker in a body by the value it stands for, as JSON.

    Raises HubError SEALING_KEY_MISSING when a box was sealed under a key that this party has not at hand.
    """
    if nonce.encode() + MARK.encode() not in body:
        return body
    marker = re.compile(b'"' + nonce.encode() + MARK.encode() + rb'(\d+):([0-9a-f]*):([0-9a-f]*)"')
    boxes = {found[3] for found in marker.finditer(body)}
    held = {each: await keys.find(party, each) for each in {key_id(_bytes(box)) for box in boxes}}
    known: dict[tuple[str, bytes, bytes], dict[str, Any]] = {}

    def told(found: re.Match[bytes]) -> bytes:
        table, name = wants[int(found[1])]
        which = (table, found[2], found[3])
        if which not in known:
            known[which] = _values(table, found[2], _bytes(found[3]), held)
        return orjson.dumps(known[which].get(name))

    return marker.sub(told, body)


def _values(table: str, row: bytes, box: bytes, held: dict[bytes, DataKey]) -> dict[str, Any]:
    plain = open_(held[key_id(box)], box, place(table, COLUMN, _bytes(row).decode()))
    values = orjson.loads(plain)
    if not isinstance(values, dict):
        raise HubError("SEALED_VALUE_ALTERED")
    return values


def _bytes(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode())
