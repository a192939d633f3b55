"""Acts on the EPAO's nomination: the employer names it, it answers, another may follow (EPA-R11, X-17, X-20)."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import update

from hub.acts.act import Act, act, refusal, refuse
from hub.acts.inputs import Identifier, OnApprentice, Person
from hub.acts.keeping import drop_unreleased
from hub.acts.refresh import refresh
from hub.acts.ties import check_conflicts, conflicts, leave
from hub.plan import facts as f
from hub.plan import gateway as rules
from hub.store import cards, organisations
from hub.store import gateway as t
from hub.store.facts import Record, day
from hub.store.spine import new_id

NOMINATED, ACCEPTED, DECLINED, ENDED = "NOMINATED", "ACCEPTED", "DECLINED", "ENDED"


class NominateEpao(OnApprentice):
    """The employer names the EPAO that is to assess; it sees standard and employer until it accepts."""

    epao: Identifier = Field(description="The EPAO, by EPAO_ID or UKPRN.")
    by: Person = Field(description="Who nominates for the employer.")


class AnswerNomination(OnApprentice):
    """The nominated EPAO accepts or declines."""

    accepted: bool = Field(description="Whether the nomination is accepted.")
    by: Person = Field(description="Who answers for the EPAO.")


@act("nominateEpao", NominateEpao)
async def nominate_epao(act: Act, given: NominateEpao) -> dict[str, Any]:
    """Names the EPAO; one of the same organisation or group as employer or provider is refused (EPA-R11)."""
    record, _ = act.planned(given.apprentice_id)
    organisation, party = await _epao(act, given.epao)
    last = record.nomination
    if last is not None and last["epao_party_id"] == str(party) and last["state"] in (NOMINATED, ACCEPTED):
        return {"apprentice": record.id, "nomination": UUID(last["id"]), "replayed": True}
    refuse(await conflicts(act, record, organisation))
    await _end_nomination(act, record)
    row = {"id": new_id(), "apprentice_id": record.id, "position": len(record.row["nominations"]) + 1}
    named = {"epao_party_id": party, "epao_organisation_id": organisation, "state": NOMINATED, "nominated_on": act.today}
    await act.save(t.nomination.insert(), {**row, **named})
    await refresh(act, [record.id])
    act.tell("gateway.epao_nominated", record)
    return {"apprentice": record.id, "nomination": row["id"]}


async def _epao(act: Act, named: Identifier) -> tuple[UUID, UUID]:
    key = (named.scheme, named.value)
    organisation = (await organisations.find(act.connection, [key])).get(key)
    party = (await organisations.party_of(act.connection, organisation, f.EPAO)) if organisation else None
    if organisation is None or party is None:
        raise refusal("EPAO_UNKNOWN", where="input.epao")
    return organisation, party


async def _end_nomination(act: Act, record: Record) -> None:
    """Ends the nomination that stands: the former EPAO's view ends, and what it has not released ends with it.

    Gateway evidence stays with the apprentice; an assessor's unreleased work moves to nobody (X-17). The employer
    learns nothing of it: naming another EPAO is answered alike with and without unreleased results.
    """
    last = record.nomination
    if last is None or last["state"] not in (NOMINATED, ACCEPTED):
        return
    from_on = day(last["nominated_on"]) or act.today
    await leave(act, record, UUID(last["epao_party_id"]), from_on, act.today, knew=last["state"] == ACCEPTED)
    mine = t.nomination.c.id == UUID(last["id"])
    ended = {"state": ENDED, "ended_on": act.today, "version": t.nomination.c.version + 1}
    await act.save(update(t.nomination).where(mine).values(**ended))
    await drop_unreleased(act, record)


@act("answerNomination", AnswerNomination)
async def answer_nomination(act: Act, given: AnswerNomination) -> dict[str, Any]:
    """The EPAO accepts, and identity and checklist open to it, or declines, and its view ends (X-20)."""
    record, _ = act.planned(given.apprentice_id)
    last, to = record.nomination, ACCEPTED if given.accepted else DECLINED
    if last is None or last["epao_party_id"] != str(act.viewer.party) or record.gateway.nomination is None:
        raise refusal("STATE_CONFLICT", "There is no nomination for you to answer.", "input.apprenticeId")
    if last["state"] == to:
        return {"apprentice": record.id, "replayed": True}
    refuse(rules.answer_nomination(record.gateway.nomination, to, act.today, act.today))
    if given.accepted:
        await check_conflicts(act, record, "input.apprenticeId")
    values = {"state": to, "answered_on": act.today, "version": t.nomination.c.version + 1}
    await act.save(update(t.nomination).where(t.nomination.c.id == UUID(last["id"])).values(**values))
    told = "gateway.epao_accepted" if given.accepted else "gateway.epao_declined"
    if not given.accepted:
        await cards.close(act.connection, act.viewer.party, record.id, act.today)
        act.tell_alone(told, record, act.viewer.party)
    await refresh(act, [record.id])
    act.tell(told, record)
    return {"apprentice": record.id if given.accepted else None}
