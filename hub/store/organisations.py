"""Finds organisations by exact reference; one that nobody has claimed yet is kept, never dropped."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store import apprentices as t
from hub.store.spine import new_id

Identifier = tuple[str, str]
SCHEMES = {"employer": ("EMPLOYER_NUMBER", "UKPRN", "ACCOUNT"), "provider": ("UKPRN",), "epao": ("EPAO_ID", "UKPRN")}
"""By which schemes each kind of party is named."""
UNCLAIMED = {"employer": "Unclaimed employer", "provider": "Unclaimed training provider", "epao": "Unclaimed EPAO"}


async def find(connection: AsyncConnection, identifiers: Iterable[Identifier]) -> dict[Identifier, UUID]:
    """The organisations that carry these (scheme, value) identifiers."""
    table, wanted = t.organisation_identifier, sorted(set(identifiers))
    if not wanted:
        return {}
    key = tuple_(table.c.scheme, table.c.value)
    found = await connection.execute(select(table).where(key.in_(wanted)))
    return {(row.scheme, row.value): row.organisation_id for row in found}


async def find_or_keep(connection: AsyncConnection, identifiers: Iterable[Identifier], kind: str) -> dict[Identifier, UUID]:
    """The organisations of these identifiers; an unknown one becomes an unclaimed organisation."""
    wanted = sorted(set(identifiers))
    found = await find(connection, wanted)
    for missing in (each for each in wanted if each not in found):
        # Two imports may meet an unknown number at once: the second waits here and then finds it.
        await hold(connection, missing)
        found.update(await find(connection, [missing]))
        if missing not in found:
            found[missing] = await _keep(connection, missing, kind)
    return found


async def hold(connection: AsyncConnection, identifier: Identifier) -> None:
    """Keeps an identifier to this transaction until its end."""
    await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": ":".join(identifier)})


async def _keep(connection: AsyncConnection, identifier: Identifier, kind: str) -> UUID:
    made = new_id()
    await connection.execute(t.organisation.insert().values(id=made, name=UNCLAIMED[kind], claimed=False))
    scheme, value = identifier
    await connection.execute(t.organisation_identifier.insert().values(scheme=scheme, value=value, organisation_id=made))
    return made


async def parties_of(connection: AsyncConnection, organisations: Iterable[UUID], kind: str) -> dict[UUID | None, UUID]:
    """The parties of a kind that these organisations already are."""
    query = select(t.party.c.organisation_id, t.party.c.id)
    mine = (t.party.c.organisation_id.in_(sorted(set(organisations))), t.party.c.kind == kind)
    return {row.organisation_id: row.id for row in await connection.execute(query.where(*mine))}


async def parties(connection: AsyncConnection, organisations: Iterable[UUID], kind: str) -> dict[UUID, UUID]:
    """The parties of a kind by organisation, made where missing."""
    wanted = sorted(set(organisations))
    if not wanted:
        return {}
    rows: list[dict[str, Any]] = [{"id": new_id(), "organisation_id": each, "kind": kind} for each in wanted]
    await connection.execute(insert(t.party).on_conflict_do_nothing(), rows)
    return {each: party for each, party in (await parties_of(connection, wanted, kind)).items() if each is not None}


async def groups(connection: AsyncConnection, organisations: Iterable[UUID], today: Any) -> dict[UUID, frozenset[str]]:
    """The groups each organisation belongs to on a day."""
    table, wanted = t.organisation_link, list(organisations)
    found = await connection.execute(
        select(table.c.organisation_id, table.c.group_code).where(
            table.c.organisation_id.in_(wanted), table.c.from_on <= today, table.c.until_on > today
        )
    )
    grouped: dict[UUID, set[str]] = {each: set() for each in wanted}
    for row in found:
        grouped[row.organisation_id].add(row.group_code)
    return {each: frozenset(codes) for each, codes in grouped.items()}


async def party_of(connection: AsyncConnection, organisation: UUID, kind: str) -> UUID | None:
    """The party of a kind that an organisation already is, if it is one."""
    return (await parties_of(connection, [organisation], kind)).get(organisation)
