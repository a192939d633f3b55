"""How rows become JSON: one text for each object, put together from its fields.

PostgreSQL's own functions look up the type of every value of every row anew, which costs more than reading the rows.
An expression of a field is JSON already, as `text` or `json`, or null.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from schema.reader.subjects import MARK, NOBODY

Field = tuple[str, str]
"""A response key and the expression of its value."""
Piece = tuple[bool, str]
"""Some text as it is, or an expression of it."""
AT_ONCE = 96
"""PostgreSQL passes no more than 100 arguments to a function."""


class Object(str):
    """The expression of an object that is always there: one that stands in another becomes part of its text."""

    pieces: tuple[Piece, ...]

    def __new__(cls, pieces: Iterable[Piece]) -> "Object":
        """Of its pieces."""
        found = tuple(_joined(pieces))
        told = [f"'{text}'" if plain else text for plain, text in found]
        calls = [f"concat({', '.join(told[n : n + AT_ONCE])})" for n in range(0, len(told), AT_ONCE)]
        made = super().__new__(cls, calls[0] if len(calls) == 1 else f"concat({', '.join(calls)})")
        made.pieces = found
        return made


class Objects(str):
    """The expression of a list of objects without its brackets; of an empty one it is null."""


def object_of(fields: Sequence[Field], subject: str = "") -> Object:
    """An object of these fields, marked with its subject, where one is given."""
    pieces: list[Piece] = [(True, "{")]
    if subject:
        pieces += [(True, MARK), (False, f"coalesce(({subject})::text, '{NOBODY}')")]
    for n, (key, value) in enumerate(fields):
        pieces += [(True, f'{"," if n else ""}"{key}":'), *_pieces(value)]
    return Object([*pieces, (True, "}")])


def one_of(shown: str, rows: str) -> str:
    """The object of the one row there is, or null."""
    return f"(select {shown} {rows})"


def all_of(shown: str, rows: str) -> Objects:
    """The objects of rows, in their order."""
    return Objects(f"(select string_agg(x.j, ',') from (select {shown} as j {rows}) x)")


def quoted(text: str) -> str:
    """A text in which nothing needs a backslash, or null."""
    return f"'\"' || {text} || '\"'"


def _pieces(value: str) -> Iterable[Piece]:
    if isinstance(value, Object):
        return value.pieces
    if isinstance(value, Objects):
        return (True, "["), (False, str(value)), (True, "]")
    return ((False, f"coalesce({value}, 'null')"),)


def _joined(pieces: Iterable[Piece]) -> Iterable[Piece]:
    for plain, together in groupby(pieces, key=lambda piece: piece[0]):
        if plain:
            yield True, "".join(text for _, text in together)
        else:
            yield from together
