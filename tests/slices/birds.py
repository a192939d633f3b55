"""Canaries: a mark of its own in every text of every table, and by hand for whom it may sing.

A text column that is in none of these tables fails its law: say there who may see it.
"""

from hub.store.tables import metadata
from tests.slices.matrix import PUBLIC

# Shown by no field of the graph to anybody.
SEALED = {
    "gateway.basis": "attained entitlement",
    "gateway.decision": "actor_client",
    "portfolios.validation": "actor_client",
    "portfolios.acknowledgement": "actor_client",
    "grades.authenticity": "actor_client",
    "grades.result": "actor_client",
    "grades.result_component": "document theme",
    "grades.release": "overall actor_client by_reference by_name by_role",
    "grades.resit": "actor_client by_reference by_name by_role",
    "grades.standing": "offered",
    **dict.fromkeys(("apprentices.restriction", "apprentices.erasure_request"), "ground by_reference by_name by_role"),
    "apprentices.hold": "reason by_reference by_name by_role",
    "apprentices.erasure": "ground",
    "hub.audit": "client person on_behalf_of act kind classes trace thing",
    "hub.idempotency": "act outcome",
    "hub.outbox": "type facts",
    "hub.card": "name_sort",
    "apprentices.identity": "age_band",
    "auth.client": "jwks subject",
    "auth.secret": "client_id",
    "auth.document": "name text",
    "auth.signing_key": "public",
}
# Seen by the EPAO which assesses, and by it alone (d7: criterion marks, assessor notes, chosen theme).
EPAO_ONLY = {
    "grades.result": "assessor by_reference by_name by_role",
}
# And what stands sealed in the boxes of its rows.
BOXED = {
    "grades.result": "reason",
    "grades.result_component": "document theme marker",
    "grades.breach": "sentence dispensation_reference",
}
# Seen by employer and EPAO.
NOT_PROVIDER = {"grades.authenticity": "sha256 by_reference by_name by_role"}
# Seen by whoever may see the row (the matrix of rows says who).
SHOWN = {
    "apprentices.identity": "given_names family_name",
    "apprentices.contact": "email phone",
    "apprentices.leaver_record": "uln given_names family_name my_reference",
    "gateway.item": "label overlay rejection",
    "gateway.readiness": "overlays",
    "gateway.blocker": "sentence",
    "gateway.decision": "declaration declaration_version by_reference by_name by_role",
    "portfolios.portfolio": "hash missing warnings",
    "portfolios.evidence": "sha256 link ksbs",
    "portfolios.validation": "hash declaration_version by_reference by_name by_role",
    "portfolios.acknowledgement": "hash",
    "hub.card": "my_reference given_names family_name",
    "hub.audit_access": "client classes",
    "hub.audit_head": "jws",
    "auth.client": "name method scopes jwks_url issuer",
}
# Codes and keys of which the graph or the hub itself knows all there are: no mark can stand there. The matrix of fields
# says who sees them, two worlds and the flip compare them.
CODES = {
    "apprentices.identity": "uln region intake status",
    "apprentices.leaver_record": "status",
    "apprentices.status_change": "status",
    "apprentices.tie": "kind state",
    "auth.client": "id party_kind",
    "auth.document": "sha256 client_id",
    "auth.assertion": "client_id jti",
    "auth.signing_key": "kid",
    "auth.revoked": "jti client_id",
    "hub.audit_access": "audience",
    "gateway.item": "requirement state filed_by",
    "gateway.basis": "requirement",
    "gateway.readiness": "status",
    "gateway.blocker": "rule requirement party",
    "gateway.nomination": "state",
    "grades.booking": "component",
    "grades.authenticity": "component",
    "grades.result": "method grade counts_as",
    "grades.result_component": "component",
    "grades.breach": "rule component",
    "grades.assessment": "audience method grade",
    "grades.grade": "audience overall",
    "grades.resit": "method kind",
    "portfolios.portfolio": "state",
    "portfolios.evidence": "type filed_by",
    "portfolios.coverage": "ksb",
    "hub.card": "kind status readiness next_party uln region intake",
    "hub.event": "type facts",
    "hub.tick": "rule",
    "hub.idempotency": "client key",
}
HIDDEN = {"sealed": SEALED, "epao": EPAO_ONLY, "notprovider": NOT_PROVIDER}
KINDS_OF_TEXT = ("text", "ARRAY", "jsonb", "json", "character varying", "bytea")
CATALOGUE = (
    "select table_schema || '.' || table_name as name, column_name, data_type, udt_name from information_schema.columns"
    " where table_schema in ('apprentices', 'gateway', 'portfolios', 'grades', 'hub', 'auth')"
)
# Not text: ids in lists, and bytes that are digests or sealed.
NO_TEXT = {
    *(
        ("hub.outbox", "recipients"),
        ("hub.audit", "subjects"),
        ("hub.audit", "fingerprint"),
        ("hub.idempotency", "fingerprint"),
    ),
    *(("grades.result", "digest"), ("auth.secret", "sha256"), ("auth.signing_key", "sealed")),
    *((f"grades.{name}", "sealed") for name in ("result", "result_component", "breach", "assessment", "grade")),
    *(("hub.audit_link", "hash"), ("hub.audit_head", "hash"), ("apprentices.tombstone", "digest")),
    ("hub.schema_version", "version_num"),
}


def named() -> set[tuple[str, str]]:
    """Every column for which it is said who may see it."""
    told = (*HIDDEN.values(), SHOWN, CODES)
    return {(table, name) for part in told for table, names in part.items() for name in names.split()} | NO_TEXT


async def unnamed(connection) -> set[tuple[str, str]]:
    """The texts of the live database of which nobody has said who may see them."""
    rows = await connection.fetch(CATALOGUE)
    public = set(PUBLIC.split())
    found = {
        (row["name"], row["column_name"]) for row in rows if row["data_type"] in KINDS_OF_TEXT and row["name"] not in public
    }
    return {each for each in found if each not in named() and each[1] != "version_num"}


def written(table: str, column: str, mark: str, key: str) -> str:
    """The SQL that writes a canary into a column of every row; `key` is SQL for what the canary is to remember."""
    kind = str(metadata.tables[table].columns[column].type)
    # A card is left as empty as acts have left it.
    where = f" where t.{column} is not null" if table == "hub.card" else ""
    canary = f"'zq{mark}:{table}.{column}:' || {key} || ':qz'"
    value = {"ARRAY": f"array[{canary}]", "JSONB": f"jsonb_build_object('note', {canary})"}.get(kind, canary)
    return f"update {table} t set {column} = {value}{where}"
