"""The words of the domain: numbers and references as they are written, ids, dates and names.

Every `parse_…` takes text as it was sent, refuses anything but the exact form with a code, and answers the one
spelling that is stored.
"""

import calendar
import re
import unicodedata
from datetime import date, timedelta
from functools import cache
from uuid import UUID

import holidays

from hub.errors import HubError

TEMPORARY_ULN = "9999999999"
UKPRN_AS_EPAO_ID_FROM = 2627

ID_PREFIXES = frozenset(
    {"ack", "apr", "asm", "brc", "cli", "dec", "evd", "evt", "itm"} | {"nom", "org", "pty", "rel", "res", "rst", "std", "val"}
)

_APOSTROPHES = dict.fromkeys(map(ord, "\u2019\u2018\u02bc\u02b9\u00b4\u0060\uff07\u201b"), "'")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")


def parse_uln(text: str) -> str:
    """A unique learner number whose check digit is right; ULN_TEMPORARY for 9999999999, else ULN_INVALID."""
    if text == TEMPORARY_ULN:
        raise HubError("ULN_TEMPORARY")
    if not _is(r"[1-9][0-9]{9}", text):
        raise HubError("ULN_INVALID")
    remainder = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), text[:9], strict=True)) % 11
    if remainder == 0 or int(text[9]) != 10 - remainder:
        raise HubError("ULN_INVALID")
    return text


def parse_ukprn(text: str) -> str:
    """A UK provider reference number, 10000000 to 99999999; UKPRN_INVALID otherwise."""
    return _parse(r"[1-9][0-9]{7}", text, "UKPRN_INVALID")


def parse_epao_id(text: str, academic_year: int = 2526) -> str:
    """An assessment organisation's id, EPA and four digits in capitals; from academic year 2627 a UKPRN as well."""
    pattern = r"EPA[0-9]{4}"
    if academic_year >= UKPRN_AS_EPAO_ID_FROM:
        pattern += r"|[1-9][0-9]{7}"
    return _parse(pattern, _upper(text), "EPAO_ID_INVALID")


def parse_employer_number(text: str) -> str:
    """An employer's nine-digit number; EMPLOYER_NUMBER_INVALID otherwise."""
    return _parse(r"[0-9]{9}", text, "EMPLOYER_NUMBER_INVALID")


def parse_standard_reference(text: str) -> str:
    """A standard's reference, such as ST0648; STANDARD_REFERENCE_INVALID otherwise."""
    return _parse(r"ST[0-9]{4}", text, "STANDARD_REFERENCE_INVALID")


def parse_version(text: str) -> str:
    """The version of a standard, such as 1.0; VERSION_INVALID otherwise."""
    return _parse(r"[0-9]+\.[0-9]+", text, "VERSION_INVALID")


def id_text(prefix: str, value: UUID) -> str:
    """The id shown outside for a row: its kind and its UUID, such as `apr_…`."""
    if prefix not in ID_PREFIXES:
        raise ValueError(prefix)
    return f"{prefix}_{value}"


def parse_id(text: str, prefix: str) -> UUID:
    """The UUID in an id of the given kind; ID_INVALID for another kind or any other spelling."""
    head, _, tail = text.partition("_")
    if head != prefix or not _is(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", tail):
        raise HubError("ID_INVALID")
    return UUID(tail)


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_weeks(day: date, weeks: int) -> date:
    """The day `weeks` times seven days later."""
    return day + timedelta(weeks=weeks)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`: not a Saturday, a Sunday or a bank holiday in England."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def is_working_day(day: date) -> bool:
    """Whether a day is neither at a weekend nor a bank holiday in England."""
    return day.weekday() < calendar.SATURDAY and day not in _bank_holidays(day.year)


def name_key(family: str, given: str) -> str:
    """The key by which people are sorted and compared: family name first, case, apostrophes and dashes folded.

    Accents stay. The separator sorts below every character a name may hold.
    """
    return "\t".join(_fold(name) for name in (family, given))


def age_band(date_of_birth: date, start_on: date) -> str:
    """The age band on the day an apprenticeship starts: under-16, 16-18 or 19+."""
    birthday_to_come = (start_on.month, start_on.day) < (date_of_birth.month, date_of_birth.day)
    age = start_on.year - date_of_birth.year - birthday_to_come
    if age < 16:
        return "under-16"
    return "16-18" if age < 19 else "19+"


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _parse(pattern: str, text: str, code: str) -> str:
    if not _is(pattern, text):
        raise HubError(code)
    return text


def _upper(text: str) -> str:
    # Only ASCII: other letters have capitals that would turn a wrong id into a right one.
    return text.upper() if text.isascii() else text


def _fold(name: str) -> str:
    words = unicodedata.normalize("NFC", name).translate(_APOSTROPHES | _DASHES).split()
    return unicodedata.normalize("NFC", " ".join(words).casefold())


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))
