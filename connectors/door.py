"""The hub as a connector sees it: it may ask, act, and say how far it is. It is handed these and never builds them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hub.viewer import Viewer

Item = tuple[int, str, str | None, str | None, str | None]
"""What became of one item of a batch: its index, the outcome, then code, message and record id, where there are any."""


class Answer(Protocol):
    """The answer to a GraphQL document: the finished response."""

    @property
    def body(self) -> bytes: ...


class BatchOutcome(Protocol):
    """What became of each item of a batch, in the order of the input."""

    @property
    def items(self) -> Sequence[Item]: ...


class Ask(Protocol):
    """Runs a GraphQL document under a viewer's slice."""

    async def __call__(
        self, viewer: Viewer, document: str, variables: Mapping[str, Any], operation_name: str | None = None, /
    ) -> Answer: ...


class Act(Protocol):
    """Does a named batch act for a viewer, in one transaction; raises `HubError` when the whole of it is refused."""

    async def __call__(self, viewer: Viewer, name: str, input: dict[str, Any], /) -> BatchOutcome: ...


class Progress(Protocol):
    """Told how far a step of a long job has come; both numbers are bytes. It may be called from another thread."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


def silent(_step: str, _done: int, _total: int, /) -> None:
    """The progress of a job nobody watches."""
