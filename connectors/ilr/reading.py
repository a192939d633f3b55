"""Reads an ILR file: who sent it, whether it is in order, and its learners, all in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from connectors.door import Progress, silent
from connectors.ilr.checking import Checker, Fault, Node
from connectors.ilr.facets import day, whole
from connectors.ilr.official import OfficialSchema
from connectors.ilr.scanning import Broken, scan
from hub.errors import HubError

MOST_FAULTS = 1000
"""How many faults of one file are kept; further ones are counted."""


@dataclass(frozen=True, slots=True)
class Header:
    """Who sent a file, for which academic year (such as 2526), and the day it was made."""

    ukprn: str
    year: str
    prepared_on: date


@dataclass
class Checked:
    """What the first pass found: the header where it could be read, the number of learners, and every fault."""

    header: Header | None = None
    learners: int = 0
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    @property
    def in_order(self) -> bool:
        """Whether the file may be taken."""
        return not self.fault_count

    def fault(self, fault: Fault) -> None:
        """Keeps a fault, or counts it once there are many."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


def header(path: Path) -> Header:
    """The header of a file, read no further than it goes; `ILR_INVALID` with the line when it cannot be read."""
    front = _Front()
    try:
        for _ in scan(path, Checker(front)):
            if front.header:
                break
    except Broken as broken:
        raise HubError("ILR_INVALID", f"Line {broken.line}: {broken.reason}.") from None
    if front.faults and not front.header:
        first = front.faults[0]
        raise HubError("ILR_INVALID", f"Line {first.line}: {first.element}: {first.reason}.")
    if not front.header:
        raise HubError("ILR_INVALID")
    return front.header


def check(path: Path, schema: OfficialSchema | None = None, progress: Progress = silent) -> Checked:
    """The first pass: the whole file against its year's description and, if given, the official schema."""
    front = _Front()
    try:
        for _ in scan(path, Checker(front), "checking", progress):
            pass
        if schema:
            listener = schema.listener(front.fault)
            for _ in scan(path, listener, "checking against the official schema", progress):
                pass
            listener.finish()
    except Broken as broken:
        front.fault(Fault(broken.line, broken.code, "", broken.reason))
    front.faults.sort(key=lambda fault: fault.line)
    return front


def learners(path: Path, progress: Progress = silent) -> Iterator[Node]:
    """The second pass: every learner of a file that was found in order; `ILR_CHANGED` if it no longer is."""
    flow = _Flow()
    try:
        for _ in scan(path, Checker(flow), "registering", progress):
            yield from flow.take()
    except Broken:
        raise HubError("ILR_CHANGED") from None
    yield from flow.take()


class _Front(Checked):
    """Gathers the faults, and the header as soon as its two groups are complete."""

    _first: Node | None = None

    def part(self, node: Node) -> None:
        """A group directly under the root is complete."""
        if node.name == "Learner":
            self.learners += 1
        elif node.name == "Header":
            self._first = node
        elif node.name == "LearningProvider" and self._first:
            self._join(self._first, node)

    def _join(self, first: Node, provider: Node) -> None:
        values = {name: text for group in first.groups for name, text in group.values.items()}
        sender, owner = values.get("UKPRN"), provider.values.get("UKPRN")
        if not sender or not owner or "Year" not in values or "FilePreparationDate" not in values:
            return
        if whole(sender) != whole(owner):
            self.fault(Fault(provider.line, "ILR_PROVIDER_UNEQUAL", "UKPRN", "is not the UKPRN of the file's header"))
            return
        self.header = Header(str(whole(owner)), values["Year"], day(values["FilePreparationDate"]))


class _Flow:
    """Hands on the learners of each block of the file."""

    def __init__(self) -> None:
        self._ready: list[Node] = []

    def fault(self, _fault: Fault) -> None:
        """The file was in order a moment ago."""
        raise HubError("ILR_CHANGED")

    def part(self, node: Node) -> None:
        """A group directly under the root is complete."""
        if node.name == "Learner":
            self._ready.append(node)

    def take(self) -> list[Node]:
        """The learners that became complete since the last call."""
        ready, self._ready = self._ready, []
        return ready
