"""What is said beside each type, field and argument of every subgraph: the scopes of the slices, the keys, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import ObjectTypeDefinitionNode, SchemaExtensionNode, parse, print_ast

from hub.slices.fields import FIELDS
from hub.slices.rows import NOUNS
from schema.assembly import build
from schema.federation.carve import subgraph
from schema.federation.sdl import subgraph_sdl

Said = dict[str, tuple[str, ...]]
# The entities by the noun that finds them by their id; to every other noun each is a stub.
OWNED = {
    "apprentices": {"Organisation", "Standard", "Event"},
    "gateway": {"GatewayItem", "Nomination", "Decision"},
    "portfolios": {"Evidence", "Validation", "Acknowledgement"},
    "grades": {"Result", "Breach", "Resit"},
}
SHAREABLE = {"PageInfo", "Signatory", "Problem", "ItemOutcome", "ApprenticeConnection", "ApprenticeEdge"}
CARVED = {**{noun: (noun,) for noun in NOUNS}, "whole": NOUNS}
carved = pytest.mark.parametrize("name", CARVED)


def sdl(name: str) -> str:
    """The description of one subgraph, or of the four in one."""
    return subgraph_sdl(subgraph(CARVED[name]))


def nodes(text: str) -> Iterator[tuple[str, Any]]:
    """Everything beside which a directive may stand, by its coordinate."""
    for kind in parse(text).definitions:
        if isinstance(kind, SchemaExtensionNode) or kind.kind in ("directive_definition", "schema_definition"):
            continue
        yield kind.name.value, kind
        for inner in (*(getattr(kind, "fields", None) or ()), *(getattr(kind, "values", None) or ())):
            coordinate = f"{kind.name.value}.{inner.name.value}"
            yield coordinate, inner
            yield from ((f"{coordinate}({each.name.value}:)", each) for each in getattr(inner, "arguments", None) or ())


def said(text: str) -> Said:
    """The directives at each coordinate, as they are written."""
    return {coordinate: tuple(sorted(print_ast(each) for each in node.directives or ())) for coordinate, node in nodes(text)}


def due(name: str, text: str) -> Said:
    """What the whole graph says of each, with the scope of its slice for a field, and a type's keys."""
    plain = said(build().as_str())
    objects = {coordinate for coordinate, node in nodes(text) if isinstance(node, ObjectTypeDefinitionNode)}
    found = {}
    for coordinate, node in nodes(text):
        more = of_type(name, coordinate) if coordinate in objects else ()
        type_, _, field = coordinate.partition(".")
        if type_ in objects and node.kind == "field_definition":
            more = (of_field(type_, field),)
        found[coordinate] = tuple(sorted([*plain[coordinate], *more]))
    return found


def of_field(type_: str, field: str) -> str:
    """What opens a field, by its slice: a scope, or a token of whatever scope."""
    scope = FIELDS[type_, field].scope
    return "@authenticated" if scope is None else f'@requiresScopes(scopes: [["{scope}"]])'


def of_type(name: str, type_: str) -> tuple[str, ...]:
    """The keys of an entity, and whether several subgraphs answer a value."""
    if type_ == "Apprentice":
        return '@key(fields: "id")', '@key(fields: "uln")'
    if type_ in SHAREABLE:
        return ("@shareable",)
    if type_ not in set().union(*OWNED.values()):
        return ()
    own = any(type_ in OWNED[noun] for noun in CARVED[name])
    return ('@key(fields: "id")' if own else '@key(fields: "id", resolvable: false)',)


@carved
def test_b3_each_field_says_the_scope_of_its_slice_and_nothing_else(name: str) -> None:
    """Issue 3, item 1: field by field, argument by argument; no @inaccessible, @tag or @override slips in."""
    text = sdl(name)
    assert said(text) == due(name, text)


def test_the_whole_says_so_of_every_field_that_has_a_slice() -> None:
    """Issue 3, item 1: none of the slices' fields but a router's doors is left out."""
    fields = {tuple(coordinate.split(".")) for coordinate, node in nodes(sdl("whole")) if node.kind == "field_definition"}
    doors = {("Query", "_entities"), ("Query", "_service"), ("_Service", "sdl")}
    payloads = {each for each in FIELDS if each[0].endswith("Payload")}
    assert FIELDS.keys() - payloads - doors <= fields <= FIELDS.keys()


@carved
def test_what_a_router_reads_is_imported_and_no_more(name: str) -> None:
    """Federation 2.9, with the four directives that are used."""
    (link,) = next(each for each in parse(sdl(name)).definitions if isinstance(each, SchemaExtensionNode)).directives
    used = '["@key", "@shareable", "@authenticated", "@requiresScopes"]'
    assert print_ast(link) == f'@link(url: "https://specs.apollo.dev/federation/v2.9", import: {used})'


def test_a_field_that_is_to_go_says_so_to_routers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3, item 4: a deprecation stands beside the scope and is not lost in the carve."""
    schema = subgraph(["gateway"])
    monkeypatch.setattr(schema.type_map["Decision"].fields["adviceTaken"], "deprecation_reason", "Use `by`.")
    assert said(subgraph_sdl(schema))["Decision.adviceTaken"] == (
        '@deprecated(reason: "Use `by`.")',
        '@requiresScopes(scopes: [["gateway:read"]])',
    )
