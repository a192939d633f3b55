"""Gives every apprentice a row in every table, whatever its state: what a lock hides must be there to be hidden."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from hub.sealing import key_id
from hub.store.sealed import box_of, values_in
from tests.slices.land import Land, apprentice_of
from tests.unsealing import name_of, resealed, sealer_of
from tests.world import KEYS

COPIED = {
    "apprentices.status_change": "withdrawn",
    "apprentices.contact": "posted",
    "gateway.item": "posted",
    "gateway.basis": "posted",
    "gateway.readiness": "posted",
    "gateway.blocker": "confirmed",
    "gateway.decision": "posted",
    "portfolios.portfolio": "posted",
    "portfolios.evidence": "posted",
    "portfolios.coverage": "posted",
    "portfolios.validation": "posted",
    "grades.booking": "posted",
    "grades.authenticity": "posted",
    "grades.assessment": "released",
    "grades.grade": "released",
    "grades.release": "released",
    "grades.resit": "resit",
    "hub.audit_access": "posted",
}


async def fill(connection: asyncpg.Connection, land: Land) -> None:
    """Copies rows so that no table lacks any apprentice, nor any kind of row for any of them."""
    await connection.execute("set session_replication_role = replica")
    for name in land.stories:
        target = apprentice_of(land, name)
        for table, source in COPIED.items():
            await copied(connection, table, apprentice_of(land, source), target)
        await copied(connection, "grades.resit", apprentice_of(land, "retake"), target, attempt=9)
        for attempt in (2, 8, 9):
            await copied(connection, "grades.booking", apprentice_of(land, "posted"), target, attempt=attempt)
        for place, epao in enumerate((land.cast[name][2], land.cast[name][5])):
            await _of_epao(connection, land, target, epao.viewer.party, 40 + place)
    for party in land.everyone:
        gone = apprentice_of(land, "transferred")
        await copied(connection, "apprentices.leaver_record", gone, gone, party_id=str(party.viewer.party))
    await connection.execute("insert into apprentices.organisation_link (organisation_id, group_code, from_on) values "
                             "($1, 'G', '2020-01-01')", land.everyone[0].viewer.organisation)  # fmt: skip
    for party in land.everyone:
        row = {"id": f"cli_{uuid4()}", "party_id": str(party.viewer.party), "party_kind": party.viewer.kind.value,
               "organisation_id": str(party.viewer.organisation), "name": "Records", "method": "private_key_jwt",
               "scopes": [], "documents_only": False, "bound": True, "created_at": "2026-01-01"}  # fmt: skip
        await connection.execute("insert into auth.client select * from jsonb_populate_record(null::auth.client, $1::jsonb)",
                                 orjson.dumps(row).decode())  # fmt: skip
    await connection.execute("set session_replication_role = origin")


async def _of_epao(connection: asyncpg.Connection, land: Land, target: UUID, epao: UUID, number: int) -> None:
    posted = apprentice_of(land, "posted")
    await copied(connection, "portfolios.acknowledgement", posted, target, epao_party_id=str(epao))
    await copied(connection, "gateway.nomination", posted, target, epao_party_id=str(epao), position=number)
    await copied(connection, "hub.audit_access", posted, target, audience="epao", party_id=str(epao))
    await copied(connection, "hub.audit_access", posted, target, audience="employer", party_id=str(epao))
    for row in await connection.fetch("select id from grades.result where apprentice_id = $1", posted):
        made = str(uuid4())
        await copied(
            connection,
            "grades.result",
            posted,
            target,
            where=("id", row["id"]),
            sealer=epao,
            id=made,
            epao_party_id=str(epao),
            version=number,
        )
        for table in ("grades.result_component", "grades.breach"):
            await copied(connection, table, posted, target, where=("result_id", row["id"]), sealer=epao, result_id=made)


async def copied(
    connection: asyncpg.Connection,
    table: str,
    source: UUID,
    target: UUID,
    where: tuple[str, UUID] | None = None,
    sealer: UUID | None = None,
    **patch: Any,
) -> None:
    """Copies an apprentice's rows of a table to another apprentice, with new ids and the given values.

    What is sealed is sealed anew for the copy's place, by the party named.
    """
    condition, values = ("true", []) if where is None else (f"t.{where[0]} = $2", [where[1]])
    rows = await connection.fetch(f"select to_jsonb(t)::text as row from {table} t where apprentice_id = $1 and {condition}",
                                  source, *values)  # fmt: skip
    for row in rows:
        former = orjson.loads(row["row"])
        kept = former | {"apprentice_id": str(target), **({"id": str(uuid4())} if "id" in former else {}), **patch}
        if former.get("sealed"):
            kept["sealed"] = await moved(table, former, kept, sealer)
        await connection.execute(
            f"insert into {table} select (jsonb_populate_record(null::{table}, $1::jsonb)).* on conflict do nothing",
            orjson.dumps(kept).decode(),
        )


async def moved(table: str, former: dict[str, Any], kept: dict[str, Any], sealer: UUID | None) -> str:
    """The box of a row, made anew for the place of its copy."""
    box = box_of(former["sealed"])
    party = sealer_of(box)
    told = values_in(await KEYS.find(party, key_id(box)), table, name_of(table, former), box)
    return "\\x" + (await resealed(table, kept, sealer or party, **told)).hex()
