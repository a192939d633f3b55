"""Events as the graph shows them: thin; what they are about is read in the reader's own slice at delivery."""

from datetime import date, datetime

import strawberry

from schema.apprentice import Apprentice
from schema.apprentices.standards import Standard
from schema.reader.sources import column, one, rows
from schema.values import Node


@rows("hub.event", "event", key="{event}.id", prefix="evt", subject="{event}.apprentice_id")
@strawberry.type(description="Something that happened to an apprentice of yours.")
class Event(Node):
    """Something that happened."""

    id: strawberry.ID = column("'evt_' || {event}.id", description="The id.")
    type: str = column("{event}.type", description="What happened, such as gateway.item_rejected.")
    at: datetime = column("{event}.at", description="When.")
    apprentice: Apprentice | None = one(
        "{card}.apprentice_id = {event}.apprentice_id", description="The apprentice as it is now, if in your slice."
    )
    standard: Standard | None = one("{standard}.id = {event}.standard_id", description="The standard.")
    requirement: str | None = column("{event}.facts ->> 'requirement'", description="The gateway requirement, if about one.")
    reason: str | None = column("{event}.facts ->> 'reason'", description="Why: of a rejection, or of an unsealing.")
    component: str | None = column("{event}.facts ->> 'component'", description="The component, if about one.")
    method: str | None = column("{event}.facts ->> 'method'", description="The method, if about one.")
    on: date | None = column("({event}.facts ->> 'on')::date", description="The booked day, if about one.")


@strawberry.type(description="One step of a stream: an event, or at its beginning only the place where it stands.")
class Progress:
    """One step of a stream."""

    cursor: str = column("{given.cursor:text}", description="The place to resume from: `progress(after:)`, `events(after:)`.")
    event: Event | None = one(
        "{event}.party_id = (select hub.party()) and {event}.seq = {given.seq:bigint}", description="What happened."
    )
