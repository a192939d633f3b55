"""What the acts of the apprentices noun answer."""

from typing import Any

from schema.apprentices.clients import Client
from schema.payloads import batch_payload, payload, plain_payload
from schema.reader.sources import column, one

OUTCOME = (str | None, column("{given.outcome:text}", description="REGISTERED, UNCHANGED or UPDATED."))
CLIENT = (Client | None, one("{client}.id = {given.client:text}", description="The client as it is now."))
ERASURE = (str | None, column("{given.outcome:text}", description="ASKED while another party has to agree, or ERASED."))
PAYLOADS: dict[str, Any] = {
    "registerApprentice": payload("registerApprentice", outcome=OUTCOME),
    "registerApprentices": batch_payload("registerApprentices"),
    "eraseApprentice": payload("eraseApprentice", outcome=ERASURE),
    **{
        name: payload(name)
        for name in (
            "confirmApprentice",
            "declineApprentice",
            "setMyReference",
            "setContact",
            "changeDates",
            "changeStatus",
            "addProvider",
            "transferApprentice",
            "mergeApprentices",
            "setHold",
            "setRestriction",
        )
    },
    **{name: plain_payload(name, client=CLIENT) for name in ("addClient", "rotateClient", "disableClient")},
}
