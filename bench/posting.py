"""Contender (a), writing: the result of one method posted by hand, with the hub's pure rule and the same rows left behind."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from bench.sealing import boxed, opened
from bench.serving import Shared, secret_of, settings
from bench.world import TODAY
from hub.acts.results import PostResult
from hub.errors import HubError
from hub.plan import facts as f
from hub.plan import grades as rules
from hub.plan.answers import Verdict
from hub.plan.model import Plan
from hub.store.plans import load_library
from hub.store.pools import POOL_SETTINGS, connection_arguments
from hub.store.sealed import ASSESSMENT, BREACH, COMPONENT, GRADE, RESULT, row_of
from hub.viewer import PartyKind, Viewer

JSON = "application/json"
FIND = """select reach from (select set_config('hub.party', $1, true), set_config('hub.today', $2, true)) s, hub.card c
where c.apprentice_id = $3"""
FACTS = """
select a.standard_id, s.reference, s.version, d.decided_on, v.hash as validated, v.on_date as validated_on,
  k.hash as acknowledged, k.on_date as acknowledged_on,
  exists (select 1 from apprentices.tie t where t.apprentice_id = a.id and t.state = 'CLAIMED' and t.until_on > $3) as claimed,
  (select jsonb_agg(to_jsonb(r) || jsonb_build_object(
     'parts', array(select to_jsonb(c) from grades.result_component c where c.result_id = r.id)))
   from grades.result r where r.apprentice_id = a.id and r.epao_party_id = $2 and r.current)::text as results,
  (select jsonb_agg(to_jsonb(r)) from grades.resit r where r.apprentice_id = a.id)::text as resits,
  (select jsonb_agg(to_jsonb(n)) from grades.authenticity n where n.apprentice_id = a.id)::text as authenticity
from apprentices.apprentice a join apprentices.standard s on s.id = a.standard_id
left join lateral (select decided_on from gateway.decision d where d.apprentice_id = a.id order by d.at desc limit 1) d on true
left join lateral (select hash, on_date from portfolios.validation v where v.apprentice_id = a.id and not v.voided
  order by v.at desc limit 1) v on true
left join lateral (select hash, on_date from portfolios.acknowledgement k where k.apprentice_id = a.id
  and k.epao_party_id = $2 order by k.at desc limit 1) k on true
where a.id = $1"""
WRITE = """
with result as (insert into grades.result select (jsonb_populate_record(null::grades.result, $1)).*),
parts as (insert into grades.result_component
  select (jsonb_populate_recordset(null::grades.result_component, $2)).*),
breaches as (insert into grades.breach select (jsonb_populate_recordset(null::grades.breach, $3)).*),
assessment as (insert into grades.assessment select (jsonb_populate_recordset(null::grades.assessment, $4)).*
  on conflict (apprentice_id, audience, method) do update set attempt = excluded.attempt, sealed = excluded.sealed),
grade as (insert into grades.grade select (jsonb_populate_recordset(null::grades.grade, $5)).*
  on conflict (apprentice_id, audience) do update set sealed = excluded.sealed),
card as (update hub.card set status = 'TO_RELEASE'
  where $5::jsonb <> '[]' and apprentice_id = $6 and party_id = $7 and status = 'IN_ASSESSMENT'),
outbox as (insert into hub.outbox (type, apprentice_id, standard_id, recipients, facts, at)
  values ('result.posted', $6, $8, array[$7::uuid], $9, $10))
insert into hub.audit (id, party_id, client, person, act, subjects, fingerprint, at, trace, classes)
values ($11, $7, $12, $13, 'postResult', array[$6::uuid], $14, $10, $15, '{grade,identity,result}')"""


class Posting:
    """Posts results on connections of its own, as many as the hub writes with."""

    def __init__(self, shared: Shared):
        self._shared, self._opening = shared, asyncio.Lock()
        self._pool: asyncpg.Pool | None = None
        self._seal = secret_of(settings())
        self._library = load_library()

    async def post(self, request: Request) -> Response:
        """Validates, finds, locks, loads, judges, writes and answers, in one transaction."""
        viewer = await self._shared.viewer(request, "grades:write")
        if viewer.kind != PartyKind.EPAO:
            raise HubError("FIELD_NOT_IN_SLICE")
        try:
            given = PostResult.model_validate_json(await request.body())
        except ValidationError:
            raise HubError("INPUT_INVALID") from None
        async with (await self._writers()).acquire() as connection, connection.transaction():
            answer = await self._post(connection, viewer, given)
        return Response(orjson.dumps({"postResult": {**answer, "errors": []}}), media_type=JSON)

    async def _writers(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                database = self._shared.database
                arguments = connection_arguments(database.role_url("hub_epao")) | {"server_settings": POOL_SETTINGS}
                self._pool = await asyncpg.create_pool(
                    **arguments, min_size=1, max_size=database.writers, max_cacheable_statement_size=0
                )
        return self._pool

    async def _post(self, connection: asyncpg.Connection, viewer: Viewer, given: PostResult) -> dict[str, Any]:
        apprentice = given.apprentice_id
        reach = await connection.fetchval(FIND, str(viewer.party), TODAY.isoformat(), apprentice)
        if reach is None or reach < 3:
            raise HubError("NOT_FOUND")
        # Both at once, in one round trip; a UUID needs no quoting beyond this.
        await connection.execute(
            f"set local role hub_rules; select id from apprentices.apprentice where id = '{apprentice}' for update"
        )
        row = await connection.fetchrow(FACTS, apprentice, viewer.party, TODAY)
        plan = self._library.plan(row["reference"], row["version"])
        if row["claimed"] or plan is None:
            raise HubError("CLAIM_NOT_CONFIRMED" if row["claimed"] else "NO_PLAN")
        return await self._judged(connection, viewer, given, row, plan)

    async def _judged(
        self, connection: asyncpg.Connection, viewer: Viewer, given: PostResult, row: asyncpg.Record, plan: Plan
    ) -> dict[str, Any]:
        resits, results = _listed(row["resits"]), [opened(each) for each in _listed(row["results"])]
        attempt = given.attempt or max((1, *(r["attempt"] for r in resits if r["method"] == given.method)))
        digest = fingerprint(self._seal, given.model_copy(update={"attempt": attempt}))
        known = next((r for r in results if (r["method"], r["attempt"]) == (given.method, attempt)), None)
        if known is not None:
            if known["digest"] != "\\x" + digest.hex():
                raise HubError("RESULT_EXISTS")
            return _answer(given, known["id"], known["version"], known["grade"], [], replayed=True)
        verdict = rules.judge_result(plan, _facts(row, results, resits), _result(row, given, attempt), TODAY)
        if verdict.problems:
            raise HubError(verdict.problems[0].code)
        result, counts_as = str(uuid4()), verdict.grade or given.grade
        await self._write(connection, viewer, given, row, plan, results, attempt, digest, verdict, result, counts_as)
        return _answer(given, result, 1, given.grade, [each.rule for each in verdict.breaches], replayed=False)

    async def _write(
        self,
        connection: asyncpg.Connection,
        viewer: Viewer,
        given: PostResult,
        row: asyncpg.Record,
        plan: Plan,
        results: list[dict[str, Any]],
        attempt: int,
        digest: bytes,
        verdict: Verdict,
        result: str,
        counts_as: str,
    ) -> None:
        now = datetime.now(UTC)
        of = {"apprentice_id": given.apprentice_id, "result_id": result}
        kept = {
            "id": result, "apprentice_id": given.apprentice_id, "method": given.method, "attempt": attempt, "version": 1,
            "sealed": boxed(RESULT, result, {"grade": given.grade, "counts_as": counts_as}),
            "current": True, "digest": "\\x" + digest.hex(),
            "assessor": given.assessor, "epao_party_id": viewer.party, "actor_party_id": viewer.party,
            "actor_client": viewer.client, "at": now, **{f"by_{k}": v for k, v in given.by.model_dump().items()},
        }  # fmt: skip
        parts = [
            {**of, "position": n, "component": each.component,
             "sealed": boxed(COMPONENT, row_of(result, each.component), each.model_dump(mode="json", exclude={"component"}))}
            for n, each in enumerate(given.components)
        ]  # fmt: skip
        breaches = [
            {**of, "id": made, "position": n, "dispensed": False, "rule": each.rule, "component": each.component,
             "sealed": boxed(BREACH, str(made), {"sentence": each.sentence})}
            for n, each in enumerate(verdict.breaches) if (made := uuid4())
        ]  # fmt: skip
        posted = {r["method"]: (r["attempt"], r["counts_as"]) for r in sorted(results, key=lambda r: r["attempt"])}
        posted[given.method] = (attempt, counts_as)
        seen = {"apprentice_id": given.apprentice_id, "audience": "epao"}
        assessments = [
            {**seen, "method": m.code, "position": n, "attempt": posted[m.code][0],
             "sealed": boxed(ASSESSMENT, row_of(given.apprentice_id, m.code), {"grade": posted[m.code][1]})}
            for n, m in enumerate(plan.methods)
            if m.code in posted
        ]  # fmt: skip
        grades = []
        if len(assessments) == len(plan.methods):
            again = any(each["attempt"] > 1 for each in assessments)
            overall = rules.overall(plan, {method: counted for method, (_, counted) in posted.items()}, again)
            box = boxed(GRADE, str(given.apprentice_id), {"overall": overall, "capped": again})
            grades = [{**seen, "sealed": box, "released_on": None}]
        told = {"method": given.method, "attempt": attempt}
        documents = [orjson.dumps(each).decode() for each in (kept, parts, breaches, assessments, grades, told)]
        await connection.execute(
            WRITE, *documents[:5], given.apprentice_id, viewer.party, row["standard_id"], documents[5], now,
            uuid4(), viewer.client, given.by.reference, fingerprint(self._seal, given), uuid4().hex,
        )  # fmt: skip


def fingerprint(seal: bytes, given: PostResult) -> bytes:
    """A keyed digest of what was posted."""
    body = orjson.dumps(given.model_dump(mode="json", exclude={"idempotency_key"}), option=orjson.OPT_SORT_KEYS)
    return hmac.new(seal, body, hashlib.sha256).digest()


def _listed(text: str | None) -> list[dict[str, Any]]:
    return orjson.loads(text) if text else []


def _answer(given: PostResult, result: str, version: int, grade: str, rules_: list[str], *, replayed: bool) -> dict[str, Any]:
    shown = {"id": f"res_{result}", "version": version, "grade": grade, "breaches": [{"rule": rule} for rule in rules_]}
    return {"apprentice": {"id": f"apr_{given.apprentice_id}"}, "result": shown, "replayed": replayed}


def _facts(row: Mapping[str, Any], results: list[dict[str, Any]], resits: list[dict[str, Any]]) -> f.AssessmentFacts:
    def seal(hash_: str | None, on: Any) -> f.Seal | None:
        return f.Seal(hash_, on) if hash_ else None

    return f.AssessmentFacts(
        gateway_passed_on=row["decided_on"],
        portfolio_received_on=row["decided_on"],
        validation=seal(row["validated"], row["validated_on"]),
        acknowledgement=seal(row["acknowledged"], row["acknowledged_on"]),
        attempts=tuple(
            f.Attempt(
                r["method"],
                r["attempt"],
                r["grade"],
                _day(r["released_on"]),
                tuple(r["documents"] or ()),
                tuple(r["themes"] or ()),
            )
            for r in results
        ),
        resits=tuple(f.AgreedResit(r["method"], r["attempt"], r["kind"], _day(r["agreed_on"])) for r in resits),
    )


def _result(row: Mapping[str, Any], given: PostResult, attempt: int) -> f.MethodResult:
    confirmed = {
        (n["component"], n["sha256"]): _day(n["on_date"]) for n in _listed(row["authenticity"]) if n["attempt"] == attempt
    }
    parts = []
    for each in given.components:
        values = each.model_dump()
        for name in ("sections", "ksbs"):
            values[name] = None if values[name] is None else tuple(values[name])
        on = confirmed.get((each.component, each.document or ""))
        parts.append(f.ComponentResult(**values, authenticity_confirmed_on=on))
    return f.MethodResult(given.method, attempt, given.grade, given.assessor, tuple(parts))


def _day(text: str | None) -> Any:
    return datetime.fromisoformat(text).date() if text else None
