"""Each party's stream of events in the graph: the subscription `progress`, whose cursors are those of the page `events`."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import orjson

from hub.acts.engine import Engine
from hub.errors import HubError
from hub.store.bell import Bell
from hub.store.pools import Database, Pool
from hub.store.recorder import EVENT
from hub.store.streams import EventCursors, Place, follow, head, opened
from hub.viewer import Viewer
from schema.handed import NOTHING
from schema.reader.cursor import Seal
from schema.reader.document import Operation
from schema.reader.reader import Reader
from schema.reader.sources import identifier
from schema.sharing import Read, SharedReads
from schema.trail import Trail

EVENTS = b"Query.events"
EPOCH_SECONDS = 1.0
"""How long the stream's epoch is believed; only a restore changes it."""


class StreamSeal(Seal):
    """Seals pages as ever, and the page of events with the party's own stream cursors.

    A cursor of another party is CURSOR_INVALID, one from before a restore CURSOR_EXPIRED.
    """

    def __init__(self, pages: Seal, cursors: EventCursors, party: UUID, epoch: int):
        self._pages, self._cursors, self._party, self._epoch = pages, cursors, party, epoch

    def close(self, order: bytes, keys: bytes) -> bytes:
        """The cursor of an entry."""
        if order != EVENTS:
            return self._pages.close(order, keys)
        (seq,) = orjson.loads(keys)
        return self._cursors.close(self._party, Place(self._epoch, int(seq))).encode()

    def open(self, order: bytes, cursor: str, count: int) -> list[str]:
        """The key values in a cursor."""
        if order != EVENTS:
            return self._pages.open(order, cursor, count)
        return [str(self._cursors.open(self._party, cursor, self._epoch))]


class Streams:
    """The streams of every party in one process: one response per event, read in the party's slice as it is delivered."""

    def __init__(
        self,
        reader: Reader,
        database: Database,
        engine: Engine,
        today: Callable[[], date],
        bell: Bell,
        seal: bytes,
        trail: Trail,
    ):
        self.cursors, self.bell = EventCursors(seal), bell
        self._reader, self._database, self._engine, self._today = reader, database, engine, today
        self._trail, self._shared = trail, SharedReads()
        self._epoch, self._epoch_until = 0, 0.0

    async def seal(self, viewer: Viewer, pool: Pool) -> StreamSeal:
        """The seal under which the list of events and the live stream share their cursors."""
        now = monotonic()
        if now > self._epoch_until:
            self._epoch = (await head(pool, viewer, self._today())).epoch
            self._epoch_until = now + EPOCH_SECONDS
        return StreamSeal(self._reader.seal, self.cursors, viewer.party, self._epoch)

    async def follow(self, viewer: Viewer, request: Any, operation: Operation) -> AsyncGenerator[bytes, None]:
        """The responses to an admitted subscription; without `after` the first holds only the cursor where it begins.

        About one apprentice it ends with the event by which that apprentice leaves the viewer's slice.
        """
        asked = self._reader.root_fields(request.document, request.operation_name, request.variables)[0].arguments
        pool = await self._database.party_reader(viewer.kind)
        place = await head(pool, viewer, self._today())
        about = await self._about(viewer, pool, asked.get("apprentice"))
        told = partial(self._told, viewer, request, operation, _same(request, operation))
        if asked.get("after") is None:
            yield await told(place, None)
        else:
            place = Place(place.epoch, self.cursors.open(viewer.party, asked["after"], place.epoch))
        standard = asked.get("standard")
        only = identifier("std")(standard) if standard is not None else None
        async with aclosing(follow(pool, self.bell, viewer, self._today, place, asyncio.Event())) as events:
            async for event in events:
                if about is not None and event.apprentice_id != about:
                    continue
                if standard is None or (only is not None and event.standard_id == only):
                    yield await told(Place(place.epoch, event.seq), event.seq)
                if about is not None and not await opened(pool, viewer, self._today(), about):
                    return

    async def _about(self, viewer: Viewer, pool: Pool, named: Any) -> UUID | None:
        """The one apprentice a stream is about; raises NOT_FOUND for one that is not in the viewer's slice."""
        if named is None:
            return None
        found = identifier("apr")(named)
        if found is None or not await opened(pool, viewer, self._today(), found):
            raise HubError("NOT_FOUND")
        return found

    async def _told(
        self, viewer: Viewer, request: Any, operation: Operation, same: Hashable, place: Place, seq: int | None
    ) -> bytes:
        """One response; whoever hears it, each client of the party for itself, is on record before."""
        self._trail.open()
        # Read for the party, for none of its clients: so the answer cannot differ between those who share it.
        party = replace(viewer, client="", on_behalf=None)
        key = (party, same, place, seq, self._today())
        body, held = await self._shared.of(key, partial(self._step, party, request, place, seq))
        await self._trail.record(viewer, request, operation, held, EVENT)
        return b'{"data":' + body + b"}"

    async def _step(self, party: Viewer, request: Any, place: Place, seq: int | None) -> Read:
        pool = await self._database.party_reader(party.kind)
        given = {**NOTHING, "cursor": self.cursors.close(party.party, place), "seq": seq}
        asked = (request.document, request.variables, request.operation_name)
        return await self._reader.read(pool, party, self._today(), *asked, given=given, keys=self._engine.keys)


def _same(request: Any, operation: Operation) -> Hashable:
    """What is equal for those who ask the same: the operation, and the variables that it declares."""
    given = request.variables or {}
    declared = [each.variable.name.value for each in operation.node.variable_definitions or ()]
    return operation.serial, json.dumps({name: given[name] for name in declared if name in given}, sort_keys=True)
