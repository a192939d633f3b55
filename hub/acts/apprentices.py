"""Acts on an apprenticeship itself: confirming, dates, status, contact, providers, transfer and merging."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, Refused, act, refuse
from hub.acts.inputs import ApprenticeId, Code, Day, Identifier, Input, OnApprentice, Person, Text, Version
from hub.acts.refresh import refresh
from hub.errors import HubError, Problem
from hub.plan import facts as f
from hub.plan.apprentices import change_status
from hub.store import apprentices as t
from hub.store import organisations
from hub.store.facts import CLAIMED, CONFIRMED, DECLINED, LEFT, Record, Tie
from hub.store.spine import card, new_id


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


class AddProvider(OnApprentice):
    """Names another training provider (EPA-014); it must confirm."""

    provider: Identifier = Field(description="The training provider, usually by UKPRN.")


class TransferApprentice(OnApprentice):
    """Hands the apprentice to another employer from a day on; the record goes along, your access ends (PQR-07)."""

    employer: Identifier = Field(description="The new employer.")
    on: Day = Field(description="The first day with the new employer.")
    by: Person = Field(description="Who transfers.")


class MergeApprentices(Input):
    """Makes two providers' records of one apprenticeship one."""

    apprentice_id: ApprenticeId = Field(description="The record that stays.")
    other_apprentice_id: ApprenticeId = Field(description="The record that goes; its provider joins the one that stays.")
    by: Person = Field(description="Who merges.")


def _own_claim(act: Act, apprentice: UUID) -> tuple[Record, Tie]:
    record = act.record(apprentice)
    tie = record.tie_of(act.viewer.party)
    if tie is None or tie.state != CLAIMED:
        raise Refused(Problem("STATE_CONFLICT", "There is nothing here for you to confirm.", "input.apprenticeId"))
    return record, tie


async def _set_tie(act: Act, record: Record, party: UUID, **values: Any) -> None:
    mine = (t.tie.c.apprentice_id == record.id, t.tie.c.party_id == party)
    await act.save(update(t.tie).where(*mine).values(**values))


async def _set_identity(act: Act, record: Record, version: int | None, **values: Any) -> None:
    if version is not None and version != record.identity["version"]:
        raise Refused(HubError("VERSION_CONFLICT", field="input.version").problem)
    if values:
        mine = t.identity.c.apprentice_id == record.id
        await act.save(update(t.identity).where(mine).values(**values, version=t.identity.c.version + 1))


@act("confirmApprentice", ConfirmApprentice)
async def confirm_apprentice(act: Act, given: ConfirmApprentice) -> dict[str, Any]:
    """Opens the record to the party that was named; only its own word can do that (X-19)."""
    record, tie = _own_claim(act, given.apprentice_id)
    await _set_tie(act, record, tie.party, state=CONFIRMED)
    await refresh(act, [record.id])
    act.tell("apprentice.confirmed", record)
    return {"apprentice": record.id}


@act("declineApprentice", DeclineApprentice)
async def decline_apprentice(act: Act, given: DeclineApprentice) -> dict[str, Any]:
    """Ends a claim; the record leaves the slice of the party that declined."""
    record, tie = _own_claim(act, given.apprentice_id)
    await _set_tie(act, record, tie.party, state=DECLINED, until_on=max(tie.from_on, act.today))
    mine = (card.c.apprentice_id == record.id, card.c.party_id == tie.party)
    await act.save(update(card).where(*mine).values(closed_on=act.today))
    await refresh(act, [record.id])
    act.tell("apprentice.declined", record)
    return {"apprentice": None}


@act("setMyReference", SetMyReference)
async def set_my_reference(act: Act, given: SetMyReference) -> dict[str, Any]:
    """Sets the private reference on the party's own card, and nowhere else."""
    record = act.record(given.apprentice_id)
    mine = (card.c.apprentice_id == record.id, card.c.party_id == act.viewer.party)
    await act.save(update(card).where(*mine).values(my_reference=given.my_reference))
    return {"apprentice": record.id}


@act("setContact", SetContact)
async def set_contact(act: Act, given: SetContact) -> dict[str, Any]:
    """Sets how the apprentice is reached (d7)."""
    record = act.record(given.apprentice_id)
    values = {"email": given.email, "phone": given.phone}
    new = insert(t.contact).values(apprentice_id=record.id, **values)
    await act.save(
        new.on_conflict_do_update(index_elements=["apprentice_id"], set_={**values, "version": t.contact.c.version + 1})
    )
    act.tell("apprentice.changed", record)
    return {"apprentice": record.id}


@act("changeDates", ChangeDates)
async def change_dates(act: Act, given: ChangeDates) -> dict[str, Any]:
    """Changes dates that readiness and work queues are reckoned from."""
    record = act.record(given.apprentice_id)
    values = given.model_dump(include={"planned_end_on", "expected_gateway_on", "region", "intake"}, exclude_none=True)
    planned_end = given.planned_end_on or record.gateway.apprenticeship.planned_end_on
    if planned_end < record.gateway.apprenticeship.start_on:
        raise Refused(Problem("INPUT_INVALID", "The planned end lies before the start.", "input.plannedEndOn"))
    await _set_identity(act, record, given.version, **values)
    await refresh(act, [record.id])
    act.tell("apprentice.changed", record)
    return {"apprentice": record.id}


@act("changeStatus", ChangeStatus)
async def change_status_(act: Act, given: ChangeStatus) -> dict[str, Any]:
    """Records a break, a return, a withdrawal, a restart or the end of training, in an order that can be."""
    record = act.record(given.apprentice_id)
    now = record.gateway.apprenticeship
    refuse(change_status(now, f.StatusChange(given.status, given.on), act.today))
    status = f.ON_PROGRAMME if given.status == f.RESTARTED else given.status
    await _set_identity(act, record, given.version, status=status)
    row = {"apprentice_id": record.id, "status": given.status, "on_date": given.on}
    await act.save(t.status_change.insert(), {"id": new_id(), "position": len(record.row["changes"]), **row})
    await refresh(act, [record.id])
    act.tell("apprentice.changed", record, status=status)
    return {"apprentice": record.id}


@act("addProvider", AddProvider)
async def add_provider(act: Act, given: AddProvider) -> dict[str, Any]:
    """Names another training provider, who sees the identity until it has confirmed."""
    record = act.record(given.apprentice_id)
    _, party = await _party(act, given.provider, f.PROVIDER)
    if record.tie_of(party) is not None:
        raise Refused(Problem("STATE_CONFLICT", "This training provider is already named.", "input.provider"))
    row = {"apprentice_id": record.id, "party_id": party, "kind": f.PROVIDER, "state": CLAIMED, "from_on": act.today}
    await act.save(t.tie.insert(), row)
    await refresh(act, [record.id])
    act.tell("apprentice.claimed", record, only=party)
    return {"apprentice": record.id}


async def _party(act: Act, named: Identifier, kind: str) -> tuple[UUID, UUID]:
    key = (named.scheme, named.value)
    organisation = (await organisations.find_or_keep(act.connection, [key], kind))[key]
    return organisation, (await organisations.parties(act.connection, [organisation], kind))[organisation]


@act("transferApprentice", TransferApprentice)
async def transfer_apprentice(act: Act, given: TransferApprentice) -> dict[str, Any]:
    """Moves the live record to another employer; the old one keeps a frozen copy of its own period (PQR-07, X-16)."""
    record = act.confirmed(given.apprentice_id)
    own = record.tie_of(act.viewer.party)
    organisation, party = await _party(act, given.employer, f.EMPLOYER)
    if own is None or record.tie_of(party) is not None or given.on <= own.from_on or given.on > act.today:
        raise Refused(Problem("STATE_CONFLICT", "Name another employer and a day that is not in the future.", "input.employer"))
    act.tell_leaver(record, act.viewer.party)
    await leave(act, record, own, given.on)
    row = {"apprentice_id": record.id, "party_id": party, "kind": f.EMPLOYER, "state": CLAIMED, "from_on": given.on}
    await act.save(t.tie.insert(), row)
    moved = t.apprentice_table.c.id == record.id
    await act.save(update(t.apprentice_table).where(moved).values(employer_id=organisation))
    await refresh(act, [record.id])
    act.tell("apprentice.transferred", act.records[record.id])
    return {"apprentice": None}


async def leave(act: Act, record: Record, tie: Tie, on: Any) -> None:
    """Closes one party's card and keeps a frozen copy of its own period, and nothing else."""
    await _set_tie(act, record, tie.party, state=LEFT, until_on=on)
    mine = (await act.connection.execute(card.select().filter_by(apprentice_id=record.id, party_id=tie.party))).one()
    kept = {name: record.identity[name] for name in ("uln", "given_names", "family_name")}
    row = {"party_id": tie.party, "apprentice_id": record.id, "from_on": tie.from_on, "until_on": on}
    frozen = {"standard_id": record.standard_id, "status": mine.status, "my_reference": mine.my_reference}
    await act.save(insert(t.leaver_record).values(**row, **kept, **frozen).on_conflict_do_nothing())


@act("mergeApprentices", MergeApprentices)
async def merge_apprentices(act: Act, given: MergeApprentices) -> dict[str, Any]:
    """Makes two providers' records of one person on one standard one; the employer both name decides (DESIGN §2a)."""
    kept = act.confirmed(given.apprentice_id)
    gone = act.confirmed(given.other_apprentice_id, "input.otherApprenticeId")
    same = all(kept.identity[name] == gone.identity[name] for name in ("uln", "standard_id"))
    begun = bool(gone.row["pieces"] or gone.row["nominations"] or gone.row["decision"])
    if kept.id == gone.id or not same or begun:
        message = "Only two records of one person on one standard can be merged, and the one that goes must be empty."
        raise Refused(Problem("STATE_CONFLICT", message, "input.otherApprenticeId"))
    for tie in gone.ties:
        if tie.kind == f.PROVIDER and kept.tie_of(tie.party) is None:
            row = {"party_id": tie.party, "kind": tie.kind, "state": tie.state, "from_on": tie.from_on}
            await act.save(t.tie.insert(), {"apprentice_id": kept.id, **row})
        await _set_tie(act, gone, tie.party, state=LEFT, until_on=max(act.today, tie.from_on))
    await act.save(update(t.identity).where(t.identity.c.apprentice_id == gone.id).values(merged_into=kept.id))
    await refresh(act, [kept.id, gone.id])
    act.tell("apprentice.merged", act.records[kept.id])
    return {"apprentice": kept.id}
