"""Every cell of the hub's slices is flipped in turn, and every generated policy broken: each change has to be noticed."""

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic
from uuid import UUID

import asyncpg

from hub.acts.record import permitted
from hub.errors import HubError
from hub.slices import acts, events, fields, scopes
from hub.slices.rows import PARTY_KINDS, TABLES, RowSlice
from hub.store import policies as generated
from hub.store.cards import Reach, recipients
from hub.store.roles import ROLES
from hub.store.tables import metadata
from hub.viewer import PartyKind, Viewer
from schema.gate import refusals
from tests.counting import counted
from tests.slices import fields as told
from tests.slices import openings, rights
from tests.slices.land import Land
from tests.slices.mutants import SCOPES, broken, of_field, of_reaches, of_rows, opened, wrong_columns
from tests.slices.seeing import wrong

EVERYONE = frozenset(SCOPES)
ASKED = (EVERYONE, frozenset(), *(EVERYONE - {each} for each in SCOPES))
Survivors = list[tuple[str, ...]]


def report(what: str, tried: int, survivors: Survivors, began: float) -> None:
    """Says how many were tried and caught, and fails by name where one survived."""
    counted(f"{what}: {tried - len(survivors)} of {tried} caught in {monotonic() - began:.1f} s")
    assert tried and survivors == []


# --- rows -----------------------------------------------------------------------------------------------------------


def relocking(table: str, slice_: RowSlice) -> list[str]:
    """The statements that lock one table anew, as a slice says."""
    names = [*(f"sees_{kind}" for kind in PARTY_KINDS), *(f"service_{role}" for role in ROLES)]
    found = [f"drop policy if exists {name} on {table}" for name in names]
    return [";".join([*found, f"revoke all on {table} from public, {', '.join(ROLES)}", *generated.policies(table, slice_)])]


async def noticed(connection: asyncpg.Connection, oracles, land: Land, table: str) -> bool:
    """Whether rights, policies, or the rows any party sees are other than the matrix has them."""
    if await rights.misgiven(connection, table):
        return True
    for kind, parties in land.parties.items():
        if kind in {each.value for each in TABLES[table].sees}:
            for party in parties:
                for oracle in oracles:
                    if await wrong(connection, oracle, table, party):
                        return True
    return False


async def caught(connection: asyncpg.Connection, oracles, land: Land, table: str, *statements: str) -> bool:
    """Whether a broken lock is noticed; it is mended at once."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        for statement in statements:
            await connection.execute(statement)
        return await noticed(connection, oracles, land, table)
    finally:
        await transaction.rollback()


async def test_every_right_and_every_policy_is_as_the_oracle_has_it(filled) -> None:
    """d7, DESIGN §3: no role of the hub may do more or less with a table than is written by hand."""
    connection, _ = filled
    assert set(rights.MAY) == set(TABLES), "tests/slices/rights.py needs one line for each table"
    assert {table: found for table in TABLES if (found := await rights.misgiven(connection, table))} == {}


async def test_every_flipped_cell_of_the_rows_is_noticed(filled, land: Land) -> None:
    """d7: kinds, reaches, conditions, services and processes of every table, each cell changed in turn."""
    connection, oracles = filled
    survivors, tried, began = [], 0, monotonic()
    for table in TABLES:
        for name, slice_ in of_rows(table):
            tried += 1
            kind, _, what = name.partition(" ")
            changes = (*opened(table, kind, what), *relocking(table, slice_))
            if not await caught(connection, list(oracles.values()), land, table, *changes):
                survivors.append((table, name))
    report("cells of the rows", tried, survivors, began)


async def test_every_flipped_cell_of_who_finds_what_is_noticed(filled, land: Land, monkeypatch) -> None:
    """DESIGN §7: which tables are found by id, by whom, and which subgraphs show the tables of no noun."""
    connection, _ = filled
    survivors, tried, began = [], 0, monotonic()
    for name, table in _findings(monkeypatch):
        tried += 1
        if not await caught(connection, [], land, table, *relocking(table, TABLES[table])):
            survivors.append((name, table))
    report("cells of who finds and shows what", tried, survivors, began)


def _findings(monkeypatch) -> Iterator[tuple[str, str]]:
    with monkeypatch.context() as changed:
        for table in TABLES:
            known = "id" in metadata.tables[table].columns
            if known and TABLES[table].sees and table.partition(".")[0] not in ("hub", "auth", rights.FINDER):
                changed.setattr(generated, "FOUND_BY_ID", rights.FOUND ^ {table})
                yield "found by id", table
    for noun in rights.NOUNS:
        for table in sorted(rights.FOUND):
            if noun not in (rights.FINDER, table.partition(".")[0]):
                with monkeypatch.context() as changed:
                    changed.setattr(generated, "FINDS_BY_ID", noun)
                    yield f"found by {noun}", table
    for columns in (("id",), ("id", "apprentice_id", "at"), ("apprentice_id",)):
        with monkeypatch.context() as changed:
            changed.setattr(generated, "KNOWN_TO_FIND", columns)
            yield f"found by {columns}", "gateway.decision"
    for table, nouns in rights.SEEN_BY.items():
        for noun in rights.NOUNS:
            shown = tuple(each for each in rights.NOUNS if (each in nouns) != (each == noun))
            with monkeypatch.context() as changed:
                changed.setattr(generated, "nouns_of", lambda _, shown=shown: shown)
                yield f"shown by {shown}", table


async def test_d7_every_broken_policy_is_noticed(filled, land: Land) -> None:
    """facts/security §3.5: every policy dropped, widened, inverted, loosened, and with every wrong column of the right type."""
    connection, oracles = filled
    survivors, tried, began = [], 0, monotonic()
    for table, slice_ in TABLES.items():
        for kind, sees in slice_.sees.items():
            changes = dict(broken(table, sees)) | dict(wrong_columns(table, sees))
            for name, using in changes.items():
                policy = f"policy sees_{kind} on {table}"
                change = f"drop {policy}" if using is None else f"alter {policy} using ({using})"
                tried += 1
                others = opened(table, kind.value, name)
                if not await caught(connection, list(oracles.values()), land, table, *others, change):
                    survivors.append((table, str(kind), name))
    report("broken policies", tried, survivors, began)


# --- fields, acts, events, scopes -----------------------------------------------------------------------------------


def right(kinds: str, scope: str | None, kind: PartyKind, given: frozenset[str]) -> str | None:
    """The code with which a field is refused by the matrix; none when it is answered."""
    if told.LETTER.get(kind.value, "-") not in kinds:
        return "FIELD_NOT_IN_SLICE"
    return "SCOPE_MISSING" if scope is not None and scope not in given else None


def field_is_right(coordinate: tuple[str, str]) -> bool:
    """Whether the gate lets through a field exactly whom the matrix lets through, for every kind and set of scopes."""
    type_, name = coordinate
    kinds, scope = row_of(type_, name)
    asked = frozenset({coordinate})
    return all(
        ([each.code for each in refusals(asked, kind, given)] or [None]) == [right(kinds, scope, kind, given)]
        for kind in PartyKind
        for given in ASKED
    )


def row_of(type_: str, name: str) -> tuple[str, str | None]:
    """The matrix's row of a field; a payload's is its act's, a router's doors are everybody's."""
    if type_.endswith("Payload"):
        return told.ACTS[type_[0].lower() + type_[1:].removesuffix("Payload")]
    if (type_, name) in {("Query", "_entities"), ("Query", "_service"), ("_Service", "sdl")}:
        return "EPA", None
    found = told.flat()
    assert (type_, name) in found, f"{type_}.{name} has no row: add it to FIELDS in tests/slices/fields.py"
    return found[type_, name]


def test_every_flipped_cell_of_the_fields_is_noticed(monkeypatch) -> None:
    """d7: every field with each kind of party toggled, with every other scope, and without its row."""
    survivors, tried, began = [], 0, monotonic()
    for coordinate, slice_ in list(fields.FIELDS.items()):
        assert field_is_right(coordinate), coordinate
        for name, other in of_field(slice_):
            tried += 1
            with monkeypatch.context() as changed:
                changed.setitem(fields.FIELDS, coordinate, other)
                if field_is_right(coordinate):
                    survivors.append((*coordinate, name))
        with monkeypatch.context() as changed:
            tried += 1
            changed.delitem(fields.FIELDS, coordinate)
            if field_is_right(coordinate):
                survivors.append((*coordinate, "no row"))
    report("cells of the fields", tried, survivors, began)


def act_is_right(name: str) -> bool:
    """Whether the door of acts lets in exactly whom the matrix lets in, needs a card as open as it says, and whether a
    restriction shuts it."""
    kinds, scope = told.ACTS[name]
    for kind in PartyKind:
        for given in ASKED:
            viewer = Viewer(UUID(int=1), kind, UUID(int=2), "c", given)
            try:
                slice_ = permitted(viewer, name)
                found = slice_.reach[kind], slice_.even_restricted
            except HubError as refused:
                found = refused.problem.code
            expected = right(kinds, scope, kind, given)
            if expected is None:
                opened_from = int(openings.ACTS[name][kinds.index(told.LETTER[kind.value])])
                expected = opened_from, name in openings.EVEN_RESTRICTED
            if found != expected:
                return False
    return True


def test_every_flipped_cell_of_the_acts_is_noticed(monkeypatch) -> None:
    """d7, B3: every act with each kind toggled, each scope, opened one step earlier and later, and under a restriction."""
    survivors, tried, began = [], 0, monotonic()
    assert set(acts.ACTS) == set(openings.ACTS), "tests/slices/openings.py needs one line for each act"
    for act, slice_ in list(acts.ACTS.items()):
        assert act_is_right(act), act
        changes = [(name, replace(slice_, reach=reach)) for name, reach in of_reaches(slice_.reach)]
        changes += [(f"scope {each}", replace(slice_, scope=each)) for each in (*SCOPES, "") if each != slice_.scope]
        changes.append(("even restricted", replace(slice_, even_restricted=not slice_.even_restricted)))
        for name, other in changes:
            tried += 1
            with monkeypatch.context() as changed:
                changed.setitem(acts.ACTS, act, other)
                if act_is_right(act):
                    survivors.append((act, name))
    report("cells of the acts", tried, survivors, began)


CARDS = [Reach(UUID(int=10 * n + reach), kind, reach) for n, kind in enumerate(PartyKind) for reach in range(4)]


def event_is_right(name: str) -> bool:
    """Whether an event is told to exactly those cards that the matrix names, whatever they open."""
    kinds, least = told.EVENTS[name], openings.EVENTS[name]
    from_ = {kind: int(least[kinds.index(letter)]) for kind, letter in told.LETTER.items() if letter in kinds}
    return recipients(name, CARDS) == [each.party for each in CARDS if each.reach >= from_.get(each.kind.value, 4)]


def test_every_flipped_cell_of_the_events_is_noticed(monkeypatch) -> None:
    """d7, EPA-107: every event with each recipient added, removed, and told one step earlier and later."""
    survivors, tried, began = [], 0, monotonic()
    assert set(events.EVENTS) == set(openings.EVENTS), "tests/slices/openings.py needs one line for each event"
    for event, row in list(events.EVENTS.items()):
        assert event_is_right(event), event
        for name, other in of_reaches(row):
            # A card opens nothing before it opens something: from -1 is from 0.
            if -1 in other.values():
                continue
            tried += 1
            with monkeypatch.context() as changed:
                changed.setitem(events.EVENTS, event, other)
                if event_is_right(event):
                    survivors.append((event, name))
    report("cells of the events", tried, survivors, began)


def ceiling_is_right(kind: PartyKind) -> bool:
    """Whether a kind of party may be granted exactly what opens something to it."""
    letter = told.LETTER.get(kind.value, "-")
    return scopes.SCOPES[kind] == {scope for kinds, scope in told.flat().values() if scope and letter in kinds}


def test_every_flipped_cell_of_the_ceilings_is_noticed(monkeypatch) -> None:
    """B3: no kind of party can be granted a scope that opens nothing to it, nor is one missing that it needs."""
    survivors, tried, began = [], 0, monotonic()
    for kind in PartyKind:
        assert ceiling_is_right(kind), kind
        for scope in SCOPES:
            tried += 1
            with monkeypatch.context() as changed:
                changed.setitem(scopes.SCOPES, kind, scopes.SCOPES[kind] ^ {scope})
                if ceiling_is_right(kind):
                    survivors.append((str(kind), scope))
    report("cells of the ceilings of scopes", tried, survivors, began)
