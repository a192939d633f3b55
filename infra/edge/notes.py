"""What the hub notes of one request for its log and its measures: never a document, a variable, a token or an address."""

import re
import time
from dataclasses import dataclass, field
from random import getrandbits
from typing import Any

from hub.viewer import Viewer

KEY = "hub.note"
TRACEPARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
LONG_NUMBER = re.compile(r"\d{5,}")
MAX_NAME = 60


@dataclass(slots=True)
class Note:
    """One request or stream, filled in as it goes along."""

    trace: str
    began: float = field(default_factory=time.perf_counter)
    operation: str | None = None
    trusted: bool = False
    kind: str | None = None
    client: str | None = None
    status: int = 0
    codes: tuple[str, ...] = ()
    stream: str | None = None

    def seen(self, viewer: Viewer) -> None:
        """Note who asks."""
        self.kind, self.client = viewer.kind.value, viewer.client

    def named(self, operation: str | None, *, trusted: bool = False) -> None:
        """Note the operation's name, and whether its document is `trusted`.

        A client chooses the name of any other, so long numbers in it are struck out.
        """
        self.trusted = trusted
        if operation:
            self.operation = LONG_NUMBER.sub("#", operation[:MAX_NAME])

    def refused(self, code: str) -> None:
        """Note a refusal."""
        self.codes = (*self.codes, code)


def trace_of(headers: list[tuple[bytes, bytes]]) -> str:
    """The caller's W3C trace id, or a new one when it has none or a malformed one."""
    for name, value in headers:
        if name == b"traceparent":
            found = TRACEPARENT.fullmatch(value)
            if found and found[1].strip(b"0") and found[2].strip(b"0"):
                return found[1].decode()
    return f"{getrandbits(128) or 1:032x}"


def note_of(scope: Any) -> Note:
    """The note that goes with an ASGI scope; a fresh one where nobody watches."""
    note: Note | None = scope.get(KEY)
    if note is None:
        note = scope[KEY] = Note(trace_of(scope["headers"]))
    return note
