"""A18, issue 4 item 7: how fast somebody may come; the same bucket for clients, addresses and token requests."""

import pytest

from hub.pace import HELD, Pace, TooFast


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a18_the_last_that_passes_and_the_first_that_does_not() -> None:
    """Limit ± 1: ten at once, the eleventh waits, and what comes back comes back at the rate."""
    clock = Clock()
    pace = Pace(2, 10, clock)
    for _ in range(10):
        pace.take("a")
    with pytest.raises(TooFast) as refused:
        pace.take("a")
    assert (refused.value.problem.code, refused.value.seconds) == ("THROTTLED", 1)
    pace.take("b")
    clock.now += 0.5
    pace.take("a")
    with pytest.raises(TooFast):
        pace.take("a")
    clock.now += 60
    for _ in range(10):
        pace.take("a")
    with pytest.raises(TooFast):
        pace.take("a")


def test_a18_a_refusal_takes_nothing_and_tells_when() -> None:
    clock = Clock()
    pace = Pace(0.25, 1, clock)
    pace.take("a")
    for _ in range(50):
        with pytest.raises(TooFast) as refused:
            pace.take("a")
        assert refused.value.seconds == 4
    clock.now += refused.value.seconds
    pace.take("a")


def test_a18_what_has_happened_is_charged_and_no_more_than_the_bucket_holds() -> None:
    clock = Clock()
    pace = Pace(1, 10, clock)
    pace.check("a")
    for _ in range(100):
        pace.charge("a", 10)
    with pytest.raises(TooFast):
        pace.check("a")
    clock.now += 1
    pace.check("a")
    pace.check("a")


def test_no_rate_is_no_limit() -> None:
    pace = Pace(0, 0, Clock())
    for _ in range(1000):
        pace.take("a")


def test_a18_a_million_keys_take_no_more_memory_than_ten_thousand_and_the_busiest_are_kept() -> None:
    """Whoever comes from ever new addresses neither fills the memory nor is forgotten where it matters."""
    clock = Clock()
    pace = Pace(1, 10, clock)
    pace.charge("guesser", 10)
    for number in range(3 * HELD):
        pace.take(number)
        assert len(pace) <= HELD
    with pytest.raises(TooFast):
        pace.take("guesser")
