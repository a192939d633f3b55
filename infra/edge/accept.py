"""Content negotiation: which form of answer a client wants most."""

from dataclasses import dataclass
from functools import lru_cache

JSON, GRAPHQL_JSON, EVENT_STREAM = "application/json", "application/graphql-response+json", "text/event-stream"
NAMED = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client takes: the form of JSON it likes best, whether it takes a stream by name, and whether it prefers one.

    `plain` is a client that names application/json and likes it best: it was written before GraphQL had a form of its own.
    """

    json: str | None
    stream: bool
    stream_first: bool
    plain: bool = False


def wanted(accept: str | None) -> Wanted:
    """Reads an Accept header by quality, then by order; without one, a client takes JSON."""
    return _wanted(accept) if accept is not None and len(accept) < 1000 else Wanted(JSON, False, False)


@lru_cache(maxsize=256)
def _wanted(accept: str) -> Wanted:
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    ranks = {media: _rank(media, ranges) for media in (JSON, GRAPHQL_JSON, EVENT_STREAM)}
    json = max((JSON, GRAPHQL_JSON), key=lambda media: ranks[media])
    named = any(media == EVENT_STREAM and quality > 0 for media, quality in ranges)
    taken = ranks[json][0] > 0 or not ranges
    plain = taken and json == JSON and ranks[JSON][1] == NAMED
    return Wanted(json if taken else None, named, named and (not taken or ranks[EVENT_STREAM] > ranks[json]), plain)


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip() for piece in part.lower().split(";"))
    quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    try:
        weight = float(quality)
    except ValueError:
        weight = 0.0
    return media, weight if 0.0 <= weight <= 1.0 else 0.0


def _rank(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int, int]:
    """Quality by the most specific range that matches, then precision of the match, then place in the header."""
    family = media.partition("/")[0] + "/*"
    for precision, name in ((NAMED, media), (1, family), (0, "*/*")):
        for place, (listed, quality) in enumerate(ranges):
            if listed == name:
                return quality, precision, -place
    return 0.0, 0, 0
