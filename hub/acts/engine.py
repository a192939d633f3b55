"""Does acts: validates the input, opens the transaction, runs the act and reads its answer before the commit."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.acts import keys
from hub.acts.act import REGISTRY, Act, Outcome, Refused
from hub.acts.inputs import Input, Malformed, Taken, subjects_of, take
from hub.acts.record import enter, find, finish, permitted
from hub.acts.sealing import kept_outcome, told_outcome
from hub.errors import HubError, Problem
from hub.keyring import NO_KEYS, Keys
from hub.slices.acts import ActSlice
from hub.store.plans import Library
from hub.store.pools import Database
from hub.store.roles import fingerprint_seal
from hub.viewer import Viewer

A = TypeVar("A")
Read = Callable[[asyncpg.Connection | None, Outcome], Awaitable[A]]
CONTEXT = text(
    "select set_config('hub.party', :party, true), set_config('hub.today', :today, true), "
    "set_config('lock_timeout', '15s', true)"
)
TRIES = 4
DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"


@dataclass(frozen=True, slots=True)
class May:
    """How far each apprentice must be open for an act, what keys its fingerprints, whether a restriction lets it be, and
    the classes its answer shows."""

    need: int
    seal: bytes
    even_restricted: bool
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Engine:
    """The one way in for every change. `today` answers the date in Europe/London; `seal` keys the fingerprints.

    `keys` are those of the EPAOs, without which no result is posted.
    """

    database: Database
    library: Library
    seal: bytes
    today: Callable[[], date]
    keys: Keys = NO_KEYS

    async def do(self, viewer: Viewer, name: str, raw: Mapping[str, Any], read: Read[A], shows: tuple[str, ...] = ()) -> A:
        """Does one act and answers what `read` makes of its outcome, read inside the act's own transaction.

        `shows` are the visibility classes of what `read` will read, for the act's audit row.
        Raises HubError FIELD_NOT_IN_SLICE or SCOPE_MISSING; every other refusal is an outcome with problems.
        """
        slice_ = permitted(viewer, name)
        may = May(slice_.reach[viewer.kind], self._seal(slice_), slice_.even_restricted, shows)
        try:
            taken = take(REGISTRY[name].model, raw)
            return await self._patiently(viewer, name, taken, may, read)
        except (Malformed, Refused) as refusal:
            return await read(None, Outcome(problems=refusal.problems))

    async def _patiently(self, viewer: Viewer, name: str, taken: Taken, may: May, read: Read[A]) -> A:
        """Tries again where two acts waited for each other: PostgreSQL undid one of them whole."""
        for left in reversed(range(TRIES)):
            try:
                return await self._transact(viewer, name, taken, may, read)
            except PoolTimeout:
                raise Refused(HubError("BUSY").problem) from None
            except DBAPIError as fault:
                state = getattr(fault.orig, "sqlstate", None)
                if state not in (DEADLOCK, SERIALIZATION, LOCK_TIMEOUT):
                    raise
                if state == LOCK_TIMEOUT or not left:
                    raise Refused(HubError("BUSY").problem) from None
        raise AssertionError

    async def _transact(self, viewer: Viewer, name: str, taken: Taken, may: May, read: Read[A]) -> A:
        async with self.database.party_engine(viewer.kind).connect() as connection:
            today = self.today()
            await connection.execute(CONTEXT, {"party": str(viewer.party), "today": today.isoformat()})
            whose = (may.seal, may.need, may.even_restricted, self.database.seat.graded, self.keys)
            act = Act(connection, viewer, today, datetime.now(UTC), self.library, *whose)
            act.shows = may.shows
            found = await find(connection, taken.given)
            await connection.execute(text(f"set local role {self.database.seat.rules}"))
            await enter(act, found)
            outcome = replace(await _keyed(act, name, taken), audited=frozenset(act.audited))
            await connection.execute(text("set local role none"))
            raw_connection = await connection.get_raw_connection()
            answer = await read(raw_connection.driver_connection, outcome)
            await connection.commit()
            return answer

    def _seal(self, slice_: ActSlice) -> bytes:
        """What keys this act's fingerprints: its noun's own seal; a subgraph's process has no other."""
        return fingerprint_seal(self.database.seat, self.seal, slice_.noun)


async def _keyed(act: Act, name: str, taken: Taken) -> Outcome:
    """Does an act once for each idempotency key of a client; an act that is refused leaves no key behind."""
    mark = keys.fingerprint(act.seal, name, taken.given, taken.unread)
    key, client = taken.given.idempotency_key, act.viewer.client
    if key is None:
        return await _done(act, name, taken, mark)
    try:
        kept = await keys.claim(act.connection, client, key, mark, act=name, at=act.now)
    except HubError as conflict:
        raise Refused(conflict.problem) from None
    if kept is not None:
        return Outcome(keys.unpacked(await told_outcome(act, key, kept)), replayed=True)
    outcome = await _done(act, name, taken, mark)
    await keys.keep(act.connection, client, key, await kept_outcome(act, key, keys.packed(outcome.given)))
    return outcome


async def _done(act: Act, name: str, taken: Taken, mark: bytes) -> Outcome:
    known = REGISTRY[name]
    if known.of is not None:
        return Outcome({"items": _placed(taken, [await _item(act, known.of, each) for each in _items(taken)])})
    act.subjects = set(subjects_of(taken.given)) & act.reach.keys()
    assert known.doing is not None, name
    answer = await known.doing(act, taken.given)
    replayed = bool(answer.pop("replayed", False))
    idle = "items" in answer and not act.subjects
    if not replayed and not idle:
        await finish(act, name, taken.given, mark)
    return Outcome({"items": _placed(taken, answer["items"])} if "items" in answer else answer, replayed=replayed)


def _items(taken: Taken) -> list[Input]:
    found: list[Input] = getattr(taken.given, _each(taken))
    return found


def _each(taken: Taken) -> str:
    return str(getattr(type(taken.given), "each", "items"))


async def _item(act: Act, name: str, given: Input) -> dict[str, Any]:
    """One item in a savepoint of its own: refused, it changes nothing, and the others stand."""
    records, audited = dict(act.records), set(act.audited)
    try:
        async with act.connection.begin_nested():
            outcome = await _keyed(act, name, Taken(given))
        return {"replayed": outcome.replayed, "errors": [], **outcome.given}
    except Refused as refusal:
        act.records, act.audited = records, audited
        act.told.clear()
        return {"replayed": False, "outcome": "REFUSED", "errors": list(refusal.problems)}


def _placed(taken: Taken, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The answers at the places their items have in the batch, those set aside as malformed between them."""
    where = f"input.{_each(taken)}"
    placed = {
        index: {**answer, "index": index, "errors": [_located(each, f"{where}.{index}") for each in answer["errors"]]}
        for index, answer in zip(taken.places, answers, strict=True)
    }
    for index, problems in taken.rejected.items():
        placed[index] = {"index": index, "replayed": False, "outcome": "REFUSED", "errors": list(problems)}
    return [placed[index] for index in sorted(placed)]


def _located(problem: Problem, where: str) -> Problem:
    """The same problem, with its field named inside the batch."""
    inside = (problem.field or "input").replace("input", where, 1)
    return Problem(problem.code, problem.message, inside, problem.rule)
