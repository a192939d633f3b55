"""Writes what a set of registrations comes to: records, ties, changes, claims made anew, and who is told."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.acts.refresh import refresh
from hub.acts.told import Told, Work, key_of, named_other, other_kind, status_change
from hub.plan import facts as f
from hub.store import apprentices as t
from hub.store import cards, organisations
from hub.store.facts import CLAIMED, CONFIRMED, FOREVER
from hub.store.spine import new_id
from hub.viewer import PartyKind

Side = tuple[UUID, UUID]
"""The other party: its organisation and itself."""


async def enrol(act: Act, work: Work) -> None:
    """Writes what is new and what has changed, then brings rules and cards up to date in one go."""
    sides = await _sides(act, work)
    await _write_made(act, [(told, row, sides[key_of(named_other(act, told))]) for told, row in work.made.values()])
    await _write_changed(act, work)
    for apprentice, named in work.claims.items():
        await _claim_again(act, apprentice, sides[key_of(named)])
    ids = {row["apprentice_id"] for _, row in work.made.values()} | {record.id for _, record, _ in work.changed}
    ids |= work.claims.keys()
    if ids:
        await refresh(act, ids)
    work.references |= {row["apprentice_id"]: told.my_reference for told, row in work.made.values() if told.my_reference}
    for apprentice, reference in work.references.items():
        await cards.refer(act.connection, act.viewer.party, apprentice, reference)
    act.subjects |= ids | work.references.keys()
    _tell(act, work, sides)


async def _sides(act: Act, work: Work) -> dict[organisations.Identifier, Side]:
    """The other party of each registration that needs one; one that nobody knows yet is kept."""
    wanted = [key_of(named_other(act, told)) for told, _ in work.made.values()]
    wanted += [key_of(named) for named in work.claims.values()]
    found = await organisations.find_or_keep(act.connection, wanted, other_kind(act))
    parties = await organisations.parties(act.connection, found.values(), other_kind(act))
    return {key: (organisation, parties[organisation]) for key, organisation in found.items()}


async def _write_made(act: Act, made: list[tuple[Told, dict[str, Any], Side]]) -> None:
    base = [
        {"id": row["apprentice_id"], "standard_id": row["standard_id"], "employer_id": _employer(act, side)}
        for _, row, side in made
    ]
    await act.save(t.apprentice_table.insert(), base)
    await act.save(t.identity.insert(), [row for _, row, _ in made])
    await act.save(t.tie.insert(), [tie for _, row, side in made for tie in _ties(act, row, side)])
    moved = [(told, row["apprentice_id"]) for told, row, _ in made if told.status not in (None, f.ON_PROGRAMME)]
    changes = [_change(each, str(told.status), told.status_on or told.start_on, 0) for told, each in moved]
    await act.save(t.status_change.insert(), changes)


def _employer(act: Act, side: Side) -> UUID:
    return act.viewer.organisation if act.viewer.kind == PartyKind.EMPLOYER else side[0]


def _ties(act: Act, row: dict[str, Any], side: Side) -> Iterable[dict[str, Any]]:
    # A relation opens the record from the day it is entered, however long ago the apprenticeship began.
    shared = {"apprentice_id": row["apprentice_id"], "from_on": min(row["start_on"], act.today)}
    own = {"party_id": act.viewer.party, "organisation_id": act.viewer.organisation}
    yield {**shared, **own, "kind": act.viewer.kind.value, "state": CONFIRMED}
    yield {**shared, "party_id": side[1], "organisation_id": side[0], "kind": other_kind(act), "state": CLAIMED}


def _change(apprentice: UUID, status: str, on: date, position: int) -> dict[str, Any]:
    return {"id": new_id(), "apprentice_id": apprentice, "status": status, "on_date": on, "position": position}


async def _write_changed(act: Act, work: Work) -> None:
    for learner, record, new in work.changed:
        mine = t.identity.c.apprentice_id == record.id
        await act.save(update(t.identity).where(mine).values(**new, version=t.identity.c.version + 1))
        if "status" in new:
            change = status_change(act, learner, record)
            row = _change(record.id, change.status, change.on, len(record.row["changes"]))
            await act.save(t.status_change.insert(), row)


async def _claim_again(act: Act, apprentice: UUID, side: Side) -> None:
    """Names another counterpart where the one before has declined: a fresh claim, to be confirmed."""
    who = {"apprentice_id": apprentice, "party_id": side[1], "organisation_id": side[0]}
    row = {**who, "kind": other_kind(act), "from_on": act.today}
    again = {"state": CLAIMED, "from_on": act.today, "until_on": FOREVER}
    new = insert(t.tie).values(**row, state=CLAIMED)
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id", "party_id"], set_=again))
    if other_kind(act) == f.EMPLOYER:
        moved = t.apprentice_table.c.id == apprentice
        await act.save(update(t.apprentice_table).where(moved).values(employer_id=side[0]))


def _tell(act: Act, work: Work, sides: dict[organisations.Identifier, Side]) -> None:
    for learner, row in work.made.values():
        record = act.records[row["apprentice_id"]]
        act.tell("apprentice.registered", record, only=act.viewer.party)
        act.tell("apprentice.claimed", record, only=sides[key_of(named_other(act, learner))][1])
    for _, record, _ in work.changed:
        act.tell("apprentice.changed", act.records[record.id])
    for apprentice, named in work.claims.items():
        act.tell("apprentice.claimed", act.records[apprentice], only=sides[key_of(named)][1])
