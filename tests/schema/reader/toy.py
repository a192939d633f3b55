"""A miniature of the hub's graph: cards that open apprentices, items, standards, reasons."""

from datetime import date, datetime
from enum import Enum

import strawberry

from schema.reader.choice import tell_choices
from schema.reader.connection import Connection
from schema.reader.sources import (
    Asked,
    Choice,
    Join,
    Key,
    Same,
    Where,
    column,
    cursor,
    identifier,
    joins,
    listed,
    many,
    node,
    one,
    page,
    reads,
    rows,
    same,
    subset,
)


@strawberry.enum(description="Where an apprentice stands.")
class Status(Enum):
    ON_PROGRAMME = "on_programme"
    AT_GATEWAY = "at_gateway"
    DONE = "done"


@strawberry.enum(description="Orders of the list of apprentices.")
class Order(Enum):
    NAME = "name"
    DUE = "due"
    STATUS_DUE = "status_due"
    ID = "id"


@strawberry.input(description="Which apprentices.")
class ApprenticeFilter:
    next_party: str | None = strawberry.field(default=strawberry.UNSET, description="Whose move it is.")
    status: list[Status] | None = strawberry.field(default=strawberry.UNSET, description="Any of these.")
    due_before: date | None = strawberry.field(default=strawberry.UNSET, description="Due before this day.")
    standard: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="On this standard.")
    one_status: Status | None = strawberry.field(default=strawberry.UNSET, description="In this status.")
    with_reference: bool | None = strawberry.field(default=False, description="With a reference of your own.")


FILTERS = {
    "next_party": "{card}.next_party = {value:text}",
    "status": "{card}.status = any({value:text[]})",
    "due_before": "{card}.due_on < {value:date}",
    "standard": Where("{apprentice}.standard_id = {value:uuid}", identifier("std")),
    "one_status": "{card}.status = {value:text}",
    "with_reference": "({card}.my_reference is not null) >= {value:boolean}",
}
SORTS = {
    Order.NAME: (Key("{card}.name_key", "text"),),
    Order.DUE: (Key("{card}.due_on", "date", descending=True),),
    Order.STATUS_DUE: (
        Key("{card}.status", "text"),
        Key("{card}.due_on", "date", descending=True),
        Key("{card}.apprentice_id"),
    ),
    Order.ID: (),
}


@strawberry.interface(description="Anything with an id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Its id.")


@rows("apprentices.ksb", "ksb", key="{ksb}.code")
@strawberry.type(description="Knowledge, skill or behaviour.")
class Ksb:
    code: str = column("{ksb}.code", description="K1 and so on.")
    kind: str = column("{ksb}.kind", description="Its kind.")
    standard: "Standard" = one("{standard}.id = {ksb}.standard_id", description="Its standard.")


@rows("apprentices.standard", "standard", key="{standard}.id", prefix="std")
@strawberry.type(description="An occupational standard.")
class Standard(Node):
    id: strawberry.ID = column("'std_' || {standard}.id", description="Its id.")
    code: str = column("{standard}.code", description="Its code.")
    title: str = column("{standard}.title", description="Its title.")
    level: int = column("{standard}.level", description="Its level.")
    tags: list[str] = column("{standard}.tags", description="Some words.")
    titled: str = column(
        "{standard}.title || coalesce({arg.suffix:text}, '')",
        arguments={"suffix": Asked(str, "", "What to put behind.")},
        description="Its title with something behind.",
    )
    ksbs: list[Ksb] = many(
        "{ksb}.standard_id = {standard}.id",
        most=10,
        order="{ksb}.place",
        arguments={"kind": Asked(str, "{ksb}.kind = {value:text}", "Of this kind only.")},
        description="What is to be learnt.",
    )


@rows("apprentices.item", "item", key="{item}.id", prefix="itm", subject="{item}.apprentice_id")
@strawberry.type(description="A gateway item.")
class Item(Node):
    id: strawberry.ID = column("'itm_' || {item}.id", description="Its id.")
    code: str = column("{item}.code", description="Its code.")
    met: bool = column("{item}.met", description="Whether it is met.")
    due_on: date | None = column("{item}.due_on", description="By when.")
    place: str = cursor("Apprentice.items", Key("{item}.id"), description="Its cursor in the page of items.")
    apprentice: "Apprentice" = one("{card}.apprentice_id = {item}.apprentice_id", description="Whose it is.")


@joins({"first": Join("apprentices.item", "{first}.apprentice_id = {apprentice}.id and {first}.place = 0")})
@strawberry.type(description="The gateway of one apprentice.")
class Gateway:
    ready: bool = column("coalesce({card}.ready_from <= {today}, false)", description="Whether ready today.")
    first_item: str | None = column("{first}.code", description="The code of the first item.")
    items: list[Item] = many("{item}.apprentice_id = {card}.apprentice_id", most=10, order="{item}.place", description="All.")
    self_again: "Gateway" = same(description="Itself.")


@joins({"identity": Join("apprentices.identity", "{identity}.apprentice_id = {card}.apprentice_id")})
class Person:
    """The part of an apprentice that another folder brings."""


@strawberry.type
class PersonFields(Person):
    family_name: str | None = column("{identity}.family_name", description="The family name.")


@rows(
    "hub.card",
    "card",
    key="{card}.apprentice_id",
    prefix="apr",
    joins={"apprentice": Join("apprentices.apprentice", "{apprentice}.id = {card}.apprentice_id")},
    subject="{card}.apprentice_id",
)
@strawberry.type(description="One person on one standard.")
class Apprentice(PersonFields, Node):
    id: strawberry.ID = column("'apr_' || {card}.apprentice_id", description="Its id.")
    uln: str = column("{card}.uln", description="The learner number.")
    status: Status = column("{card}.status", description="Where it stands.")
    history: list[Status] = column("array['on_programme', {card}.status]", description="Where it stood.")
    next_party: str | None = column("{card}.next_party", description="Whose move it is.")
    my_reference: str | None = column("{card}.my_reference", description="Your own reference.")
    due_on: date = column("{card}.due_on", description="By when.")
    changed_at: datetime = column("{apprentice}.changed_at", description="When it last changed.")
    score: float = column("{card}.score", description="A large number.")
    gateway: Gateway = same(description="Its gateway.")
    done: Gateway | None = same(when="{card}.status = 'done'", description="Its gateway when done.")
    standard: Standard = one("{standard}.id = {apprentice}.standard_id", description="Its standard.")
    last_item: Item | None = one(
        "{item}.apprentice_id = {card}.apprentice_id", order="{item}.place desc", description="The last item."
    )
    items: Connection[Item] = page(
        "{item}.apprentice_id = {card}.apprentice_id", sorts={"": ()}, default=2, description="A page of items."
    )


@rows("apprentices.item", "item", key="{item}.code")
@strawberry.type(description="How many wait for an item.")
class CodeCount:
    code: str = column("{item}.code", description="The item's code.")
    count: int = column("count(*)", description="How many.")
    late: int = column("count(*) filter (where {item}.due_on < {today})", description="How many are late.")


@rows("hub.card", "card", key="{card}.status")
@strawberry.type(description="How many are in a status.")
class StatusCount:
    status: Status = column("{card}.status", description="The status.")
    count: int = column("count(*)", description="How many.")


@rows(
    "hub.card",
    "card",
    key="{card}.apprentice_id",
    joins={"apprentice": Join("apprentices.apprentice", "{apprentice}.id = {card}.apprentice_id")},
)
@strawberry.type(description="A filtered set of apprentices.")
class Cohort:
    total: int = column("count(*)", description="How many.")
    ready: int = column("count(*) filter (where {card}.ready_from <= {today})", description="How many are ready.")
    latest: date | None = column("max({card}.due_on)", description="The last due date.")
    by_code: list[CodeCount] = many(
        "{item}.apprentice_id = {card}.apprentice_id and not {item}.met",
        group=("{item}.code",),
        most=10,
        order="count(*) desc, {item}.code",
        description="By item that is missing.",
    )
    by_status: list[StatusCount] = many(
        group=("{card}.status",), most=10, order='{card}.status collate "C"', description="By status."
    )
    apprentices: Connection[Apprentice] = page(sorts=SORTS, description="The set, page by page.")


@rows(alias="problem")
@strawberry.type(description="Why something was not done.")
class Problem:
    code: str = column("{problem}.value ->> 'code'", description="The code.")
    message: str = column("{problem}.value ->> 'message'", description="A sentence.")


@rows(alias="outcome")
@strawberry.type(description="What became of one of several.")
class Outcome:
    apprentice: Apprentice | None = one(
        "{card}.apprentice_id = ({outcome}.value ->> 'apprentice')::uuid", description="Whose it is."
    )
    errors: list[Problem] = listed("{outcome}.value -> 'errors'", description="Why not.")


@strawberry.type(description="What an act returns.")
class TouchPayload:
    apprentice: Apprentice | None = one("{card}.apprentice_id = {given.apprentice:uuid}", description="Who.")
    errors: list[Problem] = listed("{given.errors:jsonb}", description="Why not.")
    outcomes: list[Outcome] = listed("{given.outcomes:jsonb}", description="One by one.")


@strawberry.type(description="Who asks.")
class Me:
    client: str = column("{viewer.client:text}", description="The client.")
    scopes: list[str] = column("{viewer.scopes:text[]}", description="Its scopes.")


@strawberry.type
class Query:
    apprentice: Apprentice | None = one(
        by={
            "id": Asked(strawberry.ID, "{card}.apprentice_id = {value:uuid}", "Its id.", identifier("apr")),
            "uln": Asked(str, "{card}.uln = {value:text}", "Its number."),
            "my_reference": Asked(str, "{card}.my_reference = {value:text}", "Your own reference."),
        },
        order="{card}.due_on desc, {card}.apprentice_id",
        either=Choice("ApprenticeBy", "Query.apprentice(by:)", "Which one."),
        description="One apprentice.",
    )
    apprentices: Connection[Apprentice] = page(
        sorts=SORTS, filter=ApprenticeFilter, filters=FILTERS, default=5, maximum=20, description="Apprentices."
    )
    cohort: Cohort = subset(filter=ApprenticeFilter, filters=FILTERS, description="A set of apprentices.")
    standards: list[Standard] = many(most=10, order="{standard}.code", description="All standards.")
    standard: Standard | None = one(
        by={"code": Asked(str, "{standard}.code = {value:text}", "Its code.")}, description="One standard."
    )
    me: Me = same(description="Who asks.")
    node: Node | None = node(description="Anything by its id.")

    @strawberry.field(description="A field that reads nothing.")
    def greeting(self, name: str = "you") -> str:
        return f"hello {name}"


@strawberry.type
class Mutation:
    @strawberry.mutation(metadata=reads(Same()), description="Do something to an apprentice.")
    def touch(self, reason: str) -> TouchPayload:
        raise NotImplementedError


def schema() -> strawberry.Schema:
    """The toy's schema."""
    schema = strawberry.Schema(Query, Mutation, types=[Item])
    tell_choices(schema._schema)
    return schema
