"""Acts on the gateway: filing and assessing items, nominating an EPAO and its answer, the employer's decision."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, Refused, act, batch, refuse
from hub.acts.inputs import Code, Day, Identifier, Input, OnApprentice, Person, Version, signatory
from hub.acts.refresh import refresh
from hub.errors import HubError, Problem
from hub.plan import checklist
from hub.plan import facts as f
from hub.plan import gateway as rules
from hub.store import gateway as t
from hub.store import organisations
from hub.store.facts import Record
from hub.store.spine import new_id

NOMINATED, ACCEPTED, DECLINED, ENDED = "NOMINATED", "ACCEPTED", "DECLINED", "ENDED"
FILED_AGAIN = (checklist.ACCEPTED,)


class FileGatewayItem(OnApprentice):
    """Files one line of the gateway checklist on the apprentice's behalf."""

    requirement: Code = Field(description="A code of the plan's gateway requirements, such as PQIP or ENGLISH.")
    achieved_on: Day = Field(description="The day it was achieved.")
    attained: Code | None = Field(None, description="The level attained, where the requirement has levels.")
    entitlement: Code | None = Field(
        None, description="Why another level is enough. It is sealed: no party ever reads it back."
    )
    version: Version = None


@batch("fileGatewayItems", of="fileGatewayItem")
class FileGatewayItems(Input):
    """Files up to 100 items, each with its own outcome."""

    items: list[FileGatewayItem] = Field(min_length=1, max_length=100, description="The items.")


class AssessGatewayItem(OnApprentice):
    """The EPAO accepts or rejects the evidence of one item."""

    requirement: Code = Field(description="The requirement.")
    accepted: bool = Field(description="Whether the evidence is accepted.")
    reason: Code | None = Field(None, description="A reason code, required with a rejection, such as ILLEGIBLE.")
    version: Version = None


class NominateEpao(OnApprentice):
    """The employer names the EPAO that is to assess; it sees standard and employer until it accepts."""

    epao: Identifier = Field(description="The EPAO, by EPAO_ID or UKPRN.")
    by: Person = Field(description="Who nominates for the employer.")


class AnswerNomination(OnApprentice):
    """The nominated EPAO accepts or declines."""

    accepted: bool = Field(description="Whether the nomination is accepted.")
    by: Person = Field(description="Who answers for the EPAO.")


class DecideGateway(OnApprentice):
    """The employer alone decides that the apprentice passes the gateway (EPA-012)."""

    decided_on: Day = Field(description="The day of the decision.")
    declaration: Code = Field(description="The version of the declaration that was signed (EPA-015).")
    advice_taken: bool = Field(False, description="Whether the training provider's advice was taken; it never decides.")
    by: Person = Field(description="Who decides for the employer.")


@act("fileGatewayItem", FileGatewayItem)
async def file_gateway_item(act: Act, given: FileGatewayItem) -> dict[str, Any]:
    """Files an item; why English or maths counts as met goes to a table that no party reads (X-24)."""
    record, plan = act.planned(given.apprentice_id)
    refuse(rules.check_item(plan, given.requirement, act.viewer.kind, given.attained, given.entitlement))
    item = _fileable(record, given)
    if given.achieved_on > act.today:
        raise Refused(HubError("DATE_IN_FUTURE", field="input.achievedOn").problem)
    values = {"state": checklist.SUBMITTED, "since": given.achieved_on, "rejection": None}
    who = {"filed_by": act.viewer.kind.value, "filed_at": act.now, "version": t.item.c.version + 1}
    mine = (t.item.c.apprentice_id == record.id, t.item.c.requirement == given.requirement)
    await act.save(update(t.item).where(*mine).values(**values, **who))
    await _seal_basis(act, record.id, given)
    await refresh(act, [record.id])
    act.tell("gateway.item_filed", record, requirement=given.requirement)
    return {"apprentice": record.id, "item": UUID(item["id"])}


def _fileable(record: Record, given: FileGatewayItem) -> Any:
    item = record.item(given.requirement)
    if item is None or record.gateway.decided_on is not None:
        raise Refused(Problem("STATE_CONFLICT", "The gateway is passed.", "input.requirement"))
    if item["state"] in FILED_AGAIN:
        raise Refused(Problem("STATE_CONFLICT", "The EPAO has accepted this item.", "input.requirement"))
    if given.version not in (None, item["version"]):
        raise Refused(HubError("VERSION_CONFLICT", field="input.version").problem)
    return item


async def _seal_basis(act: Act, apprentice: UUID, given: FileGatewayItem) -> None:
    mine = (t.basis.c.apprentice_id == apprentice, t.basis.c.requirement == given.requirement)
    await act.save(delete(t.basis).where(*mine))
    if given.attained is not None:
        row = {"apprentice_id": apprentice, "requirement": given.requirement, "attained": given.attained}
        await act.save(insert(t.basis).values(**row, entitlement=given.entitlement))


@act("assessGatewayItem", AssessGatewayItem)
async def assess_gateway_item(act: Act, given: AssessGatewayItem) -> dict[str, Any]:
    """The EPAO accepts or rejects evidence; a rejected item is to be filed again, an accepted one is locked."""
    record, plan = act.planned(given.apprentice_id)
    item = record.item(given.requirement)
    requirement = plan.requirement(given.requirement)
    if item is None or requirement is None or requirement.met_by != "item":
        raise Refused(HubError("REQUIREMENT_UNKNOWN", field="input.requirement").problem)
    if item["state"] not in (checklist.SUBMITTED, checklist.ACCEPTED) or record.gateway.decided_on is not None:
        raise Refused(Problem("STATE_CONFLICT", "There is no filed evidence to assess.", "input.requirement"))
    if given.version not in (None, item["version"]):
        raise Refused(HubError("VERSION_CONFLICT", field="input.version").problem)
    if not given.accepted and given.reason is None:
        raise Refused(Problem("INPUT_INVALID", "A rejection needs a reason.", "input.reason"))
    state = checklist.ACCEPTED if given.accepted else checklist.REJECTED
    reason = None if given.accepted else given.reason
    mine = (t.item.c.apprentice_id == record.id, t.item.c.requirement == given.requirement)
    await act.save(update(t.item).where(*mine).values(state=state, rejection=reason, version=t.item.c.version + 1))
    await refresh(act, [record.id])
    event = "gateway.item_accepted" if given.accepted else "gateway.item_rejected"
    act.tell(event, record, requirement=given.requirement, reason=reason)
    return {"apprentice": record.id, "item": UUID(item["id"])}


@act("nominateEpao", NominateEpao)
async def nominate_epao(act: Act, given: NominateEpao) -> dict[str, Any]:
    """Names the EPAO; one of the same organisation or group as employer or provider is refused (EPA-R11)."""
    record, plan = act.planned(given.apprentice_id)
    key = (given.epao.scheme, given.epao.value)
    organisation = (await organisations.find(act.connection, [key])).get(key)
    party = (await organisations.party_of(act.connection, organisation, f.EPAO)) if organisation else None
    if organisation is None or party is None:
        raise Refused(Problem("EPAO_UNKNOWN", "No EPAO with this identifier is known to the hub.", "input.epao"))
    refuse(await _conflicts(act, record, plan, organisation))
    await _end_nomination(act, record, party)
    row = {"id": new_id(), "apprentice_id": record.id, "epao_party_id": party, "epao_organisation_id": organisation}
    await act.save(t.nomination.insert(), {**row, "state": NOMINATED, "nominated_on": act.today})
    await refresh(act, [record.id])
    act.tell("gateway.epao_nominated", record)
    return {"apprentice": record.id, "nomination": row["id"]}


async def _conflicts(act: Act, record: Record, plan: Any, epao: UUID) -> tuple[Problem, ...]:
    providers = [tie.organisation for tie in record.ties if tie.kind == f.PROVIDER and tie.open_on(act.today)]
    grouped = await organisations.groups(act.connection, {epao, record.employer_id, *providers}, act.today)
    known = {each: f.Organisation(str(each), codes) for each, codes in grouped.items()}
    return rules.nominate(plan, known[epao], known[record.employer_id], [known[each] for each in providers])


async def _end_nomination(act: Act, record: Record, party: UUID) -> None:
    """Ends the nomination that stands; gateway evidence stays with the apprentice, the former EPAO's view ends (X-17)."""
    last = record.nomination
    if last is None or last["state"] not in (NOMINATED, ACCEPTED):
        return
    if last["epao_party_id"] == str(party):
        raise Refused(Problem("STATE_CONFLICT", "This EPAO is already nominated.", "input.epao"))
    if record.row["results"] and not record.row["releases"]:
        raise Refused(Problem("STATE_CONFLICT", "The assessment is under way.", "input.epao"))
    act.tell_leaver(record, UUID(last["epao_party_id"]))
    mine = t.nomination.c.id == UUID(last["id"])
    await act.save(update(t.nomination).where(mine).values(state=ENDED, ended_on=act.today))


@act("answerNomination", AnswerNomination)
async def answer_nomination(act: Act, given: AnswerNomination) -> dict[str, Any]:
    """The EPAO accepts, and identity and checklist open to it, or declines, and its view ends (X-20)."""
    record, _ = act.planned(given.apprentice_id)
    last = record.nomination
    if last is None or last["epao_party_id"] != str(act.viewer.party) or record.gateway.nomination is None:
        raise Refused(Problem("STATE_CONFLICT", "There is no nomination for you to answer.", "input.apprenticeId"))
    to = ACCEPTED if given.accepted else DECLINED
    refuse(rules.answer_nomination(record.gateway.nomination, to, act.today, act.today))
    values = {"state": to, "answered_on": act.today, "version": t.nomination.c.version + 1}
    await act.save(update(t.nomination).where(t.nomination.c.id == UUID(last["id"])).values(**values))
    await refresh(act, [record.id])
    act.tell("gateway.epao_accepted" if given.accepted else "gateway.epao_declined", record)
    return {"apprentice": record.id if given.accepted else None}


@act("decideGateway", DecideGateway)
async def decide_gateway(act: Act, given: DecideGateway) -> dict[str, Any]:
    """The employer decides; the EPAO is told and the portfolio opens to it (EPA-010…015, EPA-032)."""
    record, plan = act.planned(given.apprentice_id)
    who = f.Signatory(given.by.reference, given.by.name, given.by.role)
    request = f.DecisionRequest(act.viewer.kind, given.decided_on, who, given.declaration)
    refuse(rules.decide(plan, act.library.overlays, record.gateway, request, act.today))
    text = next(each.text for each in plan.declarations if each.version == given.declaration)
    row = {
        "id": new_id(),
        "apprentice_id": record.id,
        "decided_on": given.decided_on,
        "advice_taken": given.advice_taken,
    }
    said = {"declaration": text, "declaration_version": given.declaration}
    await act.save(t.decision.insert(), {**row, **said, **signatory(given.by), **act.actor})
    await refresh(act, [record.id])
    act.tell("gateway.passed", record, decidedOn=given.decided_on.isoformat())
    return {"apprentice": record.id, "decision": row["id"]}
