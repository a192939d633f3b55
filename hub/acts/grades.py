"""Acts around results: booking, authenticity, dispensation, release, and the employer's agreement to another attempt."""

from typing import Any

from pydantic import Field
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act, check_version, refusal, refuse
from hub.acts.inputs import BreachId, Code, Day, OnApprentice, Person, Sha256, Text, Version, signatory
from hub.acts.keeping import EVERYBODY, ONLY_EPAO, keep_grades, mark_released
from hub.acts.refresh import refresh
from hub.acts.sealing import close, open_row, opened
from hub.plan import attempts, dates
from hub.plan import facts as f
from hub.plan import grades as rules
from hub.plan.model import Plan
from hub.store import grades as t
from hub.store import sealed
from hub.store.outcomes import assessment, attempt_under_way, by_resit, latest, released
from hub.store.spine import new_id


class ScheduleAssessment(OnApprentice):
    """Books the day of a discussion or presentation, or moves it."""

    component: Code = Field(description="The component's code.")
    on: Day = Field(description="The day.")
    version: Version = None


class ConfirmAuthenticity(OnApprentice):
    """The employer confirms that a document is the apprentice's own work (EPA-084)."""

    component: Code = Field(description="The component the document belongs to.")
    sha256: Sha256 = Field(description="The SHA-256 of the document.")
    confirmed_on: Day = Field(description="The day of the confirmation.")
    by: Person = Field(description="Who confirms for the employer.")


class GrantDispensation(OnApprentice):
    """Lets a recorded breach stand, so that it no longer blocks the release."""

    breach_id: BreachId = Field(description="The breach.")
    reference: Text = Field(description="Your reference of the decision.")
    by: Person = Field(description="Who grants it for the EPAO.")


class ReleaseGrade(OnApprentice):
    """Releases results and grade: from now on employer and training provider see them."""

    by: Person = Field(description="Who releases for the EPAO.")


class AgreeResit(OnApprentice):
    """The employer agrees that failed methods are attempted again (EPA-132)."""

    methods: list[Code] = Field(min_length=1, max_length=10, description="The failed methods.")
    kind: Code = Field(description="RESIT without further learning, RETAKE with (EPA-131).")
    agreed_on: Day = Field(description="The day of the agreement.")
    action_plan: bool = Field(description="Whether there is a supportive action plan.")
    by: Person = Field(description="Who agrees for the employer.")


def _method_of(plan: Plan, component: str) -> str:
    for method in plan.methods:
        if component in {each.code for each in method.components}:
            return method.code
    raise refusal("COMPONENT_UNKNOWN", where="input.component")


def _vouched_for(plan: Plan, component: str) -> str:
    """The method of a component whose document the employer vouches for."""
    method = _method_of(plan, component)
    known = next(each for each in plan.methods if each.code == method)
    if not any(each.code == component and each.authenticity_rule for each in known.components):
        raise refusal("COMPONENT_UNKNOWN", "The employer vouches for no document of this component.", "input.component")
    return method


@act("scheduleAssessment", ScheduleAssessment)
async def schedule_assessment(act: Act, given: ScheduleAssessment) -> dict[str, Any]:
    """Books a day; a discussion not before the portfolio was there for four weeks (EPA-030)."""
    record, plan = act.planned(given.apprentice_id)
    method = _method_of(plan, given.component)
    booking = f.Booking(method, given.component, given.on)
    refuse(dates.schedule(plan, assessment(record, released(record)), booking, act.today))
    attempt = attempt_under_way(record, method)
    known = next((b for b in record.row["bookings"] if (b["component"], b["attempt"]) == (given.component, attempt)), None)
    check_version(given.version, known["version"] if known else 0)
    if known and known["on_date"] == given.on.isoformat():
        return {"apprentice": record.id, "replayed": True}
    act.room(record, *(("bookings",) if known is None else ()))
    new = insert(t.booking).values(apprentice_id=record.id, component=given.component, attempt=attempt, on_date=given.on)
    changed = {"on_date": given.on, "version": t.booking.c.version + 1}
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id", "component", "attempt"], set_=changed))
    event = "resit.scheduled" if by_resit(record, method, attempt) else "assessment.scheduled"
    act.tell(event, record, component=given.component, on=given.on.isoformat())
    return {"apprentice": record.id}


@act("confirmAuthenticity", ConfirmAuthenticity)
async def confirm_authenticity(act: Act, given: ConfirmAuthenticity) -> dict[str, Any]:
    """The employer vouches for a submitted document; another document of the same attempt may follow."""
    record, plan = act.planned(given.apprentice_id)
    attempt = attempt_under_way(record, _vouched_for(plan, given.component))
    if record.gateway.decided_on is None:
        raise refusal("GATEWAY_NOT_PASSED", where="input.apprenticeId")
    if given.confirmed_on > act.today:
        raise refusal("DATE_IN_FUTURE", where="input.confirmedOn")
    if given.confirmed_on < record.gateway.decided_on:
        raise refusal("DATE_ORDER", "The date is before the gateway.", "input.confirmedOn")
    row = {"id": new_id(), "apprentice_id": record.id, "component": given.component, "attempt": attempt}
    said = {"sha256": given.sha256, "on_date": given.confirmed_on, **signatory(given.by), **act.actor}
    new = insert(t.authenticity).values(**row, **said).on_conflict_do_nothing().returning(t.authenticity.c.id)
    if (await act.connection.execute(new)).first() is None:
        return {"apprentice": record.id, "replayed": True}
    act.room(record, "authenticity")
    act.tell("assessment.authenticated", record, component=given.component)
    return {"apprentice": record.id}


@act("grantDispensation", GrantDispensation)
async def grant_dispensation(act: Act, given: GrantDispensation) -> dict[str, Any]:
    """Lets a breach stand; the fact remains recorded."""
    record, _ = act.planned(given.apprentice_id, even_withdrawn=True)
    known = {breach["id"]: breach for breach in record.row["breaches"]}.get(str(given.breach_id))
    if known is None or known["epao_party_id"] != str(act.viewer.party):
        raise refusal("NOT_FOUND", "There is no such breach.", "input.breachId")
    told = await open_row(act, sealed.BREACH, known["id"], known["sealed"])
    if known["dispensed"] and told["dispensation_reference"] == given.reference:
        return {"apprentice": record.id, "replayed": True}
    if known["dispensed"]:
        raise refusal("STATE_CONFLICT", "The breach has a dispensation.", "input.breachId")
    box = await close(act, sealed.BREACH, known["id"], {**told, "dispensation_reference": given.reference})
    await act.save(update(t.breach).where(t.breach.c.id == given.breach_id).values(dispensed=True, sealed=box))
    act.tell("result.dispensed", record)
    return {"apprentice": record.id}


@act("releaseGrade", ReleaseGrade)
async def release_grade(act: Act, given: ReleaseGrade) -> dict[str, Any]:
    """Ends the embargo: every method has a result and no breach is open (EPA-107, EPA-122)."""
    record, plan = act.planned(given.apprentice_id, even_withdrawn=True)
    record = await opened(act, record)
    refuse(rules.release(plan, assessment(record), act.today))
    await keep_grades(act, record, plan, ONLY_EPAO, act.today)
    overall = await keep_grades(act, record, plan, EVERYBODY, act.today)
    await mark_released(act, record)
    row = {"id": new_id(), "apprentice_id": record.id, "overall": overall, "on_date": act.today}
    await act.save(t.release.insert(), {**row, **signatory(given.by), **act.actor})
    await refresh(act, [record.id], rules=False)
    act.tell("grade.released", record)
    return {"apprentice": record.id, "release": row["id"]}


@act("agreeResit", AgreeResit)
async def agree_resit(act: Act, given: AgreeResit) -> dict[str, Any]:
    """The employer agrees to a re-sit or re-take of failed methods only, never to improve a pass (EPA-130…136)."""
    record, plan = act.planned(given.apprentice_id)
    who = f.Signatory(given.by.reference, given.by.name, given.by.role)
    kind, methods = given.kind, tuple(given.methods)
    request = f.ResitRequest(act.viewer.kind, methods, kind, given.agreed_on, who)
    known = released(record)
    refuse(attempts.agree_resit(plan, assessment(record, known), request, act.today))
    rows = [
        {
            "id": new_id(),
            "apprentice_id": record.id,
            "method": method,
            "attempt": latest(known)[method]["attempt"] + 1,
            "kind": kind,
            "agreed_on": given.agreed_on,
            "action_plan": given.action_plan,
            **signatory(given.by),
            **act.actor,
        }
        for method in methods
    ]
    await act.save(t.resit.insert(), rows)
    await refresh(act, [record.id], rules=False)
    act.tell("retake.agreed" if kind == "RETAKE" else "resit.agreed", record, methods=sorted(set(methods)))
    return {"apprentice": record.id}
