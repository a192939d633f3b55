"""What the acts of the apprentices noun answer."""

from typing import Any

from schema.payloads import batch_payload, payload
from schema.reader.sources import column

OUTCOME = (str | None, column("{given.outcome:text}", description="REGISTERED, UNCHANGED or UPDATED."))
PAYLOADS: dict[str, Any] = {
    "registerApprentice": payload("registerApprentice", outcome=OUTCOME),
    "registerApprentices": batch_payload("registerApprentices"),
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
        )
    },
}
