"""A standard gets its LARS code, and takes in the apprentices that were registered under the bare code."""

from uuid import UUID

from sqlalchemy import delete, select, text, update

from hub.acts.act import Act
from hub.acts.refresh import refresh
from hub.errors import HubError
from hub.store import apprentices as t
from hub.store import cards, standards
from hub.store.facts import LEFT
from hub.store.spine import card

# Where a party registered one apprenticeship under the code and under the reference, the one under the reference stays.
TWINS = text("""
select old.apprentice_id as gone, new.apprentice_id as kept
from apprentices.identity old join apprentices.identity new
  on new.standard_id = :standard and new.merged_into is null
 and (new.registered_by, new.uln, new.first_start_on) = (old.registered_by, old.uln, old.first_start_on)
where old.standard_id = :placeholder and old.merged_into is null
""")


async def adopt(act: Act, reference: str, code: str) -> int:
    """Sets the code on every version of a standard and moves the placeholder's apprentices. Answers how many moved."""
    s = t.standard
    await standards.hold(act.connection, alone=True)
    standard = await standards.find(act.connection, (reference, None, None))
    if standard is None:
        raise HubError("STANDARD_UNKNOWN", field="reference")
    other = select(s.c.id).where(s.c.lars_code == code, s.c.reference != reference)
    if (await act.connection.execute(other)).first() is not None:
        raise HubError("STATE_CONFLICT", "Another standard has this LARS code.", "code")
    await act.save(update(s).where(s.c.reference == reference).values(lars_code=code))
    placeholder = (await act.connection.execute(select(s.c.id).where(s.c.lars_code == code, s.c.reference.is_(None)))).scalar()
    if placeholder is None:
        return 0
    await act.connection.execute(text("set local role hub_rules"))
    moved = await _move(act, placeholder, standard)
    await act.connection.execute(text("set local role none"))
    await act.save(delete(s).where(s.c.id == placeholder))
    return moved


async def _move(act: Act, placeholder: UUID, standard: UUID) -> int:
    table = t.apprentice_table
    ids = list((await act.connection.execute(select(table.c.id).where(table.c.standard_id == placeholder))).scalars())
    await act.load(*ids)
    asked = {"placeholder": placeholder, "standard": standard}
    for twin in (await act.connection.execute(TWINS, asked)).all():
        await _close(act, twin.gone, twin.kept)
    for column in (table.c, t.identity.c, t.leaver_record.c, card.c):
        await act.save(update(column.standard_id.table).where(column.standard_id == placeholder).values(standard_id=standard))
    there = [each for each in ids if each in act.records]
    await refresh(act, there)
    for each in there:
        act.tell("apprentice.changed", act.records[each])
    act.subjects |= set(ids)
    return len(ids)


async def _close(act: Act, gone: UUID, kept: UUID) -> None:
    """Merges a record that one party registered twice into the other."""
    await act.save(update(t.identity).where(t.identity.c.apprentice_id == gone).values(merged_into=kept))
    for tie in act.records[gone].ties:
        if tie.open_on(act.today):
            on = max(act.today, tie.from_on)
            mine = (t.tie.c.apprentice_id == gone, t.tie.c.party_id == tie.party)
            await act.save(update(t.tie).where(*mine).values(state=LEFT, until_on=on))
            await cards.close(act.connection, tie.party, gone, on)
            act.tell_leaver(act.records[gone], tie.party)
