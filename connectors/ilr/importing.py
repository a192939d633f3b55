"""Registers the apprentices of an ILR file through the hub's front door, 500 at a time."""

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from connectors.door import Act, BatchOutcome, Progress, silent
from connectors.ilr.choosing import Apprenticeship, Choice, Chooser, Row
from connectors.ilr.official import OfficialSchema
from connectors.ilr.reading import Header, check, learners
from connectors.ilr.report import Report
from hub.errors import CODES, HubError
from hub.viewer import Viewer

BATCH = 500
_COUNTED = {"REGISTERED": "registered", "UPDATED": "updated", "UNCHANGED": "unchanged", "REFUSED": "refused"}


async def import_ilr(
    path: Path,
    act: Act,
    viewer: Viewer,
    *,
    ukprn: str | None = None,
    schema: Path | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Report:
    """Checks the whole file, then registers its apprentices in batches, each one act and one transaction.

    A file with faults changes nothing and its faults stand in the report. `ukprn`, if given, must be the file's.
    Raises `HubError` with an ILR_… code when the file is no ILR file the hub can read at all. Repeating is harmless.
    """
    before = _stamp(path)
    official = OfficialSchema(schema) if schema else None
    checked = await asyncio.to_thread(check, path, official, progress)
    report = Report(checked.header, dry_run, checked.learners, fault_count=checked.fault_count, faults=checked.faults)
    if not checked.in_order or checked.header is None:
        return report
    if ukprn is not None and checked.header.ukprn != ukprn:
        raise HubError("ILR_PROVIDER_OTHER")
    batches = _batches(path, checked.header, report, progress)
    while batch := await asyncio.to_thread(next, batches, None):
        if _stamp(path) != before:
            raise HubError("ILR_CHANGED")
        if not dry_run:
            learners_in = [apprenticeship.input for apprenticeship in batch]
            _count(report, batch, await act(viewer, "registerApprentices", {"learners": learners_in}))
    report.not_taken.sort(key=lambda row: row.line)
    report.notes.sort(key=lambda row: row.line)
    return report


def _batches(path: Path, header: Header, report: Report, progress: Progress) -> Iterator[list[Apprenticeship]]:
    found = _apprenticeships(path, header, report, progress)
    while batch := list(islice(found, BATCH)):
        yield batch


def _apprenticeships(path: Path, header: Header, report: Report, progress: Progress) -> Iterator[Apprenticeship]:
    chooser = Chooser(header.year)
    for learner in learners(path, progress):
        choice: Choice = chooser.choose(learner)
        report.not_taken += choice.left
        report.notes += choice.notes
        report.apprenticeships += len(choice.taken)
        yield from choice.taken


def _count(report: Report, batch: list[Apprenticeship], outcome: BatchOutcome) -> None:
    for index, result, code, message, _ in outcome.items:
        name = _COUNTED[result]
        setattr(report, name, getattr(report, name) + 1)
        if result == "REFUSED" or code:
            code = code or "INPUT_INVALID"
            row = batch[index]
            rows = report.not_taken if result == "REFUSED" else report.notes
            rows.append(Row(row.line, row.aim, code, message or CODES.get(code, code)))


def _stamp(path: Path) -> tuple[int, int, int]:
    """Tells whether the file is still the one that was checked."""
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns
