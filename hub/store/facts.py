"""Loads apprentices as the rules see them: locked in id order, two statements for a set of any size."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.plan import facts as f
from hub.plan.model import Plan
from hub.store.plans import Library

FOREVER = date.max
CLAIMED, CONFIRMED, DECLINED, LEFT = "CLAIMED", "CONFIRMED", "DECLINED", "LEFT"

LOCK = text("select id from apprentices.apprentice where id = any(:ids) order by id for update")
LOAD = """
select a.id, a.standard_id, a.employer_id, s.reference, s.version as plan_version,
  (select to_json(x) from apprentices.identity x where x.apprentice_id = a.id) as identity,
  (select to_json(x) from apprentices.restriction x where x.apprentice_id = a.id) as restriction,
  array(select to_json(x) from apprentices.status_change x where x.apprentice_id = a.id
        order by x.on_date, x.position) as changes,
  array(select to_json(x) from
        (select * from apprentices.tie where tie.apprentice_id = a.id order by tie.from_on, tie.party_id) x) as ties,
  array(select to_json(x) from
        (select i.*, b.attained, b.entitlement from gateway.item i
         left join gateway.basis b on b.apprentice_id = i.apprentice_id and b.requirement = i.requirement
         where i.apprentice_id = a.id) x) as items,
  array(select to_json(x) from gateway.nomination x where x.apprentice_id = a.id order by x.position) as nominations,
  (select to_json(x) from gateway.decision x where x.apprentice_id = a.id order by x.at desc limit 1) as decision,
  (select to_json(x) from portfolios.portfolio x where x.apprentice_id = a.id) as portfolio,
  array(select to_json(x) from portfolios.evidence x where x.apprentice_id = a.id order by x.position) as pieces,
  (select to_json(x) from portfolios.validation x where x.apprentice_id = a.id and not x.voided
   order by x.at desc limit 1) as validation,
  (select to_json(x) from portfolios.acknowledgement x where x.apprentice_id = a.id and x.epao_party_id =
     (select n.epao_party_id from gateway.nomination n where n.apprentice_id = a.id order by n.position desc limit 1)
   order by x.at desc limit 1) as acknowledgement,
  (select to_json(x) from grades.standing x where x.apprentice_id = a.id) as standing,
  {grades}
from apprentices.apprentice a join apprentices.standard s on s.id = a.standard_id
where a.id = any(:ids) order by a.id
"""
GRADES = """array(select to_json(x) from
        (select r.*, array(select to_json(c) from grades.result_component c where c.result_id = r.id
                           order by c.position) as components
         from grades.result r where r.apprentice_id = a.id order by r.attempt, r.method, r.epao_party_id, r.version) x)
    as results,
  array(select to_json(x) from grades.authenticity x where x.apprentice_id = a.id) as authenticity,
  array(select to_json(x) from
        (select b.*, r.method, r.attempt, r.epao_party_id from grades.breach b join grades.result r on r.id = b.result_id
         where b.apprentice_id = a.id and r.current) x) as breaches,
  array(select to_json(x) from grades.release x where x.apprentice_id = a.id order by x.at) as releases,
  array(select to_json(x) from grades.resit x where x.apprentice_id = a.id order by x.attempt) as resits,
  array(select to_json(x) from grades.booking x where x.apprentice_id = a.id) as bookings"""
GRADED = ("results", "authenticity", "breaches", "releases", "resits", "bookings")
WITH_GRADES = text(LOAD.format(grades=GRADES))
WITHOUT_GRADES = text(LOAD.format(grades=", ".join(f"array[]::json[] as {name}" for name in GRADED)))


def day(value: str | None) -> date | None:
    """A date as JSON writes it; infinity is the last day there is."""
    return None if value is None else FOREVER if value == "infinity" else date.fromisoformat(value)


def _on(value: str) -> date:
    found = day(value)
    if found is None:
        raise ValueError("a date is missing")
    return found


@dataclass(frozen=True, slots=True)
class Tie:
    """One party's dated relation to an apprentice; CLAIMED until that party confirms it."""

    party: UUID
    organisation: UUID
    kind: str
    state: str
    from_on: date
    until_on: date

    def open_on(self, today: date) -> bool:
        """Whether the relation holds on a day, or is still to come."""
        return self.until_on > today and self.state in (CLAIMED, CONFIRMED)


@dataclass(frozen=True, slots=True)
class Record:
    """One apprentice with everything the rules may ask; rows are as the database holds them, results only when `graded`."""

    id: UUID
    standard_id: UUID
    employer_id: UUID
    plan: Plan | None
    row: Mapping[str, Any]
    ties: tuple[Tie, ...]
    gateway: f.GatewayFacts
    graded: bool

    @property
    def identity(self) -> Mapping[str, Any]:
        """The row of `apprentices.identity`."""
        identity: Mapping[str, Any] = self.row["identity"]
        return identity

    @property
    def restriction(self) -> Mapping[str, Any] | None:
        """The row of `apprentices.restriction`, while the data is restricted."""
        restriction: Mapping[str, Any] | None = self.row["restriction"]
        return restriction

    @property
    def nomination(self) -> Mapping[str, Any] | None:
        """The nomination that counts: the latest one."""
        return self.row["nominations"][-1] if self.row["nominations"] else None

    @property
    def opened(self) -> bool:
        """Whether an employer and a training provider have both stood behind it at some time."""
        stood = {tie.kind for tie in self.ties if tie.state in (CONFIRMED, LEFT)}
        return stood >= {f.EMPLOYER, f.PROVIDER}

    def open_ties(self, kind: str, today: date) -> list[Tie]:
        """The ties of one kind of party that hold on a day."""
        return [tie for tie in self.ties if tie.kind == kind and tie.open_on(today)]

    def tie_of(self, party: UUID) -> Tie | None:
        """The tie of one party, if it has one."""
        return next((tie for tie in self.ties if tie.party == party), None)

    def item(self, requirement: str) -> Mapping[str, Any] | None:
        """The row of one gateway item, if it was ever written."""
        return next((item for item in self.row["items"] if item["requirement"] == requirement), None)


async def load(
    connection: AsyncConnection, ids: Sequence[UUID], library: Library, *, graded: bool = True
) -> dict[UUID, Record]:
    """Locks and loads the apprentices that exist among `ids`; results, and what belongs to them, only when `graded`.

    Who was erased has no facts for any rule.
    """
    if not ids:
        return {}
    await connection.execute(LOCK, {"ids": ids})
    found = await connection.execute(WITH_GRADES if graded else WITHOUT_GRADES, {"ids": ids})
    return {row["id"]: _record(dict(row), library, graded=graded) for row in found.mappings() if row["identity"]}


def _record(row: Mapping[str, Any], library: Library, *, graded: bool) -> Record:
    ties = tuple(
        Tie(
            UUID(t["party_id"]),
            UUID(t["organisation_id"]),
            t["kind"],
            t["state"],
            _on(t["from_on"]),
            _on(t["until_on"]),
        )
        for t in row["ties"]
    )
    plan = library.plan(row["reference"], row["plan_version"])
    return Record(row["id"], row["standard_id"], row["employer_id"], plan, row, ties, _gateway(row, ties), graded)


def _gateway(row: Mapping[str, Any], ties: Iterable[Tie]) -> f.GatewayFacts:
    nominations = row["nominations"]
    last = nominations[-1] if nominations else None
    standing = {tie.kind for tie in ties if tie.state == CONFIRMED}
    return f.GatewayFacts(
        apprenticeship=_apprenticeship(row["identity"], row["changes"]),
        employer_confirmed=f.EMPLOYER in standing,
        provider_confirmed=f.PROVIDER in standing,
        items=tuple(
            f.Item(i["requirement"], i["state"], day(i["since"]), i["attained"], i["entitlement"]) for i in row["items"]
        ),
        pieces=tuple(f.Piece(p["type"], tuple(p["ksbs"]), p["sha256"], p["link"]) for p in row["pieces"]),
        validation=_seal(row["validation"]),
        nomination=f.Nomination(last["state"], _on(last["answered_on"] or last["nominated_on"])) if last else None,
        decided_on=day(row["decision"]["decided_on"]) if row["decision"] else None,
    )


def _seal(row: Mapping[str, Any] | None) -> f.Seal | None:
    return f.Seal(row["hash"], _on(row["on_date"])) if row else None


def _apprenticeship(identity: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> f.Apprenticeship:
    breaks: list[f.Break] = []
    dates: dict[str, date] = {}
    for change in changes:
        on = _on(change["on_date"])
        dates[change["status"]] = on
        if change["status"] == f.ON_BREAK:
            breaks.append(f.Break(on))
        elif breaks and breaks[-1].returned_on is None:
            breaks[-1] = f.Break(breaks[-1].started_on, on)
    return f.Apprenticeship(
        start_on=_on(identity["start_on"]),
        planned_end_on=_on(identity["planned_end_on"]),
        original_start_on=day(identity["original_start_on"]),
        age_band=identity["age_band"],
        status=identity["status"],
        breaks=tuple(breaks),
        withdrawn_on=dates.get(f.WITHDRAWN),
        restarted_on=dates.get(f.RESTARTED),
        completed_on=dates.get(f.COMPLETED),
        expected_gateway_on=day(identity["expected_gateway_on"]),
    )
