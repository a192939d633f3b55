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
    "EPAO_UNKNOWN": "No EPAO with this identifier is known to the hub.",
    "EVIDENCE_ALREADY_FILED": "This file is already in the portfolio.",
    "FIELD_NOT_IN_SLICE": "The operation asks for a field that this kind of party never sees.",
    "GATEWAY_NOT_PASSED": "The employer has not yet decided that the gateway is passed.",
    "GATEWAY_NOT_READY": "A gateway requirement is not met.",
    "GRADE_UNKNOWN": "The assessment plan has no such grade.",
    "HASH_INVALID": "A hash is 64 lower-case hexadecimal digits (SHA-256).",
    "IDEMPOTENCY_CONFLICT": "The idempotency key was used before with another body.",
    "ID_INVALID": "This is not an id of the kind of record asked for.",
    "ILR_ATTRIBUTE_UNEXPECTED": "An element of the ILR file has an attribute that is not allowed.",
    "ILR_CHANGED": "The ILR file changed while it was being read; import it again.",
    "ILR_DATES_CONFLICT": "The dates of this aim contradict one another, or its end date is missing.",
    "ILR_DATE_OF_BIRTH_MISSING": "The learner has no date of birth, so no age at the start can be told.",
    "ILR_DOCTYPE": "The file holds a document type declaration, which is refused.",
    "ILR_EARLIER_PERIOD": "This aim is an earlier period of an apprenticeship that goes on in a later aim; they are taken as one.",
    "ILR_ELEMENT_MISSING": "The ILR file lacks an element that must be there.",
    "ILR_ELEMENT_ORDER": "An element of the ILR file stands in the wrong place.",
    "ILR_ELEMENT_REPEATED": "An element of the ILR file stands more often than it may.",
    "ILR_ELEMENT_UNKNOWN": "The ILR file holds an element that its year does not know.",
    "ILR_EMPLOYER_MISSING": "The learner has no employer number at the start of the apprenticeship.",
    "ILR_EMPLOYER_TEMPORARY": "The employer number is the placeholder 999999999, so the employer is not yet known.",
    "ILR_ENCODING": "The file declares an encoding this hub does not read; use UTF-8.",
    "ILR_EPAO_UNREADABLE": "The apprenticeship is taken without its assessment organisation, whose id is malformed.",
    "ILR_FRAMEWORK": "The programme is an apprenticeship framework, not a standard.",
    "ILR_FUNDING_OTHER": "The programme aim is not funded as an apprenticeship.",
    "ILR_INVALID": "The file is not a valid ILR file.",
    "ILR_MALFORMED": "The file is not well-formed XML.",
    "ILR_NAMESPACE": "The file is not an ILR file: its first element is not a Message of an ILR namespace.",
    "ILR_NAME_MISSING": "The learner has no family name or no given names.",
    "ILR_NOT_ON_STANDARD": "The programme is not an apprenticeship on a standard.",
    "ILR_NO_PROGRAMME_AIM": "The learner has no programme aim, so is not on an apprenticeship standard.",
    "ILR_PROVIDER_OTHER": "The file belongs to another provider.",
    "ILR_PROVIDER_UNEQUAL": "The file names two different providers.",
    "ILR_REPEATED": "The same apprenticeship stands earlier in the file.",
    "ILR_SCHEMA": "The file breaks a rule of the official schema.",
    "ILR_SCHEMA_UNUSABLE": "The official schema could not be loaded, or refers to other files.",
    "ILR_STANDARD_MISSING": "The programme aim names no standard.",
    "ILR_STATUS_UNKNOWN": "The completion status of the programme aim is not a known code.",
    "ILR_TEXT_UNEXPECTED": "The ILR file holds text between its elements.",
    "ILR_TOO_LARGE": "One part of the file is larger than any learner can be.",
    "ILR_ULN_CHECK_DIGIT": "The unique learner number has a wrong check digit.",
    "ILR_ULN_TEMPORARY": "The learner has only the temporary unique learner number.",
    "ILR_VALUE": "A value of the ILR file is not one its element may have.",
    "ILR_YEAR_UNKNOWN": "This hub has no description of ILR files of that year.",
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
    "RESPONSE_KEY_TOO_LONG": "A response key (an alias or a field name) is longer than 63 characters.",
    "NO_PLAN": "The hub has no assessment plan for this standard.",
    "RESULT_EXISTS": "This attempt already has another result; correct it by a new version.",
    "RULE_BROKEN": "A rule of the assessment plan forbids this.",
    "SCOPE_MISSING": "The access token lacks a scope that this operation needs.",
    "SELECTION_TOO_WIDE": "One object is asked for more than 1,600 fields.",
    "SIGNATORY_MISSING": "This needs the reference, name and role of the person who decides.",
    "SIGNING_KEY_SEALED": "The signing keys were sealed under another HUB_SECRET.",
    "STANDARD_REFERENCE_INVALID": "A standard's reference is ST and four digits.",
    "STATE_CONFLICT": "The record is not in a state that allows this.",
    "STATUS_UNKNOWN": "An apprenticeship has no such status.",
    "TOKEN_AUDIENCE": "The access token is for another service.",
    "TOKEN_EXPIRED": "The access token has run out; ask for a new one.",
    "TOKEN_INVALID": "The access token is not one that this hub believes.",
    "TOKEN_MISSING": "This needs an access token as a Bearer in the Authorization header.",
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
