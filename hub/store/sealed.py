"""What stands sealed in the tables of the grades, and what each box is bound to.

| table | row | values |
| --- | --- | --- |
| grades.result | its id | grade, counts_as, reason |
| grades.result_component | result and component | all that happened in it |
| grades.breach | its id | sentence, dispensation_reference |
| grades.assessment | apprentice and method | grade |
| grades.grade | apprentice | overall, capped |
| hub.idempotency | client and key | why items of a batch were refused |
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from hub.keyring import Keys
from hub.sealing import DataKey, key_id, open_, place, seal

COLUMN = "sealed"
RESULT, COMPONENT, BREACH = "grades.result", "grades.result_component", "grades.breach"
ASSESSMENT, GRADE, IDEMPOTENCY = "grades.assessment", "grades.grade", "hub.idempotency"


def row_of(*parts: object) -> str:
    """The name of a row that has several parts."""
    return "/".join(str(part) for part in parts)


def closed(key: DataKey, table: str, row: str, values: Mapping[str, Any]) -> bytes:
    """The box of a row's values; those that are null are left out."""
    told = {name: value for name, value in values.items() if value is not None}
    return seal(key, orjson.dumps(told, option=orjson.OPT_SORT_KEYS), place(table, COLUMN, row))


def values_in(key: DataKey, table: str, row: str, box: bytes) -> dict[str, Any]:
    """The values in a row's box; raises HubError SEALED_VALUE_ALTERED."""
    found: dict[str, Any] = orjson.loads(open_(key, box, place(table, COLUMN, row)))
    return found


async def opened(keys: Keys, party: UUID, table: str, row: str, box: bytes) -> dict[str, Any]:
    """The values in a box that this party sealed; raises HubError SEALING_KEY_MISSING or SEALED_VALUE_ALTERED."""
    return values_in(await keys.find(party, key_id(box)), table, row, box)


def box_of(text: str) -> bytes:
    """A box as PostgreSQL writes bytes in JSON."""
    return bytes.fromhex(text.removeprefix("\\x"))
