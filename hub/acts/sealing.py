"""Sealing in acts: what an EPAO posts is closed under its own key before it is written, and opened for its own acts only.

An act of anybody else builds on what is released, which stands in clear: it needs no key.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hub.acts.act import Act
from hub.plan.facts import EPAO
from hub.store import sealed
from hub.store.facts import Record


async def close(act: Act, table: str, row: str, values: Mapping[str, Any]) -> bytes:
    """The box of a row's values under the actor's own key."""
    return sealed.closed(await act.keys.current(act.viewer.party), table, row, values)


async def open_row(act: Act, table: str, row: str, box: str) -> dict[str, Any]:
    """The values in a box that the actor sealed, as it was loaded."""
    return await sealed.opened(act.keys, act.viewer.party, table, row, sealed.box_of(box))


async def opened(act: Act, record: Record) -> Record:
    """The record with the actor's own unreleased results opened: what its rules may build on."""
    results = [await _result(act, each) if _waits(act, each) else each for each in record.row["results"]]
    return replace(record, row={**record.row, "results": results})


def _waits(act: Act, result: Mapping[str, Any]) -> bool:
    mine = result["epao_party_id"] == str(act.viewer.party)
    return bool(mine and result["current"] and result["released_on"] is None)


async def _result(act: Act, result: Mapping[str, Any]) -> dict[str, Any]:
    told = await open_row(act, sealed.RESULT, result["id"], result["sealed"])
    parts = [{**part, **await _component(act, part)} for part in result["components"]]
    return {**result, **told, "components": parts}


async def _component(act: Act, part: Mapping[str, Any]) -> dict[str, Any]:
    return await open_row(act, sealed.COMPONENT, sealed.row_of(part["result_id"], part["component"]), part["sealed"])


async def kept_outcome(act: Act, client_key: str, outcome: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept under an idempotency key: why an EPAO's results were refused is sealed, for it may tell of them."""
    if act.viewer.kind != EPAO or not any(each["errors"] for each in outcome.get("items", ())):
        return outcome
    return {"sealed": (await close(act, sealed.IDEMPOTENCY, _kept(act, client_key), outcome)).hex()}


async def told_outcome(act: Act, client_key: str, outcome: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was kept, as it was."""
    if "sealed" not in outcome:
        return outcome
    box = bytes.fromhex(outcome["sealed"])
    return await sealed.opened(act.keys, act.viewer.party, sealed.IDEMPOTENCY, _kept(act, client_key), box)


def _kept(act: Act, key: str) -> str:
    return sealed.row_of(act.viewer.client, key)
