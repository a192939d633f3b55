"""Which arguments a field has, as Strawberry declares them, and which conditions a filter sets."""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from schema.reader.kinds import Asked, Where


def asked(ways: Mapping[str, Asked] | None, instead: str | None = None) -> list[StrawberryArgument]:
    """The arguments by which something is asked for; with `instead`, or one of their own, deprecated in its favour."""
    return [_argument(name, each, instead or each.instead) for name, each in (ways or {}).items()]


def _argument(name: str, each: Asked, instead: str | None) -> StrawberryArgument:
    return argument(name, each.type | None, each.description, instead=f"Use `{instead}`." if instead else None)


def argument(
    name: str, annotation: Any, description: str, default: object = strawberry.UNSET, instead: str | None = None
) -> StrawberryArgument:
    """One argument of a field."""
    kind = StrawberryAnnotation(annotation)
    return StrawberryArgument(name, None, kind, description=description, default=default, deprecation_reason=instead)


def wheres(filters: Mapping[str, Where | str] | None) -> dict[str, Where]:
    """The condition that each field of a filter sets."""
    return {name: Where(each) if isinstance(each, str) else each for name, each in (filters or {}).items()}
