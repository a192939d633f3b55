"""Values that every noun uses: scalars with their specification, enums of the hub's own, and named people."""

from datetime import date, datetime
from enum import Enum

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema.reader.sources import column

RFC_3339 = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
SCALARS: dict[object, ScalarDefinition] = {
    date: strawberry.scalar(
        name="Date",
        description="A calendar date in Europe/London, written YYYY-MM-DD.",
        specified_by_url=RFC_3339,
        serialize=str,
        parse_value=date.fromisoformat,
    ),
    datetime: strawberry.scalar(
        name="Instant",
        description="A moment in UTC, written as RFC 3339 with a trailing Z.",
        specified_by_url=RFC_3339,
        serialize=str,
        parse_value=datetime.fromisoformat,
    ),
}


@strawberry.enum(description="A kind of party.")
class PartyKind(Enum):
    """A kind of party, as the graph names it."""

    EMPLOYER = strawberry.enum_value("employer", description="An employer.")
    PROVIDER = strawberry.enum_value("provider", description="A training provider.")
    EPAO = strawberry.enum_value("epao", description="An end-point assessment organisation.")
    APPRENTICE = strawberry.enum_value("apprentice", description="An apprentice.")
    REGULATOR = strawberry.enum_value("regulator", description="A regulator or external quality assurance provider.")


@strawberry.interface(description="Anything with an id that `node` finds.")
class Node:
    """Anything with an id."""

    id: strawberry.ID = strawberry.field(description="The id, the same everywhere in the hub.")


@strawberry.type(description="The named person who stands behind an act.")
class Signatory:
    """The named person who stands behind an act."""

    reference: str = column("{child}.by_reference", description="The party's own reference for the person.")
    name: str = column("{child}.by_name", description="The person's name.")
    role: str = column("{child}.by_role", description="The role in which the person acted.")
