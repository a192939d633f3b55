"""Retention: what is over its time, by retention class, and its removal. Nothing that anybody holds or restricts goes."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from pydantic import Field
from sqlalchemy import text

from hub.acts.act import Act
from hub.acts.erasing import drop, erase, marks, persons
from hub.acts.inputs import Code, Input
from hub.acts.keys import fingerprint
from hub.acts.operating import CONTEXT, OPERATOR, Operator
from hub.acts.record import audit, tell
from hub.store import cards, lifetimes
from hub.store.lifetimes import Life
from hub.store.roles import subgraph_seal
from hub.store.tombstones import Erased
from hub.words import add_months

BATCH = 200
# A record that goes whole needs no step before it.
STEPS = ("RESULT", "RECORD", "EVIDENCE", "REASONS", "CONTACT")
GROUND = "RETENTION"
"""The ground under which a record is erased whose own time is over while its results' is not."""
Periods = Mapping[str, int | None]


class Removal(Input):
    """What one step of retention removes."""

    keep: Code = Field(description="The retention class.")
    apprentices: list[str] = Field([], description="Whose.")
    rows: int = Field(0, description="How many rows, of what is removed by its age alone.")


@dataclass(frozen=True, slots=True)
class Over:
    """A class of one apprentice's data that is over its time: since when, and whether somebody holds it."""

    keep: str
    apprentice: UUID
    until: date
    held: bool


def retain_until(life: Life, periods: Periods) -> dict[str, date]:
    """Until when each class of one apprentice's data is kept; nothing while the apprenticeship has no end.

    A record goes whole, results and all, when the later of both periods is over.
    """
    if life.ended_on is None:
        return {}
    since = dict.fromkeys(STEPS, life.ended_on)
    since["RESULT"] = max(life.ended_on, life.released_on or life.ended_on)
    until = {name: add_months(on, months) for name, on in since.items() if (months := periods[name]) is not None}
    until["RESULT"] = max(until["RESULT"], until["RECORD"])
    return until


def over(lives: Iterable[Life], periods: Periods, today: date) -> list[Over]:
    """What is over its time on a day, of what there is."""
    found = []
    for life in lives:
        until = retain_until(life, periods)
        due = (name for name in STEPS if name in life.has and until[name] <= today) if until else ()
        found += [Over(name, life.apprentice, until[name], life.held) for name in due]
    return found


@dataclass(frozen=True, slots=True)
class Retention:
    """What the operator does with data whose time is over; `periods` are months by retention class."""

    operator: Operator
    periods: Periods

    async def over(self) -> list[Over]:
        """Everything about apprentices that is over its time, held or not; nothing is changed."""
        async with self._ruling() as act:
            return over(await lifetimes.lives(act.connection), self.periods, act.today)

    async def aged(self) -> dict[str, int]:
        """How many rows of copies, events and kept answers are over their time; nothing is changed."""
        async with self._ruling() as act:
            return {
                name: int((await act.connection.execute(count, self._before(act, name))).scalar_one())
                for name, count in lifetimes.COUNT.items()
            }

    async def run(self) -> dict[str, int]:
        """Removes what is over its time and answers how much of each class; a second run finds nothing."""
        found, done = await self.over(), dict.fromkeys((*STEPS, *lifetimes.BY_ROW), 0)
        for name in STEPS:
            due = sorted({each.apprentice for each in found if each.keep == name and not each.held})
            for start in range(0, len(due), BATCH):
                done[name] += await self._batch(name, due[start : start + BATCH])
        for name in lifetimes.BY_ROW:
            done[name] = await self._aged(name)
        return done

    async def _batch(self, name: str, due: Sequence[UUID]) -> int:
        """Removes one class of one batch of apprentices, looked at again under their locks."""
        async with self._ruling() as act:
            await lifetimes.hold_still(act.connection, due)
            again = over(await lifetimes.lives(act.connection, due), self.periods, act.today)
            ids = sorted({each.apprentice for each in again if each.keep == name and not each.held})
            if ids:
                await _remove(act, name, ids)
                act.subjects |= set(ids)
                given = Removal.model_validate({"keep": name, "apprentices": [str(each) for each in ids]})
                await audit(act, f"retention.{name}", fingerprint(act.seal, "retention", given))
            return len(ids)

    async def _aged(self, name: str) -> int:
        async with self._ruling() as act:
            removed = int((await act.connection.execute(lifetimes.BY_ROW[name], self._before(act, name))).rowcount)
            if removed:
                given = Removal.model_validate({"keep": name, "rows": removed})
                await audit(act, f"retention.{name}", fingerprint(act.seal, "retention", given))
            return removed

    def _before(self, act: Act, name: str) -> dict[str, date]:
        """The day, or the instant for what carries one, before which a class is over its time."""
        day = add_months(act.today, -(self.periods[name] or 0))
        return {"before": day if name == "COPY" else datetime.combine(day, time(), UTC)}

    @asynccontextmanager
    async def _ruling(self) -> AsyncIterator[Act]:
        operator = self.operator
        async with operator.database.engine("hub_operator").begin() as connection:
            today = operator.today()
            await connection.execute(CONTEXT, {"today": today.isoformat()})
            await connection.execute(text("set local role hub_rules"))
            yield Act(connection, OPERATOR, today, datetime.now(UTC), operator.library, operator.seal)


async def _remove(act: Act, name: str, ids: Sequence[UUID]) -> None:
    everybody = [each for one in ids for each in await persons(act.connection, one)]
    if name not in ("RESULT", "RECORD"):
        await lifetimes.remove(act.connection, name, everybody)
        return
    await _tell(act, ids)
    if name == "RESULT":
        await drop(act.connection, everybody)
        return
    seal = subgraph_seal(act.seal, "apprentices")
    known = [Erased(each, GROUND, act.today, act.now, await marks(act.connection, seal, each)) for each in everybody]
    await erase(act.connection, known)


async def _tell(act: Act, ids: Sequence[UUID]) -> None:
    """Tells whoever can still see an apprentice that it goes; of a pseudonym there is nothing to tell."""
    await act.load(*ids)
    reaches = await cards.reaches(act.connection, ids, act.today)
    for each in act.records.keys() & set(ids):
        act.tell_all("apprentice.erased", act.records[each], [card.party for card in reaches[each]])
    await tell(act)
