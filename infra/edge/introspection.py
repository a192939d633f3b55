"""A graph that does not describe itself: questions for its schema are refused before they are answered."""

import re
from collections.abc import AsyncGenerator

from graphql import GraphQLError, TokenKind
from graphql.language import Lexer, Source

from hub.errors import HubError
from hub.viewer import Viewer
from infra.edge.graph import Answer, Graph, Request
from infra.edge.requests import MAX_TOKENS

NAMES = frozenset({"__schema", "__type", "_service"})
MENTIONED = re.compile(r"__(schema|type)\b|\b_service\b")


class Undescribed:
    """Another graph, without `__schema`, `__type` and `_service`; `__typename` tells nothing new and is answered."""

    def __init__(self, graph: Graph):
        self._graph = graph

    async def whole(self, viewer: Viewer, request: Request) -> Request:
        """The request with the trusted document its id stands for."""
        return await self._graph.whole(viewer, request)

    async def answer(self, viewer: Viewer, request: Request, *, elsewhere: bool = False) -> Answer:
        """Answer a query or a mutation; raises INTROSPECTION_OFF."""
        refuse_introspection(request.document)
        return await self._graph.answer(viewer, request, elsewhere=elsewhere)

    def trusts(self, viewer: Viewer, request: Request) -> bool:
        """Whether the document is one that the operator has registered."""
        return self._graph.trusts(viewer, request)

    def listen(self, viewer: Viewer, request: Request) -> AsyncGenerator[bytes, None]:
        """Answer a subscription; raises INTROSPECTION_OFF."""
        refuse_introspection(request.document)
        return self._graph.listen(viewer, request)


def refuse_introspection(document: str) -> None:
    """Raises INTROSPECTION_OFF for a document that names any of them outside strings and comments."""
    if MENTIONED.search(document) and _named(document):
        raise HubError("INTROSPECTION_OFF")


def _named(document: str) -> bool:
    lexer = Lexer(Source(document))
    try:
        for _ in range(MAX_TOKENS):
            token = lexer.advance()
            if token.kind is TokenKind.NAME and token.value in NAMES:
                return True
            if token.kind is TokenKind.EOF:
                return False
    except GraphQLError:
        # What cannot be read is not answered either, and the graph says why.
        return False
    return True
