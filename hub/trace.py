"""The trace id of the request at hand, so that a record made deep inside can name it."""

from contextvars import ContextVar

TRACE: ContextVar[str | None] = ContextVar("trace", default=None)
