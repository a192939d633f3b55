"""Reading one GraphQL request out of HTTP headers and a body, strictly and within bounds."""

import re
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from starlette.types import Receive

from hub.errors import HubError
from infra.edge.graph import Request

JSON_BODY = re.compile(rb'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)
MAX_TOKENS = 20_000


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


def request_of(sent: Any) -> Request:
    """The request in a JSON value; raises BODY_INVALID and names the member that is wrong."""
    if not isinstance(sent, dict):
        raise HubError("BODY_INVALID", "A GraphQL request is a JSON object.")
    document, variables, name = sent.get("query"), sent.get("variables"), sent.get("operationName")
    if not isinstance(document, str):
        raise HubError("BODY_INVALID", "`query` holds the document and is a string.", field="query")
    if variables is not None and not isinstance(variables, dict):
        raise HubError("BODY_INVALID", "`variables` is an object or null.", field="variables")
    if name is not None and not isinstance(name, str):
        raise HubError("BODY_INVALID", "`operationName` is a string or null.", field="operationName")
    if not isinstance(sent.get("extensions") or {}, dict):
        raise HubError("BODY_INVALID", "`extensions` is an object or null.", field="extensions")
    return Request(document, variables or {}, name or None)


def subscribes(request: Request) -> bool:
    """Whether the request chooses a subscription; a document that cannot be read does not, and the graph says why."""
    if "subscription" not in request.document:
        return False
    try:
        document = parse(request.document, no_location=True, max_tokens=MAX_TOKENS)
    except (GraphQLError, RecursionError):
        return False
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    name = request.operation_name
    chosen = [node for node in operations if name is None or (node.name is not None and node.name.value == name)]
    return len(chosen) == 1 and chosen[0].operation is OperationType.SUBSCRIPTION


def name_of(request: Request) -> str | None:
    """The name of the operation a subscription document chooses, for the log."""
    if request.operation_name:
        return request.operation_name
    found = re.search(r"subscription\s+([_A-Za-z][_0-9A-Za-z]*)", request.document)
    return found[1] if found else None
