"""Acts on the gateway: filing and assessing items, and the employer's decision."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act, batch, check_version, refusal, refuse
from hub.acts.inputs import Code, Day, Input, OnApprentice, Person, Version, signatory
from hub.acts.refresh import refresh
from hub.plan import checklist
from hub.plan import facts as f
from hub.plan import gateway as rules
from hub.store import gateway as t
from hub.store.facts import Record
from hub.store.spine import new_id


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
    each: ClassVar[str] = "items"


class AssessGatewayItem(OnApprentice):
    """The EPAO accepts or rejects the evidence of one item."""

    requirement: Code = Field(description="The requirement.")
    accepted: bool = Field(description="Whether the evidence is accepted.")
    reason: Code | None = Field(None, description="A reason code, required with a rejection, such as ILLEGIBLE.")
    version: Version = None


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
        raise refusal("DATE_IN_FUTURE", where="input.achievedOn")
    if _filed_before(item, given):
        return {"apprentice": record.id, "item": UUID(item["id"]), "replayed": True}
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
        raise refusal("STATE_CONFLICT", "The gateway is passed.", "input.requirement")
    if item["state"] == checklist.ACCEPTED:
        raise refusal("STATE_CONFLICT", "The EPAO has accepted this item.", "input.requirement")
    check_version(given.version, item["version"])
    return item


def _filed_before(item: Any, given: FileGatewayItem) -> bool:
    """Whether the very same is on file already and waits for the EPAO."""
    told = (given.achieved_on.isoformat(), given.attained, given.entitlement)
    return (
        bool(item["filed_by"])
        and item["state"] != checklist.REJECTED
        and told
        == (
            item["since"],
            item["attained"],
            item["entitlement"],
        )
    )


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
        raise refusal("REQUIREMENT_UNKNOWN", where="input.requirement")
    if item["state"] not in (checklist.SUBMITTED, checklist.ACCEPTED) or record.gateway.decided_on is not None:
        raise refusal("STATE_CONFLICT", "There is no filed evidence to assess.", "input.requirement")
    if not given.accepted and given.reason is None:
        raise refusal("INPUT_INVALID", "A rejection needs a reason.", "input.reason")
    check_version(given.version, item["version"])
    state = checklist.ACCEPTED if given.accepted else checklist.REJECTED
    reason = None if given.accepted else given.reason
    mine = (t.item.c.apprentice_id == record.id, t.item.c.requirement == given.requirement)
    await act.save(update(t.item).where(*mine).values(state=state, rejection=reason, version=t.item.c.version + 1))
    await refresh(act, [record.id])
    event = "gateway.item_accepted" if given.accepted else "gateway.item_rejected"
    act.tell(event, record, requirement=given.requirement, reason=reason)
    return {"apprentice": record.id, "item": UUID(item["id"])}


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
