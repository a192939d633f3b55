"""What the acts of the gateway noun answer."""

from typing import Any

from schema.gateway.types import Decision, GatewayItem, Nomination
from schema.payloads import batch_payload, payload
from schema.reader.sources import one

ITEM = (GatewayItem | None, one("{item}.id = {given.item:uuid}", description="The item."))
NOMINATION = (Nomination | None, one("{nomination}.id = {given.nomination:uuid}", description="The nomination."))
DECISION = (Decision | None, one("{decision}.id = {given.decision:uuid}", description="The decision."))
PAYLOADS: dict[str, Any] = {
    "fileGatewayItem": payload("fileGatewayItem", item=ITEM),
    "fileGatewayItems": batch_payload("fileGatewayItems"),
    "assessGatewayItem": payload("assessGatewayItem", item=ITEM),
    "nominateEpao": payload("nominateEpao", nomination=NOMINATION),
    "answerNomination": payload("answerNomination"),
    "decideGateway": payload("decideGateway", decision=DECISION),
}
