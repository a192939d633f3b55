"""Erased stays erased: the list outside the database, and a backup put right from it (issue 4 items 4 and 6)."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import orjson
import pytest

from hub.acts.replaying import replay
from hub.errors import HubError
from hub.store.bell import Bell
from hub.store.pools import Database
from hub.store.tombstones import Erased, Mark
from infra import erasures
from infra.postgres import EmbeddedPostgres
from infra.worker import Worker
from schema.graph import Graph, Request
from tests.hub.acts.dumps import dump
from tests.hub.acts.test_custody import erase, over, told_again
from tests.hub.acts.test_operating import operator
from tests.world import SEAL, World, new_story, new_world


def erased() -> Erased:
    at = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    return Erased(uuid4(), "NOT_NEEDED", date(2026, 5, 1), at, (Mark(uuid4(), b"\x01" * 32), Mark(uuid4(), b"\xff" * 32)))


def test_the_list_holds_each_erasure_once_and_reads_back(tmp_path: Path) -> None:
    path, some = erasures.path_in(tmp_path / "home"), [erased() for _ in range(3)]
    assert erasures.read(path) == []
    assert (erasures.add(path, some[:2]), erasures.add(path, some), erasures.add(path, some)) == (2, 1, 0)
    assert erasures.read(path) == some
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kept", range(1, 200, 17))
def test_a_line_cut_off_while_it_was_written_is_written_again(tmp_path: Path, kept: int) -> None:
    path, some = tmp_path / "list", [erased(), erased()]
    erasures.add(path, some)
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    path.write_bytes(whole[: first + kept])
    assert erasures.read(path) == some[:1]
    assert erasures.add(path, some) == 1
    assert path.read_bytes() == whole


def test_a_line_that_is_no_erasure_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "list"
    erasures.add(path, [erased()])
    path.write_bytes(path.read_bytes() + b'{"apprentice": "apr_1"}\n')
    with pytest.raises(HubError, match="Line 2"):
        erasures.read(path)


async def test_a_restored_backup_brings_nobody_back(cluster: EmbeddedPostgres, world: Database, tmp_path: Path) -> None:
    """A copy of the database from before the erasure, opened as after a restore, with the list from beside it."""
    before = await new_world(world)
    story = await over(await new_story(before))
    name, path = str(world.url.database), tmp_path / erasures.NAME
    await world.close()
    await cluster.create(f"{name}_backup", name)
    restored = Database(world.url.render_as_string(hide_password=False), world.secret)
    backup = Database(cluster.owner_url(f"{name}_backup"), world.secret)
    try:
        story.world = World(restored, before.today)
        await erase(story, story.employer, story.provider)
        assert await erasures.catch_up(restored, path) == 1
        assert story.uln.encode() not in path.read_bytes()
        back = World(backup, before.today)
        assert any(story.uln in row for rows in (await dump(backup)).values() for row in rows)
        assert await replay(operator(back), erasures.read(path)) == 1
        found = await dump(backup)
        assert not any(story.uln in row or "zz-canary" in row.lower() for rows in found.values() for row in rows)
        assert len(found["grades.result"]) == 2
        assert await replay(operator(back), erasures.read(path)) == 0
        assert await dump(backup) == found
        again = told_again(story, employer=story.employer.identifier)
        outcome = await back.act(story.provider, "registerApprentice", **again)
        assert [problem.code for problem in outcome.problems] == ["ERASED"]
    finally:
        await restored.close()
        await backup.close()
        await cluster.drop(f"{name}_backup")


async def test_what_is_left_answers_its_epao_without_a_name(world: Database) -> None:
    """The graph shows the record of assessment to the EPAO, nulls for what is gone, and nothing to anybody else."""
    own = await new_world(world)
    story = await over(await new_story(own))
    await erase(story, story.employer, story.provider)
    graph = Graph(world, own.engine, b"d" * 32, lambda: own.today, Bell(world))
    whole = """query Q($id: ID!) { apprentice(id: $id) { id uln givenNames familyName status contact { email } grade { overall }
      myReference relations { kind } standard { reference } bookings { component } assessments { grade }
      portfolio { hash evidence { link } } gateway { passed readiness { status items { label } } decision { decidedOn } } } }"""
    found = {}
    for party in (story.employer, story.provider, story.epao):
        answer = await graph.answer(party.viewer, Request(whole, {"id": story.id}))
        assert answer.status == 200, answer.body
        found[party.viewer.kind] = orjson.loads(answer.body)["data"]["apprentice"]
    assert found["employer"] is None and found["provider"] is None
    left = found["epao"]
    assert left["grade"] == {"overall": "PASS"} and left["gateway"]["decision"] and left["id"] == story.id
    assert {left[name] for name in ("uln", "givenNames", "familyName", "contact", "myReference")} == {None}
    assert left["portfolio"]["evidence"] == [] and left["relations"] == []


async def test_a_backup_from_before_the_registration_refuses_it_too(world: Database, tmp_path: Path) -> None:
    own = await new_world(world)
    story = await (await new_story(own)).register()
    await erase(story, story.provider)
    path = tmp_path / "list"
    await erasures.catch_up(world, path)
    async with world.engine("hub_operator").begin() as connection:
        await connection.exec_driver_sql("set local role hub_rules")
        assert (await connection.exec_driver_sql("select count(*) from apprentices.erasure")).scalar() == 1
    listed = erasures.read(path)
    other = [Erased(uuid4(), each.ground, each.on, each.at, each.marks) for each in listed]
    assert await replay(operator(own), other) == 1
    assert SEAL not in path.read_bytes()


async def test_the_worker_keeps_the_list_without_being_asked(world: Database, tmp_path: Path) -> None:
    own = await new_world(world)
    story = await (await new_story(own)).register()
    async with Worker(world, lambda: own.today, home=tmp_path):
        await erase(story, story.provider)
        async with asyncio.timeout(20):
            # The list is a file, and tells nobody when it grows.
            while [each.apprentice for each in erasures.read(erasures.path_in(tmp_path))] != [story.apprentice]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
