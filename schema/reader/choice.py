"""An argument that is exactly one of several: a oneOf input made from the ways a row is found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema

from schema.reader.kinds import DEFINITION, Asked


@dataclass(frozen=True, slots=True)
class Choice:
    """A oneOf input named `name`, for the argument at `coordinate`."""

    name: str
    coordinate: str
    description: str

    def input(self, by: Mapping[str, Asked]) -> Any:
        """The Strawberry input with a field for each way."""
        body: dict[str, Any] = {
            key: strawberry.field(default=strawberry.UNSET, description=each.description) for key, each in by.items()
        }
        body["__annotations__"] = {key: each.type | None for key, each in by.items()}
        return strawberry.input(type(self.name, (), body), one_of=True, description=self.description)


def tell_choices(schema: GraphQLSchema) -> None:
    """Tells graphql-core which inputs are oneOf, which Strawberry keeps to itself: then it validates and coerces them."""
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType) and DEFINITION in kind.extensions:
            kind.is_one_of = kind.extensions[DEFINITION].is_one_of
