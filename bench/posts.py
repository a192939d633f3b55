"""Posting results: undone between measurements, and the rows both contenders leave behind compared."""

from typing import Any

import asyncpg

from bench.choice import discussion
from bench.compare import Different
from bench.contenders import Mint, one_answer
from bench.workloads import Asked, data_of
from bench.world import World, uid
from hub.viewer import PartyKind, Viewer
from hub.words import id_text

UNDO = """
truncate grades.result, grades.result_component, grades.breach, hub.outbox, hub.audit, hub.idempotency;
delete from grades.assessment a where not exists (select 1 from grades.release r where r.apprentice_id = a.apprentice_id);
delete from grades.grade g where not exists (select 1 from grades.release r where r.apprentice_id = g.apprentice_id);
update hub.card set status = 'IN_ASSESSMENT' where status = 'TO_RELEASE';
"""
TOUCHED = "grades.assessment grades.grade hub.card hub.audit hub.outbox grades.result grades.result_component"
OWN = "'id', 'result_id', 'at', 'digest', 'fingerprint', 'trace', 'xid', 'sealed'"
ROWS = {
    "grades.result": "apprentice_id = $1",
    "grades.result_component": "apprentice_id = $1",
    "grades.breach": "apprentice_id = $1",
    "grades.assessment": "apprentice_id = $1",
    "grades.grade": "apprentice_id = $1",
    "hub.card": "apprentice_id = $1",
    "hub.outbox": "apprentice_id = $1",
    "hub.audit": "$1 = any(subjects) and kind = 'act'",
}
SECTIONS = ["INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "PLANNED_WORK", "SUMMARY"]


async def undo(connection: asyncpg.Connection) -> None:
    """Takes every posted result back, so that each measurement begins with the same rows."""
    await connection.execute(UNDO)
    for table in TOUCHED.split():
        await connection.execute(f"vacuum analyze {table}")


async def compare_posts(ports: dict[str, int], mint: Mint, world: World, connection: asyncpg.Connection) -> int:
    """How many posts had equal answers and left equal rows: good, repeated, different, wrong and complete."""
    i = next(world.waiting())
    viewer = world.viewer(PartyKind.EPAO, world.parties_of(i)[2])
    found = {name: await _played(name, ports[name], mint, viewer, i, connection) for name in ("hub", "handwritten")}
    for n, (one, other) in enumerate(zip(found["hub"], found["handwritten"], strict=True)):
        if one != other:
            raise Different(f"posts differ at step {n}: {one} / {other}")
    return len(found["hub"])


async def _played(
    name: str, port: int, mint: Mint, viewer: Viewer, i: int, connection: asyncpg.Connection
) -> list[tuple[Any, Any]]:
    await undo(connection)
    steps, token = [], mint.token(viewer)
    for given in _story(id_text("apr", uid("apprentice", i))):
        asked = Asked(viewer, "post", {"input": given})
        status, body = await one_answer(port, asked.request(name, token))
        steps.append((_answer(name, status, body), await _rows(connection, i)))
    await undo(connection)
    return steps


def _story(apprentice: str) -> list[dict[str, Any]]:
    first = discussion(apprentice)
    short = {**first, "components": [{**first["components"][0], "minutes": 20}]}
    study = {"component": "CS", "outcome": "PASS", "submittedOn": "2026-02-18", "words": 3250, "document": "c" * 64}
    talk = {"component": "PR", "outcome": "PASS", "heldOn": "2026-02-25", "submittedOn": "2026-02-24", "minutes": 45}
    study |= {"theme": "T-1", "sections": SECTIONS}
    talk |= {"bankQuestions": 10, "ownQuestions": 0, "audioRecorded": True, "document": "d" * 64}
    case = {**first, "method": "CSP", "components": [study, talk]}
    return [{**first, "grade": "GOLD"}, first, first, short, case]


def _answer(name: str, status: int, body: bytes) -> Any:
    """An answer as (code, rest): the route answers a refusal with its code alone, the graph with errors as data."""
    if name == "handwritten" and status != 200:
        return body.decode()
    found = data_of(name, body)["postResult"]
    if found["errors"]:
        return found["errors"][0]["code"]
    result = {key: value for key, value in found["result"].items() if key != "id"}
    return found["apprentice"], result, found["replayed"]


async def _rows(connection: asyncpg.Connection, i: int) -> dict[str, list[str]]:
    return {
        table: [
            row["row"]
            for row in await connection.fetch(
                f"select (to_jsonb(t) - array[{OWN}])::text as row from {table} t where {where} order by 1",
                uid("apprentice", i),
            )
        ]
        for table, where in ROWS.items()
    }
