"""Erases again, on a restored database, what was erased after its backup was made."""

from collections.abc import Iterable

from sqlalchemy import text

from hub.acts.commanding import Command
from hub.acts.erasing import erase
from hub.acts.operating import CONTEXT, Operator
from hub.store import tombstones
from hub.store.lifetimes import hold_still
from hub.store.tombstones import Erased


async def replay(operator: Operator, erased: Iterable[Erased]) -> int:
    """Erases what a list holds and the database does not, all or nothing; answers how many that were.

    A hold in the backup does not stop it: when it was erased, nobody held it. Whom it erases stands on the operator's chain.
    """
    async with operator.database.engine("hub_operator").begin() as connection:
        await connection.execute(CONTEXT, {"today": operator.today().isoformat()})
        await connection.execute(text("set local role hub_rules"))
        known = {each.apprentice for each in await tombstones.kept(connection)}
        lost = [each for each in erased if each.apprentice not in known]
        await hold_still(connection, [each.apprentice for each in lost])
        await erase(connection, lost)
        if lost:
            whom = [each.apprentice for each in lost]
            await Command("erasures replay", connection, operator.seal).touched(None, subjects=whom)
        return len(lost)
