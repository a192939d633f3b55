"""Asking the reader and the oracle the same, and comparing their answers byte for byte as JSON."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import asyncpg
from graphql import GraphQLError, GraphQLSchema

from hub.errors import HubError
from hub.viewer import Viewer
from schema.reader.document import Refused
from schema.reader.reader import Reader
from tests.schema.reader.generator import Made
from tests.schema.reader.oracle import Session, answer


class Known:
    """Values seen in answers, offered again as arguments; start with some by argument name."""

    def __init__(self, prefixes: Iterable[str], values: dict[str, list[Any]]) -> None:
        self._prefixes = tuple(prefix + "_" for prefix in prefixes)
        self.values = values

    def offer(self, owner: str, name: str, key: str) -> Iterable[Any]:
        """Values for an argument: cursors only of the very list."""
        if key == "after":
            return self.values.get(f"after:{owner}.{name}", [None])
        return self.values.get(key, [])

    def learn(self, data: Any) -> None:
        """Remember ids."""
        if isinstance(data, dict):
            for each in data.values():
                self.learn(each)
        elif isinstance(data, list):
            for each in data:
                self.learn(each)
        elif isinstance(data, str) and data.startswith(self._prefixes) and len(self.values["id"]) < 60:
            self.values["id"].append(data)


def equal(left: Any, right: Any) -> bool:
    """Equality of JSON values that minds the order of keys and tells true from 1."""
    if isinstance(left, dict):
        return isinstance(right, dict) and list(left) == list(right) and all(equal(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def code_of(error: GraphQLError) -> str | None:
    """The code of an error of the oracle."""
    cause = error.original_error
    if isinstance(cause, HubError):
        return cause.problem.code
    return (error.extensions or {}).get(
        "code", "ARGUMENT_INVALID" if cause is None or isinstance(cause, GraphQLError) else None
    )


async def both(
    reader: Reader, core: GraphQLSchema, pool: asyncpg.Pool, viewer: Viewer, session: Session, today: date,
    made: Made, variables: dict[str, Any], given: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Ask both; fail unless they agree; the data, or the code with which both refused."""
    session.given = given or {}
    expected = await answer(core, session, made.text, variables)
    try:
        body = (await reader.read(pool, viewer, today, made.text, variables, given=given, keys=session.keys))[0]
    except Refused as refused:
        assert expected.errors, (refused, made)
        return "Refused"
    except HubError as refused:
        assert expected.errors, (refused, made)
        codes = {code_of(each) for each in expected.errors}  # of several errors graphql-core reports the first
        assert codes <= {"ARGUMENT_INVALID", "CURSOR_INVALID"}, (expected.errors, made)
        return refused.problem.code
    assert not expected.errors, (expected.errors, made, [each.original_error for each in expected.errors])
    found = json.loads(body)
    assert equal(found, expected.data), (made, found, expected.data)
    return found
