"""How far a card must open an apprentice for an act and for an event, by hand from requirements d7 and X-20.

0 named, 1 identity, 2 checklist, 3 everything; one digit for each kind that may, in the order of its letters in
`fields.ACTS` and `fields.EVENTS`. Below them what a client is granted, and what is told of reads.
"""

ACTS = {
    "registerApprentice": "00",
    "registerApprentices": "00",
    "confirmApprentice": "11",
    "declineApprentice": "11",
    "setMyReference": "000",
    "setContact": "33",
    "changeDates": "33",
    "changeStatus": "33",
    "addProvider": "3",
    "transferApprentice": "3",
    "mergeApprentices": "3",
    # a party's own clients are about no apprentice
    "addClient": "000",
    "rotateClient": "000",
    "disableClient": "000",
    "setHold": "333",
    "setRestriction": "33",
    "eraseApprentice": "33",
    "fileGatewayItem": "33",
    "fileGatewayItems": "33",
    # the EPAO checks evidence once it has accepted; it answers a nomination before it sees more than that there is one
    "assessGatewayItem": "2",
    "nominateEpao": "3",
    "answerNomination": "0",
    "decideGateway": "3",
    "fileEvidence": "33",
    "withdrawEvidence": "33",
    "validatePortfolio": "3",
    "acknowledgePortfolio": "3",
    "scheduleAssessment": "3",
    "confirmAuthenticity": "3",
    "postResult": "3",
    "postResults": "3",
    "correctResult": "3",
    "grantDispensation": "3",
    "releaseGrade": "3",
    "agreeResit": "3",
}
# While an apprentice's data is restricted it is kept and looked after, and nothing else is done (UK GDPR Art. 18).
EVEN_RESTRICTED = {"setHold", "setRestriction", "eraseApprentice"}
EVENTS = {
    "apprentice.registered": "11",
    "apprentice.claimed": "11",
    "apprentice.confirmed": "11",
    "apprentice.declined": "11",
    "apprentice.changed": "331",
    "apprentice.contact_changed": "333",
    "apprentice.transferred": "131",
    "apprentice.merged": "33",
    "apprentice.left": "000",
    "apprentice.restricted": "000",
    "apprentice.unrestricted": "000",
    "apprentice.erasure_asked": "33",
    "apprentice.erased": "000",
    "gateway.item_filed": "332",
    "gateway.item_accepted": "332",
    "gateway.item_rejected": "332",
    "gateway.ready": "33",
    "gateway.epao_nominated": "330",
    "gateway.epao_accepted": "331",
    "gateway.epao_declined": "330",
    "gateway.passed": "333",
    "portfolio.changed": "33",
    "portfolio.validated": "33",
    "portfolio.acknowledged": "333",
    "assessment.scheduled": "333",
    "assessment.authenticated": "33",
    "assessment.started": "333",
    "result.posted": "3",
    "result.corrected": "3",
    "result.dispensed": "3",
    "result.unsealed": "3",
    "grade.released": "333",
    "resit.agreed": "33",
    "resit.scheduled": "33",
    "retake.agreed": "333",
}
# What a client has when nothing is said of it.
USUAL = {
    "employer": "apprentices:read apprentices:write gateway:read gateway:write portfolios:read portfolios:write"
    " grades:read grades:write events:read",
    "provider": "apprentices:read apprentices:write gateway:read gateway:write portfolios:read portfolios:write"
    " grades:read events:read",
    "epao": "apprentices:read apprentices:write gateway:read gateway:write portfolios:read portfolios:write"
    " grades:read grades:write events:read",
    # nobody of these connects yet
    "apprentice": "",
    "regulator": "",
}
# What changes whose data is held or who may connect: granted by name only, and never to a client with a secret.
BY_NAME = {"apprentices:admin", "clients:admin"}
# How the audit names what was read or done, by the noun of its scope; results are what the EPAO alone reads of grades.
CLASSES = {
    "apprentices": "identity",
    "gateway": "gateway",
    "portfolios": "portfolio",
    "grades": "grade",
    "events": "event",
    # about no apprentice
    "clients": None,
}
RESULTS = "result"
# To whom a read of each class is told (all: whoever sees the apprentice): of an EPAO before it assesses, of one that
# assesses, of the same after a release, and of an employer (EPA-107, d7).
OPEN, SHUT = ("all epao", "epao", "all epao", "all"), ("epao", "epao", "epao", "employer")
TOLD = {"identity": OPEN, "gateway": OPEN, "portfolio": OPEN, "grade": SHUT, "result": SHUT, "event": SHUT}
