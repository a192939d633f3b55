"""B8: the marks that say whom an answer is about leave the answer as it would be without them."""

import json
from uuid import UUID

import pytest

from schema.reader.subjects import NOBODY, unmarked

ONE, TWO = str(UUID(int=1)), str(UUID(int=2))


@pytest.mark.parametrize(
    ("body", "told", "subjects"),
    [
        (f'{{"a":{{\x01{ONE}"id":"x"}}}}', {"a": {"id": "x"}}, (ONE,)),
        (f'{{"a":{{\x01{ONE}}},"b":{{\x01{TWO}"id":"x"}}}}', {"a": {}, "b": {"id": "x"}}, (ONE, TWO)),
        (f'{{"a":[{{\x01{TWO}}},{{\x01{TWO}}},{{\x01{ONE}}}]}}', {"a": [{}, {}, {}]}, (TWO, ONE)),
        (f'{{"a":{{\x01{NOBODY}"id":"x"}},"b":{{\x01{NOBODY}}}}}', {"a": {"id": "x"}, "b": {}}, ()),
        ('{"a":"\\u0001x"}', {"a": "\x01x"}, ()),
    ],
    ids=["with fields", "every field left out", "each once and in order", "about nobody", "what somebody wrote"],
)
def test_b8_an_answer_without_its_marks_is_json_and_says_whom_it_named(body: str, told: object, subjects: object) -> None:
    found, named = unmarked(body.encode())
    assert (json.loads(found), named) == (told, subjects)
