"""Reading one GraphQL request out of HTTP headers and a body, strictly and within bounds."""

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.types import Receive

from hub.errors import HubError
from infra.edge.graph import Request
from schema.limits import LIMITS

JSON_BODY = re.compile(rb'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)
MAX_TOKENS = LIMITS.tokens
LONGEST_ID = 200


class Gone(Exception):
    """The client left before its request was whole."""


class Headers(dict[bytes, bytes]):
    """The headers of a request by name, the first of each; `sent` is all of them."""

    def __init__(self, sent: list[tuple[bytes, bytes]]):
        super().__init__(reversed(sent))
        self._sent = sent

    def text(self, name: bytes) -> str | None:
        """A header as text, or None when it was not sent."""
        found = self.get(name)
        return found.decode("latin-1") if found is not None else None

    def authorization(self) -> str | None:
        """The Authorization header; two of them are TOKEN_INVALID, for who knows which one others believed."""
        if len(self) < len(self._sent) and [name for name, _ in self._sent].count(b"authorization") > 1:
            raise HubError("TOKEN_INVALID", "The request has more than one Authorization header.")
        return self.text(b"authorization")

    def proof(self) -> str | None:
        """The DPoP header; two of them are PROOF_INVALID (RFC 9449 §4.3)."""
        if len(self) < len(self._sent) and [name for name, _ in self._sent].count(b"dpop") > 1:
            raise HubError("PROOF_INVALID", "The request has more than one DPoP header.")
        return self.text(b"dpop")


async def read_body(headers: Headers, receive: Receive, largest: int) -> bytes:
    """The whole body; raises CONTENT_TYPE_UNSUPPORTED, BODY_TOO_LARGE, or Gone."""
    kind = headers.get(b"content-type", b"")
    if kind != b"application/json" and not JSON_BODY.fullmatch(kind):
        raise HubError("CONTENT_TYPE_UNSUPPORTED")
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or len(length) > 18 or int(length) > largest:
        raise HubError("BODY_TOO_LARGE")
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= largest:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise Gone
    if len(body) > largest:
        raise HubError("BODY_TOO_LARGE")
    return body


def parse_body(body: bytes) -> Request:
    """The request a body holds; raises BODY_INVALID or BATCH_REFUSED."""
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HubError("BODY_INVALID", "The body is not JSON in UTF-8.") from error
    if isinstance(sent, list):
        raise HubError("BATCH_REFUSED")
    return request_of(sent)


def parse_query(query: bytes, largest: int) -> Request:
    """The request in the query string of a GET; raises BODY_INVALID or BODY_TOO_LARGE."""
    if len(query) > largest:
        raise HubError("BODY_TOO_LARGE")
    try:
        sent: dict[str, Any] = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict"))
        sent.update({name: orjson.loads(sent[name]) for name in ("variables", "extensions") if sent.get(name)})
    except ValueError as error:
        raise HubError("BODY_INVALID", "`variables` and `extensions` of a GET are JSON, all of it in UTF-8.") from error
    return request_of({name: value for name, value in sent.items() if value != ""})


def request_of(sent: Any) -> Request:
    """The request in a JSON value; raises BODY_INVALID and names the member that is wrong."""
    if not isinstance(sent, dict):
        raise HubError("BODY_INVALID", "A GraphQL request is a JSON object.")
    document, variables, name = sent.get("query"), sent.get("variables"), sent.get("operationName")
    id_ = _document_id(sent) if document is None else None
    if not isinstance(document, str) and id_ is None:
        raise HubError("BODY_INVALID", "`query` holds the document and is a string.", field="query")
    if variables is not None and not isinstance(variables, dict):
        raise HubError("BODY_INVALID", "`variables` is an object or null.", field="variables")
    if name is not None and not isinstance(name, str):
        raise HubError("BODY_INVALID", "`operationName` is a string or null.", field="operationName")
    if sent.get("extensions") is not None and not isinstance(sent["extensions"], dict):
        raise HubError("BODY_INVALID", "`extensions` is an object or null.", field="extensions")
    costs = bool(sent.get("extensions")) and sent["extensions"].get("cost") is True
    return Request(document or "", variables or {}, name or None, id_, costs)


def _document_id(sent: dict[str, Any]) -> str | None:
    """The id that stands for a trusted document: `documentId`, or the hash where Apollo's clients write it."""
    found = sent.get("documentId")
    if found is None:
        extensions = sent.get("extensions")
        persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
        found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if found is not None and (not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID):
        raise HubError("BODY_INVALID", "`documentId` is a string, such as sha256: and a hash.", field="documentId")
    return found


def subscribes(request: Request) -> bool:
    """Whether the request chooses a subscription; a document that cannot be read does not, and the graph says why."""
    return "subscription" in request.document and _chosen(request) is OperationType.SUBSCRIPTION


def only_asks(request: Request) -> bool:
    """Whether the request surely chooses no mutation and no subscription."""
    named = "mutation" in request.document or "subscription" in request.document
    return not named or _chosen(request) is OperationType.QUERY


def _chosen(request: Request) -> OperationType | None:
    try:
        document = parse(request.document, no_location=True, max_tokens=MAX_TOKENS)
    except (GraphQLError, RecursionError):
        return None
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    name = request.operation_name
    chosen = [node for node in operations if name is None or (node.name is not None and node.name.value == name)]
    return chosen[0].operation if len(chosen) == 1 else None


def name_of(request: Request) -> str | None:
    """The name of the operation a subscription document chooses, for the log."""
    if request.operation_name:
        return request.operation_name
    found = re.search(r"subscription\s+([_A-Za-z][_0-9A-Za-z]*)", request.document)
    return found[1] if found else None
