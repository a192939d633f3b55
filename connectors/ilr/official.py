"""An operator's own copy of the official XML schema, applied to a file of any length.

The schema library sees one small document at a time: the head of the file and a handful of its learners, with each
element numbered in place of its line. So memory stays bounded and lines are true however long the file is; and its
messages, which quote values, are never shown: only the element, the line and which kind of rule was broken.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from lxml import etree

from connectors.ilr.checking import Fault
from connectors.ilr.scanning import Broken, scan
from hub.errors import HubError

_AT_ONCE = 20_000
_DEEPEST = 64
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
# Where a file says its schema is found: the library would go and load it.
_HINTS = tuple("http://www.w3.org/2001/XMLSchema-instance}" + hint for hint in ("schemaLocation", "noNamespaceSchemaLocation"))
_IN_WORDS = {
    "SCHEMAV_ELEMENT_CONTENT": "stands where it may not, or what must stand in it is missing",
    "SCHEMAV_CVC_ELT_1": "is not an element of this schema",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "holds text between its elements",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "has an attribute that is not allowed",
    "SCHEMAV_CVC_TYPE_3_1_2": "holds an element where a value belongs",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "is not a value of its type",
    "SCHEMAV_CVC_PATTERN_VALID": "does not match its pattern",
    "SCHEMAV_CVC_ENUMERATION_VALID": "is not one of the values allowed",
    "SCHEMAV_CVC_LENGTH_VALID": "has the wrong length",
    "SCHEMAV_CVC_MINLENGTH_VALID": "is too short",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "is too long",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "is too small",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "is too large",
    "SCHEMAV_CVC_TOTALDIGITS_VALID": "has too many digits",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "has too many decimal places",
}


class OfficialSchema:
    """The official schema of a year, loaded from an operator's file; `ILR_SCHEMA_UNUSABLE` if it cannot serve."""

    def __init__(self, path: Path):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            for _ in scan(path, _Deaf()):
                pass
            tree = etree.parse(str(path), parser)
            fetches = [tree.find(f".//{_SCHEMA}{name}") is not None for name in ("import", "include", "redefine")]
            if any(fetches):
                raise HubError("ILR_SCHEMA_UNUSABLE")
            self._schema = etree.XMLSchema(tree)
        except (Broken, etree.XMLSyntaxError, etree.XMLSchemaParseError, OSError):
            raise HubError("ILR_SCHEMA_UNUSABLE") from None

    def listener(self, fault: Callable[[Fault], None]) -> "OfficialListener":
        """What is told of the elements of one file, and tells the faults."""
        return OfficialListener(self._schema, fault)


class _Deaf:
    """Listens to nothing: a scan of the schema file itself only refuses what no XML file may hold."""

    wants_text = False

    def start(self, _name: str, _attributes: dict[str, str], _line: int) -> None:
        pass

    def end(self, _name: str, _line: int) -> None:
        pass

    def text(self, _data: str, _line: int) -> None:
        pass


class OfficialListener:
    """Gathers a few learners at a time and holds them, behind the head of the file, against the schema."""

    wants_text = True

    def __init__(self, schema: etree.XMLSchema, fault: Callable[[Fault], None]):
        self._schema, self._tell = schema, fault
        self._open: list[etree._Element] = []
        self._root: etree._Element | None = None
        self._seen: list[tuple[int, str]] = []
        self._head: tuple[int, int] | None = None
        self._told_head = False

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        """An element begins."""
        if len(self._open) > _DEEPEST or len(self._seen) > 3 * _AT_ONCE:
            raise Broken(line, "ILR_TOO_LARGE", "one part of the file holds too many elements")
        local = name.rpartition("}")[2]
        if self._root is not None and len(self._open) == 1 and local == "Learner" and not self._head:
            self._head = len(self._root), len(self._seen)
        self._seen.append((line, local))
        self._build(name, attributes)

    def text(self, data: str, _line: int) -> None:
        """Text of an element, or between two; white space between two is of no account."""
        if not self._open:
            return
        element = self._open[-1]
        if not len(element):
            element.text = (element.text or "") + data
        elif not data.isspace():
            element[-1].tail = (element[-1].tail or "") + data

    def end(self, _name: str, _line: int) -> None:
        """An element ends; enough of them are held against the schema together."""
        self._open.pop()
        if len(self._open) == 1 and self._head and len(self._seen) > _AT_ONCE:
            self._validate()

    def finish(self) -> None:
        """Checks what is left at the end of the file."""
        if not self._told_head or (self._head and len(self._seen) > self._head[1]):
            self._validate()

    def _build(self, name: str, attributes: dict[str, str]) -> None:
        tag = _braced(name)
        given = {_braced(key): value for key, value in attributes.items() if not key.startswith(_HINTS)}
        if self._root is None:
            element = self._root = etree.Element(tag, given)
        else:
            element = etree.SubElement(self._open[-1], tag, given)
        element.sourceline = len(self._seen)  # type: ignore[assignment]  # lxml lets it be set, its stubs do not say so
        self._open.append(element)

    def _validate(self) -> None:
        assert self._root is not None
        children, seen = self._head or (len(self._root), len(self._seen))
        if not self._schema.validate(self._root):
            for error in cast(Iterable[etree._LogEntry], self._schema.error_log):
                if error.line > seen or not self._told_head:
                    line, element = self._seen[min(max(error.line, 1), len(self._seen)) - 1]
                    self._tell(Fault(line, "ILR_SCHEMA", element, _in_words(error.type_name)))
        self._told_head = True
        del self._root[children:]
        del self._seen[seen:]


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name


def _in_words(kind: str) -> str:
    return _IN_WORDS.get(kind, "breaks a rule of the schema") + " (official schema)"
