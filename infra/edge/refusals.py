"""How the edge says no: one coded GraphQL error, the status and the headers that go with its code."""

import logging
from dataclasses import asdict
from typing import Any

import orjson

from auth.tokens import challenge
from hub.errors import HubError, Problem
from hub.store.lost import code_of

log = logging.getLogger("hub.edge")

STATUS: dict[str, int] = {
    "BATCH_REFUSED": 400,
    "BODY_INVALID": 400,
    "BODY_TOO_LARGE": 413,
    "CONTENT_TYPE_UNSUPPORTED": 415,
    "DOCUMENT_NOT_TRUSTED": 403,
    "FIELD_NOT_IN_SLICE": 403,
    "HEADERS_TOO_LARGE": 431,
    "HUB_UNAVAILABLE": 503,
    "INTERNAL": 500,
    "METHOD_NOT_ALLOWED": 405,
    "NOT_ACCEPTABLE": 406,
    "NOT_FOUND": 404,
    "PROOF_INVALID": 401,
    "PROOF_MISSING": 401,
    "SCOPE_MISSING": 403,
    "STREAM_REFUSED": 406,
    "REQUEST_SLOW": 408,
    "SOCKETS_TOO_MANY": 429,
    "STREAMS_TOO_MANY": 429,
    "THROTTLED": 429,
    "TIMED_OUT": 504,
    "TOKEN_AUDIENCE": 401,
    "TOKEN_EXPIRED": 401,
    "TOKEN_INVALID": 401,
    "TOKEN_MISSING": 401,
}


def status_of(code: str) -> int:
    """The HTTP status for a code; 400 for a refusal that has none of its own."""
    return STATUS.get(code, 400)


def errors_of(problem: Problem, **extensions: Any) -> list[dict[str, Any]]:
    """The one error that tells of a problem, as GraphQL writes errors."""
    known = {name: value for name, value in asdict(problem).items() if name != "message" and value is not None}
    return [{"message": problem.message, "extensions": {**known, **extensions}}]


def body_of(problem: Problem, **extensions: Any) -> bytes:
    """A response with one error and no data."""
    return orjson.dumps({"errors": errors_of(problem, **extensions)})


def headers_of(code: str, seconds: int | None = None) -> list[tuple[bytes, bytes]]:
    """The headers that belong to a code: who may authenticate how, which method is allowed, when to come again.

    `seconds` is after how long, where the refusal knows it.
    """
    status = status_of(code)
    if status == 401:
        return [(b"www-authenticate", challenge(code).encode())]
    if code == "SCOPE_MISSING":
        return [(b"www-authenticate", b'Bearer error="insufficient_scope"')]
    if status == 405:
        return [(b"allow", b"POST")]
    return [(b"retry-after", b"%d" % (seconds or 1))] if status in (429, 503) else []


def later(refused: HubError) -> dict[str, int]:
    """The extension that tells when to come again, where the refusal knows it."""
    seconds: int | None = getattr(refused, "seconds", None)
    return {"retryAfter": seconds} if seconds is not None else {}


def trouble(code: str) -> Problem:
    """The problem behind a code, in the words of the catalogue."""
    return HubError(code).problem


def stumbled(error: Exception, trace: str) -> Problem:
    """What a client hears of an exception that nobody raised for it: TIMED_OUT, HUB_UNAVAILABLE or INTERNAL.

    The log hears more.
    """
    code = code_of(error)
    if code != "INTERNAL":
        fields = {"trace": trace, "code": code, "fault": type(error).__name__}
        log.warning("unavailable", extra={"fields": fields})
    else:
        log.error("fault", exc_info=error, extra={"fields": {"trace": trace}})
    return trouble(code)
