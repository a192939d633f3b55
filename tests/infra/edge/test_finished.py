"""Finished requests are counted and logged together, a moment after the last byte of their answers."""

import asyncio
import json
import logging

import pytest

from infra.edge.finished import MANY, Finished
from infra.edge.logs import JsonLines
from infra.edge.metrics import Metrics
from infra.edge.notes import Note
from tests.infra.edge.conftest import Served, until

ASK = {"query": "query Mine { ok } # registered", "operationName": "Mine"}


def requests(hub: Served) -> list[str]:
    """The lines of finished requests written so far, without making the hub write them."""
    return [line for line in hub.log.getvalue().splitlines() if json.loads(line)["event"] == "request"]


async def test_a_line_comes_by_itself_within_the_moment(lone_hub: Served) -> None:
    await asyncio.gather(*(lone_hub.post(ASK) for _ in range(5)))
    await until(lambda: len(requests(lone_hub)) == 5)
    found = [json.loads(line) for line in requests(lone_hub)]
    assert {(each["log"], each["level"], each["operation"]) for each in found} == {("hub.edge", "info", "Mine")}
    assert len({each["trace"] for each in found}) == 5
    assert sorted(each["at"] for each in found) == [each["at"] for each in found]


async def test_the_measures_hold_what_was_not_logged_yet(lone_hub: Served) -> None:
    await lone_hub.post(ASK)
    assert 'operation="Mine",status="200"} 1.0' in await lone_hub.measures()


async def test_as_many_as_are_held_at_once_are_written_without_waiting(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hub.edge")
    finished = Finished(Metrics())
    for number in range(MANY + 1):
        finished.add(Note(f"{number:032x}", status=200))
    (record,) = caplog.records
    assert len(JsonLines().format(record).splitlines()) == MANY
    finished.write()
    assert len(JsonLines().format(caplog.records[-1]).splitlines()) == 1
