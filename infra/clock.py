"""The date in London, which is the hub's date: reckoned here, so that a machine without a time zone database is right too."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta


def london_date(instant: datetime) -> date:
    """The date in London at an instant that knows its zone."""
    utc = instant.astimezone(UTC)
    summer = _last_sunday(utc.year, 3) <= utc < _last_sunday(utc.year, 10)
    return (utc + timedelta(hours=summer)).date()


def _last_sunday(year: int, month: int) -> datetime:
    """One in the morning UTC on the last Sunday of a month of 31 days: when the clocks change."""
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=last.isoweekday() % 7)


def calendar(fixed: date | None) -> Callable[[], date]:
    """Answers today's date in London, or always the fixed one."""

    def today() -> date:
        return fixed or london_date(datetime.now(UTC))

    return today
