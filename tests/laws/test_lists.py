"""Issue 3 item 4: every list of the graph is a page, or has an end that is known and held to by what writes it."""

from collections.abc import Iterator

from annotated_types import MaxLen
from graphql import GraphQLObjectType, GraphQLSchema, get_nullable_type, is_list_type, is_object_type

from hub.acts.components import ComponentOutcome
from hub.acts.portfolios import FileEvidence
from hub.acts.results import PostResult
from hub.plan import ceilings
from hub.plan.ceilings import CEILINGS, NAMES
from hub.plan.model import Plan
from hub.plan.parts import Method, Theme
from hub.store.plans import load_library
from schema.federation.carve import subgraph
from schema.reader.catalogue import source_of
from schema.reader.kinds import Listed, Many, Part

SCHEMA = subgraph()


def longest(model: type, field: str) -> int:
    """How many a model takes of a field."""
    return next(each.max_length for each in model.model_fields[field].metadata if isinstance(each, MaxLen))


HELD_BY_PLANS = {
    "Standard.ksbs": longest(Plan, "ksbs"),
    "Standard.methods": longest(Plan, "methods"),
    "Standard.requirements": longest(Plan, "requirements"),
    "Standard.evidenceTypes": longest(Plan, "evidence_types"),
    "Standard.gradeTable": longest(Plan, "grade_table"),
    "Standard.rules": longest(Plan, "rules"),
    "Method.components": longest(Method, "components"),
    "Method.themes": longest(Plan, "themes"),
    "Theme.criteria": longest(Theme, "passes") + longest(Theme, "distinctions"),
    # What follows from a plan, a row for each part of it.
    "Readiness.items": longest(Plan, "requirements"),
    "Readiness.blockers": 2 * longest(Plan, "requirements"),
    "Cohort.blockers": longest(Plan, "rules"),
    "Portfolio.coverage": longest(Plan, "ksbs"),
    "Apprentice.assessments": longest(Plan, "methods"),
}
HELD_BY_ACTS = {
    "Organisation.identifiers": ceilings.IDENTIFIERS,
    "Query.clients": ceilings.CLIENTS,
    "Apprentice.relations": CEILINGS["ties"],
    "Apprentice.providers": CEILINGS["ties"],
    "Apprentice.statusHistory": CEILINGS["changes"],
    "Apprentice.bookings": CEILINGS["bookings"],
    "Apprentice.results": CEILINGS["results"],
    "Apprentice.resits": CEILINGS["resits"],
    "Apprentice.authenticity": CEILINGS["authenticity"],
    "Portfolio.evidence": CEILINGS["pieces"],
    "Result.breaches": CEILINGS["breaches"],
    "Result.components": longest(PostResult, "components"),
}
HELD_BY_THE_RELEASE = {"Query.standards": ceilings.STANDARDS}
# A payload answers for one act, or for each item of a batch, of which the input takes so many.
PAYLOADS = {"errors", "items"}


def lists(schema: GraphQLSchema) -> Iterator[tuple[str, object]]:
    """Every list of objects outside the parts of a page, with what it reads."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("_"):
            for key, field in kind.fields.items():
                inner = get_nullable_type(field.type)
                of_objects = is_list_type(inner) and is_object_type(get_nullable_type(inner.of_type))
                if of_objects and not isinstance(source_of(field), Part):
                    yield f"{name}.{key}", source_of(field)


def test_every_list_is_a_page_or_has_an_end() -> None:
    """What the schema says is the most is what a plan, an act or the release holds it to; the cost counts with it."""
    found = dict(lists(SCHEMA))
    assert {name: each.most for name, each in found.items() if isinstance(each, Many)} == {
        **HELD_BY_PLANS,
        **HELD_BY_ACTS,
        **HELD_BY_THE_RELEASE,
    }
    others = {name: each for name, each in found.items() if not isinstance(each, Many)}
    assert all(isinstance(each, Listed) and name.partition(".")[2] in PAYLOADS for name, each in others.items())


def test_a_release_carries_no_more_plans_than_it_says() -> None:
    assert len(load_library().plans) <= ceilings.STANDARDS


def test_what_a_record_may_hold_has_a_name() -> None:
    assert CEILINGS.keys() == NAMES.keys()


def test_lists_of_codes_end_too() -> None:
    """A list of plain values is a part of a plan, or came with an input that takes so many."""
    assert longest(FileEvidence, "ksbs") <= ceilings.KSBS
    assert longest(ComponentOutcome, "ksbs") <= ceilings.KSBS
