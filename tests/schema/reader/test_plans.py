"""Plans of the reader: SQL by the plan's key alone, binds for every value, a bounded memory, and what is no operation."""

from gc import collect
from sys import getallocatedblocks
from typing import Any

import pytest

from hub.viewer import PartyKind
from schema.reader.document import Refused
from schema.reader.reader import Reader
from tests.schema.reader import toy

NOBODY = PartyKind.EMPLOYER, frozenset[str]()


def test_sql_is_a_function_of_the_plans_key(reader: Reader) -> None:
    """No value of a variable stands in the SQL, and equal shapes share one plan."""
    text = """query ($f: Int, $a: ApprenticeFilter, $u: String, $i: ID!, $k: String, $s: String) {
      apprentices(first: $f, filter: $a) { totalCount } apprentice(uln: $u) { id standard { titled(suffix: $s)
      ksbs(kind: $k) { code } } }
      node(id: $i) { id } x: apprentices(filter: {nextParty: $k, status: [DONE]}) { nodes { id } } }"""

    def variables(canary: str, first: int) -> dict[str, Any]:
        return {
            "f": first, "u": canary, "k": canary, "s": canary, "i": f"apr_{canary}",
            "a": {"nextParty": canary, "status": ["DONE"], "standard": canary, "dueBefore": "2031-12-25"},
        }  # fmt: skip

    one = reader.plan(text, None, variables("c4n4ry", 17), *NOBODY).plan
    two = reader.plan(text, None, variables("other", 19), *NOBODY).plan
    assert one is two
    assert not any(canary in one.sql for canary in ("c4n4ry", "17", "2031", "other"))
    fresh = Reader(toy.schema()._schema, b"k").plan(text, None, variables("other", 19), *NOBODY).plan
    assert fresh.sql == one.sql


def test_literals_of_a_document_are_binds_too(reader: Reader) -> None:
    text = '{ apprentices(first: 13, filter: {nextParty: "c4n4ry"}) { totalCount } apprentice(uln: "c4n4ry") { id } }'
    assert not any(canary in reader.plan(text, None, {}, *NOBODY).plan.sql for canary in ("c4n4ry", "13"))


def test_ten_thousand_documents_leave_memory_flat() -> None:
    reader = Reader(toy.schema()._schema, b"k", cache_size=64)

    def blocks(numbers: range) -> int:
        for n in numbers:
            reader.plan(f"{{ a{n}: standards {{ code }} }}", None, {}, *NOBODY)
        collect()
        return getallocatedblocks()

    early, late = blocks(range(1000)), blocks(range(1000, 10_000))
    assert late - early < 5_000


def test_operations_are_named_and_found(reader: Reader) -> None:
    text = "query A { standards { id } } query B { standards { code } }"
    assert '"code"' in reader.plan(text, "B", {}, *NOBODY).plan.sql
    for name in (None, "C"):
        with pytest.raises(Refused):
            reader.plan(text, name, {}, *NOBODY)


def test_what_is_not_an_operation_of_the_schema_is_refused(reader: Reader) -> None:
    for text in ("", "{", "{ nothing }", "{ " * 5000, "query ($a: Int!) { standards { id } }"):
        with pytest.raises(Refused):
            reader.plan(text, None, {}, *NOBODY)
    for variables in ({}, {"f": "x"}, {"f": 2**40}):
        with pytest.raises(Refused):
            reader.plan("query ($f: Int!) { apprentices(first: $f) { totalCount } }", None, variables, *NOBODY)
