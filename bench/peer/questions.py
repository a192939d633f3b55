"""The same questions put to PostGraphile in the words of its schema, and its answers put into the words of the hub."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import orjson

from bench.workloads import Asked, request_bytes

NAME = "postgraphile"
COHORT = """query Cohort($intake: String!) { cohort(intake: $intake) { total ready notReady passed overdue
 blockers: blockersList(orderBy: [COUNT_DESC, RULE_ASC, REQUIREMENT_ASC, PARTY_ASC]) { rule requirement party count }
 apprentices: apprenticesList(first: 500, orderBy: [NAME_SORT_ASC, PRIMARY_KEY_ASC]) { id: rowId givenNames familyName
  readiness blockers: blockersList(orderBy: POSITION_ASC) { rule sentence party dueOn } } } }"""
ONE = """query One($id: UUID!) { apprentice(rowId: $id) { id: rowId uln givenNames familyName status nextParty dueOn
 passed readiness readyFrom
 items: itemsList(orderBy: POSITION_ASC) { id: rowId requirement label state met achievedOn } } }"""
PAGE = """query Page($first: Int!, $after: Cursor, $orderBy: [ApprenticeOrderBy!]!) {
 apprentices(first: $first, after: $after, orderBy: $orderBy) {
  nodes { id: rowId uln givenNames familyName status nextParty dueOn
   providers: providersList(orderBy: [FROM_ON_ASC, PARTY_ID_ASC]) { id: rowId name }
   standard { id: rowId reference title level }
   readiness items: itemsList(orderBy: POSITION_ASC) { requirement state met }
   assessments: assessmentsList(orderBy: POSITION_ASC) { method grade } grade { overall releasedOn } }
  pageInfo { hasNextPage endCursor } } }"""
DOCUMENTS = {"cohort": COHORT, "one": ONE, "page": PAGE}
ORDERS = {"NAME": "NAME_SORT_ASC", "DUE": "DUE_SORT_ASC", "EXPECTED_GATEWAY": "GATEWAY_SORT_ASC", "START": "START_SORT_ASC"}
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PeerAsked(Asked):
    """A question that is put to PostGraphile too."""

    @classmethod
    def of(cls, asked: Asked) -> "PeerAsked":
        """The same question."""
        return cls(**{each.name: getattr(asked, each.name) for each in fields(asked)})

    def request(self, contender: str, token: str) -> bytes:
        """The HTTP request as it goes over the wire."""
        if contender != NAME:
            return Asked.request(self, contender, token)
        body = {"query": DOCUMENTS[self.workload], "variables": _variables(self.variables)}
        return request_bytes("POST", "/graphql", token, orjson.dumps(body))

    def data(self, contender: str, body: bytes) -> Any:
        """What a contender answered, as data that compares with any other's."""
        if contender != NAME:
            return Asked.data(self, contender, body)
        found = orjson.loads(body)
        if found.get("errors"):
            raise ValueError(str(found["errors"])[:500])
        return SHAPES[self.workload](found["data"])


def _variables(given: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(given)
    if "id" in found:
        found["id"] = found["id"].removeprefix("apr_")
    if "orderBy" in found:
        found["orderBy"] = [ORDERS[found["orderBy"]]]
    return found


def _cohort(data: Row) -> Row:
    cohort = data["cohort"]
    nodes = []
    for node in cohort.pop("apprentices"):
        readiness = {"status": node.pop("readiness"), "blockers": node.pop("blockers")}
        nodes.append({**node, "id": f"apr_{node['id']}", "gateway": {"readiness": readiness}})
    return {"cohort": {**cohort, "apprentices": {"nodes": nodes}}}


def _one(data: Row) -> Row:
    found = data["apprentice"]
    if found is None:
        return {"apprentice": None}
    items = [{**item, "id": f"itm_{item['id']}"} for item in found.pop("items")]
    readiness = {"status": found.pop("readiness"), "readyFrom": found.pop("readyFrom"), "items": items}
    gateway = {"passed": found.pop("passed"), "readiness": readiness}
    return {"apprentice": {**found, "id": f"apr_{found['id']}", "gateway": gateway}}


def _page(data: Row) -> Row:
    page = data["apprentices"]
    return {"apprentices": {**page, "nodes": [_node(node) for node in page["nodes"]]}}


def _node(node: Row) -> Row:
    readiness = {"status": node.pop("readiness"), "items": node.pop("items")}
    return {
        **node,
        "id": f"apr_{node['id']}",
        "providers": [{"organisation": {**each, "id": f"org_{each['id']}"}} for each in node["providers"]],
        "standard": {**node["standard"], "id": f"std_{node['standard']['id']}"},
        "gateway": {"readiness": readiness},
    }


SHAPES: dict[str, Callable[[Row], Row]] = {"cohort": _cohort, "one": _one, "page": _page}
