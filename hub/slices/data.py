"""The data map: what every column of every table is used for. A column without a use, or a use without one, fails the build.

A new column is one word in the row of its table; its use says the rest (`hub/slices/uses.py`).
"""

from collections.abc import Iterator, Mapping

from hub.slices.uses import USES, Use

_BY = "by_reference by_name by_role"
_ACTOR = "actor_party_id actor_client at"
_PLAN = "standard_id code position"

DATA: Mapping[str, Mapping[str, str]] = {
    "apprentices.organisation": {"PUBLIC": "id name region claimed"},
    "apprentices.organisation_identifier": {"PUBLIC": "scheme value organisation_id"},
    "apprentices.organisation_link": {"PUBLIC": "organisation_id group_code from_on until_on"},
    "apprentices.party": {"PUBLIC": "id organisation_id kind"},
    "apprentices.standard": {
        "PUBLIC": "id reference version lars_code title level planned plan_hash typical_months minimum_months"
    },
    "apprentices.ksb": {"PUBLIC": _PLAN + " kind statement methods notes"},
    "apprentices.method": {"PUBLIC": _PLAN + " name grades"},
    "apprentices.component": {"PUBLIC": _PLAN + " method_code name"},
    "apprentices.theme": {"PUBLIC": _PLAN + " method_code name ksbs"},
    "apprentices.criterion": {"PUBLIC": "standard_id theme_code grade position statement"},
    "apprentices.requirement": {"PUBLIC": _PLAN + " label rule"},
    "apprentices.evidence_type": {"PUBLIC": _PLAN + " label allowed"},
    "apprentices.rule": {"PUBLIC": _PLAN + " severity statement quote source notes"},
    "apprentices.grade_combination": {"PUBLIC": "standard_id position grades overall"},
    "apprentices.apprentice": {"KEY": "id", "GATEWAY": "standard_id employer_id"},
    "apprentices.identity": {
        "KEY": "apprentice_id merged_into version",
        "IDENTITY": "uln given_names family_name",
        "PROGRAMME": "registered_by standard_id start_on original_start_on first_start_on planned_end_on"
        " expected_gateway_on age_band region intake status",
    },
    "apprentices.status_change": {"KEY": "id apprentice_id position", "PROGRAMME": "status on_date"},
    "apprentices.contact": {"KEY": "apprentice_id version", "CONTACT": "email phone"},
    "apprentices.tie": {"KEY": "apprentice_id", "PROGRAMME": "party_id organisation_id kind state from_on until_on"},
    "apprentices.leaver_record": {
        "KEY": "apprentice_id",
        "COPY": "uln given_names family_name my_reference",
        "PERIOD": "party_id from_on until_on standard_id status",
    },
    "apprentices.hold": {"KEY": "apprentice_id", "CUSTODY": "party_id reason since", "STAFF": _BY},
    "apprentices.restriction": {"KEY": "apprentice_id", "CUSTODY": "party_id ground since", "STAFF": _BY},
    "apprentices.erasure_request": {"KEY": "apprentice_id", "CUSTODY": "party_id ground since", "STAFF": _BY},
    "apprentices.erasure": {"ERASED": "apprentice_id ground erased_on at"},
    "apprentices.tombstone": {"ERASED": "party_id digest erased_on apprentice_id"},
    "gateway.item": {
        "KEY": "id apprentice_id position version",
        "CHECKLIST": "requirement label state met since overlay rejection filed_by filed_at",
    },
    "gateway.basis": {"KEY": "apprentice_id requirement", "REASON": "attained entitlement"},
    "gateway.readiness": {"KEY": "apprentice_id", "CHECKLIST": "status ready_from overlays"},
    "gateway.blocker": {
        "KEY": "apprentice_id position",
        "CHECKLIST": "rule requirement sentence party due_on from_on until_on",
    },
    "gateway.nomination": {
        "KEY": "id apprentice_id position version",
        "GATEWAY": "epao_party_id epao_organisation_id state nominated_on answered_on ended_on",
    },
    "gateway.decision": {
        "KEY": "id apprentice_id",
        "GATEWAY": "decided_on declaration declaration_version advice_taken " + _ACTOR,
        "STAFF": _BY,
    },
    "portfolios.portfolio": {"KEY": "apprentice_id version", "GATEWAY": "state hash pieces missing warnings"},
    "portfolios.evidence": {
        "KEY": "id apprentice_id position",
        "EVIDENCE": "type ksbs sha256 link filed_by on_behalf_of_apprentice filed_at",
    },
    "portfolios.coverage": {"KEY": "apprentice_id position", "EVIDENCE": "ksb pieces"},
    "portfolios.validation": {
        "KEY": "id apprentice_id",
        "GATEWAY": "hash declaration_version on_date voided " + _ACTOR,
        "STAFF": _BY,
    },
    "portfolios.acknowledgement": {"KEY": "id apprentice_id", "GATEWAY": "hash epao_party_id on_date " + _ACTOR},
    "grades.booking": {"KEY": "apprentice_id version", "RESULT": "component attempt on_date"},
    "grades.authenticity": {
        "KEY": "id apprentice_id",
        "RESULT": "component attempt sha256 on_date " + _ACTOR,
        "STAFF": _BY,
    },
    "grades.result": {
        "KEY": "id apprentice_id digest",
        "RESULT": "method attempt version grade counts_as current sealed released_on epao_party_id " + _ACTOR,
        "STAFF": "assessor " + _BY,
    },
    "grades.result_component": {
        "KEY": "apprentice_id result_id position",
        "RESULT": "component document theme sealed",
    },
    "grades.breach": {
        "KEY": "id apprentice_id result_id position",
        "RESULT": "rule component dispensed sealed",
    },
    "grades.assessment": {"KEY": "apprentice_id audience position", "RESULT": "method attempt grade sealed"},
    "grades.grade": {"KEY": "apprentice_id audience", "RESULT": "overall capped sealed released_on"},
    "grades.standing": {"KEY": "apprentice_id", "RESULT": "achieved offered to_release due_on"},
    "grades.release": {"KEY": "id apprentice_id", "RESULT": "overall on_date " + _ACTOR, "STAFF": _BY},
    "grades.resit": {
        "KEY": "id apprentice_id",
        "RESULT": "method attempt kind agreed_on action_plan " + _ACTOR,
        "STAFF": _BY,
    },
    "hub.card": {
        "KEY": "apprentice_id",
        "PLACE": "party_id kind reach opened_on closed_on status readiness ready_from next_party due_on due_sort standard_id",
        "CARD": "my_reference uln given_names family_name region intake expected_gateway_on start_on name_sort gateway_sort"
        " start_sort",
    },
    "hub.outbox": {
        "WORKING": "id xid",
        "EVENT": "type apprentice_id standard_id recipients at",
        "TOLD": "facts",
    },
    "hub.event": {"EVENT": "party_id seq id type apprentice_id standard_id at", "TOLD": "facts"},
    "hub.stream": {"WORKING": "party_id last_seq"},
    "hub.epoch": {"WORKING": "only epoch relay_lag_ms relay_at"},
    "hub.tick": {"KEY": "apprentice_id", "CHECKLIST": "rule on_date"},
    "hub.audit": {
        "AUDIT": "id party_id client act subjects fingerprint at kind classes trace thing",
        "STAFF": "person on_behalf_of",
        "WORKING": "xid",
    },
    "hub.audit_link": {"AUDIT": "n party_id seq audit_id hash"},
    "hub.audit_head": {"AUDIT": "party_id seq hash at jws"},
    "hub.audit_access": {"AUDIT": "apprentice_id party_id client seq at classes audience"},
    "hub.audit_place": {"WORKING": "only id xid linked shown"},
    "hub.idempotency": {"REPLAY": "client key act fingerprint outcome at"},
    "auth.client": {
        "ACCESS": "id party_id party_kind organisation_id name method jwks jwks_url issuer subject bound scopes documents_only"
        " created_at expires_at disabled_at"
    },
    "auth.secret": {"ACCESS": "client_id sha256"},
    "auth.document": {"ACCESS": "sha256 client_id name text added_at"},
    "auth.assertion": {"ACCESS": "client_id jti expires_at"},
    "auth.proof": {"ACCESS": "mark expires_at"},
    "auth.revoked": {"ACCESS": "jti client_id expires_at"},
    "auth.signing_key": {"ACCESS": "kid sealed public created_at signs_from retired_at"},
}


def _uses() -> Iterator[tuple[tuple[str, str], str]]:
    for table, uses in DATA.items():
        for use, columns in uses.items():
            yield from (((table, column), use) for column in columns.split())


USE_OF: Mapping[tuple[str, str], str] = dict(_uses())
"""The name of the use of each (table, column)."""


def use(table: str, column: str) -> Use:
    """What a column is used for."""
    return USES[USE_OF[table, column]]
