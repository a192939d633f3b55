"""After a change: run the rules on what is now so, store their outcome as rows, and bring every party's card up to date."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.acts.stages import Stage, claim_stage, epao_stage, stage
from hub.acts.standing import keep_standing
from hub.plan.answers import Blocker, ItemView, Readiness
from hub.plan.facts import EPAO
from hub.plan.gateway import readiness
from hub.slices.rows import CHECKLIST, FULL, IDENTITY, NAMED
from hub.store import cards, facts, gateway, spine
from hub.store.facts import CONFIRMED, FOREVER, Record
from hub.store.ticks import newly_ready
from hub.words import name_key

EPAO_REACH = {"NOMINATED": NAMED, "ACCEPTED": CHECKLIST}


async def refresh(act: Act, apprentices: Iterable[UUID], *, rules: bool = True, only: UUID | None = None) -> None:
    """Brings items, readiness, blockers and cards of the apprentices up to date; without `rules`, the cards alone.

    With `only`, nothing but that party's cards: what the EPAO keeps to itself touches nobody else's row (EPA-107).
    """
    ids = sorted(apprentices)
    act.records.update(await facts.load(act.connection, ids, act.library, graded=act.graded))
    records = [act.records[each] for each in ids]
    verdicts = {r.id: readiness(r.plan, act.library.overlays, r.gateway, act.today) for r in records}
    if rules:
        await _store_verdicts(act, records, verdicts)
        for each in await newly_ready(act.connection, ids, act.today):
            act.tell("gateway.ready", act.records[each])
    for record in records:
        await keep_standing(act, record)
    rows = [row for r in records for row in cards_of(r, verdicts[r.id], act.today)]
    await cards.write(act.connection, [row for row in rows if only in (None, row["party_id"])])


async def _store_verdicts(act: Act, records: list[Record], verdicts: dict[UUID, Readiness]) -> None:
    await act.connection.execute(delete(gateway.blocker).where(gateway.blocker.c.apprentice_id.in_([r.id for r in records])))
    await act.save(gateway.blocker.insert(), [row for r in records for row in _blockers(r.id, verdicts[r.id].blockers)])
    await _store_readiness(act, verdicts)
    await _store_items(act, [row for r in records for row in _items(r, verdicts[r.id].items)])


def _blockers(apprentice: UUID, blockers: Iterable[Blocker]) -> list[dict[str, Any]]:
    return [
        {
            "apprentice_id": apprentice,
            "position": position,
            "rule": each.rule,
            "requirement": each.requirement,
            "sentence": each.sentence,
            "party": each.party,
            "due_on": each.due_on,
            "from_on": each.from_on,
            "until_on": each.until_on or FOREVER,
        }
        for position, each in enumerate(blockers)
    ]


async def _store_readiness(act: Act, verdicts: dict[UUID, Readiness]) -> None:
    new = insert(gateway.readiness)
    columns = ("status", "ready_from", "overlays")
    rows = [
        {"apprentice_id": key, "status": v.status, "ready_from": v.ready_from, "overlays": list(v.overlays)}
        for key, v in verdicts.items()
    ]
    await act.save(
        new.on_conflict_do_update(index_elements=["apprentice_id"], set_={c: new.excluded[c] for c in columns}), rows
    )


def _items(record: Record, items: Iterable[ItemView]) -> list[dict[str, Any]]:
    return [
        {
            "id": spine.new_id(),
            "apprentice_id": record.id,
            "requirement": each.requirement,
            "position": position,
            "label": each.label,
            "state": each.state,
            "met": each.met,
            "overlay": each.overlay,
        }
        for position, each in enumerate(items)
    ]


async def _store_items(act: Act, rows: list[dict[str, Any]]) -> None:
    new = insert(gateway.item)
    columns = ("state", "met", "overlay")
    statement = new.on_conflict_do_update(
        index_elements=["apprentice_id", "requirement"],
        set_={c: new.excluded[c] for c in columns},
        where=text(" or ".join(f"item.{c} is distinct from excluded.{c}" for c in columns)),
    )
    await act.save(statement, rows)


def cards_of(record: Record, verdict: Readiness, today: date) -> Iterable[dict[str, Any]]:
    """The open cards of one apprentice as its facts make them; a card that is closed stays as it was when it closed.

    A restriction closes every card but that of the party that restricts.
    """
    limit = record.restriction
    for row in _cards_of(record, verdict, today):
        if limit is None or str(row["party_id"]) == limit["party_id"]:
            yield row
        else:
            yield {**row, "closed_on": max(row["opened_on"], date.fromisoformat(limit["since"]))}


def _cards_of(record: Record, verdict: Readiness, today: date) -> Iterable[dict[str, Any]]:
    for tie in record.ties:
        if tie.open_on(today):
            claim = tie.state != CONFIRMED
            shown = claim_stage(record, tie.kind) if claim else stage(record, verdict, tie.kind)
            yield _card(record, shown, tie.party, tie.kind, IDENTITY if claim else FULL, tie.from_on)
    last = record.nomination
    if last is not None and last["state"] in EPAO_REACH:
        reach = FULL if last["state"] == "ACCEPTED" and record.gateway.decided_on else EPAO_REACH[last["state"]]
        shown = epao_stage(record, stage(record, verdict), reach)
        yield _card(record, shown, UUID(last["epao_party_id"]), EPAO, reach, date.fromisoformat(last["nominated_on"]))


def _card(record: Record, now: Stage, party: UUID, kind: str, reach: int, from_on: date) -> dict[str, Any]:
    i = record.identity if reach >= IDENTITY else {}
    gateway_on, start_on = facts.day(i.get("expected_gateway_on")), facts.day(i.get("start_on"))
    return {
        "party_id": party,
        "apprentice_id": record.id,
        "kind": kind,
        "reach": reach,
        "opened_on": from_on,
        "closed_on": FOREVER,
        "status": now.status,
        "readiness": now.readiness,
        "ready_from": now.ready_from,
        "next_party": now.next_party,
        "due_on": now.due_on,
        "my_reference": None,
        "uln": i.get("uln"),
        "given_names": i.get("given_names"),
        "family_name": i.get("family_name"),
        "standard_id": record.standard_id,
        "region": i.get("region"),
        "intake": i.get("intake"),
        "expected_gateway_on": gateway_on,
        "start_on": start_on,
        "name_sort": name_key(i["family_name"], i["given_names"]) if i else "",
        "due_sort": now.due_on or FOREVER,
        "gateway_sort": gateway_on or FOREVER,
        "start_sort": start_on or FOREVER,
    }
