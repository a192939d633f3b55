"""Whom an answer is about: the statement marks the rows that say so, and the marks are taken out before anybody sees them."""

MARK = "\x01"
"""What begins a mark, the first thing in an object: JSON writes this character as six others. A UUID follows."""
NOBODY = "-" * 36
"""In the place of a UUID: the row is about nobody."""
BEGINS, LENGTH = MARK.encode(), len(NOBODY)
Subjects = tuple[str, ...]
"""Apprentices' UUIDs as text: a cohort has hundreds, and an object for each would cost as much as all else in its answer."""


def unmarked(body: bytes) -> tuple[bytes, Subjects]:
    """An answer without its marks, and whom they named, each once and in order."""
    parts: list[bytes] = []
    found: dict[bytes, None] = {}
    at, mark = 0, body.find(BEGINS)
    while mark >= 0:
        parts.append(body[at:mark])
        at = mark + 1 + LENGTH
        found[body[mark + 1 : at]] = None
        mark = body.find(BEGINS, at)
    found.pop(NOBODY.encode(), None)
    return b"".join([*parts, body[at:]]), tuple([each.decode() for each in found])
