"""The log of every decision on who asks: one structured line each, never with a secret or a token in it."""

import logging

log = logging.getLogger("hub.auth")

# At DEBUG the library would print the tokens it issues, whatever level the process logs at.
logging.getLogger("authlib").setLevel(logging.INFO)


def decided(event: str, *, granted: bool, **facts: object) -> None:
    """Write one line: the event's name as the message, the rest under `fields` of the log record."""
    level = logging.INFO if granted else logging.WARNING
    log.log(level, event, extra={"fields": {"granted": granted, **facts}})
