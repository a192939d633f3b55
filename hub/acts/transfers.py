"""Acts that bring parties and take them away: another provider, another employer, two records made one."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select, update

from hub.acts.act import Act, act, refusal
from hub.acts.inputs import ApprenticeId, Day, Identifier, Input, OnApprentice, Person
from hub.acts.refresh import refresh
from hub.acts.ties import check_conflicts, leave, name_party, party_named, set_tie
from hub.plan import facts as f
from hub.plan.checklist import MISSING
from hub.store import apprentices as t
from hub.store import cards
from hub.store.facts import LEFT, Record
from hub.store.spine import card


class AddProvider(OnApprentice):
    """Names another training provider (EPA-014); it must confirm."""

    provider: Identifier = Field(description="The training provider, by UKPRN.")


class TransferApprentice(OnApprentice):
    """Hands the apprentice to another employer from a day on; the record goes along, your access ends (PQR-07)."""

    employer: Identifier = Field(description="The new employer.")
    on: Day = Field(description="The first day with the new employer, today or earlier.")
    by: Person = Field(description="Who transfers.")


class MergeApprentices(Input):
    """Makes two providers' records of one apprenticeship one."""

    apprentice_id: ApprenticeId = Field(description="The record that stays.")
    other_apprentice_id: ApprenticeId = Field(description="The record that goes; its provider joins the one that stays.")
    by: Person = Field(description="Who merges.")


@act("addProvider", AddProvider)
async def add_provider(act: Act, given: AddProvider) -> dict[str, Any]:
    """Names another training provider, who sees the identity until it has confirmed."""
    record = act.record(given.apprentice_id)
    organisation, party = await party_named(act, given.provider, f.PROVIDER)
    if any(tie.party == party for tie in record.open_ties(f.PROVIDER, act.today)):
        raise refusal("STATE_CONFLICT", "This training provider is already named.", "input.provider")
    await check_conflicts(act, record, "input.provider", organisation)
    await name_party(act, record, (organisation, party), f.PROVIDER, act.today)
    await refresh(act, [record.id])
    act.tell("apprentice.claimed", record, only=party)
    return {"apprentice": record.id}


@act("transferApprentice", TransferApprentice)
async def transfer_apprentice(act: Act, given: TransferApprentice) -> dict[str, Any]:
    """Moves the live record to another employer; the old one keeps a frozen copy of its own period (PQR-07, X-16)."""
    record = act.confirmed(given.apprentice_id)
    own = record.tie_of(act.viewer.party)
    organisation, party = await party_named(act, given.employer, f.EMPLOYER)
    if own is None or party == act.viewer.party:
        raise refusal("STATE_CONFLICT", "Name another employer.", "input.employer")
    if given.on > act.today:
        raise refusal("DATE_IN_FUTURE", where="input.on")
    if given.on <= own.from_on:
        raise refusal("DATE_ORDER", "The apprentice was not with you before that day.", "input.on")
    await check_conflicts(act, record, "input.employer", employer=organisation)
    await set_tie(act, record.id, own.party, state=LEFT, until_on=given.on)
    await leave(act, record, own.party, own.from_on, given.on)
    await name_party(act, record, (organisation, party), f.EMPLOYER, given.on)
    moved = t.apprentice_table.c.id == record.id
    await act.save(update(t.apprentice_table).where(moved).values(employer_id=organisation))
    await refresh(act, [record.id])
    act.tell("apprentice.transferred", act.records[record.id])
    return {"apprentice": None}


@act("mergeApprentices", MergeApprentices)
async def merge_apprentices(act: Act, given: MergeApprentices) -> dict[str, Any]:
    """Makes two providers' records of one person on one standard one; the employer both name decides (DESIGN §2a)."""
    kept = act.confirmed(given.apprentice_id)
    gone = act.confirmed(given.other_apprentice_id, "input.otherApprenticeId")
    if kept.id == gone.id or not _same_person(kept, gone) or _begun(gone):
        message = "Only two records of one person on one standard can be merged, and the one that goes must be empty."
        raise refusal("STATE_CONFLICT", message, "input.otherApprenticeId")
    joining = gone.open_ties(f.PROVIDER, act.today)
    await check_conflicts(act, kept, "input.otherApprenticeId", *(tie.organisation for tie in joining))
    references = await _references(act, gone)
    for tie in gone.open_ties(f.PROVIDER, act.today) + gone.open_ties(f.EMPLOYER, act.today):
        await set_tie(act, gone.id, tie.party, state=LEFT, until_on=max(act.today, tie.from_on))
        await cards.close(act.connection, tie.party, gone.id, max(act.today, tie.from_on))
        act.tell_leaver(gone, tie.party)
    here = {tie.party for tie in kept.ties if tie.open_on(act.today)}
    for tie in joining:
        if tie.party not in here:
            await name_party(act, kept, (tie.organisation, tie.party), f.PROVIDER, min(act.today, tie.from_on))
            await set_tie(act, kept.id, tie.party, state=tie.state)
    mine = t.identity.c.apprentice_id.in_([gone.id, *(await _merged_into(act, gone.id))])
    await act.save(update(t.identity).where(mine).values(merged_into=kept.id))
    await refresh(act, [kept.id])
    for party, reference in references.items():
        if party not in here and reference is not None:
            await cards.refer(act.connection, party, kept.id, reference)
    act.tell("apprentice.merged", act.records[kept.id])
    return {"apprentice": kept.id}


def _same_person(one: Record, other: Record) -> bool:
    return all(one.identity[name] == other.identity[name] for name in ("uln", "standard_id"))


def _begun(record: Record) -> bool:
    """Whether anything would be lost with the record."""
    filed = any(item["state"] != MISSING and item["filed_by"] for item in record.row["items"])
    return bool(filed or record.row["pieces"] or record.row["nominations"] or record.row["decision"])


async def _references(act: Act, record: Record) -> dict[UUID, str | None]:
    rows = await act.connection.execute(select(card.c.party_id, card.c.my_reference).where(card.c.apprentice_id == record.id))
    return {row.party_id: row.my_reference for row in rows}


async def _merged_into(act: Act, apprentice: UUID) -> list[UUID]:
    """The records that were merged into this one before."""
    query = select(t.identity.c.apprentice_id).where(t.identity.c.merged_into == apprentice)
    return list((await act.connection.execute(query)).scalars())
