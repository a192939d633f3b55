"""How rows become JSON: one text for each object, put together from its fields.

PostgreSQL's own functions look up the type of every value of every row anew, which costs more than reading the rows.
An expression of a field is JSON already, as `text` or `json`, or null.
"""

from collections.abc import Sequence

from schema.reader.subjects import MARK, NOBODY

Field = tuple[str, str]
"""A response key and the expression of its value."""
AT_ONCE = 48
"""How many fields one call takes: PostgreSQL passes no more than 100 arguments to a function."""


def object_of(fields: Sequence[Field], subject: str = "") -> str:
    """An object of these fields, marked with its subject, where one is given."""
    parts, lead = [], "{"
    if subject:
        parts.append(f"'{{{MARK}', coalesce(({subject})::text, '{NOBODY}')")
        lead = '",'
    for key, value in fields:
        parts.append(f"'{lead}\"{key}\":', coalesce({value}, 'null')")
        lead = ","
    parts.append(f"'{'' if fields else lead}}}'")
    calls = [f"concat({', '.join(parts[n : n + AT_ONCE])})" for n in range(0, len(parts), AT_ONCE)]
    return calls[0] if len(calls) == 1 else f"concat({', '.join(calls)})"


def one_of(shown: str, rows: str) -> str:
    """The object of the one row there is, or null."""
    return f"(select {shown} {rows})"


def all_of(shown: str, rows: str) -> str:
    """The array of the objects of rows, in their order."""
    return f"(select concat('[', string_agg(x.j, ','), ']') from (select {shown} as j {rows}) x)"


def quoted(text: str) -> str:
    """A text in which nothing needs a backslash, or null."""
    return f"'\"' || {text} || '\"'"
