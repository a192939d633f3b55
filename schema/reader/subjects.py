"""Whom an answer is about: the statement marks the rows that say so, and the marks are taken out before anybody sees them."""

from asyncpg.pgproto.pgproto import UUID

SUBJECT = "!"
"""The key of a mark; no field can have it."""
Subjects = tuple[UUID, ...]
BEGINS = b'"%s":' % SUBJECT.encode()
# Behind the colon: a quote, 36 characters and a quote; or `null` for a row that is about nobody.
END, NOBODY = 38, 4


def unmarked(body: bytes) -> tuple[bytes, Subjects]:
    """An answer without its marks, and whom they named, each once and in order.

    Inside a string a quote has a backslash before it, so nothing that anybody has written looks like a mark.
    """
    first, *marked = body.split(BEGINS)
    parts, found = [first], []
    for each in marked:
        named = each.startswith(b'"')
        if named:
            found.append(each[1:37])
        # No comma follows where every field of the row is left out.
        parts.append(each[END if named else NOBODY :].removeprefix(b","))
    return b"".join(parts), tuple([UUID(each.decode()) for each in dict.fromkeys(found)])
