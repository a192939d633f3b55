"""A hardened scan of an XML file: elements as they come, each with its true line, and nothing kept.

Expat is used rather than a tree: libxml2 keeps line numbers in sixteen bits and a tree in memory. A document type
declaration ends the scan before anything after it is looked at, so no entity can ever be declared.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, Protocol
from xml.parsers import expat

from connectors.door import Progress, silent
from hub.errors import HubError

BLOCK = 64 * 1024
LARGEST_PART = 1024 * 1024
"""The most bytes one child of the root (one learner) or one tag may take."""

_ENCODINGS = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "ascii", "cp1252"})
_IN_WORDS = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]: "the file ends before its first element is complete",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "the file ends in the middle of a tag",
    expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]: "an end tag does not match its start tag",
    expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]: "a character is not XML, or not in the file's encoding",
    expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: "an entity is used that XML does not define",
    expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: "something follows the end of the document",
}


class Broken(Exception):
    """The file cannot be read on from this line; `code` stands in the catalogue and `reason` repeats no content."""

    def __init__(self, line: int, code: str, reason: str):
        super().__init__(f"line {line}: {reason}")
        self.line, self.code, self.reason = line, code, reason


class Listener(Protocol):
    """What is told of each element; names are `namespace}name`. `wants_text` is asked after every start and end."""

    wants_text: bool

    def start(self, name: str, attributes: dict[str, str], line: int, /) -> None: ...
    def end(self, name: str, line: int, /) -> None: ...
    def text(self, data: str, line: int, /) -> None: ...


def scan(path: Path, listener: Listener, step: str = "reading", progress: Progress = silent) -> Iterator[None]:
    """Reads the file to its end, a block at a time, and yields after each; raises `Broken` or `HubError`."""
    parser = _Scanner(listener)
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            parser.feed(block)
            done += len(block)
            progress(step, done, total)
            yield
    parser.finish()


class _Scanner:
    def __init__(self, listener: Listener):
        self._listener = listener
        self._depth = self._fed = self._part_from = 0
        self._parser = parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration
        self._listen()

    def feed(self, block: bytes) -> None:
        self._parse(block, False)
        self._fed += len(block)
        at = self._parser.CurrentByteIndex
        part = at - self._part_from if self._depth > 1 else 0
        if part > LARGEST_PART or self._fed - at > LARGEST_PART:
            raise Broken(self._parser.CurrentLineNumber, "ILR_TOO_LARGE", "one part of the file is over 1 MiB long")

    def finish(self) -> None:
        self._parse(b"", True)

    def _parse(self, block: bytes, last: bool) -> None:
        try:
            self._parser.Parse(block, last)
        except expat.ExpatError as error:
            if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]:
                raise HubError("ILR_ENCODING") from None
            reason = _IN_WORDS.get(error.code, f"the file is not well-formed XML ({expat.ErrorString(error.code)})")
            raise Broken(error.lineno, "ILR_MALFORMED", reason) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 2:
            self._part_from = self._parser.CurrentByteIndex
        self._listener.start(name, attributes, self._parser.CurrentLineNumber)
        self._listen()

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._listener.end(name, self._parser.CurrentLineNumber)
        self._listen()

    def _text(self, data: str) -> None:
        self._listener.text(data, self._parser.CurrentLineNumber)

    def _listen(self) -> None:
        # Text nobody wants is never made into a Python string.
        self._parser.CharacterDataHandler = self._text if self._listener.wants_text else None

    def _doctype(self, *_: object) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise HubError("ILR_DOCTYPE", f"Line {line} holds a document type declaration, which is refused.")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        try:
            known = encoding is None or codecs.lookup(encoding).name in _ENCODINGS
        except LookupError:
            known = False
        if not known:
            raise HubError("ILR_ENCODING")
