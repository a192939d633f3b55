"""Acts that look after personal data: a hold against removal, a restriction, and erasure by those whose data it is."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act, refusal
from hub.acts.erasing import erase, marks, persons
from hub.acts.inputs import Code, OnApprentice, Person, signatory
from hub.acts.refresh import refresh
from hub.acts.standing import standing
from hub.plan import facts as f
from hub.store import cards
from hub.store import custody as t
from hub.store.facts import CONFIRMED, Record
from hub.store.tombstones import Erased

ERASED, ASKED = "ERASED", "ASKED"


class SetHold(OnApprentice):
    """Sets or lifts your own hold: while anybody holds it, nothing about the apprentice is removed."""

    held: bool = Field(description="True to hold, false to lift your own hold.")
    reason: Code = Field(description="A reason code, such as APPEAL, CLAIM or INVESTIGATION.")
    by: Person = Field(description="Who decides.")


class SetRestriction(OnApprentice):
    """Restricts an apprentice's data to yourself, or lifts your own restriction (UK GDPR Art. 18)."""

    restricted: bool = Field(description="True to restrict, false to lift your own restriction.")
    ground: Code = Field(description="A ground such as ACCURACY, UNLAWFUL, CLAIM or OBJECTION.")
    by: Person = Field(description="Who decides.")


class EraseApprentice(OnApprentice):
    """Agrees to the erasure of an apprentice who has ended (UK GDPR Art. 17)."""

    ground: Code = Field(description="A ground such as NOT_NEEDED, OBJECTION, UNLAWFUL or MISTAKE.")
    by: Person = Field(description="Who decides.")


@act("setHold", SetHold)
async def set_hold(act: Act, given: SetHold) -> dict[str, Any]:
    """Sets or lifts the party's own hold; retention and erasure leave alone whom anybody holds."""
    record = act.record(given.apprentice_id)
    held = await _held(act, [record.id])
    if given.held == (act.viewer.party in held):
        return {"apprentice": record.id, "replayed": True}
    if given.held:
        row = {"apprentice_id": record.id, "party_id": act.viewer.party, "reason": given.reason, "since": act.today}
        await act.save(t.hold.insert(), {**row, **signatory(given.by)})
    else:
        mine = (t.hold.c.apprentice_id == record.id, t.hold.c.party_id == act.viewer.party)
        await act.save(delete(t.hold).where(*mine))
    return {"apprentice": record.id}


async def _held(act: Act, apprentices: Sequence[UUID]) -> set[UUID]:
    """The parties that hold any of the records."""
    query = select(t.hold.c.party_id).where(t.hold.c.apprentice_id.in_(apprentices))
    return set((await act.connection.execute(query)).scalars())


@act("setRestriction", SetRestriction)
async def set_restriction(act: Act, given: SetRestriction) -> dict[str, Any]:
    """Closes every other party's card and stops every act until it is lifted; the others are told, not why."""
    record = act.record(given.apprentice_id)
    if given.restricted == (record.restriction is not None):
        return {"apprentice": record.id, "replayed": True}
    others = await _others(act, record)
    if given.restricted:
        row = {"apprentice_id": record.id, "party_id": act.viewer.party, "ground": given.ground, "since": act.today}
        await act.save(t.restriction.insert(), {**row, **signatory(given.by)})
    else:
        await act.save(delete(t.restriction).where(t.restriction.c.apprentice_id == record.id))
    await refresh(act, [record.id], rules=False)
    if given.restricted:
        act.tell_all("apprentice.restricted", record, others)
    else:
        act.tell("apprentice.unrestricted", record)
    return {"apprentice": record.id}


async def _others(act: Act, record: Record) -> list[UUID]:
    found = (await cards.reaches(act.connection, [record.id], act.today))[record.id]
    return [each.party for each in found if each.party != act.viewer.party]


@act("eraseApprentice", EraseApprentice)
async def erase_apprentice(act: Act, given: EraseApprentice) -> dict[str, Any]:
    """Erases once the employer and every training provider have agreed: outcome ASKED until then, ERASED at the last word.

    Before the gateway decision everything goes; after it the record of assessment stays, without a name.
    """
    record = act.record(given.apprentice_id)
    _check_over(record)
    ids = await persons(act.connection, record.id)
    if await _held(act, ids):
        raise refusal("ON_HOLD", where="input.apprenticeId")
    row = {"apprentice_id": record.id, "party_id": act.viewer.party, "ground": given.ground, "since": act.today}
    asked = insert(t.erasure_request).values(**row, **signatory(given.by)).on_conflict_do_nothing()
    new = bool((await act.connection.execute(asked.returning(t.erasure_request.c.party_id))).first())
    query = select(t.erasure_request.c.party_id).where(t.erasure_request.c.apprentice_id == record.id)
    if _whose(act, record) - set((await act.connection.execute(query)).scalars()):
        if new:
            act.tell("apprentice.erasure_asked", record)
        return {"apprentice": record.id, "outcome": ASKED, "replayed": not new}
    others = await _others(act, record)
    act.tell_all("apprentice.erased", record, [act.viewer.party, *others])
    act.subjects |= set(ids)
    known = [Erased(each, given.ground, act.today, act.now, await marks(act.connection, act.seal, each)) for each in ids]
    await erase(act.connection, known)
    return {"apprentice": None, "outcome": ERASED}


def _check_over(record: Record) -> None:
    """While it goes on, training and assessment need the data; a claim that nobody confirmed needs nothing."""
    if not record.opened or record.identity["status"] == f.WITHDRAWN:
        return
    if record.gateway.decided_on is None and record.identity["status"] == f.COMPLETED:
        return
    if not standing(record).achieved:
        message = "Training or assessment goes on: record the withdrawal first, or wait for the release of a pass."
        raise refusal("STATE_CONFLICT", message, "input.apprenticeId")


def _whose(act: Act, record: Record) -> set[UUID]:
    """Who has to agree: the employer and the training providers that stand behind the record today."""
    open_ = [tie for kind in (f.EMPLOYER, f.PROVIDER) for tie in record.open_ties(kind, act.today)]
    return {tie.party for tie in open_ if tie.state == CONFIRMED}
