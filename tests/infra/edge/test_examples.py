"""The operations of the pages stand on the graph as it is (issue item 10)."""

import re

from graphql import parse, validate

from hub.slices.fields import FIELDS
from infra.edge.pages import PAGES, examples
from schema.assembly import build

SCHEMA = build()._schema


def test_every_example_is_valid_against_the_graph() -> None:
    for kind, listed in examples().items():
        assert len(listed) >= 6, kind
        for example in listed:
            assert example["title"] and example["sentence"].endswith("."), example["name"]
            assert validate(SCHEMA, parse(example["document"])) == [], example["name"]


def test_the_comparison_asks_for_fields_that_there_are_and_names_those_a_slice_may_refuse() -> None:
    script = (PAGES / "compare.js").read_text(encoding="utf-8")
    asked = re.findall(r'query: "([^"]+)"', script)
    assert len(asked) > 15
    document = parse(f"query($uln: String!) {{ apprentice(by: {{uln: $uln}}) {{ id {' '.join(asked)} }} }}")
    assert validate(SCHEMA, document) == []
    needed = {
        tuple(name.split("."))
        for listed in re.findall(r"needs: \[([^\]]+)\]", script)
        for name in re.findall(r"[\w.]+", listed)
    }
    assert needed <= set(FIELDS)
