"""UK GDPR Art. 15, DPA 2018 Sch. 2 para 25: one person's own data, all of it, nobody else's, and no unreleased result."""

from datetime import date
from pathlib import Path

import orjson
import pytest

from hub.acts.operating import Operator
from hub.acts.subjects import exported
from hub.acts.unsealing import unseal_result
from hub.errors import HubError
from hub.slices.classes import GRADE, IDENTITY, RESULTS
from hub.slices.data import DATA
from hub.slices.uses import USES
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.store.recorder import What
from hub.words import id_text
from infra.subject import write_subject
from tests.hub.acts.conftest import post, to_assessment
from tests.hub.acts.dumps import everything
from tests.hub.acts.test_custody import over
from tests.hub.store.recording import chained, recorded
from tests.world import BY, KEYS, SEAL, TODAY, Story, World, new_story, new_world

WHOLE = {
    "apprentices.identity", "apprentices.contact", "apprentices.tie", "gateway.item", "gateway.basis", "gateway.decision",
    "portfolios.evidence", "grades.result", "grades.resit", "grades.booking",
}  # fmt: skip


@pytest.fixture
async def own(world: Database) -> World:
    """A world of a test's own."""
    return await new_world(world)


async def export(story: Story, folder: Path) -> tuple[dict, str]:
    """The export as JSON, and as a page."""
    world = story.world
    operator = Operator(world.database, load_library(), SEAL, lambda: world.today)
    paths = await write_subject(operator, story.apprentice, folder, {}, {})
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o600]
    return orjson.loads(paths[0].read_bytes()), paths[1].read_text()


def without_exports(found: dict) -> dict:
    """An export without the traces that exports themselves leave."""
    acts = [each for each in found["read and changed by"] if each["what"] != "exportSubject"]
    return {**found, "read and changed by": acts, "sources": {**found["sources"], "exportSubject": None}}


async def test_art_15_everything_held_is_in_it_with_source_recipient_purpose_and_period(own: World, tmp_path: Path) -> None:
    """Compared with the database itself: every column about apprentices, of every row about this one."""
    story = await over(await new_story(own))
    found, page = await export(story, tmp_path)
    async with everything(own.database) as connection:
        for table in DATA:
            rows = found["data"].get(table, [])
            assert all(set(row) <= set(exported(table)) for row in rows)
            if table in WHOLE:
                count = await connection.fetchval(f"select count(*) from {table} where apprentice_id = $1", story.apprentice)
                assert len(rows) == count, table
    assert found["data"]["apprentices.identity"][0]["uln"] == story.uln
    assert found["data"]["grades.grade"] == [{"overall": "PASS", "capped": False, "sealed": None, "released_on": "2026-05-01"}]
    assert {row["attained"] for row in found["data"]["gateway.basis"]} == {"LEVEL_2"}
    names = {f"The {kind} {party.identifier['value']} ({kind})" for kind, party in
             (("employer", story.employer), ("provider", story.provider), ("epao", story.epao))}  # fmt: skip
    assert {row["party"] for row in found["recipients"]} == names
    assert found["sources"]["registerApprentice"] == [f"The provider {story.provider.identifier['value']} (provider)"]
    # What stays sealed after the release is said, with whom to ask for it.
    assert {row["sealed"] for row in found["data"]["grades.result"]} == {"sealed"}
    assert "under its key" in found["withheld"]["sealed"] and "named under recipients" in found["withheld"]["sealed"]
    assert "under its key" in page
    uses = {use for table in found["data"] for use in DATA[table] if USES[use].whose == "apprentice"}
    assert set(found["purposes"]) == uses and all(each["kept"] for each in found["purposes"].values())
    assert story.uln in page and "Zz-canary-family" in page and page.startswith("<!doctype html>")


async def test_epa_107_an_export_does_not_depend_on_an_unreleased_result(own: World, tmp_path: Path) -> None:
    """Posting, correcting and failing change no byte of it, but for the trace of the export itself."""
    story = await to_assessment(await new_story(own))
    before, _ = await export(story, tmp_path / "a")
    assert "exempt until they are announced" in before["withheld"]["results"]
    await post(story, "DISTINCTION", "FAIL")
    corrected = {**story.discussion("FAIL"), "version": 1, "reason": "MODERATION"}
    await own.do(story.epao, "correctResult", **corrected)
    after, page = await export(story, tmp_path / "b")
    assert orjson.dumps(without_exports(after)) == orjson.dumps(without_exports(before))
    assert "DISTINCTION" not in page and "MODERATION" not in page and "IA-7" not in page


async def test_epa_107_an_export_tells_of_no_read_that_tells_of_a_result(own: World, tmp_path: Path) -> None:
    """Of reads it tells what owners are told; before a release neither an EPAO's reads nor a broken glass are in it."""
    story = await post(await to_assessment(await new_story(own)), "PASS", "PASS")
    for party, named, classes in (
        (story.provider, "ByProvider", (IDENTITY,)),
        (story.employer, "ByEmployer", (GRADE,)),
        (story.epao, "NameByEpao", (IDENTITY,)),
        (story.epao, "ResultByEpao", (RESULTS,)),
    ):
        await recorded(own.database, party.viewer, story.apprentice, what=What(named, b"f" * 32, classes))
    async with everything(own.database) as connection:
        result = await connection.fetchval("select id from grades.result where apprentice_id = $1 limit 1", story.apprentice)
    operator = Operator(own.database, load_library(), SEAL, lambda: own.today)
    await unseal_result(operator, KEYS, id_text("res", result), "A court asks for it", BY)
    await chained(own.database)
    found, page = await export(story, tmp_path / "a")
    told = {each["what"] for each in found["read and changed by"]}
    assert told >= {"ByProvider", "ByEmployer"} and told.isdisjoint({"NameByEpao", "ResultByEpao", "unsealResult"})
    assert "ByEpao" not in page and "unseal" not in page
    assert set(found["sources"]).isdisjoint({"ByProvider", "ByEmployer"})
    await own.do(story.epao, "releaseGrade", apprenticeId=story.id, by=BY)
    await chained(own.database)
    after, _ = await export(story, tmp_path / "b")
    told = {each["what"] for each in after["read and changed by"]}
    assert "NameByEpao" in told and told.isdisjoint({"ResultByEpao", "unsealResult"})


async def test_an_export_holds_nobody_else(own: World, tmp_path: Path) -> None:
    """No person who signed, no other apprentice, no markup that a value smuggles in."""
    other = await over(await new_story(own))
    own.today = TODAY
    story = await over(await new_story(own))
    await own.do(story.employer, "setMyReference", apprenticeId=story.id, myReference="<script>alert(1)</script>")
    found, page = await export(story, tmp_path)
    text = orjson.dumps(found).decode()
    assert "<script>" not in page and "&lt;script&gt;" in page
    for hidden in ("Robin Example", "P-1", "IA-7", other.uln, str(other.apprentice)):
        assert hidden not in text and hidden not in page, hidden


async def test_an_export_is_audited_and_an_unknown_id_is_refused(own: World, tmp_path: Path) -> None:
    story = await (await new_story(own)).register()
    await export(story, tmp_path)
    async with everything(own.database) as connection:
        [row] = await connection.fetch("select client, subjects from hub.audit where act = 'exportSubject'")
    assert (row["client"], row["subjects"]) == ("operator", [story.apprentice])
    again, _ = await export(story, tmp_path)
    assert again["read and changed by"][-1]["what"] == "exportSubject"
    story.apprentice = own.parties[0].viewer.party
    with pytest.raises(HubError, match="NOT_FOUND"):
        await export(story, tmp_path)
    assert date.fromisoformat(again["on"]) == own.today
