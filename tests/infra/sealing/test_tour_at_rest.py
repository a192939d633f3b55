"""What the host holds after a full tour: of an unreleased grade, a canary or a secret there is nothing in it (issue 4, d4)."""

import logging
from typing import Any

import pytest

from hub.acts.engine import Engine
from tests.infra.sealing.canaries import BEST, PASSED
from tests.infra.sealing.touring import BREACH, CANARIES, PERSONAL, toured

RELEASED = {PASSED, BEST, "slides", "bytes of slides"}
"""What the tour releases: it then stands where all its readers find it."""
OPENED = {
    "write-ahead log",
    *(f"table grades.{name}" for name in ("assessment", "grade", "release", "result", "result_component")),
}


async def test_d4_after_a_full_tour_the_host_holds_no_unreleased_grade_no_canary_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Issue 4, Must show: dump, write-ahead log, data files, server log, all log records from DEBUG on, metrics, answers."""
    made = await toured(monkeypatch)
    assert made.found["before the release"] == {}
    found = made.found["at the end"]
    assert {place: told - RELEASED for place, told in found.items() if told - RELEASED} == {}
    # The look would have found the others: what was released is where it belongs, and beside the database it is nowhere.
    assert found["write-ahead log"] == RELEASED
    told = {"answers to employer-b", "answers to provider-a"}
    assert {place for place in found if not place.startswith("file ")} == OPENED | told
    assert made.tokens and len(made.records) > 20


@pytest.mark.usefixtures("unsealed")
async def test_d4_after_a_tour_the_same_look_finds_all_of_it_where_nothing_is_sealed_and_the_log_tells_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The look has teeth: in the tables, in the write-ahead log, in the files and in the log."""
    done = Engine.do

    async def telling(self: Engine, viewer: Any, name: str, given: dict[str, Any], *more: Any) -> Any:
        logging.getLogger("hub.acts").debug("an act", extra={"fields": {"name": name, "given": given}})
        return await done(self, viewer, name, given, *more)

    monkeypatch.setattr(Engine, "do", telling)
    found = (await toured(monkeypatch)).found["before the release"]
    hidden = set(CANARIES.values()) - {"ZQDISPENSEDZQ"}
    in_tables = set().union(*(told for place, told in found.items() if place.startswith("table ")))
    in_files = set().union(*(told for place, told in found.items() if place.startswith("file ")))
    for place in (in_tables, in_files, found["write-ahead log"]):
        assert place >= hidden | set(BREACH) | {"slides", "slides 0"}
    for place in ("log", "records"):
        assert found[place] >= hidden | set(PERSONAL) | {"ULN", "slides"}
