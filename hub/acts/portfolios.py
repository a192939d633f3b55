"""Acts on the portfolio: filing evidence metadata, the employer's validation, the EPAO's acknowledgement."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act, act, check_version, refusal, refuse
from hub.acts.inputs import Code, Day, EvidenceId, OnApprentice, Person, Sha256, Version, signatory
from hub.acts.refresh import refresh
from hub.plan import facts as f
from hub.plan import portfolios as rules
from hub.plan.model import Plan
from hub.store import portfolios as t
from hub.store.facts import Record
from hub.store.spine import new_id

OPEN, VALIDATED = "OPEN", "VALIDATED"


class FileEvidence(OnApprentice):
    """Files one piece of evidence on the apprentice's behalf: what it is and where it is, never its text (EPA-158)."""

    type: Code = Field(description="A code of the plan's evidence types.")
    ksbs: list[Code] = Field(min_length=1, max_length=60, description="The KSBs the piece speaks to.")
    sha256: Sha256 = Field(description="The SHA-256 of the file, 64 lower-case hexadecimal digits.")
    link: str = Field(max_length=2000, description="An https link to the file, where the EPAO can open it.")
    version: Version = None


class WithdrawEvidence(OnApprentice):
    """Takes a piece of evidence out of the portfolio."""

    evidence_id: EvidenceId = Field(description="The piece.")
    version: Version = None


class ValidatePortfolio(OnApprentice):
    """The employer confirms that the portfolio is the apprentice's own work (EPA-027)."""

    hash: Sha256 = Field(description="The portfolio's hash as you read it.")
    validated_on: Day = Field(description="The day of the validation.")
    declaration_version: Code = Field("1", description="The version of the declaration that was signed.")
    by: Person = Field(description="Who validates for the employer.")


class AcknowledgePortfolio(OnApprentice):
    """The EPAO confirms that it has this same portfolio (EPA-051)."""

    hash: Sha256 = Field(description="The hash of the portfolio you received.")
    acknowledged_on: Day = Field(description="The day of the acknowledgement.")


def _open(act: Act, apprentice: UUID, version: int | None) -> tuple[Record, Plan]:
    """The apprentice and plan, while evidence may still be filed on the apprentice's behalf (X-19, EPA-028)."""
    record, plan = act.planned(apprentice)
    portfolio = record.row["portfolio"]
    check_version(version, portfolio["version"] if portfolio else 0)
    if record.gateway.decided_on is not None:
        raise refusal("PORTFOLIO_CLOSED", "The gateway is passed.", "input.apprenticeId")
    return record, plan


@act("fileEvidence", FileEvidence)
async def file_evidence(act: Act, given: FileEvidence) -> dict[str, Any]:
    """Files a piece on the apprentice's behalf, until the employer has validated the portfolio (X-19)."""
    record, plan = _open(act, given.apprentice_id, given.version)
    refuse(rules.check_filing(plan, record.gateway.pieces, record.gateway.validation))
    piece = f.Piece(given.type, tuple(given.ksbs), given.sha256, given.link)
    refuse(rules.check_piece(plan, piece))
    if any(each.sha256 == piece.sha256 for each in record.gateway.pieces):
        raise refusal("EVIDENCE_ALREADY_FILED", where="input.sha256")
    row = {"id": new_id(), "apprentice_id": record.id, "position": _next_position(record), "type": piece.type}
    said = {"ksbs": list(piece.ksbs), "sha256": piece.sha256, "link": piece.link}
    who = {"filed_by": act.viewer.kind.value, "on_behalf_of_apprentice": True, "filed_at": act.now}
    await act.save(t.evidence.insert(), {**row, **said, **who})
    await _changed(act, record, plan, (*record.gateway.pieces, piece))
    return {"apprentice": record.id, "evidence": row["id"]}


def _next_position(record: Record) -> int:
    return max((piece["position"] for piece in record.row["pieces"]), default=0) + 1


@act("withdrawEvidence", WithdrawEvidence)
async def withdraw_evidence(act: Act, given: WithdrawEvidence) -> dict[str, Any]:
    """Takes a piece out; after its validation only the employer can, and its validation is void from then on (EPA-028)."""
    record, plan = _open(act, given.apprentice_id, given.version)
    if act.viewer.kind != f.EMPLOYER:
        refuse(rules.check_filing(plan, record.gateway.pieces, record.gateway.validation))
    kept = [row["id"] != str(given.evidence_id) for row in record.row["pieces"]]
    if all(kept):
        raise refusal("NOT_FOUND", "There is no such piece in this portfolio.", "input.evidenceId")
    await act.save(delete(t.evidence).where(t.evidence.c.id == given.evidence_id))
    await _changed(act, record, plan, tuple(p for p, keep in zip(record.gateway.pieces, kept, strict=True) if keep))
    return {"apprentice": record.id}


async def _changed(act: Act, record: Record, plan: Plan, pieces: tuple[f.Piece, ...]) -> None:
    """Stores what follows from the pieces: hash, coverage, remarks; and that an earlier validation is void."""
    found = rules.coverage(plan, pieces)
    values = {
        "state": OPEN,
        "hash": rules.portfolio_hash(pieces),
        "pieces": len(pieces),
        "missing": list(found.missing),
        "warnings": [warning.sentence for warning in rules.count_warnings(plan, pieces)],
    }
    new = insert(t.portfolio).values(apprentice_id=record.id, **values)
    bumped = {**values, "version": t.portfolio.c.version + 1}
    await act.save(new.on_conflict_do_update(index_elements=["apprentice_id"], set_=bumped))
    rows = [
        {"apprentice_id": record.id, "ksb": ksb, "position": position, "pieces": count}
        for position, (ksb, count) in enumerate(found.counts.items())
    ]
    cover = insert(t.coverage)
    await act.save(
        cover.on_conflict_do_update(index_elements=["apprentice_id", "ksb"], set_={"pieces": cover.excluded.pieces}),
        rows,
    )
    mine = (t.validation.c.apprentice_id == record.id, ~t.validation.c.voided)
    await act.save(update(t.validation).where(*mine).values(voided=True))
    await refresh(act, [record.id])
    act.tell("portfolio.changed", record, validationVoided=record.gateway.validation is not None)


@act("validatePortfolio", ValidatePortfolio)
async def validate_portfolio(act: Act, given: ValidatePortfolio) -> dict[str, Any]:
    """The employer alone validates, and only the portfolio it has read (EPA-027, EPA-028)."""
    record, plan = _open(act, given.apprentice_id, None)
    seal = f.Seal(given.hash, given.validated_on)
    who = f.Signatory(given.by.reference, given.by.name, given.by.role)
    refuse(rules.check_validation(plan, act.viewer.kind, who, seal, record.gateway.pieces, act.today))
    if given.declaration_version not in {each.version for each in plan.declarations}:
        raise refusal("DECLARATION_UNKNOWN", where="input.declarationVersion")
    if rules.validation_holds(record.gateway.pieces, record.gateway.validation):
        return {"apprentice": record.id, "replayed": True}
    row = {"id": new_id(), "apprentice_id": record.id, "hash": given.hash, "on_date": given.validated_on}
    signed = {"declaration_version": given.declaration_version, **signatory(given.by), **act.actor}
    await act.save(t.validation.insert(), {**row, **signed})
    state = {"state": VALIDATED, "version": t.portfolio.c.version + 1}
    await act.save(update(t.portfolio).where(t.portfolio.c.apprentice_id == record.id).values(**state))
    await refresh(act, [record.id])
    act.tell("portfolio.validated", record)
    return {"apprentice": record.id}


@act("acknowledgePortfolio", AcknowledgePortfolio)
async def acknowledge_portfolio(act: Act, given: AcknowledgePortfolio) -> dict[str, Any]:
    """The EPAO says it assesses this same portfolio; with it the assessment begins (EPA-051)."""
    record, plan = act.planned(given.apprentice_id)
    seal = f.Seal(given.hash, given.acknowledged_on)
    facts = record.gateway
    refuse(rules.check_acknowledgement(plan, act.viewer.kind, seal, facts.validation, facts.decided_on, act.today))
    known = record.row["acknowledgement"]
    if known and known["hash"] == given.hash:
        return {"apprentice": record.id, "replayed": True}
    row = {"id": new_id(), "apprentice_id": record.id, "hash": given.hash, "on_date": given.acknowledged_on}
    await act.save(t.acknowledgement.insert(), {**row, "epao_party_id": act.viewer.party, **act.actor})
    await refresh(act, [record.id], rules=False)
    act.tell("portfolio.acknowledged", record)
    act.tell("assessment.started", record)
    return {"apprentice": record.id}
