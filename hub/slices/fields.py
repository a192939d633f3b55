"""Which fields of the graph each kind of party may ask for, by visibility class; a field without a row is refused."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.slices.acts import ACTS
from hub.viewer import PartyKind

EMPLOYER, PROVIDER, EPAO = PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO
EVERYBODY = frozenset({EMPLOYER, PROVIDER, EPAO})


@dataclass(frozen=True, slots=True)
class FieldSlice:
    """A visibility class: the kinds of party that may ask, and the scope their token needs."""

    kinds: frozenset[PartyKind]
    scope: str | None = None


PUBLIC = FieldSlice(EVERYBODY)
IDENTITY = FieldSlice(EVERYBODY, "apprentices:read")
PROGRAMME = FieldSlice(frozenset({EMPLOYER, PROVIDER}), "apprentices:read")
GATEWAY = FieldSlice(EVERYBODY, "gateway:read")
PORTFOLIO = FieldSlice(EVERYBODY, "portfolios:read")
GRADE = FieldSlice(EVERYBODY, "grades:read")
RESULT = FieldSlice(frozenset({EPAO}), "grades:read")
AUTHORSHIP = FieldSlice(frozenset({EMPLOYER, EPAO}), "grades:read")
EVENT = FieldSlice(EVERYBODY, "events:read")
CLIENTS = FieldSlice(EVERYBODY, "clients:admin")

ROWS: Mapping[str, Mapping[FieldSlice, str]] = {
    "Query": {
        PUBLIC: "viewer auditHead standards standard organisation node _entities _service",
        IDENTITY: "apprentice apprentices formerApprentices",
        GATEWAY: "cohort",
        EVENT: "events",
        CLIENTS: "clients",
    },
    "Subscription": {EVENT: "progress"},
    "Node": {PUBLIC: "id"},
    "Viewer": {PUBLIC: "party kind today organisation"},
    "_Service": {PUBLIC: "sdl"},
    "PageInfo": {PUBLIC: "hasNextPage hasPreviousPage startCursor endCursor"},
    "Signatory": {PUBLIC: "reference name role"},
    "Problem": {PUBLIC: "code field message rule"},
    # apprentices
    "Apprentice": {
        IDENTITY: "id uln givenNames familyName startOn plannedEndOn expectedGatewayOn region intake version status"
        " nextParty dueOn myReference standard employer relations providers contact accesses",
        PROGRAMME: "statusHistory",
        GATEWAY: "gateway",
        PORTFOLIO: "portfolio",
        GRADE: "assessments grade bookings resits",
        RESULT: "results",
        AUTHORSHIP: "authenticity",
    },
    "FormerApprentice": {IDENTITY: "fromOn untilOn uln givenNames familyName status myReference standard"},
    "Organisation": {PUBLIC: "id name region claimed identifiers"},
    "OrganisationIdentifier": {PUBLIC: "scheme value"},
    "Relation": {IDENTITY: "kind state fromOn untilOn organisation"},
    "Access": {IDENTITY: "at kind organisation client classes"},
    "AccessConnection": {IDENTITY: "edges nodes pageInfo totalCount"},
    "AccessEdge": {IDENTITY: "cursor node"},
    "AuditHead": {PUBLIC: "seq hash at signature"},
    "StatusChange": {PROGRAMME: "status onDate"},
    "Contact": {IDENTITY: "email phone version"},
    "Standard": {
        PUBLIC: "id reference planVersion larsCode title level hasPlan typicalMonths minimumMonths ksbs methods"
        " requirements evidenceTypes gradeTable rules"
    },
    "Ksb": {PUBLIC: "code kind statement methods notes"},
    "Method": {PUBLIC: "code name grades components themes"},
    "Component": {PUBLIC: "code name"},
    "Theme": {PUBLIC: "code method name ksbs criteria"},
    "Criterion": {PUBLIC: "grade statement"},
    "Requirement": {PUBLIC: "code label rule"},
    "EvidenceType": {PUBLIC: "code label allowed"},
    "Rule": {PUBLIC: "code severity statement quote source notes"},
    "GradeCombination": {PUBLIC: "grades overall"},
    "ApprenticeConnection": {IDENTITY: "edges nodes pageInfo totalCount"},
    "ApprenticeEdge": {IDENTITY: "cursor node"},
    "FormerApprenticeConnection": {IDENTITY: "edges nodes pageInfo totalCount"},
    "FormerApprenticeEdge": {IDENTITY: "cursor node"},
    "Client": {CLIENTS: "id name method scopes bound keys jwksUrl issuer documentsOnly createdAt expiresAt disabledAt"},
    # gateway
    "Gateway": {GATEWAY: "passed readiness nomination decision"},
    "Readiness": {GATEWAY: "status readyFrom overlays items blockers"},
    "GatewayItem": {GATEWAY: "id requirement label state met achievedOn overlay rejection filedBy version"},
    "Blocker": {GATEWAY: "rule requirement sentence party dueOn untilOn"},
    "Nomination": {GATEWAY: "id state nominatedOn answeredOn endedOn version epao"},
    "Decision": {GATEWAY: "id decidedOn declaration declarationVersion adviceTaken by"},
    "Cohort": {GATEWAY: "total ready notReady passed noPlan overdue blockers apprentices"},
    "RuleCount": {GATEWAY: "rule requirement party count"},
    # portfolios
    "Portfolio": {PORTFOLIO: "state hash pieceCount missingKsbs warnings version evidence coverage validation acknowledgement"},
    "Evidence": {PORTFOLIO: "id type ksbs sha256 link filedBy onBehalfOfApprentice filedAt"},
    "KsbCoverage": {PORTFOLIO: "ksb pieces"},
    "Validation": {PORTFOLIO: "id hash validatedOn declarationVersion by"},
    "Acknowledgement": {PORTFOLIO: "id hash acknowledgedOn"},
    # grades
    "Assessment": {GRADE: "method attempt grade"},
    "Grade": {GRADE: "overall capped releasedOn"},
    "Booking": {GRADE: "component attempt on version"},
    "Resit": {GRADE: "id method attempt kind agreedOn actionPlan"},
    "Authenticity": {AUTHORSHIP: "component attempt sha256 confirmedOn by"},
    "Result": {RESULT: "id method attempt version current grade countsAs assessor reason postedAt by components breaches"},
    "ResultComponent": {
        RESULT: "component outcome heldOn submittedOn minutes extraMinutes words bankQuestions ownQuestions document"
        " theme marker"
    },
    "Breach": {RESULT: "id rule component sentence dispensed dispensationReference"},
    # events
    "Event": {EVENT: "id type at apprentice standard requirement reason component method on"},
    "EventConnection": {EVENT: "edges nodes pageInfo totalCount"},
    "EventEdge": {EVENT: "cursor node"},
    "Progress": {EVENT: "cursor event"},
    "ItemOutcome": {PUBLIC: "index replayed outcome apprentice errors"},
}
MADE = "item nomination decision evidence result outcome client"
"""What a payload may hold beside the apprentice: rows of a noun, refused by that noun's own types."""


def _all() -> Iterator[tuple[tuple[str, str], FieldSlice]]:
    for type_, classes in ROWS.items():
        for slice_, names in classes.items():
            yield from (((type_, name), slice_) for name in names.split())
    for act, allowed in ACTS.items():
        may = FieldSlice(frozenset(allowed.reach), allowed.scope)
        yield ("Mutation", act), may
        payload = f"{act[0].upper()}{act[1:]}Payload"
        yield from (((payload, name), may) for name in ("apprentice items replayed errors " + MADE).split())


FIELDS: Mapping[tuple[str, str], FieldSlice] = dict(_all())
