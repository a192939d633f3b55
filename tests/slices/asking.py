"""Asking the graph at its front door: one graph for all databases, documents made from the schema itself."""

from collections import deque
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from hub.acts.engine import Engine
from hub.store.bell import Bell
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.store.recorder import Recorder
from hub.viewer import PartyKind
from schema.assembly import build
from schema.graph import Answer, Graph, Request
from schema.streams import Streams
from schema.trail import Trail
from tests.slices.land import NOW, Land
from tests.world import KEYS, SEAL, Party

SEAL_KEY = b"k" * 32
DETOURS = {"apprentice", "standard", "organisation", "node", "cohort", "events", "progress"}
LITERALS = {"String": '"x"', "Int": "1", "Boolean": "true", "Date": '"2026-01-01"', "ID": '"x"', "Float": "1.0"}
_paths: dict[str, list[tuple[str, str]]] = {}


@cache
def _graph() -> Graph:
    return Graph(None, None, SEAL_KEY, lambda: NOW, None)


@dataclass
class Front:
    """The front door over one database."""

    graph: Graph
    today: Any = NOW
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        self.schema = build()._schema

    async def raw(
        self,
        party: Party,
        document: str,
        scopes: frozenset[str] | None = None,
        kind: PartyKind | None = None,
        operation: str | None = None,
        **variables: Any,
    ) -> Answer:
        """One answer as it is sent."""
        viewer = party.viewer
        if scopes is not None:
            viewer = replace(viewer, scopes=scopes)
        if kind is not None:
            viewer = replace(viewer, kind=kind)
        return await self.graph.answer(viewer, Request(document, variables, operation))

    async def ask(self, party: Party, document: str, **given: Any) -> tuple[int, Any]:
        """One answer, read."""
        answer = await self.raw(party, document, **given)
        return answer.status, orjson.loads(answer.body)

    def prefixes(self) -> dict[str, str]:
        """Every id prefix and the type it belongs to."""
        return self.graph.reader.catalogue.prefixes

    def parents(self, document: str, told: Callable[[str, str], tuple[str, str | None]]) -> list[str]:
        """The kinds that may ask for each field on the way of a document made here."""
        return [told(*step)[0] for step in _paths[document]]


def front_of(land: Land, database: Database, today: Any = NOW, recorder: Recorder | None = None) -> Front:
    """The front door over a database; plans and documents are shared by all of them."""
    graph = copy(_graph())
    graph.database = database
    graph.today = lambda: today
    graph.engine = Engine(database, load_library(), SEAL, graph.today, KEYS)
    graph.trail = Trail(graph.schema, SEAL_KEY, recorder)
    graph.streams = Streams(graph.reader, database, graph.engine, graph.today, Bell(database), SEAL_KEY, graph.trail)
    return Front(graph, today)


def literal(kind: GraphQLInputType) -> str:
    """Any well-formed literal of an input type, with no more than it needs."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{literal(kind.of_type)}]"
    if isinstance(kind, GraphQLInputObjectType):
        needed = {name: each for name, each in kind.fields.items() if is_required_input_field(each)}
        shown = ((name, each) for name, each in needed.items())
        return "{" + ", ".join(f"{name}: {literal(each.type)}" for name, each in shown) + "}"
    return LITERALS[kind.name]


def _call(name: str, declared: GraphQLField) -> str:
    needed = [f"{key}: {literal(each.type)}" for key, each in declared.args.items() if is_required_argument(each)]
    return f"{name}({', '.join(needed)})" if needed else name


@cache
def _ways(schema: GraphQLSchema) -> dict[str, tuple[str, list[tuple[str, str, GraphQLField]]]]:
    """The shortest way from a root to every type."""
    found: dict[str, tuple[str, list[tuple[str, str, GraphQLField]]]] = {}
    roots = [("query", schema.query_type), ("mutation", schema.mutation_type), ("subscription", schema.subscription_type)]
    for operation, root in roots:
        found[root.name] = (operation, [])
        todo = deque([root])
        while todo:
            kind = todo.popleft()
            for name, declared in sorted(kind.fields.items(), key=lambda each: each[0] in DETOURS):
                inner = get_named_type(declared.type)
                if isinstance(inner, GraphQLObjectType) and inner.name not in found:
                    found[inner.name] = (operation, [*found[kind.name][1], (kind.name, name, declared)])
                    todo.append(inner)
    return found


def field_document(schema: GraphQLSchema, type_: str, name: str, declared: GraphQLField) -> str | None:
    """A document that asks for one field, on the shortest way to it; none for an interface's own."""
    ways = _ways(schema)
    if type_ not in ways:
        return None
    operation, way = ways[type_]
    leaf = is_leaf_type(get_named_type(declared.type))
    shown = _call(name, declared) + ("" if leaf else " { __typename }")
    for _, step, each in reversed(way):
        shown = f"{_call(step, each)} {{ {shown} }}"
    document = f"{operation} {{ {shown} }}"
    _paths[document] = [(kind, step) for kind, step, _ in way]
    return document


def selection(schema: GraphQLSchema, kind: Any, may: Callable[[str, str], bool], depth: int, seen: tuple[str, ...] = ()) -> str:
    """Everything a party may ask of a type, to a depth, no type within itself."""
    kind = get_named_type(kind)
    if isinstance(kind, GraphQLInterfaceType):
        parts = [
            f"... on {each.name} {{ {selection(schema, each, may, depth, seen)} }}" for each in _members(schema, kind, may)
        ]
        return "__typename " + " ".join(parts)
    parts = ["__typename"]
    for name, declared in kind.fields.items():
        inner = get_named_type(declared.type)
        if not may(kind.name, name):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth > 0 and inner.name not in seen:
            parts.append(f"{name} {{ {selection(schema, inner, may, depth - 1, (*seen, kind.name))} }}")
    return " ".join(parts)


def _members(schema: GraphQLSchema, kind: GraphQLInterfaceType, may: Callable[[str, str], bool]) -> list[Any]:
    return [each for each in schema.get_possible_types(kind) if may(each.name, "id")]
