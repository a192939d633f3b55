"""What the portfolios noun says of an apprentice: evidence metadata, KSB coverage, validation, acknowledgement."""

from datetime import date, datetime

import strawberry

from hub.plan.ceilings import CEILINGS, KSBS
from schema.reader.sources import Asked, column, many, one, rows, same
from schema.values import Node, PartyKind, Signatory


@rows("portfolios.evidence", "evidence", key="{evidence}.id", prefix="evd", subject="{evidence}.apprentice_id")
@strawberry.type(description="One piece of evidence: what it is and where, never its text.")
class Evidence(Node):
    """One piece of evidence."""

    id: strawberry.ID = column("'evd_' || {evidence}.id", description="The id.")
    type: str = column("{evidence}.type", description="A code of the plan's evidence types.")
    ksbs: list[str] = column("{evidence}.ksbs", description="The KSBs it speaks to.")
    sha256: str = column("{evidence}.sha256", description="The SHA-256 of the file.")
    link: str = column("{evidence}.link", description="Where the file is.")
    filed_by: PartyKind = column("{evidence}.filed_by", description="The kind of party that filed it.")
    on_behalf_of_apprentice: bool = column(
        "{evidence}.on_behalf_of_apprentice", description="Whether it was filed on the apprentice's behalf."
    )
    filed_at: datetime = column("{evidence}.filed_at", description="When it was filed.")


@rows("portfolios.coverage", "coverage", key="{coverage}.ksb")
@strawberry.type(description="How many pieces speak to a KSB.")
class KsbCoverage:
    """How many pieces speak to a KSB."""

    ksb: str = column("{coverage}.ksb", description="The KSB.")
    pieces: int = column("{coverage}.pieces", description="How many pieces speak to it.")


@rows("portfolios.validation", "validation", key="{validation}.id", prefix="val", subject="{validation}.apprentice_id")
@strawberry.type(description="The employer's word that the portfolio is the apprentice's own work.")
class Validation(Node):
    """The employer's validation of a portfolio."""

    id: strawberry.ID = column("'val_' || {validation}.id", description="The id.")
    hash: str = column("{validation}.hash", description="The hash of the portfolio that was validated.")
    validated_on: date = column("{validation}.on_date", description="The day.")
    declaration_version: str = column("{validation}.declaration_version", description="The declaration's version.")
    by: Signatory = same(description="Who validated for the employer.")


@rows(
    "portfolios.acknowledgement",
    "acknowledgement",
    key="{acknowledgement}.id",
    prefix="ack",
    subject="{acknowledgement}.apprentice_id",
)
@strawberry.type(description="The EPAO's word that it has this same portfolio.")
class Acknowledgement(Node):
    """The EPAO's acknowledgement of a portfolio."""

    id: strawberry.ID = column("'ack_' || {acknowledgement}.id", description="The id.")
    hash: str = column("{acknowledgement}.hash", description="The hash of the portfolio that was acknowledged.")
    acknowledged_on: date = column("{acknowledgement}.on_date", description="The day.")


@rows("portfolios.portfolio", "portfolio", key="{portfolio}.apprentice_id")
@strawberry.type(description="The portfolio that supports the professional discussion.")
class Portfolio:
    """The portfolio of one apprentice."""

    state: str = column("{portfolio}.state", description="OPEN or VALIDATED.")
    hash: str = column("{portfolio}.hash", description="The SHA-256 over what every piece is; any change changes it.")
    piece_count: int = column("{portfolio}.pieces", description="How many pieces it has.")
    missing_ksbs: list[str] = column("{portfolio}.missing", description="The KSBs no piece speaks to.")
    warnings: list[str] = column("{portfolio}.warnings", description="Remarks that block nothing.")
    version: int = column("{portfolio}.version", description="Counts changes.")
    evidence: list[Evidence] = many(
        "{evidence}.apprentice_id = {portfolio}.apprentice_id",
        most=CEILINGS["pieces"],
        order="{evidence}.position",
        arguments={"ksb": Asked(str, "{value:text} = any({evidence}.ksbs)", "Only pieces that speak to this KSB.")},
        description="Its pieces, 200 at most.",
    )
    coverage: list[KsbCoverage] = many(
        "{coverage}.apprentice_id = {portfolio}.apprentice_id",
        most=KSBS,
        order="{coverage}.position",
        description="KSB by KSB.",
    )
    validation: Validation | None = one(
        "{validation}.apprentice_id = {portfolio}.apprentice_id and not {validation}.voided",
        order="{validation}.at desc",
        description="The employer's validation, unless a change has voided it.",
    )
    acknowledgement: Acknowledgement | None = one(
        "{acknowledgement}.apprentice_id = {portfolio}.apprentice_id",
        order="{acknowledgement}.at desc",
        description="The EPAO's acknowledgement.",
    )


@strawberry.type
class PortfolioFields:
    """The fields of an apprentice that this noun owns."""

    portfolio: Portfolio | None = one(
        "{portfolio}.apprentice_id = {card}.apprentice_id", description="The portfolio; null while nothing was filed."
    )
