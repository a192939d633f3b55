"""A well-formed input for every act, and who may do it: what tests of wrong input start from."""

from collections.abc import Mapping
from typing import Any

from tests.world import BY, Story

HASH = "a" * 64
LEARNER: Mapping[str, Any] = {
    "uln": "1000000043",
    "givenNames": "Sam",
    "familyName": "Example",
    "standard": {"reference": "ST0648"},
    "startOn": "2024-09-02",
    "plannedEndOn": "2027-09-02",
    "employer": {"scheme": "EMPLOYER_NUMBER", "value": "900000001"},
}
RESULT: Mapping[str, Any] = {
    "method": "PD",
    "grade": "PASS",
    "assessor": "IA-1",
    "components": [{"component": "PD", "outcome": "PASS"}],
    "by": BY,
}
ON_APPRENTICE: Mapping[str, Mapping[str, Any]] = {
    "confirmApprentice": {"by": BY},
    "declineApprentice": {"by": BY},
    "setMyReference": {"myReference": "R"},
    "setContact": {"email": "a@example.invalid"},
    "changeDates": {"intake": "X"},
    "changeStatus": {"status": "ON_BREAK", "on": "2026-02-01"},
    "addProvider": {"provider": {"scheme": "UKPRN", "value": "10000001"}},
    "transferApprentice": {"employer": LEARNER["employer"], "on": "2026-02-01", "by": BY},
    "mergeApprentices": {"by": BY},
    "setHold": {"held": True, "reason": "APPEAL", "by": BY},
    "setRestriction": {"restricted": True, "ground": "ACCURACY", "by": BY},
    "eraseApprentice": {"ground": "NOT_NEEDED", "by": BY},
    "fileGatewayItem": {"requirement": "PQIP", "achievedOn": "2026-01-05"},
    "assessGatewayItem": {"requirement": "PQIP", "accepted": True},
    "nominateEpao": {"epao": {"scheme": "EPAO_ID", "value": "EPA0000"}, "by": BY},
    "answerNomination": {"accepted": True, "by": BY},
    "decideGateway": {"decidedOn": "2026-03-02", "declaration": "1", "by": BY},
    "fileEvidence": {"type": "OTHER", "ksbs": ["K1"], "sha256": HASH, "link": "https://evidence.example/1"},
    "withdrawEvidence": {"evidenceId": "evd_00000000-0000-4000-8000-000000000000"},
    "validatePortfolio": {"hash": HASH, "validatedOn": "2026-03-02", "by": BY},
    "acknowledgePortfolio": {"hash": HASH, "acknowledgedOn": "2026-03-02"},
    "scheduleAssessment": {"component": "PD", "on": "2026-04-20"},
    "confirmAuthenticity": {"component": "CS", "sha256": HASH, "confirmedOn": "2026-03-02", "by": BY},
    "postResult": RESULT,
    "correctResult": {**RESULT, "version": 1, "reason": "CLERICAL"},
    "grantDispensation": {"breachId": "brc_00000000-0000-4000-8000-000000000000", "reference": "D", "by": BY},
    "releaseGrade": {"by": BY},
    "agreeResit": {"methods": ["PD"], "kind": "RESIT", "agreedOn": "2026-03-02", "actionPlan": True, "by": BY},
}
NO_CLIENT = "cli_00000000-0000-4000-8000-000000000000"
ON_CLIENT: Mapping[str, Mapping[str, Any]] = {
    "addClient": {"name": "HR system", "jwksUrl": "https://keys.example/jwks"},
    "rotateClient": {"clientId": NO_CLIENT, "jwksUrl": "https://keys.example/jwks"},
    "disableClient": {"clientId": NO_CLIENT},
}
BATCHES: Mapping[str, tuple[str, str]] = {
    "fileGatewayItems": ("items", "fileGatewayItem"),
    "postResults": ("items", "postResult"),
    "registerApprentices": ("learners", "registerApprentice"),
}


def sample(act: str, apprentice: str) -> dict[str, Any]:
    """A well-formed input of an act on this apprentice, or of one that is about none."""
    if act in ON_CLIENT:
        return dict(ON_CLIENT[act])
    if act in BATCHES:
        each, of = BATCHES[act]
        return {each: [sample(of, apprentice)]}
    if act == "registerApprentice":
        return dict(LEARNER)
    other = {"otherApprenticeId": apprentice} if act == "mergeApprentices" else {}
    return {"apprenticeId": apprentice, **other, **ON_APPRENTICE[act]}


def parties(story: Story) -> dict[str, Any]:
    """The parties of a story by kind."""
    return {"employer": story.employer, "provider": story.provider, "epao": story.epao}
