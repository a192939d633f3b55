"""Plays the parts after registration: confirmed by their employers, items filed, and each brought to its stage."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hub.store.plans import Library
from infra.demo.cast import Part, Stage
from infra.demo.parties import PROVIDERS, REFERENCE, DemoParty
from infra.demo.stage import SIGNATORY, Hands
from infra.demo.tale import Tale

AT_ONCE = 5
ITEMS_A_BATCH = 50


class Troupe:
    """Plays parts; `ids` are the apprentices by ULN."""

    def __init__(self, hands: Hands, library: Library, ids: Mapping[str, str]):
        plan = library.plan(REFERENCE, "1.0")
        assert plan is not None
        self._hands, self._plan, self._ids = hands, plan, ids

    async def play(self, parts: Sequence[Part]) -> None:
        """Plays these parts to their stages, several at a time."""
        # A few seconds of small objects that are nearly all dropped at once: looking for cycles among them only costs.
        gc.disable()
        try:
            await _together(parts, Stage.WITHDRAWN, self._confirm)
            await asyncio.gather(*(self._items(provider, parts) for provider in PROVIDERS))
            await _together(parts, Stage.NOMINATED, self._tale)
        finally:
            gc.enable()

    async def _confirm(self, part: Part) -> None:
        await self._hands.do(part.employer, "confirmApprentice", apprenticeId=self._ids[part.learner.uln], by=SIGNATORY)

    async def _items(self, provider: DemoParty, parts: Sequence[Part]) -> None:
        items = [self._filed(part) for part in parts if part.provider == provider and part.stage >= Stage.ITEMS]
        for first in range(0, len(items), ITEMS_A_BATCH):
            await self._hands.do(provider, "fileGatewayItems", items=items[first : first + ITEMS_A_BATCH])

    def _filed(self, part: Part) -> dict[str, Any]:
        achieved = max(part.learner.started, part.decided_on - timedelta(days=20)).isoformat()
        item = {"apprenticeId": self._ids[part.learner.uln], "requirement": "PQIP", "achievedOn": achieved}
        if part.twist != "young":
            return item
        # English by entitlement for one in two: what lies behind it shows nowhere.
        basis = {"attained": "LEVEL_1", "entitlement": "EHC_PLAN"} if part.number % 2 else {"attained": "LEVEL_2"}
        return {**item, "requirement": "ENGLISH", **basis}

    async def _tale(self, part: Part) -> None:
        await Tale(self._hands, self._plan, part, self._ids[part.learner.uln]).play()


async def _together(parts: Sequence[Part], stage: Stage, do: Callable[[Part], Awaitable[None]]) -> None:
    """Does so many at a time, for all of a stage or beyond; a fault lets none begin after it."""
    waiting = iter([part for part in parts if part.stage >= stage])

    async def hand() -> None:
        for part in waiting:
            await do(part)

    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))
