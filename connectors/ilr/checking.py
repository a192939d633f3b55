"""A file held against its year's description: what is wrong, on which line, and the learners as they pass."""

from dataclasses import dataclass
from typing import Protocol

from connectors.ilr.description import Element, Year, description, year_of_namespace
from connectors.ilr.facets import Check, check_of
from hub.errors import HubError

_LONGEST_TEXT = 1000
_IN_WORDS = {
    "ILR_ATTRIBUTE_UNEXPECTED": "has an attribute that is not allowed",
    "ILR_ELEMENT_REPEATED": "stands more often than it may",
    "ILR_ELEMENT_UNKNOWN": "holds an element that it may not hold",
    "ILR_TEXT_UNEXPECTED": "holds text between its elements",
}
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: the line, the code, the element by name, and why; never a value of the file."""

    line: int
    code: str
    element: str
    reason: str


class Node:
    """One group of a file with the values read in it; its repr shows neither names nor numbers of anybody."""

    __slots__ = ("groups", "line", "name", "values")

    def __init__(self, name: str, line: int):
        self.name, self.line = name, line
        self.values: dict[str, str] = {}
        self.groups: list[Node] = []

    def __repr__(self) -> str:
        return f"Node({self.name}, line {self.line})"

    def all(self, name: str) -> list["Node"]:
        """The groups of that name within this one, in the order of the file."""
        return [group for group in self.groups if group.name == name]


class Receiver(Protocol):
    """Gets what the checker finds: each fault, and each group directly under the root once it is complete."""

    def fault(self, fault: Fault, /) -> None: ...
    def part(self, node: Node, /) -> None: ...


class _Rules:
    """One group of a description, ready for use: element name → (position, element, check)."""

    def __init__(self, year: Year, name: str):
        self.name = name
        self.entries = year.groups[name]
        self.places: dict[str, tuple[int, Element, Check | None]] = {
            entry.element: (place, entry, check_of(entry, year) if entry.kind else None)
            for place, entry in enumerate(self.entries)
        }


class _Open:
    """A group that has begun and not ended."""

    __slots__ = ("counts", "node", "place", "rules")

    def __init__(self, rules: _Rules, node: Node):
        self.rules, self.node, self.place = rules, node, 0
        self.counts = [0] * len(rules.entries)


class Checker:
    """Listens to a scan and checks every element against the description its root's namespace calls for."""

    def __init__(self, receiver: Receiver):
        self.wants_text = False
        self._receiver = receiver
        self._open: list[_Open] = []
        self._skipping = 0
        self._field: tuple[Element, Check, int] | None = None
        self._pieces: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """An element begins."""
        if self._skipping or self._field:
            self._inside(line)
        elif not self._open:
            self._root(name, attributes, line)
        else:
            self._child(name, attributes, line)
        self.wants_text = not self._skipping

    def text(self, data: str, line: int) -> None:
        """Text of an element that is read, or of a group, where there must be none."""
        if self._field:
            self._length += len(data)
            if self._length <= _LONGEST_TEXT:
                self._pieces.append(data)
        elif self._open and not data.isspace():
            # The line is where the text ends; its first mark is further up.
            line -= data.lstrip().count("\n")
            self._fault(line, "ILR_TEXT_UNEXPECTED", self._open[-1].rules.name)

    def end(self, _name: str, _line: int) -> None:
        """An element ends."""
        if self._skipping:
            self._skipping -= 1
        elif self._field:
            self._end_field(*self._field)
        else:
            self._end_group()
        self.wants_text = not self._skipping

    def _inside(self, line: int) -> None:
        # An element where text belongs is wrong; inside a passed-over element anything may stand.
        if self._field and not self._skipping:
            self._fault(line, "ILR_ELEMENT_UNKNOWN", self._field[0].element)
        self._skipping += 1

    def _root(self, name: str, attributes: dict[str, str], line: int) -> None:
        namespace, _, local = name.rpartition("}")
        year = description(year_of_namespace(namespace))
        if local != year.root:
            raise HubError("ILR_NAMESPACE")
        self._namespace = namespace + "}"
        self._rules = {group: _Rules(year, group) for group in year.groups}
        self._open.append(_Open(self._rules[year.root], Node(local, line)))
        self._attributes(local, attributes, line)

    def _child(self, name: str, attributes: dict[str, str], line: int) -> None:
        group = self._open[-1]
        local = name.removeprefix(self._namespace)
        place = group.rules.places.get(local)
        if place is None or len(local) == len(name):
            self._fault(line, "ILR_ELEMENT_UNKNOWN", group.rules.name)
            self._skipping = 1
            return
        self._attributes(local, attributes, line)
        self._place(group, place[0], place[1], line)
        self._enter(group, place[1], place[2], line)

    def _attributes(self, element: str, attributes: dict[str, str], line: int) -> None:
        if any(not attribute.startswith(_INSTANCE) for attribute in attributes):
            self._fault(line, "ILR_ATTRIBUTE_UNEXPECTED", element)

    def _place(self, group: _Open, place: int, entry: Element, line: int) -> None:
        group.counts[place] += 1
        if entry.max and group.counts[place] > entry.max:
            self._fault(line, "ILR_ELEMENT_REPEATED", entry.element)
        elif place < group.place:
            self._fault(line, "ILR_ELEMENT_ORDER", entry.element, f"must stand before {self._last(group)}")
        else:
            group.place = place

    def _enter(self, group: _Open, entry: Element, check: Check | None, line: int) -> None:
        if check:
            self._field = (entry, check, line)
            self._pieces, self._length = [], 0
        elif entry.group:
            node = Node(entry.element, line)
            if len(self._open) > 1:
                group.node.groups.append(node)
            self._open.append(_Open(self._rules[entry.group], node))
        else:
            self._skipping = 1

    def _end_field(self, entry: Element, check: Check, line: int) -> None:
        value = "".join(self._pieces)
        self._field, self._pieces = None, []
        wrong = "is far too long" if self._length > _LONGEST_TEXT else check(value)
        if wrong:
            self._fault(line, "ILR_VALUE", entry.element, wrong)
        else:
            self._open[-1].node.values[entry.element] = value

    def _end_group(self) -> None:
        group = self._open.pop()
        for entry, count in zip(group.rules.entries, group.counts, strict=True):
            if count < entry.min:
                self._fault(group.node.line, "ILR_ELEMENT_MISSING", entry.element, f"is missing in {group.rules.name}")
        if len(self._open) == 1:
            self._receiver.part(group.node)

    def _last(self, group: _Open) -> str:
        return group.rules.entries[group.place].element

    def _fault(self, line: int, code: str, element: str, reason: str | None = None) -> None:
        self._receiver.fault(Fault(line, code, element, reason or _IN_WORDS[code]))
