"""What an import came to, for a person and for a program; it names lines and aims of the file, never people."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.ilr.checking import Fault
from connectors.ilr.choosing import Row
from connectors.ilr.reading import Header

_SHOWN = 40


@dataclass
class Report:
    """The counts of an import, its faults if the file was refused, and a row for all that was not taken."""

    header: Header | None
    dry_run: bool = False
    learners: int = 0
    apprenticeships: int = 0
    registered: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    not_taken: list[Row] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)

    @property
    def in_order(self) -> bool:
        """Whether the file was taken; a file with any fault changes nothing."""
        return not self.fault_count

    def reasons(self) -> dict[str, int]:
        """How many rows were not taken for each reason, most frequent first."""
        return dict(Counter(row.code for row in self.not_taken).most_common())

    def to_json(self) -> bytes:
        """The whole report as JSON, keys in camelCase."""
        header = self.header and {
            "ukprn": self.header.ukprn,
            "year": self.header.year,
            "preparedOn": self.header.prepared_on,
        }
        body: dict[str, Any] = {
            "header": header,
            "inOrder": self.in_order,
            "dryRun": self.dry_run,
            **{name: getattr(self, name) for name in _COUNTS},
            "faultCount": self.fault_count,
            "reasons": self.reasons(),
            "faults": [asdict(fault) for fault in self.faults],
            "notTaken": [asdict(row) for row in self.not_taken],
            "notes": [asdict(row) for row in self.notes],
        }
        return orjson.dumps(body, option=orjson.OPT_INDENT_2)

    def render(self, console: Console) -> None:
        """Prints the report; long lists are cut, the counts are not."""
        if not self.in_order:
            console.print(f"[bold red]Refused:[/] {self.fault_count:,} faults; nothing was changed.")
            _table(console, "Faults", [(fault.line, None, fault.code, _fault(fault)) for fault in self.faults])
            return
        counts = Table(title="ILR import" + (" (dry run, nothing changed)" if self.dry_run else ""))
        counts.add_column("what")
        counts.add_column("count", justify="right")
        for name in _COUNTS:
            counts.add_row(name, f"{getattr(self, name):,}")
        for code, count in self.reasons().items():
            counts.add_row(f"not taken: {code}", f"{count:,}")
        console.print(counts)
        _table(console, "Not taken", [(row.line, row.aim, row.code, row.message) for row in self.not_taken])
        _table(console, "Taken, with a note", [(row.line, row.aim, row.code, row.message) for row in self.notes])


_COUNTS = ("learners", "apprenticeships", "registered", "updated", "unchanged", "refused")


def _fault(fault: Fault) -> str:
    return f"{fault.element} {fault.reason}".strip()


def _table(console: Console, title: str, rows: list[tuple[int, int | None, str, str]]) -> None:
    if not rows:
        return
    table = Table(title=title)
    table.add_column("line", justify="right")
    table.add_column("aim", justify="right")
    table.add_column("code")
    table.add_column("reason")
    for line, aim, code, reason in rows[:_SHOWN]:
        table.add_row(str(line), "" if aim is None else str(aim), code, escape(reason))
    console.print(table)
    if len(rows) > _SHOWN:
        console.print(f"… and {len(rows) - _SHOWN:,} more; the report file holds every row.")
