"""The log: one JSON object a line on standard output, with a fault's kind and place but never its message."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import orjson

MAX_FRAMES = 12
Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class JsonLines(logging.Formatter):
    """Writes a record as JSON, with the `fields` it carries beside its message.

    A record that carries `each`, pairs of a time in seconds since 1970 and fields, is as many lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line for each; what JSON cannot hold is written as text."""
        line = {"level": record.levelname.lower(), "log": record.name, "event": record.getMessage().strip()}
        raised = fault(record.exc_info) if record.exc_info else {}
        each = getattr(record, "each", None) or [(record.created, getattr(record, "fields", {}))]
        return "\n".join(_text({"at": _moment(at), **line, **fields, **raised}) for at, fields in each)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(line: dict[str, Any]) -> str:
    return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def fault(raised: Raised) -> dict[str, Any]:
    """The kind and the place of an exception; its message may quote a row, so it stays out of the log."""
    kind, error, trail = raised
    causes: list[str] = []
    while error is not None and len(causes) < MAX_FRAMES:
        causes.append(type(error).__name__)
        error = error.__cause__ or error.__context__
    frames = traceback.extract_tb(trail)[-MAX_FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return {"fault": kind.__name__ if kind else None, "causes": causes[1:], "places": places}


def set_up_logs(stream: IO[str] | None = None, level: int = logging.INFO) -> None:
    """Send every log of this process to one JSON stream, standard output by default."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    # What our lines never show need not be found out for each of them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The server's own lines hold request targets and client addresses.
    for name, lowest in (("uvicorn", logging.WARNING), ("uvicorn.error", logging.WARNING), ("authlib", logging.INFO)):
        noisy = logging.getLogger(name)
        noisy.handlers[:], noisy.propagate = [], True
        noisy.setLevel(lowest)
