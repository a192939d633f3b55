"""Breaks the hub's slices cell by cell, and its generated policies column by column."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from hub.slices.fields import FieldSlice
from hub.slices.rows import PARTY_KINDS, TABLES, RowSlice, Sees
from hub.store.policies import condition
from hub.store.tables import metadata
from hub.viewer import PartyKind
from tests.slices.fields import AA, AR, AW, CA, ER, GR, GW, PR, PW, RR, RW
from tests.slices.rights import LETTERS, NOUNS, SERVICES
from tests.slices.worlds import about

SCOPES = (AR, GR, PR, RR, ER, AW, GW, PW, RW, AA, CA)
WORDS = [word.lower() for word in LETTERS.values()]


def of_rows(table: str) -> Iterator[tuple[str, RowSlice]]:
    """Every cell of one table's row changed in turn."""
    slice_ = TABLES[table]
    for kind in PARTY_KINDS:
        others = {each: sees for each, sees in slice_.sees.items() if each != kind}
        if kind not in slice_.sees:
            yield f"{kind} added", replace(slice_, sees={**others, kind: Sees()})
            continue
        yield f"{kind} removed", replace(slice_, sees=others)
        for name, sees in _of_sees(table, slice_.sees[kind]):
            yield f"{kind} {name}", replace(slice_, sees={**others, kind: sees})
    for role in (f"hub_{each}" for each in SERVICES):
        if role in {f"hub_{noun}_process" for noun in slice_.processes}:
            continue
        if not (role == "hub_ungraded" and "hub_rules" in slice_.services and not table.startswith("grades.")):
            yield from (
                (f"{role} {name}", replace(slice_, services=given)) for name, given in _of_services(role, slice_.services)
            )
    yield from _of_processes(table, slice_)


def _of_sees(table: str, sees: Sees) -> Iterator[tuple[str, Sees]]:
    if sees.reach is not None:
        yield "card dropped", Sees(None, sees.where)
        yield from (
            (f"reach {other}", Sees(other, sees.where)) for other in (sees.reach - 1, sees.reach + 1) if 0 <= other <= 3
        )
    elif table in about():
        yield "card needed", Sees(3, sees.where)
    if sees.where is not None:
        yield "condition dropped", Sees(sees.reach, None)
        yield "condition inverted", Sees(sees.reach, f"not ({sees.where})")


def _of_services(role: str, services: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    rights = services.get(role, "").split(", ") if services.get(role) else []
    for right in WORDS:
        kept = [each for each in WORDS if (each in rights) != (each == right)]
        without = {name: each for name, each in services.items() if name != role}
        yield f"{'loses' if right in rights else 'gains'} {right}", {**without, **({role: ", ".join(kept)} if kept else {})}


def _of_processes(table: str, slice_: RowSlice) -> Iterator[tuple[str, RowSlice]]:
    columns = [column.name for column in metadata.tables[table].columns]
    for noun in NOUNS:
        if f"hub_{noun}_process" in slice_.services:
            continue
        named = slice_.processes.get(noun, ())
        others = {each: given for each, given in slice_.processes.items() if each != noun}
        if named:
            yield f"{noun} reads nothing", replace(slice_, processes=others)
        for column in columns:
            changed = tuple(f'"{each}"' for each in columns if (each in named) != (each == column))
            if changed:
                yield f"{noun} reads {changed}", replace(slice_, processes={**others, noun: changed})


def wrong_columns(table: str, sees: Sees) -> Iterator[tuple[str, str]]:
    """The policy with each column in it replaced by every other column of its relation that has the same type."""
    whole = condition(table, sees)
    for found in re.finditer(r"(?<![\w.'])((?:\w+\.)*)(\w+)(?![\w.('])", whole):
        for other in _alike(_relation(found[1], table), found[2]):
            changed = f"{whole[: found.start(2)]}{other}{whole[found.end(2) :]}"
            yield f"{found[0]} at {found.start()} is {other}", changed


def _relation(prefix: str, table: str) -> str:
    name = prefix.rstrip(".")
    return {"c": "hub.card", "r": "grades.resit" if table == "grades.booking" else "grades.result"}.get(name, name or table)


def _alike(relation: str, column: str) -> list[str]:
    known = metadata.tables.get(relation)
    if known is None or column not in known.columns:
        return []
    kind = str(known.columns[column].type)
    return [each.name for each in known.columns if str(each.type) == kind and each.name != column]


def of_field(slice_: FieldSlice) -> Iterator[tuple[str, FieldSlice]]:
    """A field's class with each kind of party toggled, and with every other scope."""
    for kind in PartyKind:
        yield f"{kind} {'removed' if kind in slice_.kinds else 'added'}", replace(slice_, kinds=slice_.kinds ^ {kind})
    for scope in (None, *SCOPES):
        if scope != slice_.scope:
            yield f"scope {scope}", replace(slice_, scope=scope)


def of_reaches(reaches: Mapping[PartyKind, int]) -> Iterator[tuple[str, dict[PartyKind, int]]]:
    """A row of acts or events with each kind of party added, removed, and opened one step earlier and later."""
    for kind in PartyKind:
        others = {each: reach for each, reach in reaches.items() if each != kind}
        if kind not in reaches:
            yield f"{kind} added", {**others, kind: 0}
            continue
        yield f"{kind} removed", others
        for other in (reaches[kind] - 1, reaches[kind] + 1):
            yield f"{kind} from {other}", {**others, kind: other}


def broken(table: str, sees: Sees) -> Iterator[tuple[str, str | None]]:
    """Broken policies: dropped, widened, inverted, each part left out, and one step too generous."""
    whole = condition(table, sees)
    yield "dropped", None
    if whole == "true":
        yield "inverted", "false"
        return
    yield "widened", "true"
    yield "inverted", f"not ({whole})"
    if sees.reach is not None:
        yield "any card of anybody", condition(table, sees).replace("c.party_id = (select hub.party()) and ", "")
        if sees.reach > 0:
            yield "reach lowered", condition(table, Sees(sees.reach - 1, sees.where))
        if sees.reach < 3:
            yield "reach raised", condition(table, Sees(sees.reach + 1, sees.where))
        if sees.where is not None:
            yield "condition dropped", condition(table, Sees(sees.reach, None))
            yield "card dropped", condition(table, Sees(None, sees.where))
            yield "or for and", condition(table, Sees(sees.reach, None)) + f" or ({sees.where})"
    elif " and " in sees.where:
        parts = sees.where.split(" and ")
        for number in range(len(parts)):
            yield f"part {number} dropped", " and ".join(parts[:number] + parts[number + 1 :])
        yield "opens a day late", sees.where.replace("opened_on <=", "opened_on <")
        yield "closes a day late", sees.where.replace("closed_on >", "closed_on >=")


# A lock behind a lock hides that the first is broken: to try one, the other is opened.
CARD_OPENED = "opened_on <= (select hub.today()) and closed_on > (select hub.today())"
BEHIND_RESULT = ("grades.result_component", "grades.breach")


def opened(table: str, kind: str, name: str) -> Iterator[str]:
    """The statements that open the other locks behind which a mutant would hide."""
    if name == "any card of anybody":
        yield f"alter policy sees_{kind} on hub.card using ({CARD_OPENED})"
    if table in BEHIND_RESULT and name in ("any card of anybody", "reach lowered", "card dropped", "reach 2"):
        yield f"alter policy sees_{kind} on grades.result using (epao_party_id = (select hub.party()))"
