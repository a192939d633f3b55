"""A file in: batches, repetition, refusal, and nothing personal anywhere but in what the act is told."""

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from rich.console import Console

from connectors.ilr import Report, header, import_ilr, progress_bar
from hub.errors import HubError
from hub.viewer import Viewer
from hub.words import parse_uln

Write = Callable[..., Path]
CANARIES: dict[str, str] = {
    "NINumber": "CAN000NIN",
    "Ethnicity": "CANARYETHNICITY",
    "Sex": "CANARYSEX",
    "LLDDHealthProb": "CANARYLLDD",
    "PostcodePrior": "CANARYP1",
    "Postcode": "CANARYP2",
    **{f"AddLine{n}": f"CANARYADDRESS{n}" for n in range(1, 5)},
    "TelNo": "07000CANARY",
    "Email": "canary@example.invalid",
    "DateOfBirth": "1971-03-17",
}
ORDER = [
    *("LearnRefNumber", "PrevLearnRefNumber", "ULN", "FamilyName", "GivenNames", "DateOfBirth", "Ethnicity", "Sex"),
    *("LLDDHealthProb", "NINumber", "PostcodePrior", "Postcode", "AddLine1", "AddLine2", "AddLine3", "AddLine4"),
    *("TelNo", "Email", "LLDDandHealthProblem", "LearnerFAM", "LearnerEmploymentStatus", "LearningDelivery"),
]


def rendered(report: Report) -> str:
    out = io.StringIO()
    report.render(Console(file=out, width=200))
    return out.getvalue()


def numbers(count: int) -> list[str]:
    found: list[str] = []
    at = 9_900_000_000
    while len(found) < count:
        at += 1
        try:
            found.append(parse_uln(str(at)))
        except HubError:
            continue
    return found


async def test_apprentices_go_in_by_batches_of_500(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(*[ilr.learner(ULN=uln) for uln in numbers(1203)]))
    report = await import_ilr(path, hub.act, viewer)
    assert [len(call["learners"]) for call in hub.calls] == [500, 500, 203]
    assert (report.learners, report.apprenticeships, report.registered) == (1203, 1203, 1203)
    json.dumps(hub.calls)


async def test_a_second_run_changes_nothing(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(*[ilr.learner(ULN=uln) for uln in numbers(7)]))
    await import_ilr(path, hub.act, viewer)
    kept = dict(hub.kept)
    report = await import_ilr(path, hub.act, viewer)
    assert (report.registered, report.updated, report.unchanged) == (0, 0, 7)
    assert hub.kept == kept


async def test_an_interrupted_run_is_taken_up_again(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(*[ilr.learner(ULN=uln) for uln in numbers(1100)]))

    async def fails_at_the_second(viewer: Viewer, name: str, input: dict[str, Any], /) -> Any:
        if hub.calls:
            raise ConnectionError
        return await hub.act(viewer, name, input)

    with pytest.raises(ConnectionError):
        await import_ilr(path, fails_at_the_second, viewer)
    report = await import_ilr(path, hub.act, viewer)
    assert (report.unchanged, report.registered) == (500, 600)


async def test_a_file_with_a_fault_changes_nothing(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    people = [ilr.learner(ULN=uln) for uln in numbers(600)]
    report = await import_ilr(write(ilr.message(*people, ilr.learner(ULN="1"))), hub.act, viewer)
    assert (hub.calls, report.in_order, report.fault_count, report.registered) == ([], False, 1, 0)
    assert "nothing was changed" in rendered(report)


async def test_a_dry_run_changes_nothing_and_reports_the_same(
    write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer
) -> None:
    path = write(ilr.message(ilr.learner(), ilr.learner(ULN="9999999999")))
    report = await import_ilr(path, hub.act, viewer, dry_run=True)
    assert (hub.calls, report.apprenticeships, report.registered) == ([], 1, 0)
    assert report.reasons() == {"ILR_ULN_TEMPORARY": 1}
    assert "dry run" in rendered(report)


async def test_another_providers_file_is_refused(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(ilr.learner()))
    with pytest.raises(HubError, match="ILR_PROVIDER_OTHER"):
        await import_ilr(path, hub.act, viewer, ukprn="10008888")
    assert hub.calls == []
    assert (await import_ilr(path, hub.act, viewer, ukprn=header(path).ukprn)).registered == 1


async def test_a_document_type_declaration_reaches_no_act(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    text = ilr.message(ilr.learner()).replace("<Message", "<!DOCTYPE Message>\n<Message", 1)
    with pytest.raises(HubError, match="ILR_DOCTYPE"):
        await import_ilr(write(text), hub.act, viewer)
    assert hub.calls == []


async def test_what_the_hub_refuses_stands_in_the_report(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    text = ilr.message(*[ilr.learner(ULN=uln) for uln in numbers(3)])
    hub.refuse = frozenset(numbers(2)[1:])
    report = await import_ilr(write(text), hub.act, viewer)
    assert (report.registered, report.refused) == (2, 1)
    [row] = report.not_taken
    assert (row.code, row.line, row.aim) == ("STATE_CONFLICT", ilr.line_of(text, "<LearningDelivery>", 1), 1)


async def test_a_file_that_changes_between_the_passes_is_given_up(
    write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer
) -> None:
    path = write(ilr.message(*[ilr.learner(ULN=uln) for uln in numbers(501)]))

    async def meddling(viewer: Viewer, name: str, input: dict[str, Any], /) -> Any:
        path.write_text(path.read_text() + " ")
        return await hub.act(viewer, name, input)

    with pytest.raises(HubError, match="ILR_CHANGED"):
        await import_ilr(path, meddling, viewer)
    assert len(hub.calls) == 1


def _with_canaries(ilr: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    person = ilr.learner(ilr.aim(DelLocPostCode="CANARYP3"), **(CANARIES | changes))
    person["PrevLearnRefNumber"] = "CANARYPREV"
    person["LLDDandHealthProblem"] = {"LLDDCat": "CANARYLLDDCAT"}
    person["LearnerFAM"] = {"LearnFAMType": "CANARYFAM"}
    return {name: person[name] for name in ORDER if name in person}


@pytest.mark.parametrize("changes", [{}, {"ULN": "9999999999"}, {"ULN": "12"}, {"FamilyName": "N0"}, {"Postcode": None}])
@pytest.mark.parametrize("official", [False, True], ids=["own description", "official schema"])
async def test_canaries_in_fields_not_kept_are_found_nowhere(
    write: Write,
    ilr: SimpleNamespace,
    hub: Any,
    viewer: Viewer,
    changes: dict[str, Any],
    official: bool,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    schema = request.getfixturevalue("official_schema") if official else None
    path = write(ilr.message(ilr.learner(), _with_canaries(ilr, **changes)))
    assert path.read_text().count("CAN") > 12
    report = await import_ilr(path, hub.act, viewer, schema=schema)
    told = report.to_json().decode() + rendered(report) + repr(report) + str(hub.calls) + caplog.text
    assert "canary" not in told.lower()
    assert CANARIES["DateOfBirth"] not in told
    assert CANARIES["NINumber"] not in told


@pytest.mark.parametrize("cut", range(600, 1700, 100))
async def test_canaries_are_in_no_error_of_a_broken_file(
    write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer, cut: int
) -> None:
    report = await import_ilr(write(ilr.message(_with_canaries(ilr))[:cut] + "\x00"), hub.act, viewer)
    assert not report.in_order
    assert "canary" not in (report.to_json().decode() + rendered(report) + repr(report)).lower()


async def test_a_report_names_no_person(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(ilr.learner(), ilr.learner(), ilr.learner(ULN="9999999999")))
    report = await import_ilr(path, hub.act, viewer)
    told = report.to_json().decode() + rendered(report) + repr(report)
    assert not any(each in told for each in ("Ashmock", "Abrel", "REF0001", "9900000004"))


async def test_the_report_is_json_with_all_rows(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    path = write(ilr.message(*[ilr.learner(ULN="9999999999")] * 60))
    report = await import_ilr(path, hub.act, viewer)
    body = orjson.loads(report.to_json())
    assert (len(body["notTaken"]), body["header"]["ukprn"]) == (60, "10009999")
    assert "20 more" in rendered(report)


async def test_progress_can_be_drawn(write: Write, ilr: SimpleNamespace, hub: Any, viewer: Viewer) -> None:
    out = io.StringIO()
    with progress_bar(Console(file=out)) as progress:
        await import_ilr(write(ilr.message(ilr.learner())), hub.act, viewer, progress=progress)
    assert "registering" in out.getvalue()


@pytest.mark.parametrize("official", [False, True], ids=["own description", "official schema"])
async def test_the_official_sample_is_taken(
    official_sample: Path, hub: Any, viewer: Viewer, official: bool, request: pytest.FixtureRequest
) -> None:
    """Both apprentices on standards are registered, the seventeen others reported, and again nothing changes."""
    schema = request.getfixturevalue("official_schema") if official else None
    report = await import_ilr(official_sample, hub.act, viewer, schema=schema, ukprn="99999999")
    assert (report.learners, report.registered, len(report.not_taken)) == (19, 2, 17)
    assert {each["myReference"] for each in hub.kept.values()} == {"StandLearn", "Levy"}
    again = await import_ilr(official_sample, hub.act, viewer, schema=schema, ukprn="99999999")
    assert (again.registered, again.updated, again.unchanged) == (0, 0, 2)
    assert replace(again, registered=2, unchanged=0) == report
