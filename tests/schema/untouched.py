"""A graph over a database that fails every test that reaches it, for what must be refused before anything runs."""

from datetime import date
from typing import Any
from uuid import UUID

import orjson

from hub.keyring import NO_KEYS
from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind, Viewer
from schema.graph import Answer, Graph, Request


class Untouched:
    """A database and its pool: nothing may be read."""

    reads = 0
    keys = NO_KEYS

    async def party_reader(self, kind: PartyKind) -> "Untouched":
        """The pool of a kind of party."""
        return self

    async def fetchval(self, query: str, *args: Any) -> bytes:
        """Counts the statements."""
        self.reads += 1
        return b"{}"

    async def do(self, *args: Any) -> bytes:
        """An act, which counts as a statement too."""
        self.reads += 1
        return b"{}"


def viewer(client: str = "cli_one", kind: PartyKind = PartyKind.EMPLOYER) -> Viewer:
    """Somebody who may ask for all its kind may."""
    return Viewer(UUID(int=1), kind, UUID(int=2), client, SCOPES[kind])


def graph_on(database: Any, **more: Any) -> Graph:
    """The front door over a database that stands in."""
    return Graph(database, database, b"k" * 32, lambda: date(2026, 5, 1), None, **more)  # type: ignore[arg-type]


def codes(answer: Answer) -> list[str]:
    """The codes of an answer's errors."""
    return [each["extensions"]["code"] for each in orjson.loads(answer.body).get("errors", ())]


async def ask(graph: Graph, document: str, client: str = "cli_one", costs: bool = False, **variables: Any) -> Answer:
    """One answer."""
    return await graph.answer(viewer(client), Request(document, variables, costs=costs))
