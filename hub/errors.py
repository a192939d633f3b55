"""Every answer that says no: its code, and what the code means in one plain sentence."""

from dataclasses import dataclass

CODES: dict[str, str] = {
    "ARGUMENT_INVALID": "An argument has a value this field cannot take.",
    "ATTEMPT_INVALID": "This attempt does not follow from the attempts already recorded.",
    "BREACH_OPEN": "A recorded breach of the assessment plan has no dispensation yet.",
    "CLAIM_NOT_CONFIRMED": "The other party has not yet confirmed this apprenticeship.",
    "COMPONENT_UNKNOWN": "The assessment method has no such component.",
    "CONFLICT_OF_INTEREST": "The assessment organisation is connected with the employer or a training provider.",
    "CURSOR_INVALID": "The cursor was not issued by this hub for this list.",
    "DATE_IN_FUTURE": "The date lies in the future.",
    "DATE_ORDER": "The dates are not in a possible order.",
    "DECLARATION_UNKNOWN": "The assessment plan has no such version of the declaration.",
    "EMPLOYER_NUMBER_INVALID": "An employer number is nine digits.",
    "EMPLOYER_ONLY": "Only the employer may do this.",
    "EPAO_ID_INVALID": "An assessment organisation's id is EPA and four digits, or from 2026-27 a UKPRN.",
    "EPAO_ONLY": "Only the assessment organisation may do this.",
    "EVIDENCE_TYPE_REFUSED": "The assessment plan does not allow this type of evidence.",
    "FIELD_NOT_IN_SLICE": "The operation asks for a field that this kind of party never sees.",
    "GATEWAY_NOT_PASSED": "The employer has not yet decided that the gateway is passed.",
    "GATEWAY_NOT_READY": "A gateway requirement is not met.",
    "GRADE_UNKNOWN": "The assessment plan has no such grade.",
    "HASH_INVALID": "A hash is 64 lower-case hexadecimal digits (SHA-256).",
    "IDEMPOTENCY_CONFLICT": "The idempotency key was used before with another body.",
    "ID_INVALID": "This is not an id of the kind of record asked for.",
    "INPUT_INVALID": "A value of the input is missing or malformed.",
    "KSB_NOT_IN_METHOD": "The KSB is not mapped to the method that the portfolio supports.",
    "KSB_UNKNOWN": "The standard has no such knowledge, skill or behaviour.",
    "LINK_INVALID": "A link to evidence is an https address.",
    "METHOD_UNKNOWN": "The assessment plan has no such method.",
    "NOT_FOUND": "There is no such record in your slice.",
    "PORTFOLIO_CHANGED": "The portfolio is not the one that this confirmation is about.",
    "PORTFOLIO_CLOSED": "The employer has validated the portfolio, so nothing is filed in it any more.",
    "PORTFOLIO_INCOMPLETE": "The portfolio does not cover every KSB that it must cover.",
    "PORTFOLIO_NOT_ACKNOWLEDGED": "The assessment organisation has not acknowledged this portfolio.",
    "RELEASE_INCOMPLETE": "There is not yet a result to release for every method.",
    "REQUIREMENT_UNKNOWN": "The gateway of this standard has no such requirement.",
    "RESIT_FAILED_METHODS_ONLY": "Only methods that were failed are taken again.",
    "RESIT_NOT_AGREED": "The employer has not agreed a re-sit or re-take of this method.",
    "RESIT_NOT_FOR_IMPROVEMENT": "A re-sit or re-take is not offered to improve a pass.",
    "RULE_BROKEN": "A rule of the assessment plan forbids this.",
    "SCOPE_MISSING": "The access token lacks a scope that this operation needs.",
    "SIGNATORY_MISSING": "This needs the reference, name and role of the person who decides.",
    "STANDARD_REFERENCE_INVALID": "A standard's reference is ST and four digits.",
    "STATE_CONFLICT": "The record is not in a state that allows this.",
    "STATUS_UNKNOWN": "An apprenticeship has no such status.",
    "UKPRN_INVALID": "A UKPRN is eight digits and does not start with 0.",
    "ULN_INVALID": "This is not a valid unique learner number.",
    "ULN_TEMPORARY": "9999999999 is the temporary learner number; it identifies nobody.",
    "VERSION_CONFLICT": "The record has changed since the version you named.",
    "VERSION_INVALID": "A version is two numbers with a point between them.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One coded reason why something was not done, as it is shown to the caller."""

    code: str
    message: str
    field: str | None = None
    rule: str | None = None


class HubError(Exception):
    """A coded refusal; its code stands in `CODES`, its message defaults to the sentence there."""

    def __init__(self, code: str, message: str | None = None, field: str | None = None, rule: str | None = None):
        self.problem = Problem(code, message or CODES[code], field, rule)
        if code not in CODES:
            raise KeyError(code)
        super().__init__(f"{code}: {self.problem.message}")
