"""Cursors of the contenders: the keys of a place, plainly written."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

SEPARATOR = "\x1f"


def closed(*keys: object) -> str:
    """The cursor of a place."""
    return urlsafe_b64encode(SEPARATOR.join(map(str, keys)).encode()).decode()


def opened(cursor: str) -> list[str]:
    """The keys in a cursor."""
    return urlsafe_b64decode(cursor).decode().split(SEPARATOR)
