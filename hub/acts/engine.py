"""Does acts: validates the input, opens the transaction, runs the act and reads its answer before the commit."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import REGISTRY, Act, Outcome, Refused, find, fingerprint, finish, permitted
from hub.acts.inputs import Input, problems_of
from hub.errors import HubError, Problem
from hub.store import spine
from hub.store.plans import Library
from hub.store.pools import Database
from hub.viewer import Viewer

A = TypeVar("A")
Read = Callable[[asyncpg.Connection | None, Outcome], Awaitable[A]]
CONTEXT = text("select set_config('hub.party', :party, true), set_config('hub.today', :today, true)")


@dataclass(frozen=True, slots=True)
class Engine:
    """The one way in for every change. `today` answers the date in Europe/London; `seal` keys the fingerprints."""

    database: Database
    library: Library
    seal: bytes
    today: Callable[[], date]

    async def do(self, viewer: Viewer, name: str, raw: Mapping[str, Any], read: Read[A]) -> A:
        """Does one act and answers what `read` makes of its outcome, read inside the act's own transaction.

        Raises HubError FIELD_NOT_IN_SLICE or SCOPE_MISSING; every other refusal is an outcome with problems.
        """
        reach = permitted(viewer, name).reach[viewer.kind]
        try:
            given = REGISTRY[name].model.model_validate(raw)
        except ValidationError as error:
            return await read(None, Outcome(problems=problems_of(error)))
        try:
            return await self._transact(viewer, name, given, reach, read)
        except Refused as refusal:
            return await read(None, Outcome(problems=refusal.problems))

    async def _transact(self, viewer: Viewer, name: str, given: Input, reach: int, read: Read[A]) -> A:
        async with self.database.engine(f"hub_{viewer.kind}").connect() as connection:
            today = self.today()
            await connection.execute(CONTEXT, {"party": str(viewer.party), "today": today.isoformat()})
            act = Act(connection, viewer, today, datetime.now(UTC), self.library, self.seal)
            await find(act, given, reach)
            await connection.execute(text("set local role hub_rules"))
            await act.load(*act.reach)
            outcome = await self._outcome(act, name, given)
            await connection.execute(text("set local role none"))
            raw_connection = await connection.get_raw_connection()
            answer = await read(raw_connection.driver_connection, outcome)
            await connection.commit()
            return answer

    async def _outcome(self, act: Act, name: str, given: Input) -> Outcome:
        of = REGISTRY[name].of
        if of is not None:
            return await self._batch(act, of, given)
        return await self._once(act, name, given)

    async def _batch(self, act: Act, name: str, given: Any) -> Outcome:
        """Each item in a savepoint of its own: one that is refused changes nothing, the others stand."""
        answers: list[dict[str, Any]] = []
        for index, item in enumerate(given.items):
            subjects, told = set(act.subjects), list(act.told)
            try:
                async with act.connection.begin_nested():
                    outcome = await self._once(act, name, item)
                answers.append({"index": index, "replayed": outcome.replayed, "errors": [], **outcome.given})
            except Refused as refusal:
                act.subjects, act.told = subjects, told
                found = [located(problem, index) for problem in refusal.problems]
                answers.append({"index": index, "replayed": False, "errors": found})
        return Outcome({"items": answers})

    async def _once(self, act: Act, name: str, given: Input) -> Outcome:
        kept = await _claim(act, name, given) if given.idempotency_key else None
        if kept is not None:
            return Outcome(kept, replayed=True)
        act.told.clear()
        doing = REGISTRY[name].doing
        assert doing is not None, name
        answer = await doing(act, given)
        replayed = bool(answer.pop("replayed", False))
        if not replayed:
            await finish(act, name, given)
        if given.idempotency_key:
            await _keep(act, given.idempotency_key, answer)
        return Outcome(answer, replayed=replayed)


def located(problem: Problem, index: int) -> Problem:
    """The same problem, with its field named inside the batch."""
    if problem.field is None:
        return problem
    where = problem.field.replace("input", f"input.items.{index}", 1)
    return Problem(problem.code, problem.message, where, problem.rule)


async def _claim(act: Act, name: str, given: Input) -> dict[str, Any] | None:
    """Claims the idempotency key, or answers what was done under it; equal posts wait for one another here."""
    table, mark = spine.idempotency, fingerprint(act.seal, name, given)
    key = {"client": act.viewer.client, "key": given.idempotency_key}
    claimed = await act.connection.execute(
        insert(table).values(**key, act=name, fingerprint=mark, at=act.now).on_conflict_do_nothing().returning(table.c.key)
    )
    if claimed.first() is not None:
        return None
    row = (await act.connection.execute(table.select().filter_by(**key))).one()
    if row.fingerprint != mark:
        raise Refused(HubError("IDEMPOTENCY_CONFLICT", field="input.idempotencyKey").problem)
    return {name: UUID(value[1]) if value[0] == "id" else value[1] for name, value in row.outcome.items()}


async def _keep(act: Act, key: str, answer: Mapping[str, Any]) -> None:
    kept = {name: ["id", str(value)] if isinstance(value, UUID) else ["value", value] for name, value in answer.items()}
    table = spine.idempotency
    await act.connection.execute(
        table.update().where(table.c.client == act.viewer.client, table.c.key == key).values(outcome=kept)
    )
