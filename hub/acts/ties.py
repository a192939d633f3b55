"""What acts on relations share: setting a tie, naming a party, and leaving with a frozen copy of one's own period."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, Refused, refusal
from hub.acts.inputs import Identifier
from hub.plan import facts as f
from hub.plan import gateway as rules
from hub.store import apprentices as t
from hub.store import cards, organisations
from hub.store.facts import CLAIMED, FOREVER, Record
from hub.store.organisations import SCHEMES


async def set_tie(act: Act, apprentice: UUID, party: UUID, **values: Any) -> None:
    """Changes one party's relation to an apprentice."""
    mine = (t.tie.c.apprentice_id == apprentice, t.tie.c.party_id == party)
    await act.save(update(t.tie).where(*mine).values(**values))


async def name_party(act: Act, record: Record, named: tuple[UUID, UUID], kind: str, on: date) -> None:
    """Enters an organisation's party that has to confirm; one that was there before comes back under the same tie."""
    organisation, party = named
    again = {"state": CLAIMED, "from_on": on, "until_on": FOREVER}
    who = {"apprentice_id": record.id, "party_id": party, "organisation_id": organisation, "kind": kind}
    new = insert(t.tie).values(**who, state=CLAIMED, from_on=on)
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id", "party_id"], set_=again))


async def party_named(act: Act, named: Identifier, kind: str) -> tuple[UUID, UUID]:
    """The (organisation, party) an identifier names; an unknown one is kept as unclaimed."""
    if named.scheme not in SCHEMES[kind]:
        raise refusal("INPUT_INVALID", f"Name it by {' or '.join(SCHEMES[kind])}.", f"input.{kind}")
    key = (named.scheme, named.value)
    organisation = (await organisations.find_or_keep(act.connection, [key], kind))[key]
    return organisation, (await organisations.parties(act.connection, [organisation], kind))[organisation]


async def leave(act: Act, record: Record, party: UUID, from_on: date, on: date, *, knew: bool = True) -> None:
    """Closes one party's card and keeps a frozen copy of its own period, and nothing else (PQR-07).

    `knew` says whether it ever learned who the apprentice is.
    """
    act.tell_leaver(record, party)
    card = await cards.close(act.connection, party, record.id, on)
    kept = {name: record.identity[name] if knew else None for name in ("uln", "given_names", "family_name")}
    row = {"party_id": party, "apprentice_id": record.id, "from_on": from_on, "until_on": on}
    frozen = {"standard_id": record.standard_id, "status": card.status, "my_reference": card.my_reference}
    new = insert(t.leaver_record).values(**row, **kept, **frozen)
    keys = ["party_id", "apprentice_id", "from_on"]
    await act.save(new.on_conflict_do_update(index_elements=keys, set_={"until_on": on, **kept, **frozen}))


async def check_conflicts(act: Act, record: Record, where: str, *more: UUID, employer: UUID | None = None) -> None:
    """Refuses what would connect the EPAO with employer or provider (EPA-R11); `more` organisations are to join."""
    last = record.nomination
    if last is None or last["state"] not in ("NOMINATED", "ACCEPTED"):
        return
    epao = UUID(last["epao_organisation_id"])
    problems = await conflicts(act, record, epao, *more, employer=employer)
    if problems:
        raise Refused(*(type(each)(each.code, each.message, where, each.rule) for each in problems))


async def conflicts(act: Act, record: Record, epao: UUID, *more: UUID, employer: UUID | None = None) -> tuple[Any, ...]:
    """Why this EPAO and the others cannot meet in one apprenticeship: they are one, or of one group."""
    providers = [*(tie.organisation for tie in record.open_ties(f.PROVIDER, act.today)), *more]
    first = employer or record.employer_id
    grouped = await organisations.groups(act.connection, {epao, first, *providers}, act.today)
    known = {each: f.Organisation(str(each), codes) for each, codes in grouped.items()}
    return rules.nominate(record.plan, known[epao], known[first], [known[each] for each in providers])
