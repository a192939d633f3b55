"""The date in London, held against the time zone database where there is one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from infra.clock import calendar, london_date


def test_the_date_is_londons_at_every_hour() -> None:
    """DESIGN §2a: dates are Europe/London's, also in the hours around the changes of the clock."""
    london, instant = ZoneInfo("Europe/London"), datetime(2025, 1, 1, tzinfo=UTC)
    for _ in range(3 * 365 * 24):
        assert london_date(instant) == instant.astimezone(london).date(), instant
        instant += timedelta(hours=1)


def test_a_fixed_date_stays() -> None:
    """HUB_TODAY moves the clock for tests and demonstrations."""
    assert calendar(date(2026, 3, 2))() == date(2026, 3, 2)
