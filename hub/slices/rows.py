"""Which rows each kind of party sees: one line per table, from which PostgreSQL's row policies are generated.

A reach is how far a party's card opens an apprentice: 0 the standard and the employer, 1 the identity, 2 the gateway
checklist, 3 the whole of what the party's kind may see (requirements d7, X-20).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.viewer import PartyKind

NAMED, IDENTITY, CHECKLIST, FULL = 0, 1, 2, 3
NOUNS = ("apprentices", "gateway", "portfolios", "grades")
PARTY_KINDS = (PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO)


@dataclass(frozen=True, slots=True)
class Sees:
    """The rows one kind of party sees: those of its cards with this reach, those that meet a condition, or both."""

    reach: int | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class RowSlice:
    """One table's slice.

    `services` says what the hub's own roles may do there, `processes` which columns the process of a subgraph reads for
    itself: to check tokens, and to hear that streams have grown.
    """

    sees: Mapping[PartyKind, Sees]
    services: Mapping[str, str]
    processes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


RULES = {"hub_rules": "select, insert, update, delete"}
OWN = Sees(where="party_id = (select hub.party())")
MY_ASSESSMENT = "epao_party_id = (select hub.party())"


# An entity is found by its id wherever it is asked for: the noun that answers `node` reads of these the columns KNOWN_TO_FIND,
# whose rows they are and whom they are about (the read is recorded as that person's), and no more.
FOUND_BY_ID = frozenset(
    {"gateway.item", "gateway.nomination", "gateway.decision"}
    | {"portfolios.evidence", "portfolios.validation", "portfolios.acknowledgement"}
    | {"grades.result", "grades.breach", "grades.resit"}
)
FINDS_BY_ID = "apprentices"
KNOWN_TO_FIND = ("id", "apprentice_id")


def public(**services: str) -> RowSlice:
    """Rows that every party may read."""
    return RowSlice({kind: Sees() for kind in PARTY_KINDS}, {"hub_rules": "select", "hub_operator": "select", **services})


def of_apprentices(employer: Sees | None, provider: Sees | None, epao: Sees | None) -> RowSlice:
    """Rows about apprentices, opened by each party's own card."""
    sees = dict(zip(PARTY_KINDS, (employer, provider, epao), strict=True))
    return RowSlice({kind: seen for kind, seen in sees.items() if seen is not None}, RULES)


def alike(reach: int) -> RowSlice:
    """Rows about apprentices that open to every kind of party at the same reach."""
    return of_apprentices(Sees(reach), Sees(reach), Sees(reach))


def private(**services: str) -> RowSlice:
    """Rows that no party reads."""
    return RowSlice({}, services)


KEPT = {"hub_operator": "select, insert, update, delete"}
FOUND = {"hub_operator": "select, insert, update", "hub_rules": "select, insert, update"}
RECORDERS = ("hub_audit", *(f"hub_{noun}_process" for noun in NOUNS))
"""The roles under which reads are recorded: the whole hub's, and those of the subgraphs' processes."""
AUDIENCE_ALL, AUDIENCE_EPAO = "audience = 'all'", "audience = 'epao'"
FIRST_OR_RETAKE = (
    "(attempt = 1 or exists (select 1 from grades.resit r where r.apprentice_id = grades.booking.apprentice_id"
    " and r.attempt = grades.booking.attempt and r.kind = 'RETAKE'))"
)
EPAO_RESULT = "exists (select 1 from grades.result r where r.id = result_id)"

# What a process needs to believe a token: whose it is, what it may do, and whether it is shut out; no secret and no key.
KNOWN_OF_CLIENTS = (
    *("id", "party_id", "party_kind", "organisation_id", "scopes", "bound", "issuer", "subject"),
    *("expires_at", "disabled_at"),
)

TABLES: Mapping[str, RowSlice] = {
    "apprentices.organisation": public(**FOUND),
    "apprentices.organisation_identifier": public(**FOUND),
    "apprentices.organisation_link": public(hub_operator="select, insert, update"),
    "apprentices.party": public(**FOUND, hub_relay="select"),
    "apprentices.standard": public(hub_operator="select, insert, update, delete", hub_rules="select, insert"),
    "apprentices.ksb": public(**KEPT),
    "apprentices.method": public(**KEPT),
    "apprentices.component": public(**KEPT),
    "apprentices.theme": public(**KEPT),
    "apprentices.criterion": public(**KEPT),
    "apprentices.requirement": public(**KEPT),
    "apprentices.evidence_type": public(**KEPT),
    "apprentices.rule": public(**KEPT),
    "apprentices.grade_combination": public(**KEPT),
    "apprentices.apprentice": alike(NAMED),
    "apprentices.identity": alike(IDENTITY),
    "apprentices.tie": alike(IDENTITY),
    "apprentices.status_change": of_apprentices(Sees(FULL), Sees(FULL), None),
    "apprentices.contact": alike(FULL),
    "apprentices.leaver_record": of_apprentices(OWN, OWN, OWN),
    "apprentices.hold": private(**RULES),
    "apprentices.restriction": private(**RULES),
    "apprentices.erasure_request": private(**RULES),
    "apprentices.erasure": private(hub_rules="select, insert", hub_operator="select"),
    "apprentices.tombstone": private(hub_rules="select, insert", hub_operator="select"),
    "gateway.item": of_apprentices(Sees(FULL), Sees(FULL), Sees(CHECKLIST)),
    "gateway.basis": private(**RULES),
    "gateway.readiness": of_apprentices(Sees(FULL), Sees(FULL), Sees(CHECKLIST)),
    "gateway.blocker": of_apprentices(Sees(FULL), Sees(FULL), Sees(CHECKLIST)),
    "gateway.nomination": of_apprentices(Sees(FULL), Sees(FULL), Sees(NAMED, MY_ASSESSMENT)),
    "gateway.decision": alike(FULL),
    "portfolios.portfolio": alike(FULL),
    "portfolios.evidence": alike(FULL),
    "portfolios.coverage": alike(FULL),
    "portfolios.validation": alike(FULL),
    "portfolios.acknowledgement": of_apprentices(Sees(FULL), Sees(FULL), Sees(FULL, MY_ASSESSMENT)),
    "grades.booking": of_apprentices(Sees(FULL), Sees(FULL, FIRST_OR_RETAKE), Sees(FULL)),
    "grades.authenticity": of_apprentices(Sees(FULL), None, Sees(FULL)),
    "grades.result": of_apprentices(None, None, Sees(FULL, MY_ASSESSMENT)),
    "grades.result_component": of_apprentices(None, None, Sees(FULL, EPAO_RESULT)),
    "grades.breach": of_apprentices(None, None, Sees(FULL, EPAO_RESULT)),
    "grades.assessment": of_apprentices(Sees(FULL, AUDIENCE_ALL), Sees(FULL, AUDIENCE_ALL), Sees(FULL, AUDIENCE_EPAO)),
    "grades.grade": of_apprentices(Sees(FULL, AUDIENCE_ALL), Sees(FULL, AUDIENCE_ALL), Sees(FULL, AUDIENCE_EPAO)),
    "grades.standing": private(**RULES, hub_ungraded="select"),
    "grades.release": alike(FULL),
    "grades.resit": of_apprentices(Sees(FULL), Sees(FULL, "kind = 'RETAKE'"), Sees(FULL)),
    "hub.card": RowSlice(
        {
            kind: Sees(
                where="party_id = (select hub.party()) and opened_on <= (select hub.today())"
                " and closed_on > (select hub.today())"
            )
            for kind in PARTY_KINDS
        },
        {**RULES, "hub_relay": "select"},
    ),
    "hub.event": RowSlice(
        dict.fromkeys(PARTY_KINDS, OWN), {"hub_relay": "select, insert", "hub_rules": "select, update, delete"}
    ),
    "hub.stream": RowSlice({}, {"hub_relay": "select, insert, update"}, {"apprentices": ("party_id", "last_seq")}),
    "hub.outbox": private(hub_rules="select, insert, update", hub_relay="select, delete"),
    "hub.epoch": replace(
        public(hub_relay="select, insert, update", hub_operator="select, update"), processes={"apprentices": ("epoch",)}
    ),
    "hub.tick": private(hub_rules="select, insert, delete"),
    # What was recorded is never changed: nobody may update or delete, and who writes does not read.
    "hub.audit": private(
        hub_rules="insert",
        hub_operator="select, insert",
        hub_relay="select",
        hub_auth="insert",
        **dict.fromkeys(RECORDERS, "insert"),
    ),
    "hub.audit_link": private(hub_relay="select, insert", hub_operator="select"),
    "hub.audit_head": RowSlice(
        dict.fromkeys(PARTY_KINDS, OWN), {"hub_relay": "select, insert", "hub_operator": "select, insert"}
    ),
    "hub.audit_access": RowSlice(
        {
            PartyKind.EMPLOYER: Sees(FULL, "audience <> 'epao'"),
            PartyKind.PROVIDER: Sees(FULL, AUDIENCE_ALL),
            PartyKind.EPAO: Sees(NAMED, f"{AUDIENCE_EPAO} and party_id = (select hub.party())"),
        },
        {"hub_relay": "select, insert", "hub_operator": "select"},
    ),
    "hub.audit_place": private(hub_relay="select, insert, update", hub_operator="select"),
    "hub.idempotency": private(hub_rules="select, insert, update, delete"),
    # A party sees its own clients; their secrets are another table's.
    "auth.client": RowSlice(
        dict.fromkeys(PARTY_KINDS, OWN),
        {"hub_auth": "select, insert, update", "hub_rules": "select, insert, update"},
        dict.fromkeys(NOUNS, KNOWN_OF_CLIENTS),
    ),
    "auth.secret": private(hub_auth="select, insert"),
    "auth.document": private(hub_auth="select, insert, delete"),
    "auth.assertion": private(hub_auth="select, insert, delete"),
    "auth.proof": private(hub_auth="select, insert, update, delete"),
    "auth.revoked": RowSlice({}, {"hub_auth": "select, insert, delete"}, dict.fromkeys(NOUNS, ("jti", "expires_at"))),
    "auth.signing_key": RowSlice(
        {},
        {"hub_auth": "select, insert, update"},
        dict.fromkeys(NOUNS, ("kid", "public", "signs_from", "retired_at")),
    ),
}
# The tables of no noun that a subgraph's own roles read: every one the cards, the apprentices' the others.
SHOWN_BY = {
    "auth.client": ("apprentices",),
    "hub.card": NOUNS,
    "hub.event": ("apprentices",),
    "hub.epoch": ("apprentices",),
    "hub.audit_access": ("apprentices",),
    "hub.audit_head": ("apprentices",),
}


def nouns_of(table: str) -> tuple[str, ...]:
    """The subgraphs whose own roles read a table; none for one that only the whole hub reads."""
    schema = table.partition(".")[0]
    return SHOWN_BY.get(table, () if schema in ("hub", "auth") else (schema,))
