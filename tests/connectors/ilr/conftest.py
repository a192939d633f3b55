"""A small ILR file of our own making, an act that only remembers, and the official files where they are at hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from hub.viewer import PartyKind, Viewer

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "ilr"
NAMESPACE = "ESFA/ILR/2025-26"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns="{namespace}">
<Header>
<CollectionDetails>
<Collection>ILR</Collection>
<Year>{year}</Year>
<FilePreparationDate>2025-10-01</FilePreparationDate>
</CollectionDetails>
<Source>
<ProtectiveMarking>OFFICIAL-SENSITIVE-Personal</ProtectiveMarking>
<UKPRN>{ukprn}</UKPRN>
<SerialNo>01</SerialNo>
<DateTime>2025-10-01T09:00:00</DateTime>
</Source>
</Header>
<LearningProvider>
<UKPRN>{ukprn}</UKPRN>
</LearningProvider>
"""
LEARNER: dict[str, Any] = {
    "LearnRefNumber": "REF0001",
    "ULN": "9900000004",
    "FamilyName": "Ashmock",
    "GivenNames": "Abrel",
    "DateOfBirth": "2006-03-05",
    "Ethnicity": "99",
    "Sex": "F",
    "LLDDHealthProb": "9",
    "PostcodePrior": "ZZ99 9ZZ",
    "Postcode": "ZZ99 9ZZ",
    "LearnerEmploymentStatus": [{"EmpStat": "10", "DateEmpStatApp": "2024-09-01", "EmpId": "900000001"}],
    "LearningDelivery": [],
}
AIM: dict[str, Any] = {
    "LearnAimRef": "ZPROG001",
    "AimType": "1",
    "AimSeqNumber": "1",
    "LearnStartDate": "2024-09-02",
    "OrigLearnStartDate": None,
    "LearnPlanEndDate": "2026-06-02",
    "FundModel": "36",
    "ProgType": "25",
    "StdCode": "648",
    "DelLocPostCode": "ZZ99 9ZZ",
    "EPAOrgID": None,
    "CompStatus": "1",
    "LearnActEndDate": None,
}


def aim(**changes: Any) -> dict[str, Any]:
    """A programme aim on a standard, changed; None leaves an element out."""
    return AIM | changes


def learner(*aims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A learner with these aims, or with one programme aim."""
    return LEARNER | {"LearningDelivery": list(aims) or [aim()]} | changes


def xml(name: str, content: Any) -> str:
    """An element on lines of its own."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(xml(name, each) for each in content)
    if isinstance(content, dict):
        return f"<{name}>\n" + "".join(xml(inner, value) for inner, value in content.items()) + f"</{name}>\n"
    return f"<{name}>{content}</{name}>\n"


def message(*learners: dict[str, Any], year: str = "2526", ukprn: str = "10009999", namespace: str = NAMESPACE) -> str:
    """A whole file."""
    head = HEAD.format(year=year, ukprn=ukprn, namespace=namespace)
    return head + "".join(xml("Learner", each) for each in learners) + "</Message>\n"


def line_of(text: str, part: str, nth: int = 0) -> int:
    """The line on which the nth occurrence of a part begins."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(part, at + 1)
    return text.count("\n", 0, at) + 1


@dataclass
class Outcome:
    """What the act answers."""

    items: tuple[tuple[int, str, str | None, str | None, str | None], ...]


@dataclass
class Hub:
    """A hub that keeps what it is told, by natural key, and every call."""

    calls: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    refuse: frozenset[str] = frozenset()

    async def act(self, viewer: Viewer, name: str, input: dict[str, Any], /) -> Outcome:
        """Registers as the hub does: the same again is unchanged."""
        assert name == "registerApprentices"
        self.calls.append(input)
        return Outcome(tuple(self._one(index, each) for index, each in enumerate(input["learners"])))

    def _one(self, index: int, each: dict[str, Any]) -> tuple[int, str, str | None, str | None, str | None]:
        if each["uln"] in self.refuse:
            return index, "REFUSED", "STATE_CONFLICT", None, None
        key = (each["uln"], each["standard"]["larsCode"], each.get("originalStartOn", each["startOn"]))
        before, self.kept[key] = self.kept.get(key), each
        result = "REGISTERED" if before is None else "UNCHANGED" if before == each else "UPDATED"
        return index, result, None, None, "apr_00000000-0000-4000-8000-000000000000"


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def viewer() -> Viewer:
    return Viewer(UUID(int=1), PartyKind.PROVIDER, UUID(int=2), "cli", frozenset({"apprentices:write"}))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Writes text to a file and answers its path."""

    def to_file(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "file.xml"
        path.write_bytes(text.encode(encoding))
        return path

    return to_file


@pytest.fixture
def official_schema() -> Path:
    path = OFFICIAL / "ilr-2025-26.xsd"
    if not path.exists():
        pytest.skip("the official schema is not beside the repository, which does not carry it")
    return path


@pytest.fixture
def official_sample() -> Path:
    path = OFFICIAL / "ILR-99999999-2526-20250108-094401.xml"
    if not path.exists():
        pytest.skip("the official sample is not beside the repository, which does not carry it")
    return path


@pytest.fixture(scope="session")
def ilr() -> SimpleNamespace:
    """The parts a test makes its files of."""
    return SimpleNamespace(aim=aim, learner=learner, message=message, line_of=line_of, head=HEAD, namespace=NAMESPACE)
