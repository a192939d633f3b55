"""Who may see which rows, by hand from requirements d7 and X-20: the oracle against which the slices are held.

Per table: what the employer, the training provider and the EPAO see. Words:
`public` every row · `-` none · `own` rows that carry the party · `card` its own open cards · `named` / `identity` /
`checklist` / `full` rows of apprentices open so far · `released` full, and told to everybody · `sealed` full, and told to
the EPAO alone · `assessed` full, and made by this EPAO · `mine` named, and about this EPAO · `retake` full, re-takes only ·
`not sealed` full, and not told to the EPAO alone · `own sealed` named, told to the EPAO alone, and its own.
"""

PUBLIC = (
    "apprentices.organisation apprentices.organisation_identifier apprentices.organisation_link apprentices.party"
    " apprentices.standard apprentices.ksb apprentices.method apprentices.component apprentices.theme"
    " apprentices.criterion apprentices.requirement apprentices.evidence_type apprentices.rule"
    " apprentices.grade_combination hub.epoch"
)
NOBODY = (
    "gateway.basis grades.standing hub.stream hub.outbox hub.tick hub.audit hub.audit_link hub.audit_place hub.idempotency"
    " apprentices.hold apprentices.restriction apprentices.erasure_request apprentices.erasure apprentices.tombstone"
    " auth.secret auth.document auth.assertion auth.proof auth.revoked auth.signing_key"
)
ROWS = {
    **dict.fromkeys(PUBLIC.split(), ("public", "public", "public")),
    **dict.fromkeys(NOBODY.split(), ("-", "-", "-")),
    # identity (name, ULN, standard, version, dates): employer R own, provider R own, EPAO R nominated and accepting
    "apprentices.apprentice": ("named", "named", "named"),
    "apprentices.identity": ("identity", "identity", "identity"),
    "apprentices.tie": ("identity", "identity", "identity"),
    # on-programme progress: never the EPAO's
    "apprentices.status_change": ("full", "full", "-"),
    # contact details: EPAO from the gateway
    "apprentices.contact": ("full", "full", "full"),
    "apprentices.leaver_record": ("own", "own", "own"),
    # gateway decision and checklist; a claim opens nothing that was there before it
    "gateway.item": ("full", "full", "checklist"),
    "gateway.readiness": ("full", "full", "checklist"),
    "gateway.blocker": ("full", "full", "checklist"),
    "gateway.nomination": ("full", "full", "mine"),
    "gateway.decision": ("full", "full", "full"),
    # portfolio items: EPAO after the gateway
    "portfolios.portfolio": ("full", "full", "full"),
    "portfolios.evidence": ("full", "full", "full"),
    "portfolios.coverage": ("full", "full", "full"),
    "portfolios.validation": ("full", "full", "full"),
    "portfolios.acknowledgement": ("full", "full", "assessed"),
    # booking: R, R (date only), RW; a provider's booking of a further attempt tells of the attempt: R if retake
    "grades.booking": ("full", "first or retake", "full"),
    # authenticity confirmations: employer W, provider -, EPAO R
    "grades.authenticity": ("full", "-", "full"),
    # criterion marks, provisional method grade: the EPAO's alone
    "grades.result": ("-", "-", "assessed"),
    "grades.result_component": ("-", "-", "assessed by result"),
    "grades.breach": ("-", "-", "assessed by result"),
    # released method and overall grade
    "grades.assessment": ("released", "released", "sealed"),
    "grades.grade": ("released", "released", "sealed"),
    "grades.release": ("full", "full", "full"),
    # re-sit and re-take plan: employer agrees, provider R if retake, EPAO RW
    "grades.resit": ("full", "retake", "full"),
    "hub.card": ("card", "card", "card"),
    # who read an apprentice's data: its owners, of EPAOs no more than the embargo lets them; an EPAO its own reads
    "hub.audit_access": ("not sealed", "released", "own sealed"),
    "hub.audit_head": ("own", "own", "own"),
    "hub.event": ("own", "own", "own"),
    # A4: clients of one's own party, without their secrets
    "auth.client": ("own", "own", "own"),
}
KINDS = ("employer", "provider", "epao")
