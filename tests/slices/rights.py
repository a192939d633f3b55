"""Which of the hub's own roles may do what, by hand: the oracle of grants, and of whom each policy is for.

s select, i insert, u update, d delete. `rules` is the role of acts, `ungraded` that of acts which may know no result.
"""

from tests.slices.matrix import KINDS, PUBLIC, ROWS

LETTERS = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}
NOUNS = ("apprentices", "gateway", "portfolios", "grades")
SERVICES = ("rules", "ungraded", "operator", "relay", "auth", "audit", *(f"{noun}_process" for noun in NOUNS))
PLANS = "ksb method component theme criterion requirement evidence_type rule grade_combination"
ACTED = (
    "apprentices.apprentice apprentices.identity apprentices.tie apprentices.status_change apprentices.contact"
    " apprentices.leaver_record gateway.item gateway.basis gateway.readiness gateway.blocker gateway.nomination"
    " gateway.decision portfolios.portfolio portfolios.evidence portfolios.coverage portfolios.validation"
    " portfolios.acknowledgement apprentices.hold apprentices.restriction apprentices.erasure_request"
)
GRADED = "booking authenticity result result_component breach assessment grade release resit"

# table: what each of the hub's own roles may do
MAY: dict[str, str] = {
    # parties and organisations come about by registrations and by the operator
    **dict.fromkeys(("apprentices.organisation", "apprentices.organisation_identifier"), "rules:siu ungraded:siu operator:siu"),
    "apprentices.party": "rules:siu ungraded:siu operator:siu relay:s",
    "apprentices.organisation_link": "rules:s ungraded:s operator:siu",
    # a standard without a plan comes about by a registration; plans are the operator's
    "apprentices.standard": "rules:si ungraded:si operator:siud",
    **{f"apprentices.{each}": "rules:s ungraded:s operator:siud" for each in PLANS.split()},
    # what acts write about apprentices; results and grades for those acts alone that may know them
    **dict.fromkeys(ACTED.split(), "rules:siud ungraded:siud"),
    **{f"grades.{each}": "rules:siud" for each in GRADED.split()},
    "grades.standing": "rules:siud ungraded:s",
    "hub.card": "rules:siud ungraded:siud relay:s",
    # what was erased stays so: nobody changes it or takes it back
    **dict.fromkeys(("apprentices.erasure", "apprentices.tombstone"), "rules:si ungraded:si operator:s"),
    # events: acts tell, the relay numbers; an erasure empties what was told
    "hub.event": "relay:si rules:sud ungraded:sud",
    "hub.stream": "relay:siu",
    "hub.outbox": "rules:siu ungraded:siu relay:sd",
    "hub.epoch": "rules:s ungraded:s operator:su relay:siu",
    "hub.tick": "rules:sid ungraded:sid",
    # who writes the audit does not read it, and nobody changes it or takes it back
    "hub.audit": "rules:i ungraded:i operator:si relay:s auth:i audit:i " + " ".join(f"{noun}_process:i" for noun in NOUNS),
    "hub.audit_link": "relay:si operator:s",
    "hub.audit_head": "relay:si operator:si",
    "hub.audit_access": "relay:si operator:s",
    "hub.audit_place": "relay:siu operator:s",
    "hub.idempotency": "rules:siud ungraded:siud",
    # clients, keys and proofs
    "auth.client": "auth:siu rules:siu ungraded:siu",
    "auth.secret": "auth:si",
    "auth.proof": "auth:siud",
    "auth.revoked": "auth:sid",
    "auth.document": "auth:sid",
    "auth.assertion": "auth:sid",
    "auth.signing_key": "auth:siu",
}
# The tables of no noun that a subgraph's own roles read.
SEEN_BY = {
    "hub.card": NOUNS,
    **dict.fromkeys(("hub.event", "hub.epoch", "hub.audit_access", "hub.audit_head", "auth.client"), NOUNS[:1]),
}
# What the process of a subgraph reads for itself, column by column.
PROCESSES: dict[str, tuple[tuple[str, ...], str]] = {
    "hub.stream": (NOUNS[:1], "party_id last_seq"),
    "hub.epoch": (NOUNS[:1], "epoch"),
    "auth.client": (NOUNS, "id party_id party_kind organisation_id scopes bound issuer subject expires_at disabled_at"),
    "auth.revoked": (NOUNS, "jti expires_at"),
    "auth.signing_key": (NOUNS, "kid public signs_from retired_at"),
}
# Entities of other nouns are found by their ids where `node` is answered, which also says whom each is about: the read is
# recorded as that person's.
FINDER, FINDS = "apprentices", ("id", "apprentice_id")
FOUND = {
    *("gateway.item", "gateway.nomination", "gateway.decision"),
    *("portfolios.evidence", "portfolios.validation", "portfolios.acknowledgement"),
    *("grades.result", "grades.breach", "grades.resit"),
}
Right = tuple[str, str, str]


def readers(table: str, kind: str) -> list[str]:
    """The roles under which a kind of party reads a table."""
    schema = table.partition(".")[0]
    nouns = SEEN_BY.get(table, () if schema in ("hub", "auth") else (schema,))
    return [f"hub_{kind}", *(f"hub_{noun}_{kind}" for noun in nouns)]


def rights(table: str) -> set[Right]:
    """Every (role, column or `*`, right) there should be on a table."""
    assert table in MAY, f"{table} has no line in tests/slices/rights.py: say what the hub's own roles may do there"
    found = {
        (f"hub_{role}", "*", LETTERS[letter])
        for role, _, letters in (part.partition(":") for part in MAY[table].split())
        for letter in letters
    }
    for kind, word in zip(KINDS, ROWS[table], strict=True):
        if word != "-":
            found |= {(role, "*", "SELECT") for role in readers(table, kind)}
            if table in FOUND:
                found |= {(f"hub_{FINDER}_{kind}", column, "SELECT") for column in FINDS}
    nouns, columns = PROCESSES.get(table, ((), ""))
    return found | {(f"hub_{noun}_process", column, "SELECT") for noun in nouns for column in columns.split()}


def policies(table: str) -> set[tuple[tuple[str, ...], str]]:
    """The (roles, command) of every policy there should be on a table."""
    found = {((f"hub_{part.partition(':')[0]}",), "ALL") for part in MAY[table].split()}
    for kind, word in zip(KINDS, ROWS[table], strict=True):
        if word != "-":
            finder = [f"hub_{FINDER}_{kind}"] if table in FOUND else []
            found.add((tuple(sorted([*readers(table, kind), *finder])), "SELECT"))
    return found | {((f"hub_{noun}_process",), "SELECT") for noun in PROCESSES.get(table, ((), ""))[0]}


RIGHTS = """
select grantee.rolname, '*', acl.privilege_type from pg_class c, aclexplode(c.relacl) acl
  join pg_roles grantee on grantee.oid = acl.grantee
  where c.oid = $1::text::regclass and grantee.rolname <> pg_get_userbyid(c.relowner)
union all
select grantee.rolname, a.attname, acl.privilege_type from pg_attribute a, aclexplode(a.attacl) acl
  join pg_roles grantee on grantee.oid = acl.grantee where a.attrelid = $1::text::regclass
union all
select 'everybody', '*', acl.privilege_type from pg_class c, aclexplode(c.relacl) acl
  where c.oid = $1::text::regclass and acl.grantee = 0
"""
POLICIES = "select array(select unnest(roles)::text order by 1), cmd from pg_policies where schemaname || '.' || tablename = $1"


async def misgiven(connection, table: str) -> set:
    """The rights and policies of a table that are there and should not be, or the other way round."""
    given = {tuple(row) for row in await connection.fetch(RIGHTS, table)}
    locked = {(tuple(row[0]), row[1]) for row in await connection.fetch(POLICIES, table)}
    return (given ^ rights(table)) | (locked ^ policies(table))


assert set(PUBLIC.split()) <= set(MAY)
