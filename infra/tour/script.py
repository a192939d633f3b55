"""The transcript of a tour: numbered steps, who asks, what is answered; ids, numbers and days masked to compare two runs."""

import re
from collections.abc import Callable
from typing import Any

from hub.errors import HubError

MASKS = (
    (re.compile(r"\b[a-z]{3}_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "[id]"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "[hash]"),
    (re.compile(r"\b[0-9]{10}\b"), "[ULN]"),
    (re.compile(r"\b20[0-9]{2}-[01][0-9]-[0-3][0-9]\b"), "[day]"),
)


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, name in MASKS:
        text = pattern.sub(name, text)
    return text


class Script:
    """Writes the transcript line by line and holds every answer against what it must be."""

    def __init__(self, write: Callable[[str], None]):
        self._write = write
        self.steps = self.checks = 0

    def step(self, title: str) -> None:
        """A new scene."""
        self.steps += 1
        self._write("")
        self._write(f"{self.steps:2}. {title}")

    def says(self, who: str, what: str) -> None:
        """One line of somebody's part."""
        self._write(masked(f"      {who:<11} {what}"))

    def expect(self, who: str, what: str, found: Any, wanted: Any) -> None:
        """Notes an answer that is as it must be; raises HubError TOUR_DIFFERS for one that is not."""
        self.checks += 1
        if found != wanted:
            self._write(f"      {who:<11} {what}")
            raise HubError("TOUR_DIFFERS", f"Step {self.steps}, {who}: {what}. Wanted {wanted!r}, found {found!r}.")
        self.says(who, what)
