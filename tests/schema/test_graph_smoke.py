"""The real graph over the real acts."""

from typing import Any

import orjson

from hub.store.bell import Bell
from hub.store.pools import Database
from hub.words import id_text
from schema.graph import Graph, Request
from tests.world import Party, new_story, new_world

Q = """query Q($uln: String!) { apprentice(uln: $uln) { id uln familyName status nextParty dueOn
 standard { reference } employer { name } gateway { passed readiness { status readyFrom
 items { requirement state met } blockers { rule sentence party dueOn } } } portfolio { state missingKsbs
 evidence { type ksbs } } assessments { method grade } grade { overall } }
 cohort { total ready notReady blockers { rule count } apprentices(first: 5) { nodes { id } totalCount } } }"""
M = """mutation M($i: FileGatewayItemInput!) { fileGatewayItem(input: $i) { apprentice { id }
 item { requirement state } errors { code field message rule } replayed } }"""


async def test_smoke(database: Database) -> None:
    world = await new_world(database)
    story = await new_story(world)
    await story.register()
    await story.confirm()
    graph = Graph(database, world.engine, b"k" * 32, lambda: world.today, Bell(database))

    async def ask(party: Party, document: str, **variables: Any) -> Any:
        answer = await graph.answer(party.viewer, Request(document, variables))
        return answer.status, orjson.loads(answer.body)

    status, found = await ask(story.provider, Q, uln=story.uln)
    assert status == 200 and found["data"]["apprentice"]["gateway"]["readiness"]["status"] == "NOT_READY"
    i = {"apprenticeId": story.id, "requirement": "PQIP", "achievedOn": "2026-02-01"}
    status, found = await ask(story.provider, M, i=i)
    assert found["data"]["fileGatewayItem"]["item"]["state"] == "SUBMITTED"
    status, found = await ask(story.provider, M, i={**i, "requirement": "NOPE"})
    assert found["data"]["fileGatewayItem"]["errors"][0]["code"] == "REQUIREMENT_UNKNOWN"
    status, found = await ask(story.provider, "{ apprentices { nodes { results { grade } } } }")
    assert found["errors"][0]["extensions"]["code"] == "FIELD_NOT_IN_SLICE" and status == 403


WAYS = {
    "in the document": '{ organisation(by: {scheme: "UKPRN", value: "%s"}) { id } }',
    "as an object": "query O($by: IdentifierInput) { organisation(by: $by) { id } }",
    "by its parts": "query O($s: String!, $v: String!) { organisation(by: {scheme: $s, value: $v}) { id } }",
    "the old way": "query O($s: String, $v: String) { organisation(scheme: $s, value: $v) { id } }",
}


async def test_an_organisation_is_asked_for_by_its_identifier(database: Database) -> None:
    """Issue 3, item 4: as acts name one; the two arguments that this replaces still find the same."""
    world = await new_world(database)
    story = await new_story(world)
    graph = Graph(database, world.engine, b"k" * 32, lambda: world.today, Bell(database))
    known, other = story.provider.identifier["value"], {"scheme": "UKPRN", "value": "1"}

    async def ask(document: str, **variables: Any) -> Any:
        answer = await graph.answer(story.employer.viewer, Request(document, variables))
        return orjson.loads(answer.body)["data"]["organisation"]

    found = {"id": id_text("org", story.provider.viewer.organisation)}
    for name, document in WAYS.items():
        given = {"by": story.provider.identifier, "s": "UKPRN", "v": known}
        asked = {key: given[key] for key in given if f"${key}" in document}
        assert await ask(document.replace("%s", known), **asked) == found, name
    both = "query O($by: IdentifierInput, $s: String) { organisation(by: $by, scheme: $s, value: $s) { id } }"
    assert await ask(both, by=story.provider.identifier, s="EPAO_ID") == found, "what is new comes first"
    assert await ask(both, by=other, s="UKPRN") is None and await ask(both, by=None) is None and await ask(both) is None
