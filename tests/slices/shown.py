"""Which field holds a value for whom, and from which step of a relation on: by hand from requirements d7 and X-20.

Per type: rows of (what it takes for the employer, the training provider and the EPAO; fields). `always` whenever the object
is there · `named` / `identity` / `checklist` / `full` once the card opens the apprentice so far · `-` refused as a whole.
What is not open is null or an empty list, and never an error.
"""

ALWAYS = ("always", "always", "always")
# A matter of more than how far the card opens: two worlds and the canaries look at it.
SOMETIMES = ("sometimes", "sometimes", "sometimes")
IDENTITY = ("identity", "identity", "identity")
FULL = ("full", "full", "full")
SHOWN: dict[str, list[tuple[tuple[str, str, str], str]]] = {
    "Apprentice": [
        # each party's own card, and whose apprentice it is
        (ALWAYS, "id status nextParty dueOn myReference standard employer gateway accesses"),
        # identity: employer R own, provider R own, EPAO R once it has accepted
        (
            IDENTITY,
            "uln givenNames familyName startOn plannedEndOn expectedGatewayOn region intake version relations providers",
        ),
        # on-programme progress: never the EPAO's
        (("full", "full", "-"), "statusHistory"),
        # contact, portfolio, booking, released grades, the plan of a further attempt: EPAO from the gateway
        (FULL, "contact portfolio assessments grade bookings resits"),
        (("-", "-", "full"), "results"),
        (("full", "-", "full"), "authenticity"),
    ],
    # who read it: employer and provider whatever the embargo lets them, an EPAO its own reads
    "AccessConnection": [(("full", "full", "named"), "edges nodes"), (ALWAYS, "pageInfo totalCount")],
    "AccessEdge": [(ALWAYS, "cursor node")],
    "Access": [(ALWAYS, "at kind organisation classes"), (SOMETIMES, "client")],
    # checklist: EPAO once it has accepted; that it is nominated at once; the decision after it
    "Gateway": [
        (ALWAYS, "passed readiness"),
        (("full", "full", "named"), "nomination"),
        (FULL, "decision"),
    ],
    "Readiness": [(ALWAYS, "status readyFrom"), (("full", "full", "checklist"), "overlays items blockers")],
    "GatewayItem": [(ALWAYS, "id requirement label state met achievedOn overlay rejection filedBy version")],
    "Blocker": [(ALWAYS, "rule requirement sentence party dueOn untilOn")],
    "Nomination": [(ALWAYS, "id state nominatedOn answeredOn endedOn version epao")],
    "Decision": [(ALWAYS, "id decidedOn declaration declarationVersion adviceTaken by")],
    "Portfolio": [
        (ALWAYS, "state hash pieceCount missingKsbs warnings version evidence coverage validation acknowledgement"),
    ],
    "Evidence": [(ALWAYS, "id type ksbs sha256 link filedBy onBehalfOfApprentice filedAt")],
    "KsbCoverage": [(ALWAYS, "ksb pieces")],
    "Validation": [(ALWAYS, "id hash validatedOn declarationVersion by")],
    "Acknowledgement": [(ALWAYS, "id hash acknowledgedOn")],
    "Signatory": [(ALWAYS, "reference name role")],
    "Contact": [(ALWAYS, "email phone version")],
    "StatusChange": [(("always", "always", "-"), "status onDate")],
    "Relation": [(ALWAYS, "kind state fromOn untilOn organisation")],
    "Organisation": [(ALWAYS, "id name region claimed identifiers")],
    "OrganisationIdentifier": [(ALWAYS, "scheme value")],
    "Assessment": [(ALWAYS, "method attempt grade")],
    "Grade": [(ALWAYS, "overall capped releasedOn")],
    "Booking": [(ALWAYS, "component attempt on version")],
    "Resit": [(ALWAYS, "id method attempt kind agreedOn actionPlan")],
    "Authenticity": [(("always", "-", "always"), "component attempt sha256 confirmedOn by")],
    "Result": [
        (("-", "-", "always"), "id method attempt version current grade countsAs assessor reason postedAt by"),
        (("-", "-", "always"), "components breaches"),
    ],
    "ResultComponent": [
        (("-", "-", "always"), "component outcome heldOn submittedOn minutes extraMinutes words bankQuestions"),
        (("-", "-", "always"), "ownQuestions document theme marker"),
    ],
    "Breach": [(("-", "-", "always"), "id rule component sentence dispensed dispensationReference")],
}
# Types whose objects everybody may see whole.
PUBLIC = {"Standard", "Ksb", "Method", "Component", "Theme", "Criterion", "Requirement", "EvidenceType", "Rule"}
PUBLIC |= {"GradeCombination", "PageInfo"}
# What of a filter a card must open before the filter can find the apprentice by it. A day that is not open counts as
# the last of all days, so that whoever asks for later days finds it whatever the day is.
FILTERS = {
    "nextParty": ("named", "EMPLOYER"),
    "dueBefore": ("named", "2027-01-01"),
    "status": ("named", ["ON_PROGRAMME"]),
    "readiness": ("named", "WITHDRAWN"),
    "standard": ("named", None),
    "region": ("identity", "North"),
    "intake": ("identity", "2023-09"),
    "expectedGatewayFrom": ("named", "2026-01-01"),
    "expectedGatewayBefore": ("identity", "2027-01-01"),
    "myReference": ("named", None),
    "uln": ("identity", None),
}
# What of a card is empty until the card opens so far: no list, filter or order may tell it before.
CARD = {
    "uln": "identity",
    "given_names": "identity",
    "family_name": "identity",
    "region": "identity",
    "intake": "identity",
    "expected_gateway_on": "identity",
    "start_on": "identity",
}
# The keys of orders that stand for such a value, and what they are while it is not open.
KEYS = {"name_sort": "''", "gateway_sort": "'infinity'", "start_sort": "'infinity'"}
OPEN_TO_ALL = {
    *("party_id", "apprentice_id", "kind", "reach", "opened_on", "closed_on", "status", "readiness", "ready_from"),
    *("next_party", "due_on", "due_sort", "my_reference", "standard_id"),
}
EMPTY = (None, [])


def word(type_: str, name: str, kind: int) -> str:
    """What it takes for a kind of party (0 employer, 1 provider, 2 EPAO) to find a value in a field."""
    found = {each: words for words, names in SHOWN.get(type_, []) for each in names.split()}
    assert name in found, f"{type_}.{name} has no row: add it to SHOWN in tests/slices/shown.py, for each kind of party"
    return found[name][kind]
