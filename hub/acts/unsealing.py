"""Breaking the glass: an operator who holds an EPAO's key opens one of its results, and the EPAO is told who and why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.acts.act import Act
from hub.acts.inputs import Input, Person, Text, identifier
from hub.acts.operating import OPERATOR, Operator, checked
from hub.errors import HubError
from hub.keyring import Keys
from hub.slices.classes import RESULTS
from hub.store import sealed
from hub.viewer import PartyKind
from hub.words import id_text

ResultId = Annotated[UUID, BeforeValidator(identifier("res"))]
RESULT = text("""
select r.*, p.organisation_id, array(select to_json(c) from grades.result_component c where c.result_id = r.id
  order by c.position) as components from grades.result r join apprentices.party p on p.id = r.epao_party_id where r.id = :id
""")


class UnsealResult(Input):
    """Opens a sealed result outside its EPAO."""

    result_id: ResultId = Field(description="The result.")
    reason: Annotated[Text, Field(min_length=10)] = Field(description="Why: the EPAO reads it.")
    by: Person = Field(description="Who opens it.")


async def unseal_result(operator: Operator, keys: Keys, result: str, reason: str, by: Mapping[str, str]) -> dict[str, Any]:
    """One result as it was posted. When it is answered, the EPAO's audit row and event are written already.

    Raises HubError NOT_FOUND, INPUT_INVALID without a reason or a person, SEALING_KEY_MISSING.
    """
    given = checked(UnsealResult, resultId=result, reason=reason, by=by)
    async with operator.acting("unsealResult", given) as act:
        await act.connection.execute(text("set local role hub_rules"))
        row = await _row(act.connection, given.result_id)
        party = row["epao_party_id"]
        # The row of the audit is the EPAO's own: it stands among the acts that concern it.
        act.viewer = replace(OPERATOR, party=party, kind=PartyKind.EPAO, organisation=row["organisation_id"])
        act.shows, act.thing = (RESULTS,), id_text("res", given.result_id)
        told = await _opened(keys, row)
        await _tell(act, row, given)
    return told


async def _row(connection: AsyncConnection, result: UUID) -> Mapping[str, Any]:
    row = (await connection.execute(RESULT, {"id": result})).mappings().first()
    if row is None:
        raise HubError("NOT_FOUND", "There is no such result.", "result")
    return dict(row)


async def _opened(keys: Keys, row: Mapping[str, Any]) -> dict[str, Any]:
    party, result = row["epao_party_id"], str(row["id"])
    shown = {name: row[name] for name in ("method", "attempt", "version")}
    parts = []
    for part in row["components"]:
        name = sealed.row_of(result, part["component"])
        inside = await sealed.opened(keys, party, sealed.COMPONENT, name, sealed.box_of(part["sealed"]))
        parts.append({"component": part["component"], **inside})
    return {**shown, **await sealed.opened(keys, party, sealed.RESULT, result, bytes(row["sealed"])), "components": parts}


async def _tell(act: Act, row: Mapping[str, Any], given: UnsealResult) -> None:
    await act.load(row["apprentice_id"])
    act.subjects = {row["apprentice_id"]}
    said = {"method": row["method"], "reason": given.reason}
    act.tell_alone("result.unsealed", act.records[row["apprentice_id"]], row["epao_party_id"], **said)
