"""Whether the text of an element is a value its description allows."""

import re
from collections.abc import Callable
from datetime import date

from connectors.ilr.description import Element, Year

Check = Callable[[str], str | None]
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?")
_SPACE = " \t\r\n"


def check_of(entry: Element, year: Year) -> Check:
    """A function that says in one phrase what is wrong with a text, or None; the phrase never repeats the text."""
    if entry.kind == "whole":
        return _whole(entry)
    if entry.kind == "date":
        return _date
    return _text(entry, re.compile(entry.pattern or "", re.DOTALL), re.compile(year.characters))


def whole(text: str) -> int:
    """The number a checked whole-number text stands for."""
    return int(text.strip(_SPACE))


def day(text: str) -> date:
    """The date a checked date text stands for; a time zone, if any, is passed over."""
    return date.fromisoformat(text.strip(_SPACE)[:10])


def _text(entry: Element, pattern: re.Pattern[str], characters: re.Pattern[str]) -> Check:
    def check(text: str) -> str | None:
        if not entry.any_character and not characters.fullmatch(text):
            return "holds a character that is not allowed"
        if entry.one_of and text not in entry.one_of:
            return f"must be {' or '.join(entry.one_of)}"
        if entry.shortest is not None and len(text) < entry.shortest:
            return f"must have at least {entry.shortest} character"
        if entry.longest is not None and len(text) > entry.longest:
            return f"must have at most {entry.longest} characters"
        if entry.pattern and not pattern.fullmatch(text):
            return f"must match {entry.pattern}"
        return None

    return check


def _whole(entry: Element) -> Check:
    def check(text: str) -> str | None:
        text = text.strip(_SPACE)
        if len(text) > 20 or not _WHOLE.fullmatch(text):
            return "must be a whole number"
        value = int(text)
        if entry.digits is not None and abs(value) >= 10**entry.digits:
            return f"must have at most {entry.digits} digits"
        if entry.least is not None and value < entry.least:
            return f"must be at least {entry.least}"
        if entry.most is not None and value > entry.most:
            return f"must be at most {entry.most}"
        return None

    return check


def _date(text: str) -> str | None:
    found = _DATE.fullmatch(text.strip(_SPACE))
    if not found:
        return "must be a date written as year-month-day"
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return "is not a day of the calendar"
    return None
