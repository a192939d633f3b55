"""Who may ask for which field and under which scope, by hand from requirements d7: the oracle of the field lock.

E employer, P training provider, A assessment organisation (EPAO); the scope is the one a token needs, `-` none.
"""

AR, GR, PR, RR, ER = "apprentices:read", "gateway:read", "portfolios:read", "grades:read", "events:read"
CA = "clients:admin"
AW, GW, PW, RW = "apprentices:write", "gateway:write", "portfolios:write", "grades:write"
AA = "apprentices:admin"
LIST = "edges nodes pageInfo totalCount"

# type: rows of (kinds, scope, fields)
FIELDS: dict[str, list[tuple[str, str, str]]] = {
    "Query": [
        ("EPA", "-", "viewer auditHead standards standard organisation node"),
        ("EPA", AR, "apprentice apprentices formerApprentices"),
        ("EPA", GR, "cohort"),
        ("EPA", ER, "events"),
        ("EPA", CA, "clients"),
    ],
    "Client": [
        ("EPA", CA, "id name method scopes bound keys jwksUrl issuer documentsOnly createdAt expiresAt disabledAt"),
    ],
    "Subscription": [("EPA", ER, "progress")],
    "Node": [("EPA", "-", "id")],
    "Viewer": [("EPA", "-", "party kind today organisation")],
    "PageInfo": [("EPA", "-", "hasNextPage hasPreviousPage startCursor endCursor")],
    "Signatory": [("EPA", "-", "reference name role")],
    "Problem": [("EPA", "-", "code field message rule")],
    "Apprentice": [
        # identity (name, ULN, standard, version, dates), each party's own card and reference; contact by its rows
        ("EPA", AR, "id uln givenNames familyName startOn plannedEndOn expectedGatewayOn region intake version status"),
        ("EPA", AR, "nextParty dueOn myReference standard employer relations providers contact accesses"),
        # on-programme progress: the EPAO must not see it
        ("EP", AR, "statusHistory"),
        ("EPA", GR, "gateway"),
        ("EPA", PR, "portfolio"),
        # released grades, bookings, the plan of a further attempt (the provider's by its rows)
        ("EPA", RR, "assessments grade bookings resits"),
        # criterion marks and provisional grades
        ("A", RR, "results"),
        # authenticity confirmations: employer W, provider -, EPAO R
        ("EA", RR, "authenticity"),
    ],
    "FormerApprentice": [("EPA", AR, "fromOn untilOn uln givenNames familyName status myReference standard")],
    "Organisation": [("EPA", "-", "id name region claimed identifiers")],
    "OrganisationIdentifier": [("EPA", "-", "scheme value")],
    "Relation": [("EPA", AR, "kind state fromOn untilOn organisation")],
    # who read it: the data's owner asks; an EPAO sees its own reads, by rows
    "Access": [("EPA", AR, "at kind organisation client classes")],
    "AccessConnection": [("EPA", AR, LIST)],
    "AccessEdge": [("EPA", AR, "cursor node")],
    "AuditHead": [("EPA", "-", "seq hash at signature")],
    "StatusChange": [("EP", AR, "status onDate")],
    "Contact": [("EPA", AR, "email phone version")],
    "Standard": [
        ("EPA", "-", "id reference planVersion larsCode title level hasPlan typicalMonths minimumMonths ksbs methods"),
        ("EPA", "-", "requirements evidenceTypes gradeTable rules"),
    ],
    "Ksb": [("EPA", "-", "code kind statement methods notes")],
    "Method": [("EPA", "-", "code name grades components themes")],
    "Component": [("EPA", "-", "code name")],
    "Theme": [("EPA", "-", "code method name ksbs criteria")],
    "Criterion": [("EPA", "-", "grade statement")],
    "Requirement": [("EPA", "-", "code label rule")],
    "EvidenceType": [("EPA", "-", "code label allowed")],
    "Rule": [("EPA", "-", "code severity statement quote source notes")],
    "GradeCombination": [("EPA", "-", "grades overall")],
    "ApprenticeConnection": [("EPA", AR, LIST)],
    "ApprenticeEdge": [("EPA", AR, "cursor node")],
    "FormerApprenticeConnection": [("EPA", AR, LIST)],
    "FormerApprenticeEdge": [("EPA", AR, "cursor node")],
    # gateway decision and checklist: employer decides, provider uploads, EPAO accepts or rejects
    "Gateway": [("EPA", GR, "passed readiness nomination decision")],
    "Readiness": [("EPA", GR, "status readyFrom overlays items blockers")],
    "GatewayItem": [("EPA", GR, "id requirement label state met achievedOn overlay rejection filedBy version")],
    "Blocker": [("EPA", GR, "rule requirement sentence party dueOn untilOn")],
    "Nomination": [("EPA", GR, "id state nominatedOn answeredOn endedOn version epao")],
    "Decision": [("EPA", GR, "id decidedOn declaration declarationVersion adviceTaken by")],
    "Cohort": [("EPA", GR, "total ready notReady passed noPlan overdue blockers apprentices")],
    "RuleCount": [("EPA", GR, "rule requirement party count")],
    # portfolio items (metadata, hash, link)
    "Portfolio": [
        ("EPA", PR, "state hash pieceCount missingKsbs warnings version evidence coverage validation acknowledgement"),
    ],
    "Evidence": [("EPA", PR, "id type ksbs sha256 link filedBy onBehalfOfApprentice filedAt")],
    "KsbCoverage": [("EPA", PR, "ksb pieces")],
    "Validation": [("EPA", PR, "id hash validatedOn declarationVersion by")],
    "Acknowledgement": [("EPA", PR, "id hash acknowledgedOn")],
    "Assessment": [("EPA", RR, "method attempt grade")],
    "Grade": [("EPA", RR, "overall capped releasedOn")],
    "Booking": [("EPA", RR, "component attempt on version")],
    "Resit": [("EPA", RR, "id method attempt kind agreedOn actionPlan")],
    "Authenticity": [("EA", RR, "component attempt sha256 confirmedOn by")],
    "Result": [("A", RR, "id method attempt version current grade countsAs assessor reason postedAt by components breaches")],
    "ResultComponent": [
        ("A", RR, "component outcome heldOn submittedOn minutes extraMinutes words bankQuestions ownQuestions document"),
        ("A", RR, "theme marker"),
    ],
    "Breach": [("A", RR, "id rule component sentence dispensed dispensationReference")],
    "Event": [("EPA", ER, "id type at apprentice standard requirement reason component method on")],
    "EventConnection": [("EPA", ER, LIST)],
    "EventEdge": [("EPA", ER, "cursor node")],
    "Progress": [("EPA", ER, "cursor event")],
    "ItemOutcome": [("EPA", "-", "index replayed outcome apprentice errors")],
}
# act: (kinds, scope); the employer writes to grades to agree a re-sit and to vouch for the authenticity of work
ACTS = {
    "registerApprentice": ("EP", AW),
    "registerApprentices": ("EP", AW),
    "confirmApprentice": ("EP", AW),
    "declineApprentice": ("EP", AW),
    "setMyReference": ("EPA", AW),
    "setContact": ("EP", AW),
    "changeDates": ("EP", AW),
    "changeStatus": ("EP", AW),
    "addProvider": ("E", AW),
    "transferApprentice": ("E", AW),
    "mergeApprentices": ("E", AW),
    "addClient": ("EPA", CA),
    "rotateClient": ("EPA", CA),
    "disableClient": ("EPA", CA),
    "setHold": ("EPA", AA),
    "setRestriction": ("EP", AA),
    "eraseApprentice": ("EP", AA),
    "fileGatewayItem": ("EP", GW),
    "fileGatewayItems": ("EP", GW),
    "assessGatewayItem": ("A", GW),
    "nominateEpao": ("E", GW),
    "answerNomination": ("A", GW),
    "decideGateway": ("E", GW),
    "fileEvidence": ("EP", PW),
    "withdrawEvidence": ("EP", PW),
    "validatePortfolio": ("E", PW),
    "acknowledgePortfolio": ("A", PW),
    "scheduleAssessment": ("A", RW),
    "confirmAuthenticity": ("E", RW),
    "postResult": ("A", RW),
    "postResults": ("A", RW),
    "correctResult": ("A", RW),
    "grantDispensation": ("A", RW),
    "releaseGrade": ("A", RW),
    "agreeResit": ("E", RW),
}
# what each kind of party hears at most; a provider: submitted, accepted or rejected, scheduled, in assessment, released
EVENTS = {
    "apprentice.registered": "EP",
    "apprentice.claimed": "EP",
    "apprentice.confirmed": "EP",
    "apprentice.declined": "EP",
    "apprentice.changed": "EPA",
    "apprentice.contact_changed": "EPA",
    "apprentice.transferred": "EPA",
    "apprentice.merged": "EP",
    "apprentice.left": "EPA",
    "apprentice.restricted": "EPA",
    "apprentice.unrestricted": "EPA",
    "apprentice.erasure_asked": "EP",
    "apprentice.erased": "EPA",
    "gateway.item_filed": "EPA",
    "gateway.item_accepted": "EPA",
    "gateway.item_rejected": "EPA",
    "gateway.ready": "EP",
    "gateway.epao_nominated": "EPA",
    "gateway.epao_accepted": "EPA",
    "gateway.epao_declined": "EPA",
    "gateway.passed": "EPA",
    "portfolio.changed": "EP",
    "portfolio.validated": "EP",
    "portfolio.acknowledged": "EPA",
    "assessment.scheduled": "EPA",
    "assessment.authenticated": "EA",
    "assessment.started": "EPA",
    "result.posted": "A",
    "result.corrected": "A",
    "result.dispensed": "A",
    "result.unsealed": "A",
    "grade.released": "EPA",
    "resit.agreed": "EA",
    "resit.scheduled": "EA",
    "retake.agreed": "EPA",
}
LETTER = {"employer": "E", "provider": "P", "epao": "A"}


def flat() -> dict[tuple[str, str], tuple[str, str | None]]:
    """Every (type, field) with its kinds and scope; a payload's fields are those of its act."""
    found = {
        (type_, name): (kinds, None if scope == "-" else scope)
        for type_, rows in FIELDS.items()
        for kinds, scope, names in rows
        for name in names.split()
    }
    found |= {("Mutation", act): row for act, row in ACTS.items()}
    return found
