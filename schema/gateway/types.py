"""What the gateway noun says of an apprentice: readiness, checklist, nomination and decision."""

from datetime import date
from enum import Enum

import strawberry

from hub.plan.ceilings import BLOCKERS, REQUIREMENTS
from schema.apprentices.types import Organisation
from schema.reader.sources import Join, column, joins, many, one, rows, same
from schema.values import Node, PartyKind, Signatory

READINESS = """case when {card}.readiness in ('READY', 'NOT_READY')
 then case when {card}.ready_from <= {today} then 'READY' else 'NOT_READY' end else {card}.readiness end"""
# Whoever has passed has no blockers left, so a card that says so spares the look.
OPEN_BLOCKERS = """{card}.readiness <> 'PASSED' and {blocker}.apprentice_id = {card}.apprentice_id
 and {blocker}.from_on <= {today} and {blocker}.until_on > {today}"""


@strawberry.enum(description="Whether the gateway can be passed.")
class ReadinessStatus(Enum):
    """Whether the gateway can be passed."""

    NO_PLAN = strawberry.enum_value("NO_PLAN", description="The hub has no assessment plan for the standard.")
    CLAIMED = strawberry.enum_value("CLAIMED", description="Not yet confirmed by both parties.")
    ON_BREAK = strawberry.enum_value("ON_BREAK", description="On a break in learning.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Withdrawn.")
    NOT_READY = strawberry.enum_value("NOT_READY", description="Something is missing; see the blockers.")
    READY = strawberry.enum_value("READY", description="Nothing is missing; the employer can decide.")
    PASSED = strawberry.enum_value("PASSED", description="The employer has decided.")
    NOT_SHARED = strawberry.enum_value("NOT_SHARED", description="Not yours to see yet.")


@strawberry.enum(description="Where an item of the checklist stands.")
class ItemState(Enum):
    """Where an item of the checklist stands."""

    MISSING = strawberry.enum_value("MISSING", description="Nothing was filed.")
    SUBMITTED = strawberry.enum_value("SUBMITTED", description="Filed.")
    ACCEPTED = strawberry.enum_value("ACCEPTED", description="Accepted.")
    REJECTED = strawberry.enum_value("REJECTED", description="Rejected by the EPAO; to be filed again.")
    NOT_REQUIRED = strawberry.enum_value("NOT_REQUIRED", description="Not required, by national policy.")


@rows("gateway.item", "item", key="{item}.id", prefix="itm", subject="{item}.apprentice_id")
@strawberry.type(description="One line of the gateway checklist.")
class GatewayItem(Node):
    """One line of the gateway checklist."""

    id: strawberry.ID = column("'itm_' || {item}.id", description="The id.")
    requirement: str = column("{item}.requirement", description="The requirement's code.")
    label: str = column("{item}.label", description="What it is called.")
    state: ItemState = column("{item}.state", description="Where it stands.")
    met: bool = column("{item}.met", description="Whether it is met.")
    achieved_on: date | None = column("{item}.since", description="The day it was achieved.")
    overlay: str | None = column("{item}.overlay", description="The national policy that makes it not required.")
    rejection: str | None = column("{item}.rejection", description="The reason code of a rejection.")
    filed_by: PartyKind | None = column("{item}.filed_by", description="The kind of party that filed it.")
    version: int = column("{item}.version", description="Counts changes.")


@rows("gateway.blocker", "blocker", key="{blocker}.position")
@strawberry.type(description="One reason why the gateway cannot be passed.")
class Blocker:
    """One reason why the gateway cannot be passed."""

    rule: str = column("{blocker}.rule", description="The rule it comes from.")
    requirement: str | None = column("{blocker}.requirement", description="The requirement's code.")
    sentence: str = column("{blocker}.sentence", description="The reason in one plain sentence.")
    party: PartyKind | None = column("{blocker}.party", description="Whose move it is; null where only time helps.")
    due_on: date | None = column("{blocker}.due_on", description="By when.")
    until_on: date | None = column(
        "case when {blocker}.until_on < 'infinity' then {blocker}.until_on end",
        description="The day it goes away by itself.",
    )


@joins({"readiness": Join("gateway.readiness", "{readiness}.apprentice_id = {card}.apprentice_id")})
@strawberry.type(description="What is missing, by rule, whose move it is and by when.")
class Readiness:
    """Gateway readiness of one apprentice."""

    status: ReadinessStatus = column(READINESS, description="Whether the gateway can be passed today.")
    ready_from: date | None = column("{card}.ready_from", description="The first day without a blocker, where known.")
    overlays: list[str] | None = column("{readiness}.overlays", description="National policies that changed the outcome.")
    items: list[GatewayItem] = many(
        "{item}.apprentice_id = {card}.apprentice_id", most=REQUIREMENTS, order="{item}.position", description="The checklist."
    )
    blockers: list[Blocker] = many(
        OPEN_BLOCKERS,
        most=BLOCKERS,
        order="{blocker}.position",
        description="What stands in the way today.",
    )


@rows("gateway.nomination", "nomination", key="{nomination}.id", prefix="nom", subject="{nomination}.apprentice_id")
@strawberry.type(description="The nomination of an EPAO.")
class Nomination(Node):
    """The nomination of an EPAO."""

    id: strawberry.ID = column("'nom_' || {nomination}.id", description="The id.")
    state: str = column("{nomination}.state", description="NOMINATED, ACCEPTED, DECLINED or ENDED.")
    nominated_on: date = column("{nomination}.nominated_on", description="Since when.")
    answered_on: date | None = column("{nomination}.answered_on", description="When the EPAO answered.")
    ended_on: date | None = column("{nomination}.ended_on", description="When it ended.")
    version: int = column("{nomination}.version", description="Counts changes.")
    epao: Organisation = one("{organisation}.id = {nomination}.epao_organisation_id", description="The EPAO.")


@rows("gateway.decision", "decision", key="{decision}.id", prefix="dec", subject="{decision}.apprentice_id")
@strawberry.type(description="The employer's gateway decision.")
class Decision(Node):
    """The employer's gateway decision."""

    id: strawberry.ID = column("'dec_' || {decision}.id", description="The id.")
    decided_on: date = column("{decision}.decided_on", description="The day of the decision.")
    declaration: str = column("{decision}.declaration", description="The declaration that was signed.")
    declaration_version: str = column("{decision}.declaration_version", description="Its version.")
    advice_taken: bool = column("{decision}.advice_taken", description="Whether the provider's advice was taken.")
    by: Signatory = same(description="Who decided for the employer.")


@strawberry.type(description="The gateway to end-point assessment of one apprentice.")
class Gateway:
    """The gateway of one apprentice."""

    passed: bool = column("{card}.readiness = 'PASSED'", description="Whether the employer has decided.")
    readiness: Readiness = same(description="What is missing, whose move it is, by when.")
    nomination: Nomination | None = one(
        "{nomination}.apprentice_id = {card}.apprentice_id",
        order="{nomination}.nominated_on desc, {nomination}.state in ('ENDED', 'DECLINED'), {nomination}.id",
        description="The nomination of the EPAO that counts.",
    )
    decision: Decision | None = one(
        "{decision}.apprentice_id = {card}.apprentice_id", order="{decision}.at desc", description="The decision."
    )


@strawberry.type
class GatewayFields:
    """The fields of an apprentice that this noun owns."""

    gateway: Gateway = same(description="The gateway to end-point assessment.")
