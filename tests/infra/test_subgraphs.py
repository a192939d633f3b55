"""A subgraph under roles of its own: it answers and acts as the whole hub does, and its roles open nothing else."""

from collections.abc import AsyncIterator, Iterator
from datetime import date
from itertools import chain
from typing import Any

import asyncpg
import orjson
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type, is_required_argument

from auth.authority import Authority
from auth.verifier import Verifier
from hub.acts.engine import Engine
from hub.errors import HubError
from hub.keyring import NO_KEYS, Keys
from hub.slices.fields import FIELDS
from hub.slices.rows import NOUNS, PARTY_KINDS
from hub.store.bell import Bell
from hub.store.plans import load_library
from hub.store.pools import Database
from hub.store.roles import LOGIN_ROLES, RULES, SEATS, UNGRADED, seat_of, subgraph_seal, subgraph_secret
from hub.viewer import PartyKind
from schema.federation.ownership import owner_of_field
from schema.graph import Graph, Request
from tests.world import KEYS, SEAL, Party, Story, World, new_story, new_world

SECRET = b"a secret for tests only, of more than thirty-two bytes"
DEEP = 5
BY_KEY = ("apprentice {", "standard {", "organisation {")
"""Questions that need one of their arguments."""


def seated(database: Database, *nouns: str) -> Database:
    """The same database as the process of one subgraph connects to it: no owner, and that subgraph's secret."""
    seat = seat_of(nouns)
    url = database.url.set(username=None, password=None).render_as_string(hide_password=False)
    return Database(url, subgraph_secret(SECRET, seat.name), 21, seat)


class Parted(World):
    """A world in which every act is done by the process that owns it."""

    engines: dict[str, Engine]

    async def act(self, party: Party, name: str, **given: Any) -> Any:
        async def read(_: asyncpg.Connection | None, outcome: Any) -> Any:
            return outcome

        return await self.engines[name].do(party.viewer, name, given, read)


@pytest.fixture
async def seats(world: Database) -> AsyncIterator[dict[str, Database]]:
    """The four subgraphs' databases."""
    opened = {noun: seated(world, noun) for noun in NOUNS}
    yield opened
    for each in opened.values():
        await each.close()


def keys_of(*nouns: str) -> Keys:
    """The sealing keys of a subgraph's process: only one with the grades is given any."""
    return KEYS if "grades" in nouns else NO_KEYS


def parted(whole: World, seats: dict[str, Database], graph: Graph) -> Parted:
    """The same world with its acts shared out."""
    mutations = graph.schema.mutation_type
    assert mutations is not None
    made = Parted(whole.database, whole.today)
    engines = {
        noun: Engine(each, load_library(), subgraph_seal(SEAL, noun), lambda: made.today, keys_of(noun))
        for noun, each in seats.items()
    }
    made.engines = {name: engines[str(owner_of_field(mutations, name))] for name in mutations.fields}
    return made


async def played(world: World) -> Story:
    """An apprentice from registration to release, with a re-take on the way and a change of EPAO after it."""
    story = await new_story(world)
    await story.to_gateway()
    await story.acknowledge()
    world.today = date(2026, 5, 1)
    await story.authenticate()
    await world.do(story.epao, "postResult", **story.discussion("FAIL"))
    await world.do(story.epao, "postResult", **story.case_study("PASS"))
    await story.release()
    return story


CARDS = (
    "select kind, status, readiness, next_party, due_on, reach, closed_on from hub.card where apprentice_id = $1 order by kind"
)
STANDING = "select achieved, offered, to_release, due_on from grades.standing where apprentice_id = $1"


async def test_a_story_told_by_four_processes_ends_as_one_told_by_the_whole_hub(
    world: Database, seats: dict[str, Database]
) -> None:
    """Issue 3, item 1: each process acts under roles of its own, and the cards come out alike."""
    whole = await new_world(world)
    graph = Graph(world, whole.engine, SEAL, lambda: whole.today, Bell(world))
    one, other = await played(whole), await played(parted(await new_world(world), seats, graph))
    for sql in (CARDS, STANDING):
        found = [await whole.rows(sql, story.apprentice) for story in (one, other)]
        assert found[0] == found[1] and found[0]
    assert found[0][0]["offered"] == ["employer", "provider"]
    # An act of a process that may know no grade leaves the cards as the results have made them.
    acting = parted(whole, seats, graph)
    await acting.do(other.employer, "setContact", apprenticeId=other.id, email="sam@example.org")
    await acting.do(other.employer, "changeDates", apprenticeId=other.id, expectedGatewayOn="2026-03-01")
    assert await whole.rows(CARDS, one.apprentice) == await whole.rows(CARDS, other.apprentice)


async def test_what_one_process_did_is_answered_and_not_done_again_by_another(
    world: Database, seats: dict[str, Database]
) -> None:
    """Fingerprints are keyed by noun: the whole hub and the noun's own process know each other's, and nobody else does."""
    whole = await new_world(world)
    graph = Graph(world, whole.engine, SEAL, lambda: whole.today, Bell(world))
    acting = parted(whole, seats, graph)
    story = await (await (await new_story(whole)).register()).confirm()
    item = {"apprenticeId": story.id, "requirement": "PQIP", "achievedOn": "2026-02-01", "idempotencyKey": "once"}
    first = await acting.act(story.provider, "fileGatewayItem", **item)
    again = await whole.act(story.provider, "fileGatewayItem", **item)
    assert (first.replayed, again.replayed) == (False, True) and first.given["item"] == again.given["item"]
    assert len({subgraph_seal(SEAL, noun) for noun in NOUNS} | {SEAL}) == len(NOUNS) + 1


def fields(schema: GraphQLSchema, kind: Any, party: PartyKind, depth: int) -> Iterator[str]:
    """Everything a kind of party may ask of a type, to a depth."""
    assert isinstance(kind, GraphQLObjectType)
    for name, declared in kind.fields.items():
        row = FIELDS.get((kind.name, name))
        if (
            name.startswith("_")
            or row is None
            or party not in row.kinds
            or any(map(is_required_argument, declared.args.values()))
        ):
            continue
        inner = get_named_type(declared.type)
        if is_leaf_type(inner):
            yield name
        elif depth and not isinstance(inner, GraphQLInterfaceType):
            within = " ".join(fields(schema, inner, party, depth - 1))
            if within:
                yield f"{name} {{ {within} }}"


@pytest.mark.parametrize("noun", NOUNS)
async def test_a_subgraph_answers_as_the_whole_graph_does(world: Database, seats: dict[str, Database], noun: str) -> None:
    """Every field a subgraph owns, for every kind of party, through `_entities` and through its own questions."""
    told = await new_world(world)
    story = await played(told)
    whole = Graph(world, told.engine, SEAL, lambda: told.today, Bell(world))
    engine = Engine(seats[noun], load_library(), SEAL, lambda: told.today, keys_of(noun))
    part = Graph(seats[noun], engine, SEAL, lambda: told.today, Bell(seats[noun]), nouns=[noun])
    await alike(part, whole, story)


async def alike(part: Graph, whole: Graph, story: Story) -> None:
    """Everything the three parties may ask of a part of the graph it answers as the whole does."""
    for party in (story.employer, story.provider, story.epao):
        kind = party.viewer.kind
        asked = " ".join(fields(part.schema, part.schema.type_map["Apprentice"], kind, DEEP))
        entities = f"query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Apprentice {{ {asked} }} }} }}"
        sent = {"r": [{"__typename": "Apprentice", "id": story.id}]}
        assert await data(part, party, entities, sent) == await data(whole, party, entities, sent)
        for root in fields(part.schema, part.schema.query_type, kind, DEEP):
            if root.startswith(BY_KEY):
                continue
            found = await data(part, party, f"{{ {root} }}")
            assert found == await data(whole, party, f"{{ {root} }}"), root


async def data(graph: Graph, party: Party, document: str, variables: dict[str, Any] | None = None) -> Any:
    answer = await graph.answer(party.viewer, Request(document, variables or {}))
    body = orjson.loads(answer.body)
    assert answer.status == 200 and "errors" not in body, (document, body)
    return body["data"]


async def test_node_finds_what_other_subgraphs_own_by_its_id_and_reads_no_more(
    world: Database, seats: dict[str, Database]
) -> None:
    """Issue 3, item 1: beside the id, whom a row is about, since the read is recorded as that person's; no more of it."""
    told = await new_world(world)
    story = await played(told)
    engine = Engine(seats["apprentices"], load_library(), SEAL, lambda: told.today)
    part = Graph(seats["apprentices"], engine, SEAL, lambda: told.today, Bell(world), nouns=["apprentices"])
    (row,) = await told.rows("select id from grades.result where apprentice_id = $1 and method = 'PD'", story.apprentice)
    document, sent = "query($id: ID!) { node(id: $id) { __typename id } }", {"id": f"res_{row['id']}"}
    assert await data(part, story.epao, document, sent) == {"node": {"__typename": "Result", **sent}}
    assert await data(part, await told.party("epao"), document, sent) == {"node": None}
    pool = await seats["apprentices"].party_reader(PartyKind.EPAO)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.fetch("select grade from grades.result")
    for kind in PARTY_KINDS:
        columns = await (await seats["apprentices"].party_reader(kind)).fetch(READABLE_ELSEWHERE)
        assert {row[0] for row in columns} == {"id", "apprentice_id"}


READABLE_ELSEWHERE = (
    "select distinct a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
    " join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and a.attnum > 0 and not a.attisdropped"
    " and n.nspname in ('gateway', 'portfolios', 'grades') and has_column_privilege(c.oid, a.attnum, 'select')"
)
GRADED = (
    "select grade from grades.result", "select counts_as from grades.result", "select * from grades.result_component",
    "select grade from grades.assessment", "select overall from grades.grade", "select overall from grades.release",
    "select sealed from grades.breach", "select sealed from grades.result",
    "copy grades.result to stdout", "update grades.result set current = true",
)  # fmt: skip


@pytest.mark.parametrize("noun", ["portfolios", "apprentices"])
async def test_a_process_that_may_know_no_grade_selects_none_with_its_own_sql(seats: dict[str, Database], noun: str) -> None:
    """Issue 3, Must show: the `portfolios` process cannot select a grade, whichever of its roles it takes on."""
    database = seats[noun]
    for role in (*(SEATS[noun].party(kind) for kind in PARTY_KINDS), SEATS[noun].process):
        connection = await database.connect(role)
        try:
            for other in (*LOGIN_ROLES, RULES, "hub_owner", "postgres"):
                if other != role:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await connection.execute(f"set role {other}")
            for taken in ("none", UNGRADED) if role != SEATS[noun].process else ("none",):
                await connection.execute(f"set role {taken}")
                for sql in GRADED:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await connection.execute(sql)
        finally:
            await connection.close()


async def test_a_subgraphs_secret_opens_no_other_role(world: Database, seats: dict[str, Database]) -> None:
    own = {role for role in LOGIN_ROLES if role.startswith("hub_portfolios_")}
    assert len(own) == len(PARTY_KINDS) + 1
    for role in LOGIN_ROLES:
        if role in own:
            await (await seats["portfolios"].connect(role)).close()
        else:
            with pytest.raises(asyncpg.InvalidPasswordError):
                await seats["portfolios"].connect(role)


@pytest.mark.parametrize("noun", NOUNS)
async def test_a_role_of_a_subgraph_reads_its_own_tables_only(seats: dict[str, Database], noun: str) -> None:
    """Issue 3, item 1: rights on its own tables only; beside them the cards, and for the apprentices' what is in no noun."""
    common = {"hub.card", "hub.schema_version"}
    if noun == "apprentices":
        common |= {"hub.event", "hub.epoch", "hub.audit_access", "hub.audit_head", "auth.client"}
    for kind in PARTY_KINDS:
        pool = await seats[noun].party_reader(kind)
        rows = await pool.fetch(
            "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname in ('apprentices', 'gateway', 'portfolios', 'grades', 'hub', 'auth') and c.relkind = 'r'"
            " and has_table_privilege(c.oid, 'select')"
        )
        readable = {row[0] for row in rows}
        assert {each for each in readable if not each.startswith(f"{noun}.")} == common


async def test_a_subgraph_believes_the_hubs_tokens_and_holds_no_key(world: Database, seats: dict[str, Database]) -> None:
    authority = await Authority.open(world.engine("hub_auth"), "http://127.0.0.1:1", "urn:epa-hub:graph", SECRET)
    verifier = Verifier(seats["grades"].engine(SEATS["grades"].process), "http://127.0.0.1:1", "urn:epa-hub:graph")
    for header in (None, "Bearer x.y.z", "Basic abc"):
        with pytest.raises(HubError):
            await verifier.admit(header)
    signer = authority.ring.signer(authority._clock())
    known = verifier.check._ring
    await known.fresh()
    assert set(known._keys) == {signer.kid}
    assert not known._keys[signer.kid].key.is_private
    connection = await seats["grades"].connect(SEATS["grades"].process)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.fetch("select sealed from auth.signing_key")
    await connection.close()
    assert list(chain(known._keys))
