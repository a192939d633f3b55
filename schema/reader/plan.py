"""Plans: the SQL of one operation in one shape of its variables, with the makers of what it binds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from graphql import FieldNode, GraphQLObjectType, OperationType

from hub.errors import HubError
from schema.reader.arguments import Run
from schema.reader.catalogue import NO_ROWS, Catalogue, source_of
from schema.reader.document import Operation
from schema.reader.objects import Field, object_of
from schema.reader.opening import Want
from schema.reader.scope import Scope
from schema.reader.selection import Selection
from schema.reader.statement import Maker, Statement
from schema.reader.writers import WRITERS

CONTEXT = (
    "with ctx as materialized (select set_config('hub.party', $1::uuid::text, true) || set_config('hub.today', $2, true) as v)"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The SQL of one operation in one shape; without SQL nothing of it is read from the database."""

    sql: str
    makers: tuple[tuple[Maker, bool], ...]
    orders: list[bytes]
    wants: list[Want]
    keys: tuple[str, ...]
    foreign: tuple[FieldNode, ...]
    marked: bool
    """Whether rows say whom they are about."""

    def binds(self, run: Run, today: date) -> list[Any]:
        """The values to bind, in order; a value that PostgreSQL cannot hold is refused."""
        found: list[Any] = [run.viewer.party, today.isoformat()]
        for make, several in self.makers:
            if several:
                found.extend(make(run))
            else:
                found.append(make(run))
        for each in found:
            _storable(each)
        return found


def planned(catalogue: Catalogue, operation: Operation, values: Mapping[str, Any], root: str | None, *, seals: bool) -> Plan:
    """The plan of an operation, or of one root field of it; it depends on the shape of the values only.

    `seals` says whether the party is of a kind that seals values; to any other, what has a clear expression is just that.
    """
    kind, fields = root_fields(catalogue, operation, values)
    if root is not None:
        fields = {root: fields[root]}
    selection = Selection(catalogue.schema, operation.document.fragments, values)
    statement = Statement(catalogue, selection, values, WRITERS, first=3, seals=seals)
    scope = Scope(NO_ROWS, statement.name)
    own: list[Field] = []
    foreign: list[FieldNode] = []
    for key, nodes in fields.items():
        if _is_foreign(kind, nodes[0]):
            foreign.extend(nodes)
        else:
            own.append((key, statement.field(kind, scope, nodes)))
    sql = _whole(object_of(own)) if own or not foreign else ""
    return Plan(
        sql, tuple(statement.makers), statement.orders, statement.wants, tuple(fields), tuple(foreign), statement.marked
    )


def root_fields(
    catalogue: Catalogue, operation: Operation, values: Mapping[str, Any]
) -> tuple[GraphQLObjectType, dict[str, list[FieldNode]]]:
    """The root type of an operation and its merged root fields."""
    kind = catalogue.schema.get_root_type(OperationType(operation.node.operation))
    if kind is None:
        raise LookupError("the schema has no such operations")
    selection = Selection(catalogue.schema, operation.document.fragments, values)
    return kind, selection.fields(kind, [operation.node.selection_set])


def _whole(answer: str) -> str:
    return f"{CONTEXT} select case when (select v from ctx) is not null then convert_to({answer}, 'UTF8') end"


def _is_foreign(kind: GraphQLObjectType, node: FieldNode) -> bool:
    """Whether graphql-core answers a root field: introspection, and fields that read nothing."""
    name = node.name.value
    return name != "__typename" and (name.startswith("__") or source_of(kind.fields[name]) is None)


def _storable(value: Any) -> None:
    for each in value if isinstance(value, list) else (value,):
        if type(each) is str and not each.isascii():
            try:
                each.encode()
            except UnicodeEncodeError as refused:
                raise HubError("ARGUMENT_INVALID") from refused
        if type(each) is str and "\0" in each:
            raise HubError("ARGUMENT_INVALID")
