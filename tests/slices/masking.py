"""Masks what differs between two runs of one story although nothing of it does: random ids, cursors, clock times, ULNs."""

import re
from collections.abc import Iterable

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CURSOR = re.compile(rb'"(cursor|startCursor|endCursor)":"[A-Za-z0-9_-]+"')
INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def masked(bodies: Iterable[bytes], *words: str) -> list[bytes]:
    """The bodies with every id numbered by its first appearance, and cursors, instants and the given words blanked."""
    seen: dict[bytes, bytes] = {}

    def number(found: re.Match[bytes]) -> bytes:
        return seen.setdefault(found[0], b"#%d" % len(seen))

    shown = []
    for body in bodies:
        body = INSTANT.sub(b"@", CURSOR.sub(rb'"\1":"~"', body))
        for word in words:
            body = body.replace(word.encode(), b"%")
        shown.append(UUID.sub(number, body))
    return shown
