"""The hub on a PostgreSQL of the operator's own: whoever owns the database, the same locks, acts, answers and events."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pytest

from hub.errors import HubError
from hub.settings import Settings
from hub.store.base import SCHEMAS
from hub.store.pools import owner_connection
from infra.commands.databases import roles as print_roles
from infra.database import expected_version
from infra.lint import lint
from infra.proof import ROUNDS, prove
from infra.runtime import Runtime, open_runtime
from infra.storage import bring_up_to_date, open_storage, ready_storage, require_version
from schema.graph import Request
from tests.infra.external import External, answering, external, why_not
from tests.world import Party, Story, World, new_story, new_world

REASON = why_not()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")

SECRET = "a secret for tests only, of more than thirty-two bytes"
ASSESSED = date(2026, 5, 1)
STATE = """
select array_agg(fact order by fact) from (
  select format('policy %s.%s %s %s %s %s %s', schemaname, tablename, policyname, roles, cmd, qual, with_check)
    from pg_policies where schemaname = any($1)
  union all select format('column %s.%s %s %s', table_schema, table_name, column_name, data_type)
    from information_schema.columns where table_schema = any($1)
  union all select format('right %s.%s %s %s', table_schema, table_name, grantee, privilege_type)
    from information_schema.role_table_grants where table_schema = any($1)
  union all select format('role %s %s', rolname, rolpassword) from pg_authid where rolname like 'hub\\_%'
  union all select format('standard %s', s) from apprentices.standard s
) as facts (fact)
"""
APPRENTICE = """query One($uln: String!) { apprentice(uln: $uln) { id uln familyName status
  gateway { passed readiness { status items { requirement state met } } } portfolio { state evidence { type ksbs } }
  assessments { method grade } grade { overall } } }"""
COHORT = """query Cohort { cohort { total ready notReady passed blockers { rule count }
  apprentices(first: 5, orderBy: NAME) { totalCount nodes { uln status } } } }"""
EVENTS = "query Events { events(first: 100) { nodes { type apprentice { uln } } } }"
PROGRESS = "subscription Progress { progress { cursor event { type apprentice { uln } } } }"


def settings(cluster: External, url: str, **given: Any) -> Settings:
    """A hub on this database."""
    return Settings(**{"database_url": url, "secret": SECRET, "home": cluster.folder, "connections": 30, **given})


async def state(cluster: External, database: str) -> list[str]:
    """Everything an upgrade makes, as the DBA sees it."""
    connection = await cluster.superuser(database)
    try:
        found: list[str] = await connection.fetchval(STATE, list(SCHEMAS))
        return found
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def cluster() -> AsyncIterator[External]:
    """The server of this file."""
    with external() as made:
        yield await answering(made)


@pytest.fixture(scope="module")
async def installed(cluster: External) -> str:
    """The URL of a database with the hub in it, whose owner may create roles and is no superuser."""
    url = await cluster.owned("keeper", "hub", "createrole")
    async with open_storage(settings(cluster, url)) as storage:
        await bring_up_to_date(storage)
    return url


@dataclass(frozen=True)
class Played:
    """A hub at work as `hub serve` opens it, and a story that it has lived through."""

    runtime: Runtime
    world: World
    story: Story
    embargoed: dict[str, Any]

    async def ask(self, party: Party, document: str, **variables: Any) -> Any:
        """The data of one answer."""
        return await asked(self.runtime, party, document, **variables)


async def asked(runtime: Runtime, party: Party, document: str, **variables: Any) -> Any:
    """The data of one answer of the graph, without errors."""
    answer = await runtime.graph.answer(party.viewer, Request(document, variables))
    body = orjson.loads(answer.body)
    assert answer.status == 200 and "errors" not in body, body
    return body["data"]


@pytest.fixture(scope="module")
async def played(cluster: External, installed: str) -> AsyncIterator[Played]:
    """An apprentice from registration to release, and what the provider saw before the release."""
    async with open_runtime(settings(cluster, installed, today=ASSESSED)) as runtime:
        world = await new_world(runtime.storage.database)
        story = await new_story(world)
        await story.to_gateway()
        await story.acknowledge()
        world.today = ASSESSED
        await story.authenticate()
        await world.do(story.epao, "postResult", **story.discussion("PASS"))
        await world.do(story.epao, "postResult", **story.case_study("DISTINCTION"))
        embargoed = await asked(runtime, story.provider, APPRENTICE, uln=story.uln)
        await story.release()
        yield Played(runtime, world, story, embargoed)


async def test_the_owner_is_an_ordinary_role_of_the_server_that_was_started(cluster: External, installed: str) -> None:
    owner = await owner_connection(installed)
    try:
        assert int(await owner.fetchval("show server_version_num")) // 10_000 == cluster.version // 10_000
        row = await owner.fetchrow("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user")
        assert row is not None and tuple(row) == (False, False, True)
    finally:
        await owner.close()


async def test_an_owner_who_may_create_roles_upgrades_twice(cluster: External, installed: str) -> None:
    """A second upgrade changes nothing: no policy, right, role, password, column or standard."""
    before = await state(cluster, "hub")
    async with open_storage(settings(cluster, installed)) as storage:
        await bring_up_to_date(storage)
        await require_version(storage)
    assert await state(cluster, "hub") == before
    assert any(fact.startswith("policy grades.result") for fact in before)
    assert any("ST0648" in fact for fact in before if fact.startswith("standard"))


async def test_an_owner_without_createrole_needs_what_the_command_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with external() as made:
        cluster = await answering(made)
        url = await cluster.owned("plain", "hub")
        async with open_storage(settings(cluster, url)) as storage:
            with pytest.raises(HubError, match="hub db roles") as refused:
                await bring_up_to_date(storage)
            assert refused.value.problem.code == "ROLES_MISSING"
            owner = await owner_connection(url)
            assert await owner.fetchval("select count(*) from pg_namespace where nspname = any($1)", list(SCHEMAS)) == 0
            await owner.close()
            monkeypatch.setenv("HUB_SECRET", SECRET)
            print_roles()
            printed = capsys.readouterr().out
            for _ in range(2):
                await cluster.dba(printed)
                await bring_up_to_date(storage)
            await require_version(storage)
            owner = await owner_connection(url)
            assert [found.name for found in await lint(owner) if found.breaches] == []
            await owner.close()


async def test_an_owner_who_may_not_create_schemas_is_told_so(cluster: External, installed: str) -> None:
    """The roles are there already; what is missing is a right in this database."""
    await cluster.dba("create database not_its_own")
    async with open_storage(settings(cluster, cluster.url("keeper", "its-own", "not_its_own"))) as storage:
        with pytest.raises(HubError) as refused:
            await bring_up_to_date(storage)
    assert refused.value.problem.code == "OWNER_LACKS_RIGHTS"


async def test_passwords_of_another_secret_are_told_apart_from_missing_roles(cluster: External, installed: str) -> None:
    before = await state(cluster, "hub")
    other = settings(cluster, installed, secret="another secret, also of more than thirty-two bytes")
    async with open_storage(other) as storage:
        for refusing in (bring_up_to_date, require_version):
            with pytest.raises(HubError, match="HUB_SECRET") as refused:
                await refusing(storage)
            assert refused.value.problem.code == "ROLES_MISSING"
    assert await state(cluster, "hub") == before


async def test_a_whole_story_reads_the_same_for_its_three_parties(played: Played) -> None:
    """EPA-010…136 through the reader, under the party roles and their policies."""
    story = played.story
    before = played.embargoed["apprentice"]
    assert before["assessments"] == [] and before["grade"] is None
    assert before["gateway"]["passed"]
    for party in (story.employer, story.provider, story.epao):
        found = (await played.ask(party, APPRENTICE, uln=story.uln))["apprentice"]
        assert (found["id"], found["familyName"], found["status"]) == (story.id, "Example", "ACHIEVED")
        assert found["grade"] == {"overall": "DISTINCTION"}
        assert {(each["method"], each["grade"]) for each in found["assessments"]} == {("PD", "PASS"), ("CSP", "DISTINCTION")}
        assert len(found["portfolio"]["evidence"]) == 10
        cohort = (await played.ask(party, COHORT))["cohort"]
        assert cohort["total"] == 1 and cohort["apprentices"]["nodes"] == [{"uln": story.uln, "status": "ACHIEVED"}]


async def test_a_stranger_sees_nothing(played: Played) -> None:
    for kind in ("employer", "provider", "epao"):
        stranger = await played.world.party(kind)
        assert (await played.ask(stranger, APPRENTICE, uln=played.story.uln))["apprentice"] is None
        cohort = (await played.ask(stranger, COHORT))["cohort"]
        assert cohort["total"] == 0 and cohort["apprentices"] == {"totalCount": 0, "nodes": []}


async def test_every_lock_holds_and_one_statement_sets_its_own_context(played: Played) -> None:
    storage = played.runtime.storage
    owner = await owner_connection(storage.owner_url)
    try:
        assert {found.name: found.breaches for found in await lint(owner) if found.breaches} == {}
    finally:
        await owner.close()
    proofs = await prove(storage.database, ASSESSED.isoformat())
    assert [proof.failures for proof in proofs] == [()] * 3
    assert all(proof.statements > ROUNDS for proof in proofs), "a party with cards was among them"


async def test_events_arrive_in_the_list_and_in_the_live_stream(played: Played) -> None:
    """EPA-107: the provider hears of the release, and of no result before it."""
    story, told = played.story, []
    async with asyncio.timeout(60):
        while "grade.released" not in told:
            nodes = (await played.ask(story.provider, EVENTS))["events"]["nodes"]
            told = [node["type"] for node in nodes if node["apprentice"] == {"uln": story.uln}]
    assert told[0] == "apprentice.registered" and told[-1] == "grade.released" and told.count("grade.released") == 1
    assert not {"result.posted", "assessment.authenticated"} & set(told)
    stream = played.runtime.graph.listen(story.provider.viewer, Request(PROGRESS))
    async with asyncio.timeout(60):
        assert orjson.loads(await anext(stream))["data"]["progress"]["event"] is None
        second = await Story(played.world, story.employer, story.provider, story.epao).register()
        heard = orjson.loads(await anext(stream))["data"]["progress"]["event"]
    await stream.aclose()
    assert heard == {"type": "apprentice.registered", "apprentice": {"uln": second.uln}}


async def test_nothing_is_served_from_a_database_of_another_version(cluster: External, installed: str) -> None:
    """What `hub serve` opens is refused with the command to run, and left as it is."""
    cases = ((None, "run `hub db upgrade`"), ("9999", "use a later release"))
    for number, (version, todo) in enumerate(cases):
        await cluster.dba(f"create database other{number} owner keeper")
        url = cluster.url("keeper", "its-own", f"other{number}")
        owner = await owner_connection(url)
        if version:
            await owner.execute("create schema hub; create table hub.schema_version (version_num text)")
            await owner.execute("insert into hub.schema_version values ($1)", version)
        with pytest.raises(HubError) as refused:
            async with ready_storage(settings(cluster, url)):
                raise AssertionError("it was opened")
        assert refused.value.problem.code == "SCHEMA_VERSION"
        assert todo in refused.value.problem.message and expected_version() in refused.value.problem.message
        if version:
            async with open_storage(settings(cluster, url)) as storage:
                with pytest.raises(HubError, match="later") as refused:
                    await bring_up_to_date(storage)
                assert refused.value.problem.code == "SCHEMA_VERSION"
        made = await owner.fetchval("select count(*) from pg_class where relnamespace::regnamespace::text = any($1)", SCHEMAS)
        assert made == (1 if version else 0)
        await owner.close()
