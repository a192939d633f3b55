"""The questions: lists, single records, the cohort, standards, events, and who you are."""

from datetime import date
from enum import Enum

import strawberry

from hub.acts.inputs import Identifier
from hub.plan.ceilings import CLIENTS, RULES, STANDARDS
from schema.apprentice import Apprentice
from schema.apprentices.clients import Client
from schema.apprentices.standards import Standard
from schema.apprentices.types import ApprenticeStatus, AuditHead, FormerApprentice, Organisation
from schema.events import Event
from schema.gateway.types import OPEN_BLOCKERS, READINESS, ReadinessStatus
from schema.inputs import input_type
from schema.reader.connection import Connection
from schema.reader.sources import Asked, Choice, Join, Key, Where, column, identifier, many, node, one, page, rows, subset
from schema.values import Node, PartyKind

UNSET = strawberry.UNSET


@strawberry.enum(description="The orders in which apprentices are listed.")
class ApprenticeOrder(Enum):
    """The orders in which apprentices are listed."""

    NAME = strawberry.enum_value("name", description="By family name, then given names.")
    DUE = strawberry.enum_value("due", description="By due date, the soonest first.")
    EXPECTED_GATEWAY = strawberry.enum_value("gateway", description="By expected gateway, the soonest first.")
    START = strawberry.enum_value("start", description="By start, the earliest first.")


@strawberry.input(description="Which apprentices; every condition given must hold.")
class ApprenticeFilter:
    """Which apprentices; every condition given must hold."""

    next_party: PartyKind | None = strawberry.field(default=UNSET, description="Whose move it is.")
    due_before: date | None = strawberry.field(default=UNSET, description="Due before this day.")
    status: list[ApprenticeStatus] | None = strawberry.field(default=UNSET, description="In one of these statuses.")
    readiness: ReadinessStatus | None = strawberry.field(default=UNSET, description="With this readiness today.")
    standard: strawberry.ID | None = strawberry.field(default=UNSET, description="On this standard.")
    region: str | None = strawberry.field(default=UNSET, description="In this region.")
    intake: str | None = strawberry.field(default=UNSET, description="In this intake.")
    expected_gateway_from: date | None = strawberry.field(default=UNSET, description="Gateway expected from this day.")
    expected_gateway_before: date | None = strawberry.field(default=UNSET, description="Gateway expected before this day.")
    my_reference: str | None = strawberry.field(default=UNSET, description="With this reference of your own.")
    uln: str | None = strawberry.field(default=UNSET, description="With this ULN.")


FILTERS: dict[str, Where | str] = {
    "next_party": "{card}.next_party = {value:text}",
    "due_before": "{card}.due_sort < {value:date}",
    "status": "{card}.status = any({value:text[]})",
    "readiness": f"({READINESS}) = {{value:text}}",
    "standard": Where("{card}.standard_id = {value:uuid}", identifier("std")),
    "region": "{card}.region = {value:text}",
    "intake": "{card}.intake = {value:text}",
    "expected_gateway_from": "{card}.gateway_sort >= {value:date}",
    "expected_gateway_before": "{card}.gateway_sort < {value:date}",
    "my_reference": "{card}.my_reference = {value:text}",
    "uln": "{card}.uln = {value:text}",
}
SORTS = {
    ApprenticeOrder.NAME: (Key("{card}.name_sort", "text"),),
    ApprenticeOrder.DUE: (Key("{card}.due_sort", "date"),),
    ApprenticeOrder.EXPECTED_GATEWAY: (Key("{card}.gateway_sort", "date"),),
    ApprenticeOrder.START: (Key("{card}.start_sort", "date"),),
}


@rows("gateway.blocker", "blocker", key="{blocker}.rule")
@strawberry.type(description="How many apprentices of a cohort a rule holds back.")
class RuleCount:
    """How many apprentices of a cohort a rule holds back."""

    rule: str = column("{blocker}.rule", description="The rule.")
    requirement: str | None = column("{blocker}.requirement", description="The requirement's code.")
    party: PartyKind | None = column("{blocker}.party", description="Whose move it is.")
    count: int = column("count(distinct {blocker}.apprentice_id)", description="How many apprentices it holds back.")


@rows("hub.card", "card", key="{card}.apprentice_id")
@strawberry.type(description="A set of apprentices: how many are ready, what holds the others back, and who they are.")
class Cohort:
    """A set of apprentices."""

    total: int = column("count(*)", description="How many there are.")
    ready: int = column(f"count(*) filter (where ({READINESS}) = 'READY')", description="How many can pass the gateway today.")
    not_ready: int = column(f"count(*) filter (where ({READINESS}) = 'NOT_READY')", description="How many lack something.")
    passed: int = column("count(*) filter (where {card}.readiness = 'PASSED')", description="How many have passed it.")
    no_plan: int = column("count(*) filter (where {card}.readiness = 'NO_PLAN')", description="How many have no plan.")
    overdue: int = column("count(*) filter (where {card}.due_sort < {today})", description="How many are overdue.")
    blockers: list[RuleCount] = many(
        OPEN_BLOCKERS,
        group=("{blocker}.rule", "{blocker}.requirement", "{blocker}.party"),
        most=RULES,
        order="count(distinct {blocker}.apprentice_id) desc, {blocker}.rule, {blocker}.requirement, {blocker}.party",
        description="What holds them back, the most frequent first.",
    )
    apprentices: Connection[Apprentice] = page(sorts=SORTS, default=100, maximum=500, description="The apprentices of the set.")


@rows(
    "apprentices.party",
    "party",
    key="{party}.id",
    joins={"of": Join("apprentices.organisation", "{of}.id = {party}.organisation_id")},
)
@strawberry.type(description="Who you are to the hub.")
class Viewer:
    """Who is asking."""

    party: strawberry.ID = column("'pty_' || {party}.id", description="Your party's id.")
    kind: PartyKind = column("{party}.kind", description="The kind of party you are.")
    today: date = column("{today}", description="The hub's date of today, Europe/London.")
    organisation: Organisation = one("{organisation}.id = {party}.organisation_id", description="Your organisation.")


@strawberry.type(description="Every question the hub answers.")
class Query:
    """Every question the hub answers."""

    viewer: Viewer = one("{party}.id = (select hub.party())", description="Who you are to the hub.")
    audit_head: AuditHead | None = one(
        "{head}.party_id = (select hub.party())",
        order="{head}.seq desc",
        description="The newest sealed head of your own audit records; keep it.",
    )
    apprentice: Apprentice | None = one(
        by={
            "id": Asked(strawberry.ID, "{card}.apprentice_id = {value:uuid}", "By id.", identifier("apr")),
            "uln": Asked(str, "{card}.uln = {value:text}", "By ULN: the live record, else the latest started."),
            "my_reference": Asked(str, "{card}.my_reference = {value:text}", "By your own reference."),
        },
        order="{card}.status in ('WITHDRAWN', 'ACHIEVED'), {card}.start_sort desc, {card}.apprentice_id",
        either=Choice("ApprenticeBy", "Query.apprentice(by:)", "Which apprentice of your slice: by exactly one of these."),
        description="One apprentice of your slice; say which with `by`.",
    )
    apprentices: Connection[Apprentice] = page(
        sorts=SORTS, filter=ApprenticeFilter, filters=FILTERS, description="The apprentices of your slice: your work queue."
    )
    cohort: Cohort = subset(filter=ApprenticeFilter, filters=FILTERS, description="Readiness of a whole cohort at once.")
    former_apprentices: Connection[FormerApprentice] = page(
        sorts={"": (Key("{leaver}.until_on", "date", descending=True), Key("{leaver}.from_on", "date"))},
        description="What you keep of apprentices who have left you.",
    )
    standards: list[Standard] = many(
        "{standard}.planned",
        most=STANDARDS,
        order="{standard}.reference, {standard}.version",
        description="Standards with a plan.",
    )
    standard: Standard | None = one(
        # One without a plan exists for those alone who have an apprentice on it: else it would tell of somebody else's.
        "{standard}.planned or exists (select 1 from hub.card c where c.standard_id = {standard}.id)",
        by={
            "id": Asked(strawberry.ID, "{standard}.id = {value:uuid}", "By id.", identifier("std")),
            "reference": Asked(str, "{standard}.reference = {value:text}", "By reference: the latest version."),
            "lars_code": Asked(str, "{standard}.lars_code = {value:text}", "By LARS code."),
        },
        order="{standard}.planned desc, string_to_array({standard}.version, '.')::int[] desc nulls last, {standard}.id",
        either=Choice("StandardBy", "Query.standard(by:)", "Which standard: by exactly one of these."),
        description="One standard; say which with `by`.",
    )
    organisation: Organisation | None = one(
        # One that has not joined is known only from the registrations of others.
        "{organisation}.claimed and exists (select 1 from apprentices.organisation_identifier oi"
        " where oi.organisation_id = {organisation}.id"
        " and oi.scheme = coalesce({arg.by.scheme:text}, {arg.scheme:text})"
        " and oi.value = coalesce({arg.by.value:text}, {arg.value:text}))",
        arguments={
            "by": Asked(input_type(Identifier), "", "Which one."),
            "scheme": Asked(str, "", "EMPLOYER_NUMBER, UKPRN, ACCOUNT or EPAO_ID.", instead="Query.organisation(by:)"),
            "value": Asked(str, "", "The identifier, in full.", instead="Query.organisation(by:)"),
        },
        description="An organisation that has joined, by an identifier you know, given as `by`; there is no list of them.",
    )
    node: Node | None = node(description="Anything of your slice by its id.")
    clients: list[Client] = many(
        "{client}.party_id = (select hub.party())",
        most=CLIENTS,
        order="{client}.created_at, {client}.id",
        description="Your party's OAuth clients, the oldest first.",
    )
    events: Connection[Event] = page(
        sorts={"": (Key("{event}.seq", "bigint", unique=True),)},
        description="What happened in your slice, in order; ask again after the last cursor.",
    )
