"""What surrounds every act in its transaction: finding the apprentices in the slice, telling the parties, the audit row."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.act import Act
from hub.acts.inputs import Input, subjects_of
from hub.errors import HubError
from hub.slices.acts import ACTS as SLICES
from hub.slices.acts import ActSlice
from hub.slices.classes import class_of_scope
from hub.store import cards, facts, spine
from hub.trace import TRACE
from hub.viewer import Viewer

MINE = text("select apprentice_id, reach from hub.card where apprentice_id = any(:ids)")
STILL_MINE = text(
    "select apprentice_id, reach from hub.card where apprentice_id = any(:ids) and party_id = :party "
    "and opened_on <= :today and closed_on > :today"
)


def permitted(viewer: Viewer, name: str) -> ActSlice:
    """The act's slice, if this kind of party with these scopes may do it at all.

    Raises HubError FIELD_NOT_IN_SLICE or SCOPE_MISSING.
    """
    slice_ = SLICES[name]
    if viewer.kind not in slice_.reach:
        raise HubError("FIELD_NOT_IN_SLICE", field=f"Mutation.{name}")
    if slice_.scope not in viewer.scopes:
        raise HubError("SCOPE_MISSING", f"This operation needs the scope {slice_.scope}.", f"Mutation.{name}")
    return slice_


async def find(connection: AsyncConnection, given: Input) -> list[UUID]:
    """Finds, under the party's own role and policies, which of the named apprentices are in its slice."""
    named = subjects_of(given)
    return [] if not named else list((await connection.execute(MINE, {"ids": named})).scalars())


async def enter(act: Act, found: list[UUID]) -> None:
    """Locks and loads what was found; what left the slice while the lock was awaited is outside it."""
    await act.load(*found)
    if found:
        asked = {"ids": found, "party": act.viewer.party, "today": act.today}
        act.reach = {row.apprentice_id: row.reach for row in await act.connection.execute(STILL_MINE, asked)}


async def finish(act: Act, name: str, given: Input, mark: bytes) -> None:
    """Looks that nothing has grown too long, tells the parties and writes the audit row, inside the act's transaction."""
    for record in act.records.values():
        act.room(record)
    await tell(act)
    by = getattr(given, "by", None)
    await audit(act, name, mark, person=getattr(by, "reference", None))


async def tell(act: Act) -> None:
    """Writes what is to be told, once for all its recipients."""
    reaches = await cards.reaches(act.connection, {told["record"].id for told in act.told}, act.today)
    await act.save(spine.outbox.insert(), [row for told in act.told for row in _outbox(act, told, reaches)])
    act.told.clear()


async def audit(act: Act, name: str, mark: bytes, person: str | None = None) -> None:
    """Writes who did what to whom: ids and a keyed fingerprint of the input, never its values.

    The same row says who was shown the act's answer, and which classes of it.
    """
    own = class_of_scope(SLICES[name].scope) if name in SLICES else None
    shown = {"classes": sorted({*act.shows, *([own] if own else [])}), "trace": TRACE.get()}
    row = {"id": spine.ordered_id(), "party_id": act.viewer.party, "client": act.viewer.client, "person": person}
    done = {"act": name, "subjects": sorted(act.subjects), "fingerprint": mark, "at": act.now, "thing": act.thing}
    await act.save(spine.audit.insert(), {**row, "on_behalf_of": act.viewer.on_behalf, **done, **shown})
    act.audited |= act.subjects


def _outbox(act: Act, told: dict[str, Any], reaches: Mapping[UUID, Iterable[cards.Reach]]) -> list[dict[str, Any]]:
    record: facts.Record = told["record"]
    recipients = told["to"] or cards.recipients(told["type"], reaches.get(record.id, []), told["only"])
    row = {"type": told["type"], "apprentice_id": record.id, "standard_id": record.standard_id, "at": act.now}
    return [{**row, "recipients": recipients, "facts": told["facts"]}] if recipients else []
