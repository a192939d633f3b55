"""Whom an answer is about: the statement marks the rows that say so, and the marks are taken out before anybody sees them."""

MARK = '"!":"'
"""What begins a mark, the first thing in an object; no field can have such a key. A UUID, a quote and a comma follow."""
NOBODY = "-" * 36
"""In the place of a UUID: the row is about nobody."""
BEGINS, ID, END = MARK.encode(), 36, 38
Subjects = tuple[str, ...]
"""Apprentices' UUIDs as text: a cohort has hundreds, and an object for each would cost as much as all else in its answer."""


def unmarked(body: bytes) -> tuple[bytes, Subjects]:
    """An answer without its marks, and whom they named, each once and in order.

    Inside a string a quote has a backslash before it, so nothing that anybody has written looks like a mark.
    """
    first, *marked = body.split(BEGINS)
    found = dict.fromkeys([each[:ID] for each in marked])
    found.pop(NOBODY.encode(), None)
    return b"".join([first, *[each[END:] for each in marked]]), tuple([each.decode() for each in found])
