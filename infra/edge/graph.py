"""What the edge asks of the graph and of the authority; it knows neither's inside."""

from collections.abc import AsyncGenerator
from typing import Any, Protocol

from auth.tokens import Admitted
from hub.viewer import Viewer
from schema.graph import Request


class Answer(Protocol):
    """A finished answer: `body` is the whole response as JSON, `status` its HTTP status."""

    @property
    def status(self) -> int:
        """200, or 4xx for a request that was not executed."""

    @property
    def body(self) -> bytes:
        """The response as JSON in UTF-8."""

    @property
    def operation(self) -> str | None:
        """The name of the operation that was chosen, when it has one."""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the errors in the body."""

    @property
    def retry_after(self) -> int | None:
        """After how many seconds the same request may be taken, for status 429."""


class Graph(Protocol):
    """The front door for documents."""

    async def whole(self, viewer: Viewer, request: Request) -> Request:
        """The request with the trusted document its id stands for; raises DOCUMENT_UNKNOWN."""

    async def answer(self, viewer: Viewer, request: Any, *, elsewhere: bool = False) -> Answer:
        """Answer a query or a mutation; with `elsewhere`, say whether somebody else may run it."""

    def trusts(self, viewer: Viewer, request: Any) -> bool:
        """Whether the document is one that the operator has registered for this client or for all."""

    def listen(self, viewer: Viewer, request: Any) -> AsyncGenerator[bytes, None]:
        """Answer a subscription: one whole response as JSON per event; a refusal is an answer without data, or HubError."""


class Admission(Protocol):
    """Whoever says who asks."""

    async def admit(
        self, authorization_header: str | None, proof: str | None = None, method: str = "POST", *, once: bool = True
    ) -> Admitted:
        """Raises TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_AUDIENCE, PROOF_MISSING or PROOF_INVALID."""

    async def still(self, admitted: Admitted, /) -> None:
        """Raises TOKEN_INVALID or TOKEN_EXPIRED for somebody who would not be admitted any more."""


__all__ = ["Admission", "Answer", "Graph", "Request"]
