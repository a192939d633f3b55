"""What is an id of one kind of object: its prefix and a UUID in the one spelling it has."""

from collections.abc import Callable
from typing import Any

from asyncpg.pgproto.pgproto import UUID


def identifier(prefix: str) -> Callable[[Any], UUID | None]:
    """A reader of ids with this prefix; an id that is not one of them reads as null and so finds nothing."""
    start = prefix + "_"

    def read(text: str) -> UUID | None:
        try:
            found = UUID(text.removeprefix(start))
        except ValueError:
            return None
        return found if text == start + str(found) else None

    return read
