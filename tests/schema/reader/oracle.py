"""The oracle: graphql-core executing a schema over plain resolvers that share nothing with the reader but its metadata.

Rows are identified by their whole text, loaded table by table with every join, related by simple SELECTs, and filtered,
sorted, paged and counted in Python; the party's context is set on the session instead of inside a statement.
"""

from asyncio import all_tasks, ensure_future, gather
from datetime import UTC, date, datetime
from inspect import isawaitable, iscoroutine
from typing import Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    execute,
    parse,
)
from graphql.execution.executor import Executor

from schema.reader.catalogue import source_of
from tests.schema.reader.resolvers import RESOLVERS
from tests.schema.reader.things import ROOT, Place, Session


def oracle_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The same schema with plain resolvers; give it a schema object of its own, for it is changed."""
    core = schema._schema
    for kind in core.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
            for name, each in kind.fields.items():
                if source_of(each) is not None:
                    each.resolve = _resolver(kind, name, each)
        elif isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda thing, info, _: info.context.catalogue.prefixes[thing.rows.prefix]
        elif isinstance(kind, GraphQLEnumType):
            _output(kind, _enum(kind))
        elif isinstance(kind, GraphQLScalarType) and kind.name not in ("Boolean", "Int", "Float", "String", "ID"):
            _output(kind, _scalar)
    return core


# What in graphql-core's executor may answer with a coroutine.
BEGUN = (
    *("execute_fields", "execute_field", "complete_value", "complete_awaitable_value", "complete_object_value"),
    *("complete_list_value", "complete_iterable_value", "complete_awaitable_list_item_value", "complete_abstract_value"),
)


def _settling(name: str) -> Any:
    begin = getattr(Executor, name)

    def settle(*arguments: Any, **named: Any) -> Any:
        found = begin(*arguments, **named)
        return ensure_future(found) if iscoroutine(found) else found

    return settle


# Every field that was begun comes to its end, also those beside one that failed.
Settling = type("Settling", (Executor,), {name: _settling(name) for name in BEGUN})


async def answer(core: GraphQLSchema, session: Session, text: str, variables: dict[str, Any], name: str | None = None) -> Any:
    """The oracle's execution result, once everything that graphql-core began for it has ended."""
    before = all_tasks()
    found = execute(
        core, parse(text), root_value=ROOT, context_value=session, variable_values=variables, operation_name=name,
        executor_class=Settling,
    )  # fmt: skip
    told = await found if isawaitable(found) else found
    while left := all_tasks() - before:
        await gather(*left, return_exceptions=True)
    return told


def _output(kind: Any, write: Any) -> None:
    kind.serialize = write
    kind.coerce_output_value = write


def _scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, bool | int) else str(value)


def _enum(kind: GraphQLEnumType) -> Any:
    names = {getattr(each.value, "value", each.value): name for name, each in kind.values.items()}
    return lambda value: names[value]


def _resolver(parent: GraphQLObjectType, name: str, declared: GraphQLField) -> Any:
    source = source_of(declared)

    def resolve(thing: Any, info: Any, **arguments: Any) -> Any:
        place = Place(parent, name, declared, arguments)
        found = RESOLVERS[type(source)](info.context, thing, place, source)
        return ensure_future(found) if isawaitable(found) else found

    return resolve
