"""Rules on the portfolio: what may be in it, what it must cover, and that everybody speaks of the same one."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from hub.errors import Problem
from hub.plan.answers import Finding
from hub.plan.facts import EMPLOYER, EPAO, Piece, Seal, Signatory
from hub.plan.model import Plan
from hub.plan.verdicts import future_problems, problem, signatory_problems


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many pieces speak to each KSB that the portfolio must cover, and the KSBs no piece speaks to."""

    counts: dict[str, int]
    missing: tuple[str, ...]


def check_piece(plan: Plan, piece: Piece) -> tuple[Problem, ...]:
    """Why a piece of evidence is refused: type (EPA-025, EPA-026), KSBs (EPA-024), hash or link."""
    problems = [*_type_problems(plan, piece), *_ksb_problems(plan, piece)]
    if not re.fullmatch(r"[0-9a-f]{64}", piece.sha256):
        problems.append(problem("HASH_INVALID", field="sha256"))
    if not _is_https(piece.link):
        problems.append(problem("LINK_INVALID", field="link"))
    return tuple(problems)


def coverage(plan: Plan, pieces: Iterable[Piece]) -> Coverage:
    """How the pieces cover the KSBs mapped to the portfolio's method (EPA-023)."""
    method = plan.portfolio_method
    counts = dict.fromkeys(plan.mapped_ksbs(method.code) if method else (), 0)
    for piece in pieces:
        for code in set(piece.ksbs) & counts.keys():
            counts[code] += 1
    return Coverage(counts, tuple(code for code, count in counts.items() if not count))


def portfolio_hash(pieces: Iterable[Piece]) -> str:
    """The SHA-256 over what every piece is, whatever their order; any change of any piece changes it."""
    rows = sorted([piece.type, sorted(set(piece.ksbs)), piece.sha256, piece.link] for piece in pieces)
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def count_warnings(plan: Plan, pieces: Sequence[Piece]) -> tuple[Finding, ...]:
    """A remark where the number of pieces is not typical (EPA-022)."""
    low, high = plan.portfolio.typical_from, plan.portfolio.typical_to
    if low <= len(pieces) <= high:
        return ()
    sentence = f"The portfolio has {len(pieces)} pieces; {low} to {high} are typical."
    return (Finding(plan.portfolio.count_rule, sentence),)


def validation_holds(pieces: Iterable[Piece], validation: Seal | None) -> bool:
    """Whether the employer's validation is about the portfolio as it is now (EPA-028)."""
    return validation is not None and validation.hash == portfolio_hash(pieces)


def check_filing(plan: Plan, pieces: Sequence[Piece], validation: Seal | None) -> tuple[Problem, ...]:
    """Why nothing can be filed on the apprentice's behalf any more: the employer has validated (EPA-028)."""
    if validation_holds(pieces, validation):
        return (problem("PORTFOLIO_CLOSED", rule=plan.portfolio.filing_rule),)
    return ()


def check_validation(
    plan: Plan,
    actor: str,
    signatory: Signatory | None,
    validation: Seal,
    pieces: Sequence[Piece],
    today: date,
) -> tuple[Problem, ...]:
    """Why the employer's validation is refused: wrong actor, no person, incomplete, or about another portfolio."""
    rules = plan.portfolio
    if actor != EMPLOYER:
        return (problem("EMPLOYER_ONLY", rule=rules.validation_rule),)
    problems = [
        *signatory_problems(signatory, rules.validation_rule),
        *future_problems(validation.on, today, "validatedOn", rules.validation_rule),
    ]
    if validation.hash != portfolio_hash(pieces):
        problems.append(problem("PORTFOLIO_CHANGED", field="hash", rule=rules.unchanged_rule))
    missing = coverage(plan, pieces).missing
    if missing or not pieces:
        sentence = f"No evidence for {', '.join(missing)}." if missing else None
        problems.append(problem("PORTFOLIO_INCOMPLETE", sentence, rule=rules.coverage_rule))
    return tuple(problems)


def check_acknowledgement(
    plan: Plan,
    actor: str,
    acknowledgement: Seal,
    validation: Seal | None,
    decided_on: date | None,
    today: date,
) -> tuple[Problem, ...]:
    """Why the EPAO's acknowledgement is refused: before the gateway, or of another portfolio (EPA-051)."""
    rule = plan.portfolio.acknowledge_rule
    if actor != EPAO:
        return (problem("EPAO_ONLY", rule=rule),)
    if decided_on is None:
        return (problem("GATEWAY_NOT_PASSED", rule=rule),)
    problems = [*future_problems(acknowledgement.on, today, "acknowledgedOn", rule)]
    if acknowledgement.on < decided_on:
        problems.append(problem("DATE_ORDER", "The date is before the gateway.", "acknowledgedOn", rule))
    if validation is None or validation.hash != acknowledgement.hash:
        problems.append(problem("PORTFOLIO_CHANGED", field="hash", rule=rule))
    return tuple(problems)


def _type_problems(plan: Plan, piece: Piece) -> tuple[Problem, ...]:
    known = plan.evidence_type(piece.type)
    if known is None:
        return (problem("EVIDENCE_TYPE_REFUSED", "The plan has no such type of evidence.", "type"),)
    if not known.allowed:
        return (problem("EVIDENCE_TYPE_REFUSED", f"{known.label}: not allowed as evidence.", "type", known.rule),)
    return ()


def _ksb_problems(plan: Plan, piece: Piece) -> tuple[Problem, ...]:
    rule, method = plan.portfolio.mapping_rule, plan.portfolio_method
    if not piece.ksbs:
        return (problem("INPUT_INVALID", "A piece speaks to at least one KSB.", "ksbs", rule),)
    problems = []
    for code in dict.fromkeys(piece.ksbs):
        ksb = plan.ksb(code)
        if ksb is None:
            problems.append(problem("KSB_UNKNOWN", f"The standard has no KSB {code[:20]}.", "ksbs", rule))
        elif method is None or method.code not in ksb.methods:
            problems.append(problem("KSB_NOT_IN_METHOD", f"{code} is not one that the portfolio covers.", "ksbs", rule))
    return tuple(problems)


def _is_https(link: str) -> bool:
    if not re.fullmatch(r"[!-~]{1,2000}", link):
        return False
    try:
        parts = urlsplit(link)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
