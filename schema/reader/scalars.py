"""How a column becomes JSON, by the GraphQL type of its field."""

from enum import Enum

from graphql import GraphQLEnumType, GraphQLList, GraphQLOutputType, get_nullable_type

from schema.reader.objects import quoted

INSTANT = "to_char({0} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
FORMATS = {
    "ID": "({0})::text",
    "String": "({0})::text",
    "UUID": "({0})::text",
    "Decimal": "({0})::text",
    "BigInt": "({0})::text",
    "DateTime": INSTANT,
    "Instant": INSTANT,
}
PLAIN = frozenset({"ID", "UUID", "DateTime", "Instant"})
"""What the hub itself has written, of letters, digits and a few signs."""
BARE = frozenset({"Boolean", "Int"})
"""What JSON writes as PostgreSQL does."""


def written(expression: str, kind: GraphQLOutputType) -> str:
    """The JSON of an expression, as the GraphQL type demands it; null where it is null."""
    inner = get_nullable_type(kind)
    form = _formed(expression, kind)
    if isinstance(inner, GraphQLEnumType) or (not isinstance(inner, GraphQLList) and inner.name in PLAIN):
        return quoted(form)
    if not isinstance(inner, GraphQLList) and inner.name in BARE:
        return f"({expression})::text"
    return f"to_json({form})"


def _formed(expression: str, kind: GraphQLOutputType) -> str:
    """The expression in a form that `to_json` writes as the GraphQL type demands."""
    inner = get_nullable_type(kind)
    if isinstance(inner, GraphQLList):
        return _list(expression, inner.of_type)
    if isinstance(inner, GraphQLEnumType):
        return _enum(expression, inner)
    return FORMATS.get(inner.name, "{0}").replace("{0}", expression)


def _list(expression: str, item: GraphQLOutputType) -> str:
    shown = _formed("i.v", item)
    if shown in ("i.v", "(i.v)::text"):
        return expression
    listed = f"array(select {shown} from unnest({expression}) with ordinality i(v, n) order by i.n)"
    return f"case when ({expression}) is not null then {listed} end"


def _enum(expression: str, kind: GraphQLEnumType) -> str:
    names = {name: _stored(value.value) for name, value in kind.values.items()}
    if all(name == value for name, value in names.items()):
        return f"({expression})::text"
    cases = " ".join(f"when '{value}' then '{name}'" for name, value in names.items())
    return f"case ({expression})::text {cases} end"


def _stored(value: object) -> str:
    return str(value.value if isinstance(value, Enum) else value).replace("'", "''")
