"""Every operation in the README and in the pages for the three users runs, as that user, against the real graph."""

import re
from collections.abc import Iterator
from datetime import date

import orjson
import pytest

from hub.store.bell import Bell
from hub.store.pools import Database
from schema.graph import Graph, Request
from tests.laws.house import ROOT
from tests.world import Story, new_story, new_uln, new_world

BLOCK = re.compile(r"```graphql\n(?P<document>.*?)```(?:\s*```json\n(?P<variables>.*?)```)?", re.DOTALL)
PAGES = {
    "README.md": "employer",
    "docs/clients.md": "employer",
    "docs/employers.md": "employer",
    "docs/providers.md": "provider",
    "docs/epaos.md": "epao",
}


def operations() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for found in BLOCK.finditer((ROOT / page).read_text()):
            yield page, found["document"], found["variables"] or "{}"


def test_no_page_with_operations_is_left_out() -> None:
    """The example's own page is played by its own test."""
    pages = {each.relative_to(ROOT).as_posix() for each in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"))}
    assert {page for page in pages if "```graphql" in (ROOT / page).read_text()} == set(PAGES)


async def _story(database: Database, document: str) -> Story:
    """An apprentice at the stage the operation is about."""
    story = await new_story(await new_world(database))
    await story.register()
    if "confirmApprentice" in document:
        return story
    await story.confirm()
    if "answerNomination" in document or "auditHead" in document:
        return await story.nominate()
    if "decideGateway" in document or "acknowledgement" in document or "postResult" in document or "releaseGrade" in document:
        await story.file_items()
        await story.nominate()
        await story.accept()
        await story.file_portfolio()
        await story.validate()
        if "decideGateway" not in document:
            await story.decide()
            await story.acknowledge()
            story.world.today = date(2026, 4, 20)
        if "releaseGrade" in document:
            story.world.today = date(2026, 5, 1)
            await story.authenticate()
            await story.world.do(story.epao, "postResult", **story.discussion())
            await story.world.do(story.epao, "postResult", **story.case_study())
    return story


@pytest.mark.parametrize(("page", "document", "variables"), list(operations()))
async def test_operation_of_the_docs(database: Database, page: str, document: str, variables: str) -> None:
    story = await _story(database, document)
    world = story.world
    graph = Graph(database, world.engine, b"d" * 32, lambda: world.today, Bell(database))
    filled = variables.replace("$APPRENTICE", story.id).replace("$TODAY", world.today.isoformat()).replace("$ULN", new_uln())
    viewer = getattr(story, PAGES[page]).viewer
    request = Request(document, orjson.loads(filled))
    if document.startswith("subscription"):
        first = await anext(graph.listen(viewer, request))
        assert orjson.loads(first)["data"]["progress"]["cursor"]
        return
    answer = await graph.answer(viewer, request)
    found = orjson.loads(answer.body)
    assert answer.status == 200 and "errors" not in found, found
    # Nobody has sealed a head in this world.
    assert found["data"].pop("auditHead", None) is None
    for payload in found["data"].values():
        assert not payload.get("errors"), payload
