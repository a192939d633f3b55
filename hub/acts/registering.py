"""How a set of registrations is done: what is new, what is told again, what has changed, what is another party's."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from hub.acts.act import Act
from hub.acts.enrolling import enrol
from hub.acts.told import Told, Work, key_of, named_other, other_kind, status_change
from hub.errors import Problem
from hub.plan import facts as f
from hub.plan.apprentices import change_status, check_registration
from hub.plan.verdicts import future_problems, problem
from hub.store import organisations, registered, standards, tombstones
from hub.store.facts import DECLINED, Record
from hub.store.spine import new_id

REGISTERED, UPDATED, UNCHANGED, REFUSED = "REGISTERED", "UPDATED", "UNCHANGED", "REFUSED"
STATUSES = (f.ON_PROGRAMME, f.ON_BREAK, f.WITHDRAWN, f.COMPLETED)
ALWAYS = ("given_names", "family_name", "start_on", "original_start_on", "planned_end_on")
IF_TOLD = ("age_band", "expected_gateway_on", "region", "intake")
DIFFERS = {f.EMPLOYER: "EMPLOYER_DIFFERS", f.PROVIDER: "PROVIDER_DIFFERS"}


async def register(act: Act, learners: Sequence[Told]) -> list[dict[str, Any]]:
    """Registers a set and answers for each: its outcome, the apprentice, and what was told and not done."""
    await registered.hold(act.connection, act.viewer.party)
    await standards.hold(act.connection)
    found = [_problems(act, learner) for learner in learners]
    good = [learner for learner, problems in zip(learners, found, strict=True) if not problems]
    names = await standards.find_or_keep(act.connection, [_name(learner) for learner in good])
    known = await registered.known(act.connection, act.viewer.party, {learner.uln for learner in good})
    known.erased = await tombstones.found(act.connection, act.seal, act.viewer.party, {each.uln for each in good})
    await act.load(*known.own)
    sides = await organisations.find(act.connection, [key_of(named_other(act, learner)) for learner in good])
    parties = await organisations.parties_of(act.connection, sides.values(), other_kind(act))
    work, answers = Work(), []
    for learner, problems in zip(learners, found, strict=True):
        if problems:
            answers.append(_answer(REFUSED, None, *problems))
        else:
            key = (learner.uln, names[_name(learner)], _first_start(learner))
            party = parties.get(sides.get(key_of(named_other(act, learner))))
            answers.append(_one(act, learner, key, party, known, work))
    await enrol(act, work)
    return answers


def _one(
    act: Act, learner: Told, key: registered.Key, party: UUID | None, known: registered.Known, work: Work
) -> dict[str, Any]:
    """What becomes of one apprenticeship; the same key again means the same record."""
    if key in known.merged:
        return _answer(UNCHANGED, known.merged[key])
    if key in known.mine:
        own = known.mine[key]
        if not own.open:
            return _answer(REFUSED, None, problem("STATE_CONFLICT", "This apprentice has left you.", "uln"))
        if act.records[own.apprentice].restriction is not None:
            return _answer(REFUSED, own.apprentice, problem("RESTRICTED", field="uln"))
        return _again(act, learner, act.records[own.apprentice], own.my_reference, party, work)
    if party is not None and (*key, party) in known.brought:
        return _answer(REFUSED, None, problem("ALREADY_CLAIMED", field="uln"))
    if key[2] <= known.erased.get(key[0], date.min):
        # Whatever began before the erasure was erased with it, also under another standard or a corrected start.
        return _answer(REFUSED, None, problem("ERASED", field="uln"))
    if key in work.made:
        return _answer(REFUSED, None, problem("INPUT_INVALID", "The same apprenticeship stands twice.", "uln"))
    row = _row(act, learner, key)
    work.made[key] = (learner, row)
    return _answer(REGISTERED, row["apprentice_id"])


def _again(act: Act, learner: Told, record: Record, reference: str | None, party: UUID | None, work: Work) -> dict[str, Any]:
    """What a party tells again of its own record: dates and names may change, the other party never does."""
    new, notes = _changes(learner, record), list(_other_differs(act, learner, record, party, work))
    if learner.status is not None and learner.status != record.identity["status"]:
        wrong = change_status(record.gateway.apprenticeship, status_change(act, learner, record), act.today)
        if wrong:
            return _answer(REFUSED, record.id, *wrong)
        new["status"] = learner.status
    if new:
        work.changed.append((learner, record, new))
    if learner.my_reference not in (None, reference):
        work.references[record.id] = str(learner.my_reference)
    touched = new or record.id in work.claims or record.id in work.references
    return _answer(UPDATED if touched else UNCHANGED, record.id, *notes)


def _other_differs(act: Act, learner: Told, record: Record, party: UUID | None, work: Work) -> Iterable[Problem]:
    """Another counterpart than the record's is noted and not acted upon, unless the record has lost its own."""
    other = other_kind(act)
    standing = record.open_ties(other, act.today)
    if any(tie.party == party for tie in standing):
        return
    if standing:
        yield problem(DIFFERS[other], field=other)
    elif party is not None and any(tie.party == party and tie.state == DECLINED for tie in record.ties):
        yield problem("CLAIM_DECLINED", field=other)
    else:
        work.claims[record.id] = named_other(act, learner)


def _answer(outcome: str, apprentice: UUID | None, *problems: Problem) -> dict[str, Any]:
    shown = [Problem(p.code, p.message, f"input.{p.field}" if p.field else "input", p.rule) for p in problems]
    return {"outcome": outcome, "apprentice": apprentice, "replayed": outcome == UNCHANGED, "errors": shown}


def _name(learner: Told) -> standards.Name:
    return (learner.standard.reference, learner.standard.version, learner.standard.lars_code)


def _first_start(learner: Told) -> date:
    """What an apprenticeship is recognised by: after a break it is still the one that began then."""
    return learner.original_start_on or learner.start_on


def _problems(act: Act, learner: Told) -> list[Problem]:
    """What is wrong with one registration in itself, whatever the hub knows."""
    plan = act.library.plan(learner.standard.reference, learner.standard.version)
    found = list(check_registration(plan, act.library.overlays, _apprenticeship(learner), act.today).problems)
    if learner.status not in (None, *STATUSES):
        found.append(problem("STATUS_UNKNOWN", f"A status is one of {', '.join(STATUSES)}.", "status"))
    if learner.status_on is not None:
        found += future_problems(learner.status_on, act.today, "statusOn")
        if learner.status_on < _first_start(learner):
            found.append(problem("DATE_ORDER", "The status is older than the start.", "statusOn"))
    named, other = getattr(learner, other_kind(act)), other_kind(act)
    if named is None:
        found.append(problem("INPUT_INVALID", f"Name the {other}.", other))
    elif named.scheme not in organisations.SCHEMES[other]:
        found.append(problem("INPUT_INVALID", f"Name the {other} by {' or '.join(organisations.SCHEMES[other])}.", other))
    if getattr(learner, act.viewer.kind.value) is not None:
        found.append(problem("INPUT_INVALID", f"You are the {act.viewer.kind} yourself.", act.viewer.kind.value))
    return found


def _apprenticeship(learner: Told) -> f.Apprenticeship:
    return f.Apprenticeship(
        learner.start_on,
        learner.planned_end_on,
        learner.original_start_on,
        learner.age_band,
        expected_gateway_on=learner.expected_gateway_on,
    )


def _row(act: Act, learner: Told, key: registered.Key) -> dict[str, Any]:
    told = {name: getattr(learner, name) for name in (*ALWAYS, *IF_TOLD)}
    told |= {"intake": learner.intake or f"{learner.start_on:%Y-%m}", "status": learner.status or f.ON_PROGRAMME}
    mine = {"registered_by": act.viewer.party, "uln": key[0], "standard_id": key[1], "first_start_on": key[2]}
    return {"apprentice_id": new_id(), **mine, **told}


def _changes(learner: Told, record: Record) -> dict[str, Any]:
    told = {name: getattr(learner, name) for name in ALWAYS}
    told |= {name: value for name in IF_TOLD if (value := getattr(learner, name)) is not None}
    return {name: value for name, value in told.items() if _as_kept(value) != record.identity[name]}


def _as_kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
