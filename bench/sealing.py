"""What the hand-written route seals and opens: the same boxes as the hub's, under a key of its own process."""

from collections.abc import Mapping
from typing import Any

from hub.sealing import DataKey
from hub.store import sealed

KEY = DataKey.new()


def boxed(table: str, row: str, values: Mapping[str, Any]) -> str:
    """A box as JSON brings it into a column of bytes."""
    return "\\x" + sealed.closed(KEY, table, row, values).hex()


def opened(result: dict[str, Any]) -> dict[str, Any]:
    """A result that waits for its release, with its grades, documents and themes; a released one has them in clear."""
    if result["released_on"] is None:
        result |= sealed.values_in(KEY, sealed.RESULT, result["id"], sealed.box_of(result["sealed"]))
        for part in result["parts"]:
            row = sealed.row_of(result["id"], part["component"])
            part |= sealed.values_in(KEY, sealed.COMPONENT, row, sealed.box_of(part["sealed"]))
    for name in ("document", "theme"):
        result[f"{name}s"] = [part[name] for part in result["parts"] if part[name]]
    return result
