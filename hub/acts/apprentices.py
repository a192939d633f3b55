"""Acts on an apprenticeship itself: confirming, declining, dates, status, contact and one's own reference."""

from typing import Any

from pydantic import Field
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act, check_version, refusal, refuse
from hub.acts.inputs import Code, Day, OnApprentice, Person, Text, Version
from hub.acts.refresh import refresh
from hub.acts.ties import set_tie
from hub.plan import facts as f
from hub.plan.apprentices import change_status
from hub.store import apprentices as t
from hub.store import cards
from hub.store.facts import CLAIMED, CONFIRMED, DECLINED, FOREVER, LEFT, Record, Tie
from hub.store.spine import new_id

CHANGEABLE = ("planned_end_on", "expected_gateway_on", "region", "intake")


class ConfirmApprentice(OnApprentice):
    """Confirms that an apprenticeship the other party brought is yours."""

    by: Person = Field(description="Who confirms.")


class DeclineApprentice(OnApprentice):
    """Says that an apprenticeship the other party brought is not yours."""

    by: Person = Field(description="Who declines.")


class SetMyReference(OnApprentice):
    """Sets your own private reference; no other party ever sees it."""

    my_reference: Text | None = Field(None, description="The reference; null removes it.")


class SetContact(OnApprentice):
    """Sets how the apprentice is reached; the EPAO sees it once the gateway is passed."""

    email: Text | None = Field(None, description="An e-mail address.")
    phone: Text | None = Field(None, description="A telephone number.")


class ChangeDates(OnApprentice):
    """Changes the planned end, the expected gateway, the region or the intake; what is absent stays."""

    planned_end_on: Day | None = Field(None, description="The planned end of training.")
    expected_gateway_on: Day | None = Field(None, description="When the gateway is expected.")
    region: Text | None = Field(None, description="A region of your own choosing.")
    intake: Code | None = Field(None, description="An intake of your own choosing.")
    version: Version = None


class ChangeStatus(OnApprentice):
    """Records a break, a return, a withdrawal or the end of training."""

    status: Code = Field(description="ON_PROGRAMME, ON_BREAK, WITHDRAWN, RESTARTED or COMPLETED.")
    on: Day = Field(description="The first day on which it holds.")
    version: Version = None


@act("confirmApprentice", ConfirmApprentice)
async def confirm_apprentice(act: Act, given: ConfirmApprentice) -> dict[str, Any]:
    """Opens the record to the party that was named; only its own word can do that (X-19)."""
    record = act.record(given.apprentice_id)
    tie = record.tie_of(act.viewer.party)
    if tie is not None and tie.state == CONFIRMED and record.identity["registered_by"] != str(tie.party):
        return {"apprentice": record.id, "replayed": True}
    await set_tie(act, record.id, _own_claim(tie).party, state=CONFIRMED)
    await refresh(act, [record.id])
    act.tell("apprentice.confirmed", record)
    return {"apprentice": record.id}


def _own_claim(tie: Tie | None) -> Tie:
    if tie is None or tie.state != CLAIMED:
        raise refusal("STATE_CONFLICT", "There is nothing here for you to confirm.", "input.apprenticeId")
    return tie


@act("declineApprentice", DeclineApprentice)
async def decline_apprentice(act: Act, given: DeclineApprentice) -> dict[str, Any]:
    """Ends a claim; the record leaves the slice of the party that declined, and stays with those that had it."""
    record = act.record(given.apprentice_id)
    tie = _own_claim(record.tie_of(act.viewer.party))
    on = max(tie.from_on, act.today)
    await set_tie(act, record.id, tie.party, state=DECLINED, until_on=on)
    await cards.close(act.connection, tie.party, record.id, on)
    if tie.kind == f.EMPLOYER:
        await _return(act, record, tie)
    await refresh(act, [record.id])
    act.tell("apprentice.declined", record)
    act.tell_alone("apprentice.declined", record, tie.party)
    return {"apprentice": None}


async def _return(act: Act, record: Record, declined: Tie) -> None:
    """A transfer that the new employer declines did not happen: the apprentice is back with the old one."""
    before = [tie for tie in record.ties if tie.kind == f.EMPLOYER and tie.state == LEFT and tie.until_on == declined.from_on]
    for tie in before[:1]:
        await set_tie(act, record.id, tie.party, state=CONFIRMED, until_on=FOREVER)
        moved = t.apprentice_table.c.id == record.id
        await act.save(update(t.apprentice_table).where(moved).values(employer_id=tie.organisation))
        copy = t.leaver_record.c
        mine = (copy.apprentice_id == record.id, copy.party_id == tie.party, copy.from_on == tie.from_on)
        await act.save(delete(t.leaver_record).where(*mine))


@act("setMyReference", SetMyReference)
async def set_my_reference(act: Act, given: SetMyReference) -> dict[str, Any]:
    """Sets the private reference on the party's own card, and nowhere else."""
    record = act.record(given.apprentice_id)
    await cards.refer(act.connection, act.viewer.party, record.id, given.my_reference)
    return {"apprentice": record.id}


@act("setContact", SetContact)
async def set_contact(act: Act, given: SetContact) -> dict[str, Any]:
    """Sets how the apprentice is reached (d7)."""
    record = act.record(given.apprentice_id)
    values = {"email": given.email, "phone": given.phone}
    new = insert(t.contact).values(apprentice_id=record.id, **values)
    changed = {**values, "version": t.contact.c.version + 1}
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id"], set_=changed))
    act.tell("apprentice.contact_changed", record)
    return {"apprentice": record.id}


@act("changeDates", ChangeDates)
async def change_dates(act: Act, given: ChangeDates) -> dict[str, Any]:
    """Changes dates that readiness and work queues are reckoned from."""
    record = act.record(given.apprentice_id)
    check_version(given.version, record.identity["version"])
    if given.planned_end_on and given.planned_end_on < record.gateway.apprenticeship.start_on:
        raise refusal("DATE_ORDER", "The planned end is before the start.", "input.plannedEndOn")
    told = given.model_dump(mode="json", include=set(CHANGEABLE), exclude_none=True)
    values = {name: getattr(given, name) for name, value in told.items() if record.identity[name] != value}
    if not values:
        return {"apprentice": record.id, "replayed": True}
    await _set_identity(act, record, **values)
    await refresh(act, [record.id])
    act.tell("apprentice.changed", record)
    return {"apprentice": record.id}


async def _set_identity(act: Act, record: Record, **values: Any) -> None:
    mine = t.identity.c.apprentice_id == record.id
    await act.save(update(t.identity).where(mine).values(**values, version=t.identity.c.version + 1))


@act("changeStatus", ChangeStatus)
async def change_status_(act: Act, given: ChangeStatus) -> dict[str, Any]:
    """Records a break, a return, a withdrawal, a restart or the end of training, in an order that can be."""
    record = act.record(given.apprentice_id)
    check_version(given.version, record.identity["version"])
    refuse(change_status(record.gateway.apprenticeship, f.StatusChange(given.status, given.on), act.today))
    status = f.ON_PROGRAMME if given.status == f.RESTARTED else given.status
    await _set_identity(act, record, status=status)
    row = {"apprentice_id": record.id, "status": given.status, "on_date": given.on}
    await act.save(t.status_change.insert(), {"id": new_id(), "position": len(record.row["changes"]), **row})
    await refresh(act, [record.id])
    act.tell("apprentice.changed", record, status=status)
    return {"apprentice": record.id}
