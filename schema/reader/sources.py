"""The vocabulary with which Strawberry types say what they read.

A type names its rows once, its fields say what they read of them:

    @rows("hub.card", "card", key="{card}.apprentice_id", prefix="apr", joins={
        "identity": Join("apprentices.identity", "{identity}.apprentice_id = {card}.apprentice_id"),
    })
    @strawberry.type(description="One person on one standard.")
    class Apprentice(Node):
        id: strawberry.ID = column("'apr_' || {card}.apprentice_id", description="…")
        family_name: str | None = column("{identity}.family_name", description="…")
        ready: bool = column("coalesce({card}.ready_from <= {today}, false)", description="…")
        gateway: Gateway = same(description="…")                              # another type, the same row
        standard: Standard = one("{standard}.id = {card}.standard_id", description="…")
        items: list[Item] = many("{item}.apprentice_id = {card}.apprentice_id", order="{item}.place", description="…")

    @strawberry.type
    class Query:
        apprentice: Apprentice | None = one(description="…", by={
            "id": Asked(strawberry.ID, "{card}.apprentice_id = {value:uuid}", "Its id.", read=identifier("apr")),
            "uln": Asked(str, "{card}.uln = {value:text}", "Its unique learner number."),
        }, order="{card}.live desc, {card}.started_on desc")
        apprentices: Connection[Apprentice] = page(description="…", filter=ApprenticeFilter, filters={
            "next_party": "{card}.next_party = {value:text}",
            "status": "{card}.status = any({value:text[]})",
            "standard": Where("{card}.standard_id = {value:uuid}", read=identifier("std")),
        }, sorts={
            ApprenticeOrder.NAME: (Key("{card}.name_key", "text"),),
            ApprenticeOrder.DUE: (Key("{card}.due_on", "date", descending=True),),
        })
        cohort: Cohort = subset(filter=ApprenticeFilter, filters=…, description="…")
        node: Node | None = node(description="…")

    @rows("hub.card", "card", key="{card}.apprentice_id")
    @strawberry.type
    class Cohort:                                                            # the filtered set itself
        total: int = column("count(*)", description="…")                     # columns of a set are aggregates
        ready: int = column("count(*) filter (where {card}.ready_from <= {today})", description="…")
        by_rule: list[RuleCount] = many("{blocker}.apprentice_id = {card}.apprentice_id", group=("{blocker}.rule",),
                                        order="count(*) desc, {blocker}.rule", description="…")
        apprentices: Connection[Apprentice] = page(sorts=…, description="…")  # a page over the same set

In an expression `{name}` is the SQL alias of a row: first the field's own rows and their joins, then the parent's;
`{parent.name}` means the parent's, `{child}` and `{parent}` the two main rows. `{today}` is the viewer's date,
`{value:type}` the argument or filter field at hand, `{arg.name:type}` an argument of the field (declare it in
`arguments=`), `{given.name:type}` a value handed to `Reader.read(given=…)`, `{viewer.name:type}` an attribute of
the viewer. The part after the colon is the SQL type the bound value is cast to. `{{` is a plain brace. Joins are
to-one and always left.

A value that stands sealed in the database is opened once the statement has been answered, and only there:

    BOX = Box("grades.breach", "{breach}.sealed", "{breach}.id::text")
    sentence: str = sealed(BOX, "sentence", description="…")
    grade: str = sealed(RESULT, "grade", clear="{result}.grade", description="…")       # in clear once it is released

What an act or an event hands over is read in the same way:

    @strawberry.type
    class DecidePayload:
        apprentice: Apprentice | None = one("{card}.apprentice_id = {given.apprentice:uuid}", description="…")
        errors: list[Problem] = listed("{given.errors:jsonb}", description="…")   # a JSON array of objects

    @rows(alias="problem")
    @strawberry.type
    class Problem:
        code: str = column("{problem}.value ->> 'code'", description="…")

    decide: DecidePayload = strawberry.mutation(resolver, metadata=reads(Same()), description="…")

A folder that contributes fields to a type of another folder brings its joins with `@joins({...})` on its mixin class.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry.types.arguments import StrawberryArgument

from schema.reader.choice import Choice
from schema.reader.declared import argument, asked, wheres
from schema.reader.identifier import identifier
from schema.reader.kinds import (
    Asked,
    Box,
    Column,
    Cursor,
    Join,
    Key,
    Listed,
    Many,
    NodeById,
    One,
    Page,
    Part,
    Rows,
    Same,
    Sealed,
    Source,
    Subset,
    Where,
)

C = TypeVar("C", bound=type)
METADATA = "reader"
FILTER = "Conditions that must all hold; an absent or null one is no condition."

__all__ = [
    "METADATA",
    "Asked",
    "Box",
    "Choice",
    "Column",
    "Cursor",
    "Join",
    "Key",
    "Listed",
    "Many",
    "NodeById",
    "One",
    "Page",
    "Part",
    "Rows",
    "Same",
    "Sealed",
    "Source",
    "Subset",
    "Where",
    "column",
    "cursor",
    "identifier",
    "joins",
    "listed",
    "many",
    "node",
    "one",
    "page",
    "reads",
    "rows",
    "same",
    "sealed",
    "subset",
]


def rows(
    table: str = "",
    alias: str = "",
    *,
    key: str = "",
    prefix: str = "",
    joins: Mapping[str, Join] | None = None,
    subject: str = "",
) -> Callable[[C], C]:
    """Name the rows a Strawberry type reads; without a table they come from a JSON list.

    `subject` is whom a row is about: answers that hold it are recorded as reads of that person's data.
    """

    def mark(cls: C) -> C:
        cls.__reader_rows__ = Rows(table, alias, key, prefix, joins or {}, subject)  # type: ignore[attr-defined]  # any class may be given rows
        return cls

    return mark


def joins(extra: Mapping[str, Join]) -> Callable[[C], C]:
    """Add joins to the rows of whatever type this class becomes part of, or stands on with `same()`."""

    def mark(cls: C) -> C:
        cls.__reader_joins__ = extra  # type: ignore[attr-defined]  # any class may be given rows
        return cls

    return mark


def reads(source: Source) -> dict[str, Source]:
    """The metadata of a field that is declared by other means (a mutation, a subscription, a stub with arguments)."""
    return {METADATA: source}


def column(sql: str, *, arguments: Mapping[str, Asked] | None = None, **options: Any) -> Any:
    """A field that is an SQL expression over the row; `options` are those of `strawberry.field`."""
    return _field(Column(sql, arguments or {}), asked(arguments), options)


def sealed(box: Box, name: str, clear: str = "", **options: Any) -> Any:
    """A field that is a value sealed in a row's box, or the expression `clear` where that is not null."""
    return _field(Sealed(box, name, clear), [], options)


def same(when: str = "", **options: Any) -> Any:
    """A field that shows the same row as another type, or null where the expression `when` does not hold."""
    return _field(Same(when), [], options)


def one(
    on: str = "",
    *,
    order: str = "",
    by: Mapping[str, Asked] | None = None,
    arguments: Mapping[str, Asked] | None = None,
    either: Choice | None = None,
    **options: Any,
) -> Any:
    """A field that is one row or null: the first in `order` that satisfies `on` and the arguments.

    With `either` the arguments of `by` are also the fields of one argument, `by`, which takes their place.
    """
    declared = asked(by, either.coordinate if either else None)
    if either is not None:
        declared.insert(0, argument("by", either.input(by or {}) | None, "Which one: by exactly one of these."))
    source = One(on, order, by or {}, arguments or {}, either is not None)
    return _field(source, declared + asked(arguments), options)


def many(
    on: str = "",
    *,
    order: str,
    most: int,
    group: tuple[str, ...] = (),
    arguments: Mapping[str, Asked] | None = None,
    **options: Any,
) -> Any:
    """A field that is a list of rows in a total `order`: never more than `most`, which whatever writes them sees to."""
    return _field(Many(on, order, group, arguments or {}, most), asked(arguments), options)


def listed(sql: str, **options: Any) -> Any:
    """A field that is a list of objects from a JSON array expression."""
    return _field(Listed(sql), [], options)


def page(
    on: str = "",
    *,
    sorts: Mapping[Any, tuple[Key, ...]],
    filter: Any = None,
    filters: Mapping[str, Where | str] | None = None,
    default: int = 50,
    maximum: int = 100,
    **options: Any,
) -> Any:
    """A Relay connection with `first`, `after`, `orderBy`, `filter`; the first of `sorts` is the default order."""
    initial: Any = next(iter(sorts))
    arguments = [
        argument("first", int | None, f"How many, 0 to {maximum}; {default} when absent.", default),
        argument("after", str | None, "The cursor after which the page begins."),
    ]
    if isinstance(initial, Enum):
        arguments.append(argument("order_by", type(initial), "The order of the list.", initial))
    if filter is not None:
        arguments.append(argument("filter", filter | None, FILTER))
    return _field(Page(sorts, on, wheres(filters), default, maximum), arguments, options)


def subset(
    on: str = "",
    *,
    filter: Any = None,
    filters: Mapping[str, Where | str] | None = None,
    arguments: Mapping[str, Asked] | None = None,
    **options: Any,
) -> Any:
    """A field that stands for the set of rows that satisfy a filter."""
    declared = asked(arguments)
    if filter is not None:
        declared.append(argument("filter", filter | None, FILTER))
    return _field(Subset(on, wheres(filters), arguments or {}), declared, options)


def cursor(of: str, *keys: Key, **options: Any) -> Any:
    """A field that is the cursor this row has in the page `of`; `keys` are all of that page's, its tie-break last."""
    return _field(Cursor(of, keys), [], options)


def node(**options: Any) -> Any:
    """The field `node(id:)`: any object by its id."""
    return _field(NodeById(), [argument("id", strawberry.ID, "The object's id.")], options)


def _field(source: Source, arguments: list[StrawberryArgument], options: dict[str, Any]) -> Any:
    made: Any = strawberry.field(metadata=reads(source), **options)
    if arguments:
        made.arguments = arguments
    return made
