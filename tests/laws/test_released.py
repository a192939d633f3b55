"""Issue 3 item 2: all that the graph offers is promised to its clients, or is on the short list of what is only tried out."""

import pytest

from infra.released import broken, listed, promises, unpromised, without
from tests.laws.house import ROOT

RELEASED, NOW, HELD_BACK = (
    (ROOT / "schema" / name).read_text() for name in ("released.graphql", "hub.graphql", "unreleased.txt")
)
OLD = """
directive @mark(as: String) on FIELD_DEFINITION
scalar Day
type Query { one(by: By): Thing  all(first: Int = 50): [Thing!]! }
type Thing { id: ID!  said: String }
input By @oneOf { id: ID  name: String }
enum Kind { BIG  SMALL }
union Any = Thing | Query
"""


def test_what_the_graph_offers_is_promised_or_held_back() -> None:
    """`hub schema release` takes up what is new; `schema/unreleased.txt` holds back what is tried out."""
    held_back = listed(HELD_BACK)
    assert unpromised(RELEASED, without(NOW, held_back)) == [], "promise it: hub schema release"
    assert set(promises(RELEASED)) <= set(promises(NOW)), "a promise of what the graph does not offer"


def test_what_is_held_back_exists_and_is_not_promised() -> None:
    held_back = listed(HELD_BACK)
    assert held_back <= set(promises(NOW)) and not held_back & set(promises(RELEASED))
    assert len(held_back) <= 20, "a list this long protects nobody: promise some of it"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("said: String", "said: String  more: Int", ["Thing.more"]),
        ("said: String", "said: String!", ["Thing.said"]),
        ("first: Int = 50", "first: Int = 20", ["Query.all(first:)"]),
        ("first: Int = 50", "first: Int = 50, last: Int", ["Query.all(last:)"]),
        ("name: String", "name: String  number: Int", ["By.number"]),
        ("@oneOf", "", ["By"]),
        ("SMALL", "SMALL TINY", ["Kind.TINY"]),
        ("Thing | Query", "Thing | Query | More type More { id: ID }", ["Any", "More", "More.id"]),
        ("as: String", "as: String, on: Int", ["@mark(on:)"]),
        ("said: String", 'said: String @deprecated(reason: "Use `Thing.id`.")', ["Thing.said"]),
    ],
)
def test_the_law_finds_what_was_not_promised(before: str, after: str, found: list[str]) -> None:
    assert unpromised(OLD, OLD) == [] and unpromised(OLD, OLD.replace(before, after)) == found


def test_what_is_held_back_is_left_out_with_what_stands_in_it() -> None:
    new = OLD.replace("scalar Day", "scalar Day  type More { id: ID! }").replace("said: String", "said: String  more: More")
    assert unpromised(OLD, new) == ["More", "More.id", "Thing.more"]
    kept = without(new, listed("More # tried out\n\nThing.more\n"))
    assert unpromised(OLD, kept) == [] == broken(OLD, kept)
    assert broken(OLD, without(OLD, listed("Thing.said"))) == ["Field Thing.said was removed."]
