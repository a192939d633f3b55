"""The four workloads: the document the hub and the resolvers answer, and the request to the hand-written route."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from hub.viewer import Viewer

COHORT = """query Cohort($intake: String!) { cohort(filter: {intake: $intake}) { total ready notReady passed overdue
 blockers { rule requirement party count }
 apprentices(first: 500) { nodes { id givenNames familyName
  gateway { readiness { status blockers { rule sentence party dueOn } } } } } } }"""
ONE = """query One($id: ID!) { apprentice(id: $id) { id uln givenNames familyName status nextParty dueOn
 gateway { passed readiness { status readyFrom items { id requirement label state met achievedOn } } } } }"""
PAGE = """query Page($first: Int!, $after: String, $orderBy: ApprenticeOrder! = NAME) {
 apprentices(first: $first, after: $after, orderBy: $orderBy) { nodes { id uln givenNames familyName status nextParty dueOn
  providers { organisation { id name } } standard { id reference title level }
  gateway { readiness { status items { requirement state met } } }
  assessments { method grade } grade { overall releasedOn } }
 pageInfo { hasNextPage endCursor } } }"""
POST = """mutation Post($input: PostResultInput!) { postResult(input: $input) {
 apprentice { id } result { id version grade breaches { rule } } errors { code field message rule } replayed } }"""
DOCUMENTS = {"cohort": COHORT, "one": ONE, "page": PAGE, "post": POST}
PATHS = {"cohort": "/cohort", "one": "/apprentices", "page": "/apprentices", "post": "/results"}
BY_DOCUMENT = ("hub", "resolvers", "unlimited")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: who asks, which workload, with which variables."""

    viewer: Viewer
    workload: str
    variables: Mapping[str, Any]

    def request(self, contender: str, token: str) -> bytes:
        """The HTTP request as it goes over the wire."""
        if contender in BY_DOCUMENT:
            body = orjson.dumps({"query": DOCUMENTS[self.workload], "variables": self.variables})
            return request_bytes("POST", "/graphql", token, body)
        path = PATHS[self.workload]
        if self.workload == "post":
            return request_bytes("POST", path, token, orjson.dumps(self.variables["input"]))
        if self.workload == "one":
            return request_bytes("GET", f"{path}/{self.variables['id']}", token)
        return request_bytes("GET", f"{path}?{urlencode(self.variables)}", token)

    def data(self, contender: str, body: bytes) -> Any:
        """What a contender answered, as data that compares with any other's."""
        return data_of(contender, body)


def request_bytes(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n"
    if body:
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


def data_of(contender: str, body: bytes) -> Any:
    """The answer itself, without the wrapper of GraphQL; a refusal is raised."""
    found = orjson.loads(body)
    if contender not in BY_DOCUMENT:
        return found
    if found.get("errors"):
        raise ValueError(str(found["errors"])[:500])
    return found["data"]
