"""The two front doors that connectors are handed: they may ask and act as a viewer, and there is no third way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from connectors.door import Answer, Item
from hub.acts.act import Outcome
from hub.acts.engine import Engine
from hub.errors import HubError
from hub.viewer import Viewer
from hub.words import id_text
from schema.graph import Graph, Request


@dataclass(frozen=True, slots=True)
class Done:
    """What became of each item of a batch, in the order of the input."""

    items: Sequence[Item]


class Door:
    """Both doors of one process."""

    def __init__(self, engine: Engine, graph: Graph | None = None):
        self._engine, self._graph = engine, graph

    async def ask(
        self, viewer: Viewer, document: str, variables: Mapping[str, Any], operation_name: str | None = None, /
    ) -> Answer:
        """Answers a GraphQL document in the viewer's slice."""
        if self._graph is None:
            raise HubError("HUB_UNAVAILABLE", "This process has no graph open.")
        return await self._graph.answer(viewer, Request(document, dict(variables), operation_name))

    async def act(self, viewer: Viewer, name: str, input: dict[str, Any], /) -> Done:
        """Does a batch act in one transaction; raises HubError when the whole of it is refused."""
        outcome = await self._engine.do(viewer, name, input, as_it_is)
        if outcome.problems:
            first = outcome.problems[0]
            raise HubError(first.code, first.message, first.field, first.rule)
        return Done([_item(each) for each in outcome.given["items"]])


async def as_it_is(_: asyncpg.Connection | None, outcome: Outcome) -> Outcome:
    """Reads an act's answer as the outcome itself, for callers that need no document."""
    return outcome


def _item(each: Mapping[str, Any]) -> Item:
    apprentice = each.get("apprentice")
    shown = id_text("apr", apprentice) if apprentice is not None else None
    if each["errors"]:
        first = each["errors"][0]
        return each["index"], "REFUSED", first.code, first.message, shown
    return each["index"], each.get("outcome") or "DONE", None, None, shown
