"""One party's stream in the graph: the cursors of the page `events` are those of the subscription `progress`."""

from uuid import UUID

import orjson

from hub.store.streams import EventCursors, Place
from schema.reader.cursor import Seal

EVENTS = b"Query.events"


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
