"""What an act or an event hands to the reader, for the document to read."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from hub.acts.act import Outcome

NOTHING: Mapping[str, Any] = {
    **dict.fromkeys(("apprentice", "item", "evidence", "nomination", "decision", "result", "release", "outcome", "client")),
    "items": [],
    "errors": [],
    "replayed": False,
}


def handed(outcome: Outcome) -> dict[str, Any]:
    """An act's outcome as the reader takes it: rows by UUID, problems and items as JSON."""
    items = [
        {
            **{name: str(value) if isinstance(value, UUID) else value for name, value in item.items()},
            "errors": [asdict(each) for each in item["errors"]],
        }
        for item in outcome.given.get("items", ())
    ]
    found = {**NOTHING, **outcome.given, "replayed": outcome.replayed, "items": items}
    return {**found, "errors": [asdict(problem) for problem in outcome.problems]}
