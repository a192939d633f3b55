"""What the hub holds about one person, for that person (UK GDPR Art. 15): data, sources, recipients, purposes and periods.

It holds nobody else's data, and not a byte of it depends on a result that is not released (DPA 2018 Sch. 2 para 25).
"""

import asyncio
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from hub.acts.operating import Operator
from hub.acts.subjects import Exported, export
from hub.slices.data import DATA
from hub.slices.uses import KEEPS, USES, bases, periods
from hub.words import id_text
from infra.datamap import months

WITHHELD = {
    "results": "Results that are not released are exempt until they are announced (DPA 2018 Sch. 2 para 25). This stands"
    " here whether or not there are any.",
    "sealed": "Where a row says sealed, the assessment organisation's own account of the marking is kept under its key:"
    " minutes, markers, reasons, adjustments and breaches of its rules. It is released to nobody through the hub and so not"
    " copied here; nor is a version that was corrected before its release. Ask the assessment organisation (epao) named"
    " under recipients: it is the controller of both.",
    "reads": "Reads are listed as employers and providers are told of them: an assessment organisation's from the gateway on"
    " once a grade is released, and those of results and events never, for their time would tell that there is a result.",
    "other people": "Names and references of people who signed are theirs, and left out.",
    "working columns": "Keys, counters and sort keys are left out; they say nothing about you.",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What EPA Hub holds about you</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;margin:1rem 0}}
td,th{{border:1px solid #999;padding:.25rem .5rem;text-align:left}}</style></head>
<body><h1>What EPA Hub holds about you</h1><p>{who}, on {on}.</p>{body}</body></html>
"""


async def write_subject(
    operator: Operator, apprentice: UUID, folder: Path, retention: Mapping[str, int], based: Mapping[str, str]
) -> list[Path]:
    """Writes subject.json and subject.html; raises HubError NOT_FOUND for an id that the hub does not know."""
    found = document(await export(operator, apprentice), operator.today(), retention, based)
    return await asyncio.to_thread(_write, folder, found)


def _write(folder: Path, found: Mapping[str, Any]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "subject.json", folder / "subject.html"]
    for path, content in zip(paths, (orjson.dumps(found, option=orjson.OPT_INDENT_2), page(found).encode()), strict=True):
        path.touch(mode=0o600)
        path.write_bytes(content)
    return paths


def document(found: Exported, on: date, retention: Mapping[str, int], based: Mapping[str, str]) -> dict[str, Any]:
    """The export as one JSON document."""
    held, kept = bases(based), periods(retention)
    used = dict.fromkeys(name for table in found.rows for name in DATA[table] if USES[name].whose == "apprentice")
    return {
        "apprentice": id_text("apr", found.apprentice),
        "on": on.isoformat(),
        "data": found.rows,
        "sources": found.sources,
        "recipients": found.recipients,
        "read and changed by": found.audit,
        "purposes": {
            name: {
                "purpose": USES[name].purpose,
                "lawful basis": held[name],
                "kept": months(kept[USES[name].keep]),
                "counted from": KEEPS[USES[name].keep].since,
            }
            for name in used
        },
        "withheld": WITHHELD,
    }


def page(found: Mapping[str, Any]) -> str:
    """The same document as a page that a person can read."""
    parts = []
    for title in ("data", "sources", "recipients", "read and changed by", "purposes", "withheld"):
        parts.append(f"<h2>{escape(title.capitalize())}</h2>{_shown(found[title])}")
    return PAGE.format(who=escape(found["apprentice"]), on=escape(found["on"]), body="".join(parts))


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = (f"<tr><th>{escape(str(name))}</th><td>{_shown(each)}</td></tr>" for name, each in value.items())
        return f"<table>{''.join(rows)}</table>"
    if isinstance(value, list):
        return "".join(f"<div>{_shown(each)}</div>" for each in value) or "none"
    return "" if value is None else escape(str(value))
