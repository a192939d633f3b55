"""Who owns what: a type or field belongs to the noun whose folder declares it."""

from graphql import GraphQLObjectType

from hub.slices.rows import NOUNS
from schema.assembly import PAYLOADS_OF
from schema.reader.kinds import DEFINITION

APPRENTICES, GATEWAY, PORTFOLIOS, GRADES = NOUNS
WHOLE = frozenset(NOUNS)
SHARED = "Apprentice"
"""The entity to which every noun contributes fields."""
SHARED_KEYS = ("id", "uln")
# Questions and streams are the apprentices' own, but for those that another noun answers.
ROOTS = {("Query", "cohort"): GATEWAY}
VALUES = frozenset({"ApprenticeConnection", "ApprenticeEdge", "ItemOutcome", "PageInfo", "Problem", "Signatory"})
"""Objects without a key that several nouns answer, each the same."""
FOLDERS = {"schema.events": APPRENTICES}
_ACTS = {act: noun for noun, payloads in PAYLOADS_OF.items() for act in payloads}


def owner_of_type(kind: GraphQLObjectType) -> str | None:
    """The noun in whose folder a type is declared; None for a value that every noun may use, and for the root types."""
    return _noun(_origin(kind))


def owner_of_field(kind: GraphQLObjectType, name: str) -> str | None:
    """The noun that answers a field; None for a field of a value."""
    if kind.name == "Mutation":
        return _ACTS[name]
    if kind.name in ("Query", "Subscription"):
        return ROOTS.get((kind.name, name), APPRENTICES)
    if kind.name == SHARED and name not in SHARED_KEYS:
        python_name = kind.fields[name].extensions[DEFINITION].python_name
        return next(_noun(each) for each in _origin(kind).__mro__ if python_name in vars(each).get("__annotations__", {}))
    return owner_of_type(kind)


def keys_of(kind: GraphQLObjectType) -> tuple[str, ...]:
    """The fields by each of which an entity is found from elsewhere; none when the type is a value."""
    if kind.name == SHARED:
        return SHARED_KEYS
    rows = getattr(_origin(kind), "__reader_rows__", None)
    return ("id",) if rows is not None and rows.prefix else ()


def _origin(kind: GraphQLObjectType) -> type:
    definition = kind.extensions[DEFINITION]
    origin: type = (definition.concrete_of or definition).origin
    return origin


def _noun(declaring: type) -> str | None:
    folder = FOLDERS.get(declaring.__module__, declaring.__module__.split(".")[1])
    return folder if folder in WHOLE else None
