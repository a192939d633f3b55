"""Hostile and broken files: refused with a code, before their content is looked at, and in bounded memory."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.ilr.reading import check, header
from connectors.ilr.scanning import Broken, scan
from hub.errors import HubError

Write = Callable[..., Path]


class Ear:
    """Remembers what it hears."""

    wants_text = True

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def start(self, name: str, _attributes: dict[str, str], line: int) -> None:
        self.heard.append((name, line))

    def end(self, _name: str, line: int) -> None:
        self.heard.append(("/", line))

    def text(self, data: str, line: int) -> None:
        self.heard.append((data, line))


DOCTYPES = {
    "plain": "<!DOCTYPE Message>",
    "external": '<!DOCTYPE Message SYSTEM "file:///etc/hostname">',
    "external entity": '<!DOCTYPE Message [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "parameter entity": '<!DOCTYPE Message [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>',
    "entity bomb": "<!DOCTYPE Message ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>",
}


@pytest.mark.parametrize("doctype", DOCTYPES.values(), ids=DOCTYPES)
def test_a_document_type_declaration_is_refused_before_any_element(write: Write, ilr: SimpleNamespace, doctype: str) -> None:
    text = ilr.message(ilr.learner(GivenNames="&a9;")).replace("<Message", doctype + "\n<Message", 1)
    path, ear = write(text), Ear()
    with pytest.raises(HubError) as refused:
        list(scan(path, ear))
    assert refused.value.problem.code == "ILR_DOCTYPE"
    assert ear.heard == []
    for read in (check, header):
        with pytest.raises(HubError, match="ILR_DOCTYPE"):
            read(path)


@pytest.mark.parametrize("cut", [1, 50, 400, 800, -200, -12, -2])
def test_a_truncated_file_is_malformed(write: Write, ilr: SimpleNamespace, cut: int) -> None:
    checked = check(write(ilr.message(ilr.learner())[:cut]))
    assert [fault.code for fault in checked.faults if fault.code != "ILR_ELEMENT_MISSING"] == ["ILR_MALFORMED"]


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04", b"<Message", b"{}", b"\xff\xfe<\0"])
def test_what_is_no_xml_is_malformed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.xml").write_bytes(content)
    assert [fault.code for fault in check(tmp_path / "file.xml").faults] == ["ILR_MALFORMED"]
    with pytest.raises(HubError, match="ILR_INVALID"):
        header(tmp_path / "file.xml")


def test_bytes_that_are_not_in_the_declared_encoding_are_malformed_at_their_line(write: Write, ilr: SimpleNamespace) -> None:
    text = ilr.message(ilr.learner(GivenNames="Zo\xeb"))
    fault = check(write(text, "iso-8859-1")).faults[0]
    assert (fault.code, fault.line) == ("ILR_MALFORMED", ilr.line_of(text, "<GivenNames>"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_declared_encoding_that_is_known_is_read(write: Write, ilr: SimpleNamespace, encoding: str) -> None:
    text = ilr.message(ilr.learner(GivenNames="Zo\xeb")).replace("UTF-8", encoding)
    assert check(write(text, encoding)).in_order


@pytest.mark.parametrize("encoding", ["utf-7", "ebcdic-cp-us", "rot13", "no-such"])
def test_any_other_encoding_is_refused(write: Write, ilr: SimpleNamespace, encoding: str) -> None:
    with pytest.raises(HubError, match="ILR_ENCODING"):
        check(write(ilr.message(ilr.learner()).replace("UTF-8", encoding)))


@pytest.mark.parametrize(
    "part",
    ["<A>" + "x" * 3_000_000, '<A b="' + "x" * 3_000_000, "<!--" + "x" * 3_000_000, "<A>" + "<b/>" * 800_000],
    ids=["text", "attribute", "comment", "elements"],
)
def test_a_part_that_never_ends_is_given_up(write: Write, part: str) -> None:
    with pytest.raises(Broken) as broken:
        list(scan(write("<Message>" + part), Ear()))
    assert broken.value.code in ("ILR_TOO_LARGE", "ILR_MALFORMED")


def test_an_undefined_entity_is_malformed(write: Write, ilr: SimpleNamespace) -> None:
    assert check(write(ilr.message(ilr.learner(GivenNames="&who;")))).faults[0].code == "ILR_MALFORMED"


def test_progress_is_told_in_bytes_up_to_the_whole(write: Write, ilr: SimpleNamespace) -> None:
    path, told = write(ilr.message(*[ilr.learner()] * 300)), []
    check(path, progress=lambda step, done, total: told.append((step, done, total)))
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)
    assert told[-1] == ("checking", path.stat().st_size, path.stat().st_size)
