"""Writes the data map and the record of processing from the code."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from types import MappingProxyType
from typing import Any

from hub.slices.data import DATA, USE_OF
from hub.slices.rows import PARTY_KINDS, TABLES
from hub.slices.uses import KEEPS, USES, Fate, Use, bases, periods
from hub.viewer import PartyKind
from infra.reference import REACH

DECIDE = """Bases and periods are defaults, not advice: the parties are the controllers, and their data protection officers
decide. Whoever runs the hub sets what they decide with `HUB_BASES` and `HUB_RETENTION`."""
MAP = f"""# Data map

What every column is for. Written from `hub/slices` by `hub docs write`; a test keeps it true, and a column without an entry
fails the build.

{DECIDE}
"""
PROCESSING = f"""# Record of processing

What UK GDPR Art. 30 asks a controller to record, as far as the hub knows it; written from the data map by `hub docs write`.
Add who you are, your data protection officer and your security measures (`docs/security.md`).

{DECIDE}
"""
NOTHING: Mapping[str, Any] = MappingProxyType({})
NAMES = {PartyKind.EMPLOYER: "employer", PartyKind.PROVIDER: "provider", PartyKind.EPAO: "EPAO"}


Set = Mapping[str, Any]


def data_map(retention: Set = NOTHING, based: Set = NOTHING) -> str:
    """The data map, as Markdown, with the periods and bases that were decided."""
    return "\n".join((MAP, *_uses(based), *_keeps(retention), *_columns(), ""))


def processing(retention: Set = NOTHING, based: Set = NOTHING) -> str:
    """The record of processing, as Markdown, with the periods and bases that were decided."""
    return "\n".join((PROCESSING, *_activities(retention, based), ""))


def who_sees(table: str) -> str:
    """Which kinds of party read rows of a table, from which reach of their cards on, and under which condition."""
    found = []
    for kind in PARTY_KINDS:
        seen = TABLES[table].sees.get(kind)
        if seen is not None:
            opened = "" if seen.reach is None else f" ({REACH[seen.reach]})"
            where = "" if seen.where is None else f" where `{seen.where}`"
            found.append(NAMES[kind] + opened + where)
    return "; ".join(found) or "no party"


def months(number: int | None) -> str:
    """A period in words."""
    return "while the hub runs" if number is None else f"{number} month{'' if number == 1 else 's'}"


def _table(*head: str) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"


def _uses(based: Set) -> Iterator[str]:
    yield "## Uses\n"
    yield from _table("use", "class", "about", "purpose", "lawful basis", "kept", "on erasure")
    for name, basis in bases(based).items():
        use = USES[name]
        yield f"| {name} | {use.sort} | {use.whose} | {use.purpose} | {basis} | {use.keep} | {_fate(use)} |"


def _fate(use: Use) -> str:
    return f"stays: {use.why}" if use.fate is Fate.STAYS else str(use.fate)


def _keeps(retention: Set) -> Iterator[str]:
    yield "\n## Retention classes\n"
    yield from _table("class", "kept", "counted from")
    for name, number in periods(retention).items():
        yield f"| {name} | {months(number)} | {KEEPS[name].since} |"


def _columns() -> Iterator[str]:
    yield "\n## Columns\n"
    yield from _table("table", "column", "use", "class", "rows seen by")
    for table, uses in DATA.items():
        for use, columns in uses.items():
            named = ", ".join(f"`{column}`" for column in columns.split())
            yield f"| `{table}` | {named} | {use} | {USES[use].sort} | {who_sees(table)} |"


def _activities(retention: Set, based: Set) -> Iterator[str]:
    yield from _table("purpose", "about whom", "categories", "lawful basis", "recipients", "kept")
    held, kept = bases(based), periods(retention)
    for name, columns in _by_use().items():
        use = USES[name]
        if use.whose == "nobody":
            continue
        tables = list(dict.fromkeys(table for table, _ in columns))
        kinds = [NAMES[kind] for kind in PARTY_KINDS if any(kind in TABLES[table].sees for table in tables)]
        what = ", ".join(dict.fromkeys(column.replace("_", " ") for _, column in columns))
        length = f"{months(kept[use.keep])}, from {KEEPS[use.keep].since}" if kept[use.keep] is not None else months(None)
        to = ", ".join(kinds) or "nobody"
        yield f"| {use.purpose} | {use.whose} | {use.sort}: {what} | {held[name]} | {to} | {length} |"


def _by_use() -> Mapping[str, list[tuple[str, str]]]:
    order = list(USES)
    named = sorted(USE_OF.items(), key=lambda entry: order.index(entry[1]))
    return {use: [column for column, _ in entries] for use, entries in groupby(named, key=lambda entry: entry[1])}
