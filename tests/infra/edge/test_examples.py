"""The example operations of the pages stand on the graph as it is (issue item 10)."""

from graphql import parse, validate

from infra.edge.pages import examples
from schema.assembly import build


def test_every_example_is_valid_against_the_graph() -> None:
    schema = build()._schema
    for kind, listed in examples().items():
        assert len(listed) >= 6, kind
        for example in listed:
            assert example["title"] and example["sentence"].endswith("."), example["name"]
            assert validate(schema, parse(example["document"])) == [], example["name"]
