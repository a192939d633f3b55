"""The record of the operator's commands: each change of theirs is a row on the chain of the party whom it concerns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.inputs import Input
from hub.acts.keys import fingerprint
from hub.acts.operating import OPERATOR
from hub.store import spine
from hub.trace import TRACE


class Given(Input):
    """What was given to a command."""

    thing: str | None = Field(description="What it touches.")
    given: Mapping[str, Any] = Field(description="What else the command line said.")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of the operator's, in the transaction that does it; `seal` keys the fingerprint of what was given."""

    name: str
    connection: AsyncConnection
    seal: bytes

    async def touched(
        self, thing: str | None, party: UUID = OPERATOR.party, subjects: Collection[UUID] = (), **given: Any
    ) -> None:
        """Puts on record which client, document or key was changed, by its id, on the chain of the party it belongs to.

        What belongs to no party stands on the operator's own chain. What was given is kept as a fingerprint alone.
        """
        mark = fingerprint(self.seal, self.name, Given.model_validate({"thing": thing, "given": given}))
        row = {"id": spine.ordered_id(), "party_id": party, "client": OPERATOR.client, "act": self.name, "thing": thing}
        done = {"subjects": sorted(subjects), "fingerprint": mark, "at": datetime.now(UTC), "trace": TRACE.get()}
        await self.connection.execute(spine.audit.insert(), {**row, **done})
