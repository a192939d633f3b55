"""What the apprentices noun says of an apprentice: who, on which standard, with whom, and where it stands for you."""

from datetime import date, datetime
from enum import Enum

import strawberry

from hub.plan.ceilings import CEILINGS, IDENTIFIERS
from schema.apprentices.standards import Standard
from schema.reader.connection import Connection
from schema.reader.sources import Join, Key, column, joins, many, one, page, rows
from schema.values import Node, PartyKind


@strawberry.enum(description="Where an apprentice stands, as far as you may know.")
class ApprenticeStatus(Enum):
    """Where an apprentice stands, as far as the viewer may know."""

    CLAIMED = strawberry.enum_value("CLAIMED", description="Named by one party, not yet confirmed by the other.")
    ON_PROGRAMME = strawberry.enum_value("ON_PROGRAMME", description="In training.")
    ON_BREAK = strawberry.enum_value("ON_BREAK", description="On a break in learning.")
    WITHDRAWN = strawberry.enum_value("WITHDRAWN", description="Withdrawn.")
    COMPLETED = strawberry.enum_value("COMPLETED", description="Training has ended; the gateway is still to come.")
    IN_ASSESSMENT = strawberry.enum_value("IN_ASSESSMENT", description="Past the gateway.")
    RESIT_OFFERED = strawberry.enum_value("RESIT_OFFERED", description="Not passed; a re-sit or re-take may be agreed.")
    ACHIEVED = strawberry.enum_value("ACHIEVED", description="The end-point assessment is passed and released.")
    NOMINATED = strawberry.enum_value("NOMINATED", description="You are nominated and have not answered.")
    TO_RELEASE = strawberry.enum_value("TO_RELEASE", description="Every result is posted and waits for your release.")


@rows("apprentices.organisation_identifier", "identifier", key="{identifier}.scheme")
@strawberry.type(description="An organisation's identifier in one scheme.")
class OrganisationIdentifier:
    """An identifier of an organisation."""

    scheme: str = column("{identifier}.scheme", description="EMPLOYER_NUMBER, UKPRN, ACCOUNT or EPAO_ID.")
    value: str = column("{identifier}.value", description="The identifier itself.")


@rows("apprentices.organisation", "organisation", key="{organisation}.id", prefix="org")
@strawberry.type(description="An employer, training provider or EPAO.")
class Organisation(Node):
    """An organisation."""

    id: strawberry.ID = column("'org_' || {organisation}.id", description="The id.")
    name: str = column("{organisation}.name", description="Its name.")
    region: str | None = column("{organisation}.region", description="Its region.")
    claimed: bool = column("{organisation}.claimed", description="Whether it has joined the hub.")
    identifiers: list[OrganisationIdentifier] = many(
        "{identifier}.organisation_id = {organisation}.id",
        most=IDENTIFIERS,
        order="{identifier}.scheme, {identifier}.value",
        description="Its identifiers.",
    )


@rows(
    "apprentices.tie",
    "tie",
    key="{tie}.party_id",
)
@strawberry.type(description="A party's dated relation to an apprentice.")
class Relation:
    """A party's dated relation to an apprentice."""

    kind: PartyKind = column("{tie}.kind", description="As what.")
    state: str = column("{tie}.state", description="CLAIMED, CONFIRMED or LEFT.")
    from_on: date = column("{tie}.from_on", description="From this day.")
    until_on: date | None = column(
        "case when {tie}.until_on < 'infinity' then {tie}.until_on end", description="Until the day before this one."
    )
    organisation: Organisation = one("{organisation}.id = {tie}.organisation_id", description="The organisation.")


@rows(
    "hub.audit_access",
    "access",
    key="{access}.party_id",
    joins={"accessor": Join("apprentices.party", "{accessor}.id = {access}.party_id")},
)
@strawberry.type(description="One time that a party was shown data of an apprentice, or acted on it.")
class Access:
    """One time that a party was shown data of an apprentice."""

    at: datetime = column("{access}.at", description="When.")
    kind: PartyKind = column("{accessor}.kind", description="As which kind of party.")
    organisation: Organisation = one("{organisation}.id = {accessor}.organisation_id", description="Which organisation.")
    client: str | None = column(
        "case when {access}.party_id = (select hub.party()) then {access}.client end", description="The client, if your own."
    )
    classes: list[str] = column(
        "{access}.classes", description="What it was shown: identity, gateway, portfolio, grade, result, event."
    )


NEWEST_FIRST = (
    Key("{access}.at", "timestamptz", descending=True),
    Key("{access}.party_id", descending=True),
    Key("{access}.seq", "bigint", descending=True, unique=True),
)


@rows("hub.audit_head", "head", key="{head}.party_id")
@strawberry.type(
    description="The end of your chain of audit records, signed by the hub: keep it, and nothing before it can change."
)
class AuditHead:
    """The sealed end of a party's chain of audit records."""

    seq: int = column("{head}.seq", description="How many records of yours the hub holds.")
    hash: str = column("encode({head}.hash, 'hex')", description="The hash that binds them all, SHA-256 in hexadecimal.")
    at: datetime = column("{head}.at", description="When it was sealed.")
    signature: str = column("{head}.jws", description="All of this as a JWS, signed with a key of the hub's JWK set.")


@rows("apprentices.status_change", "change", key="{change}.id")
@strawberry.type(description="A change of status on a day.")
class StatusChange:
    """A change of status."""

    status: str = column("{change}.status", description="The status from then on.")
    on_date: date = column("{change}.on_date", description="The first day.")


@rows("apprentices.contact", "contact", key="{contact}.apprentice_id")
@strawberry.type(description="How an apprentice is reached.")
class Contact:
    """How an apprentice is reached."""

    email: str | None = column("{contact}.email", description="An e-mail address.")
    phone: str | None = column("{contact}.phone", description="A telephone number.")
    version: int = column("{contact}.version", description="Counts changes.")


@rows("apprentices.leaver_record", "leaver", key="{leaver}.apprentice_id", subject="{leaver}.apprentice_id")
@strawberry.type(description="What you keep of an apprentice who has left you: your own period, frozen.")
class FormerApprentice:
    """A frozen copy of a party's own period."""

    from_on: date = column("{leaver}.from_on", description="The first day of your period.")
    until_on: date = column("{leaver}.until_on", description="The first day after it.")
    uln: str | None = column("{leaver}.uln", description="The ULN.")
    given_names: str | None = column("{leaver}.given_names", description="Given names.")
    family_name: str | None = column("{leaver}.family_name", description="Family name.")
    status: str = column("{leaver}.status", description="The status when it ended.")
    my_reference: str | None = column("{leaver}.my_reference", description="Your own reference.")
    standard: Standard = one("{standard}.id = {leaver}.standard_id", description="The standard.")


APPRENTICE_JOINS = {
    "apprentice": Join("apprentices.apprentice", "{apprentice}.id = {card}.apprentice_id"),
    "identity": Join("apprentices.identity", "{identity}.apprentice_id = {card}.apprentice_id"),
}


@joins(APPRENTICE_JOINS)
@strawberry.type
class ApprenticeFields:
    """The fields of an apprentice that this noun owns; facts that your card does not open are null."""

    uln: str | None = column("{card}.uln", description="The unique learner number.")
    given_names: str | None = column("{card}.given_names", description="Given names.")
    family_name: str | None = column("{card}.family_name", description="Family name.")
    start_on: date | None = column("{card}.start_on", description="The start of the apprenticeship.")
    planned_end_on: date | None = column("{identity}.planned_end_on", description="The planned end of training.")
    expected_gateway_on: date | None = column("{card}.expected_gateway_on", description="When the gateway is expected.")
    region: str | None = column("{card}.region", description="The region.")
    intake: str | None = column("{card}.intake", description="The intake.")
    version: int | None = column("{identity}.version", description="Counts changes of names and dates.")
    status: ApprenticeStatus = column("{card}.status", description="Where the apprentice stands, as far as you may know.")
    next_party: PartyKind | None = column("{card}.next_party", description="Whose move it is.")
    due_on: date | None = column("{card}.due_on", description="By when.")
    my_reference: str | None = column("{card}.my_reference", description="Your own private reference.")
    standard: Standard = one("{standard}.id = {card}.standard_id", description="The standard.")
    employer: Organisation = one("{organisation}.id = {apprentice}.employer_id", description="The employer.")
    relations: list[Relation] = many(
        "{tie}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["ties"],
        order="{tie}.from_on, {tie}.party_id",
        description="Employers and training providers, past ones included.",
    )
    providers: list[Relation] = many(
        "{tie}.apprentice_id = {card}.apprentice_id and {tie}.kind = 'provider' and {tie}.until_on > {today}",
        most=CEILINGS["ties"],
        order="{tie}.from_on, {tie}.party_id",
        description="The training providers of today.",
    )
    status_history: list[StatusChange] = many(
        "{change}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["changes"],
        order="{change}.on_date, {change}.position",
        description="Breaks, returns and withdrawals.",
    )
    accesses: Connection[Access] = page(
        "{access}.apprentice_id = {card}.apprentice_id",
        sorts={"": NEWEST_FIRST},
        default=20,
        description="Who was shown data of the apprentice, the newest first. An assessment organisation's reads after the "
        "gateway are told when a grade is released, those of results never.",
    )
    contact: Contact | None = one(
        "{contact}.apprentice_id = {card}.apprentice_id", description="How the apprentice is reached."
    )
