"""Requests and answers as the front door takes and gives them, and how a refusal is said."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import GraphQLError

from hub.errors import Problem
from schema.budget import TooDear

PARSE, VALIDATION, VARIABLES = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"


@dataclass(frozen=True, slots=True)
class Request:
    """One GraphQL request: the document, its variables and the operation to run.

    `document_id` stands for a trusted document, `costs` asks to be told the cost.
    """

    document: str
    variables: dict[str, Any] = field(default_factory=dict)
    operation_name: str | None = None
    document_id: str | None = None
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished response: its bytes, its HTTP status, what a log may say of it, and the apprentices it holds."""

    status: int
    body: bytes
    operation: str | None = None
    codes: tuple[str, ...] = ()
    retry_after: int | None = None
    subjects: tuple[str, ...] = ()


class NotAdmitted(Exception):
    """An operation outside the viewer's slice, refused as a whole before it ran."""

    def __init__(self, problems: tuple[Problem, ...]):
        self.problems = problems
        super().__init__(problems[0].code)


def refusal(status: int, errors: Iterable[dict[str, Any]]) -> Answer:
    """A response without data."""
    listed = list(errors)
    codes = tuple(each["extensions"]["code"] for each in listed)
    return Answer(status, orjson.dumps({"errors": listed}), None, codes)


def too_dear(refused: TooDear) -> Answer:
    """A response without data that says what the operation costs and when to come again."""
    told = coded(refused.problem)
    wait = {"retryAfter": refused.seconds} if refused.seconds is not None else {}
    told["extensions"] |= {**wait, "cost": refused.shown}
    return replace(refusal(429 if wait else 400, [told]), retry_after=refused.seconds)


def error_of(error: GraphQLError) -> dict[str, Any]:
    """An error of GraphQL's own as it is answered: with a code, and nothing suggested."""
    shown: dict[str, Any] = dict(error.formatted)
    # A message quotes what was sent, which may hold half a surrogate pair that no byte can say; and it suggests nothing.
    shown["message"] = error.message.partition(" Did you mean ")[0].encode(errors="replace").decode()
    code = PARSE if error.message.startswith("Syntax Error") else VARIABLES if error.nodes is None else VALIDATION
    shown["extensions"] = {"code": code, **(error.extensions or {})}
    return shown


def coded(problem: Problem) -> dict[str, Any]:
    """A problem as it is answered."""
    extensions = {"code": problem.code, **({"field": problem.field} if problem.field else {})}
    return {"message": problem.message, "extensions": extensions}
