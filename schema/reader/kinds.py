"""The kinds of source a field can have, as data; `sources` makes fields of them and shows their use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

DEFINITION = "strawberry-definition"
"""The extension in which Strawberry keeps what a type or a field was declared with."""


@dataclass(frozen=True, slots=True)
class Join:
    """A to-one table beside a row, joined (always left) only when a selected column needs it."""

    table: str
    on: str


@dataclass(frozen=True, slots=True)
class Key:
    """One column of a sort order, never null; `type` is its SQL type, a `unique` one needs no tie-break behind it."""

    sql: str
    type: str = "uuid"
    descending: bool = False
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on `{value:type}`, used when the value is given and not null.

    `read` turns the value into what is bound; the null it gives for a malformed one matches no row.
    """

    sql: str
    read: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An argument of a field with the condition it sets (none when `sql` is empty).

    `type` is a Python annotation; the argument is nullable. It is deprecated where `instead` names what takes its place.
    """

    type: Any
    sql: str
    description: str
    read: Callable[[Any], Any] | None = None
    instead: str | None = None

    @property
    def where(self) -> Where:
        """The condition this argument sets."""
        return Where(self.sql, self.read)


@dataclass(frozen=True, slots=True)
class Rows:
    """Where the objects of a type come from; `prefix` is the type's id prefix, `subject` whom a row is about, as a uuid.

    `key` is the uuid that `node` looks up, and the tie-break of pages whose order does not end in it or in a unique key.
    """

    table: str
    alias: str
    key: str = ""
    prefix: str = ""
    joins: Mapping[str, Join] = field(default_factory=dict)
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """An SQL expression over the rows of the type."""

    sql: str
    arguments: Mapping[str, Asked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """Where the sealed values of a row stand: the table they are bound to, and the row's name as they are bound to it."""

    table: str
    sql: str
    row: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value in a box, opened after the statement; where the expression `clear` has a value, that is told instead."""

    box: Box
    name: str
    clear: str = ""


@dataclass(frozen=True, slots=True)
class Same:
    """Another type over the parent's row; null where `when` does not hold."""

    when: str = ""


@dataclass(frozen=True, slots=True)
class One:
    """At most one row of the type's table; with `by`, exactly one of those arguments must be given.

    With `either` they may also be given as the one field of the argument `by`.
    """

    on: str = ""
    order: str = ""
    by: Mapping[str, Asked] = field(default_factory=dict)
    arguments: Mapping[str, Asked] = field(default_factory=dict)
    either: bool = False

    @property
    def ways(self) -> Mapping[str, Asked]:
        """Every way to say which row is meant, by the name under which its value is found."""
        inside = {f"by.{name}": each for name, each in self.by.items()} if self.either else {}
        return {**inside, **self.by}


@dataclass(frozen=True, slots=True)
class Many:
    """A list of rows of the type's table, `most` of them; with `group` its columns are aggregates or group keys.

    The reader does not count: whatever writes the rows holds them to `most`.
    """

    on: str = ""
    order: str = ""
    group: tuple[str, ...] = ()
    arguments: Mapping[str, Asked] = field(default_factory=dict)
    most: int = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of objects from a JSON array; an item is `{alias}.value`, its place `{alias}.place`."""

    sql: str


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset connection over rows of the node type's table, or over the set it stands in."""

    sorts: Mapping[Any, tuple[Key, ...]]
    on: str = ""
    filters: Mapping[str, Where] = field(default_factory=dict)
    default: int = 50
    maximum: int = 100


@dataclass(frozen=True, slots=True)
class Subset:
    """A filtered set of rows of the type's table; its columns are aggregates, its lists and pages run over the set."""

    on: str = ""
    filters: Mapping[str, Where] = field(default_factory=dict)
    arguments: Mapping[str, Asked] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The cursor a row has in a page, for rows shown outside it; `of` is `Type.field`, with `:SORT` if it has sorts."""

    of: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class NodeById:
    """The object of any type with rows and a prefix, found by its id."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a connection, an edge or a page's information."""

    name: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """An object of another subgraph, of which only the id is told; `sql` is its UUID, and null is no object."""

    sql: str


@dataclass(frozen=True, slots=True)
class Entity:
    """How an entity is found: by each of its keys, the first in an order where several rows have the key."""

    by: Mapping[str, Where]
    order: str = ""


@dataclass(frozen=True, slots=True)
class Entities:
    """The field `_entities(representations:)`: objects of several types by their keys, in the order asked."""

    known: Mapping[str, Entity]


Source = Column | Sealed | Same | One | Many | Listed | Page | Subset | Cursor | NodeById | Part | Pointer | Entities
