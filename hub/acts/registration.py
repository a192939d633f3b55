"""Registration: one party brings an apprenticeship, the other has to confirm it (DESIGN §2a, X-19).

What is brought stands as a record of its own. Whether the ULN is known elsewhere changes nothing in the answer.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from pydantic import Field, model_validator
from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act
from hub.acts.inputs import Code, Day, Identifier, Input, Shape, Text, Uln
from hub.acts.refresh import refresh
from hub.errors import Problem
from hub.plan import facts as f
from hub.plan.apprentices import check_registration
from hub.store import apprentices as t
from hub.store import organisations
from hub.store.facts import CLAIMED, CONFIRMED
from hub.store.spine import card, new_id
from hub.viewer import PartyKind

STATUSES = (f.ON_PROGRAMME, f.ON_BREAK, f.WITHDRAWN, f.COMPLETED)
MAY_CHANGE = ("start_on", "given_names", "family_name", "planned_end_on", "original_start_on", "age_band", "status")


class StandardName(Shape):
    """A standard by its reference, or by its LARS code."""

    reference: Code | None = Field(None, description="Such as ST0648.")
    version: Code | None = Field(None, description="Such as 1.0; the latest with a plan when absent.")
    lars_code: Code | None = Field(None, description="The DfE's code of the standard.")

    @model_validator(mode="after")
    def _one(self) -> "StandardName":
        if (self.reference is None) == (self.lars_code is None):
            raise ValueError("Give either the reference or the LARS code.")
        return self


class Learner(Shape):
    """One apprenticeship to register."""

    uln: Uln = Field(description="The apprentice's unique learner number.", json_schema_extra={"graph": "ULN"})
    given_names: Text = Field(description="Given names.")
    family_name: Text = Field(description="Family name.")
    standard: StandardName = Field(description="The standard.")
    start_on: Day = Field(description="The day the apprenticeship started.")
    original_start_on: Day | None = Field(None, description="The first start, where this is a restart.")
    planned_end_on: Day = Field(description="The planned end of training.")
    expected_gateway_on: Day | None = Field(None, description="When the gateway is expected.")
    status: Code = Field(f.ON_PROGRAMME, description="ON_PROGRAMME, ON_BREAK, WITHDRAWN or COMPLETED.")
    status_on: Day | None = Field(None, description="Since when the status holds; the start when absent.")
    age_band: Code | None = Field(None, description="Age at the first start: 16-18 or 19+.")
    employer: Identifier | None = Field(None, description="The employer, when you are the training provider.")
    provider: Identifier | None = Field(None, description="The training provider, when you are the employer.")
    region: Text | None = Field(None, description="A region of your own choosing, for filters.")
    intake: Code | None = Field(None, description="An intake of your own choosing; the start's year and month when absent.")
    my_reference: Text | None = Field(None, description="Your private reference, such as a payroll number.")


class RegisterApprentice(Input, Learner):
    """Registers one apprenticeship."""


class RegisterApprentices(Input):
    """Registers up to 500 apprenticeships in one transaction, each with its own outcome."""

    learners: list[Learner] = Field(min_length=1, max_length=500, description="The apprenticeships.")
    each: ClassVar[str] = "learners"


@act("registerApprentice", RegisterApprentice)
async def register_apprentice(act: Act, given: RegisterApprentice) -> dict[str, Any]:
    """Registers one apprenticeship; the other party must confirm it before it opens anything."""
    answer = (await _register(act, [given]))[0]
    return {"apprentice": answer["apprentice"], "outcome": answer["outcome"]}


@act("registerApprentices", RegisterApprentices)
async def register_apprentices(act: Act, given: RegisterApprentices) -> dict[str, Any]:
    """Registers a batch; a learner that is refused changes nothing, the others stand."""
    return {"items": await _register(act, given.learners)}


async def _register(act: Act, learners: Sequence[Learner]) -> list[dict[str, Any]]:
    sides = await _sides(act, learners)
    standards = await _standards(act, learners)
    known = await _known(act, learners, standards)
    answers: list[dict[str, Any]] = []
    made, changed = [], []
    for index, (learner, side) in enumerate(zip(learners, sides, strict=True)):
        key = (learner.uln, standards[_name(learner)], _first_start(learner))
        problems = _problems(act, learner, side, index)
        row = known.get(key)
        if problems:
            answers.append({"index": index, "outcome": "REFUSED", "apprentice": None, "errors": problems})
        elif row is None:
            known[key] = made_row = _row(act, learner, key)
            made.append((learner, made_row, side))
            answers.append({"index": index, "outcome": "REGISTERED", "apprentice": made_row["apprentice_id"], "errors": []})
        else:
            new = _changes(learner, row)
            if new:
                changed.append((learner, row, new))
            outcome = "UPDATED" if new else "UNCHANGED"
            answers.append({"index": index, "outcome": outcome, "apprentice": row["apprentice_id"], "errors": []})
    await _write(act, made, changed)
    return answers


def _name(learner: Learner) -> tuple[str | None, str | None, str | None]:
    return (learner.standard.reference, learner.standard.version, learner.standard.lars_code)


def _first_start(learner: Learner) -> date:
    """What an apprenticeship is recognised by: after a break it is still the one that began then."""
    return learner.original_start_on or learner.start_on


def _other(act: Act) -> str:
    return f.EMPLOYER if act.viewer.kind == PartyKind.PROVIDER else f.PROVIDER


async def _sides(act: Act, learners: Sequence[Learner]) -> list[tuple[UUID, UUID] | None]:
    """The other side's (organisation, party) for each learner; none where it was not named."""
    other = _other(act)
    named = [getattr(learner, other) for learner in learners]
    keys = [(each.scheme, each.value) if each else None for each in named]
    found = await organisations.find_or_keep(act.connection, [key for key in keys if key], other)
    parties = await organisations.parties(act.connection, found.values(), other)
    return [(found[key], parties[found[key]]) if key else None for key in keys]


async def _standards(act: Act, learners: Sequence[Learner]) -> dict[tuple[str | None, str | None, str | None], UUID]:
    return {name: await _standard(act, *name) for name in {_name(learner) for learner in learners}}


async def _standard(act: Act, reference: str | None, version: str | None, lars: str | None) -> UUID:
    """A standard's id; one the hub does not know is kept, without a plan."""
    s = t.standard
    named = s.c.lars_code == lars if lars else s.c.reference == reference
    versioned = [s.c.version == version] if version else []
    query = select(s.c.id).where(named, *versioned).order_by(s.c.planned.desc(), s.c.version.desc().nulls_last()).limit(1)
    found = (await act.connection.execute(query)).scalar()
    if found is not None:
        return UUID(str(found))
    title = f"Standard {reference}" if reference else f"Standard with LARS code {lars}"
    row = {"reference": reference, "version": version, "lars_code": lars, "title": title, "planned": False}
    await act.connection.execute(insert(s).values(id=new_id(), **row).on_conflict_do_nothing())
    return UUID(str((await act.connection.execute(query)).scalar_one()))


async def _known(
    act: Act, learners: Sequence[Learner], standards: dict[tuple[str | None, str | None, str | None], UUID]
) -> dict[tuple[str, UUID, date], dict[str, Any]]:
    """What this party registered before, by natural key: importing again changes nothing."""
    i = t.identity
    keys = [(each.uln, standards[_name(each)], _first_start(each)) for each in learners]
    rows = await act.connection.execute(
        select(i).where(i.c.registered_by == act.viewer.party, tuple_(i.c.uln, i.c.standard_id, i.c.first_start_on).in_(keys))
    )
    return {(row["uln"], row["standard_id"], row["first_start_on"]): dict(row) for row in rows.mappings()}


def _problems(act: Act, learner: Learner, side: tuple[UUID, UUID] | None, index: int) -> list[Problem]:
    where = f"input.learners.{index}"
    plan = act.library.plan(learner.standard.reference, learner.standard.version)
    verdict = check_registration(plan, act.library.overlays, _apprenticeship(learner), act.today)
    found = list(verdict.problems)
    if learner.status not in STATUSES:
        found.append(Problem("INPUT_INVALID", f"A status is one of {', '.join(STATUSES)}.", "status"))
    if side is None:
        found.append(Problem("INPUT_INVALID", f"Name the {_other(act)}.", _other(act)))
    return [Problem(p.code, p.message, f"{where}.{p.field}" if p.field else where, p.rule) for p in found]


def _apprenticeship(learner: Learner) -> f.Apprenticeship:
    return f.Apprenticeship(
        learner.start_on,
        learner.planned_end_on,
        learner.original_start_on,
        learner.age_band,
        expected_gateway_on=learner.expected_gateway_on,
    )


def _row(act: Act, learner: Learner, key: tuple[str, UUID, date]) -> dict[str, Any]:
    return {
        "apprentice_id": new_id(),
        "registered_by": act.viewer.party,
        "standard_id": key[1],
        "uln": learner.uln,
        "first_start_on": key[2],
        "expected_gateway_on": learner.expected_gateway_on,
        "region": learner.region,
        "intake": learner.intake or f"{learner.start_on:%Y-%m}",
        **{name: getattr(learner, name) for name in MAY_CHANGE},
    }


def _changes(learner: Learner, row: dict[str, Any]) -> dict[str, Any]:
    told = {name: getattr(learner, name) for name in MAY_CHANGE}
    return {name: value for name, value in told.items() if row[name] != value}


async def _write(act: Act, made: list[Any], changed: list[Any]) -> None:
    """Writes what is new and what has changed, then brings rules and cards up to date in one go."""
    await act.save(t.apprentice_table.insert(), [_base(act, row, side) for _, row, side in made])
    await act.save(t.identity.insert(), [row for _, row, _ in made])
    await act.save(t.tie.insert(), [tie for _, row, side in made for tie in _ties(act, row, side)])
    for _, row, new in changed:
        where = t.identity.c.apprentice_id == row["apprentice_id"]
        await act.save(update(t.identity).where(where).values(**new, version=t.identity.c.version + 1))
    moved = [(learner, row) for learner, row, _ in made if learner.status != f.ON_PROGRAMME]
    moved += [(learner, row) for learner, row, new in changed if "status" in new]
    await act.save(t.status_change.insert(), [_status_change(learner, row) for learner, row in moved])
    ids = {row["apprentice_id"] for _, row, _ in (*made, *changed)}
    if ids:
        act.subjects |= ids
        await refresh(act, ids)
        await _refer(act, [(row["apprentice_id"], learner.my_reference) for learner, row, _ in (*made, *changed)])
        _tell(act, made, changed)


def _base(act: Act, row: dict[str, Any], side: tuple[UUID, UUID]) -> dict[str, Any]:
    employer = act.viewer.organisation if act.viewer.kind == PartyKind.EMPLOYER else side[0]
    return {"id": row["apprentice_id"], "standard_id": row["standard_id"], "employer_id": employer}


def _ties(act: Act, row: dict[str, Any], side: tuple[UUID, UUID]) -> Iterable[dict[str, Any]]:
    # A relation opens the record from the day it is entered, however long ago the apprenticeship began.
    shared = {"apprentice_id": row["apprentice_id"], "from_on": min(row["start_on"], act.today)}
    yield {**shared, "party_id": act.viewer.party, "kind": act.viewer.kind.value, "state": CONFIRMED}
    yield {**shared, "party_id": side[1], "kind": _other(act), "state": CLAIMED}


def _status_change(learner: Learner, row: dict[str, Any]) -> dict[str, Any]:
    on = learner.status_on or learner.start_on
    return {
        "id": new_id(),
        "apprentice_id": row["apprentice_id"],
        "status": learner.status,
        "on_date": on,
        "position": 0,
    }


async def _refer(act: Act, references: Iterable[tuple[UUID, str | None]]) -> None:
    for apprentice, reference in references:
        if reference is not None:
            mine = (card.c.party_id == act.viewer.party, card.c.apprentice_id == apprentice)
            await act.save(update(card).where(*mine).values(my_reference=reference))


def _tell(act: Act, made: list[Any], changed: list[Any]) -> None:
    for _, row, side in made:
        record = act.records[row["apprentice_id"]]
        act.tell("apprentice.registered", record, only=act.viewer.party)
        act.tell("apprentice.claimed", record, only=side[1])
    for _, row, _ in changed:
        act.tell("apprentice.changed", act.records[row["apprentice_id"]])
