"""Whatever an operator's command changes is on record, on the chain of the party concerned (issue 4 item 5, B8, d4).

The commands are those of the command tree: one that is in neither table below fails, and so does one that changes a row
and leaves no record, or says that it changes nothing and does.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from joserfc.jwk import ECKey

from hub.store.documents import hash_of
from hub.store.pools import Database
from hub.store.relay import ensure_epoch
from hub.words import id_text, parse_id
from infra.postgres import EmbeddedPostgres, cluster_folder, read_secret
from infra.sealing.ring import Ring
from tests.hub.acts.conftest import post, to_assessment
from tests.hub.store.telling import now
from tests.infra.operated import NAME, NOBODY, TEXT, House, commands
from tests.infra.running import Ran, hub, hub_inside
from tests.world import Story, World, new_story

LINE = '{{"apprentice":"{}","ground":"MISTAKE","on":"2026-03-02","at":"2026-03-02T10:00:00+00:00","marks":[]}}\n'
ERASED = "apr_00000000-0000-4000-8000-000000000000"
EMPLOYER, PROVIDER = "EMPLOYER_NUMBER:900000001", "UKPRN:10000007"

# What changes no row of the database beside the record of reads and acts itself, and why.
UNCHANGING = {
    **dict.fromkeys(("serve", "tour", "federation"), "runs a hub, whose parties act for themselves"),
    "db upgrade": "brings schema, roles and locks to those of the release, which are the same for every hub",
    "audit heads": "signs the record as it stands",
    **dict.fromkeys(("keys backup", "keys restore"), "copies files of the host, also where no database is"),
    **dict.fromkeys(
        ("schema print", "schema write", "schema release", "docs write", "subgraph settings"), "writes files from the code"
    ),
    **dict.fromkeys(("plan check", "explain", "generate ilr", "db roles"), "opens no database"),
}
# These read, and are run to see that they do nothing else.
READING: dict[str, tuple[str, ...]] = {
    "doctor": ("--port", "0"),
    "db check": (),
    "organisation show": (PROVIDER,),
    "client list": (),
    "documents list": (),
    "audit verify": (),
    "audit who": (),
    "keys check": (),
    "standard list": (),
    "retention": ("--dry-run",),
    "erasures list": (),
}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A hub with three parties of whom one has posted, its home's path short enough for a socket."""
    home = Path(tempfile.mkdtemp(prefix="hubo"))
    server = EmbeddedPostgres(cluster_folder(home), read_secret(home))
    assert hub(home, "db", "upgrade").code == 0
    made = House(home, server)

    async def make() -> None:
        database = Database(server.owner_url("hub"), read_secret(home))
        story: Story = await new_story(World(database, keys=Ring(home / "sealing", make=True)))
        await post(await to_assessment(story), "FAIL", "DISTINCTION")
        (row,) = await story.world.rows("select id from grades.result where method = 'PD'")
        relay = await database.connect("hub_relay")
        await ensure_epoch(relay, now())
        await relay.close()
        await database.close()
        made.result, made.apprentice = id_text("res", row["id"]), story.id
        made.epao = f"EPAO_ID:{story.epao.identifier['value']}", story.epao.viewer.party

    asyncio.run(make())
    yield made
    server.stop()
    shutil.rmtree(home, ignore_errors=True)


def jwks(folder: Path, kid: str) -> str:
    """A file with one public key."""
    file = folder / f"{kid}.json"
    file.write_bytes(orjson.dumps({"keys": [ECKey.generate_key("P-256", parameters={"kid": kid}).as_dict(private=False)]}))
    return str(file)


def second(ran: Ran) -> str:
    """The client's id, where `hub client add` prints it."""
    return ran.out.split()[1]


def test_b8_every_change_by_a_command_is_on_record_on_its_partys_chain(house: House, tmp_path: Path) -> None:
    """Issue 4 item 5: run as the operator runs them; the thing is named by its id, and no name or secret stands there."""
    organised(house)
    clients(house, tmp_path)
    documents(house, tmp_path)
    keys_and_results(house)
    data(house, tmp_path)
    for name, more in READING.items():
        _, changed, records = house.does(*name.split(), *more)
        assert (changed, records) == (set(), []), name
    # The demonstration is a hub of its own: tests/infra/test_demo.py looks at what it leaves on record.
    assert commands() - house.ran - set(UNCHANGING) == {"demo"}, "a command that no test knows"
    assert not set(UNCHANGING) & house.ran


def test_b8_what_cannot_be_put_on_record_is_not_done(house: House, tmp_path: Path) -> None:
    """Issue 4 item 5: the row stands in the transaction of the change, so a command whose row is refused changes nothing."""
    named, file = house.epao[0], tmp_path / "more.graphql"
    file.write_text(TEXT + " ")
    add = ("client", "add", named, "--as", "epao", "--name", NAME)
    client = second(hub(house.home, *add))
    sealing = {each: each.read_bytes() for each in (house.home / "sealing").iterdir()}
    asyncio.run(house.above_all("revoke insert on hub.audit from hub_auth, hub_operator, hub_rules"))
    before = asyncio.run(house.seen())[0]
    for words in (
        add, ("client", "lock", client), ("client", "disable", client), ("organisation", "disable", named), ("db", "restored"),
        ("documents", "add", str(file)), ("keys", "rotate"), ("keys", "rotate", "--sealing", named),
        ("organisation", "link", named, "VALE"), ("standard", "set-lars", "ST0648", "288"),
        ("unseal", house.result, "--reason", "Court order 17 of 2 March", "--by", "Op"),
    ):  # fmt: skip
        ran = hub(house.home, *words)
        assert (ran.code, ran.out) == (1, ""), (words, ran)
    assert asyncio.run(house.seen())[0] == before
    assert {each: each.read_bytes() for each in (house.home / "sealing").iterdir()} == sealing
    assert hub(house.home, "db", "upgrade").code == 0 and hub(house.home, "client", "lock", client).code == 0


def organised(house: House) -> None:
    """Organisations and standards: the operator's own chain, for they are known before they are anybody's."""

    def organisation(act: str) -> Callable[[Ran], list[tuple[UUID, str, str | None]]]:
        return lambda _: [(NOBODY, act, hub(house.home, "organisation", "show", EMPLOYER).out.split()[1])]

    words = ("organisation", "add", "Canary Probation", "--as", "employer", "--id", EMPLOYER)
    house.changes(*words, on=organisation("addOrganisation"))
    house.changes("organisation", "link", EMPLOYER, "VALE", on=organisation("linkGroup"))
    house.changes("standard", "set-lars", "ST0648", "287", on=lambda _: [(NOBODY, "setLars", "ST0648")])


def clients(house: House, folder: Path) -> None:
    """A client is its party's: a party finds on its chain each that somebody gave it, turned, bound or shut out."""
    party = asyncio.run(house.party(EMPLOYER))
    add = ("client", "add", EMPLOYER, "--as", "employer", "--name", NAME)
    one = second(house.changes(*add, on=lambda ran: [(party, "client add", second(ran))]))
    keyed = ("--jwks", jwks(folder, "old"))
    two = second(house.changes(*add, *keyed, on=lambda ran: [(party, "client add", second(ran))]))
    house.changes("client", "rotate", two, "--jwks", jwks(folder, "new"), on=lambda _: [(party, "client rotate", two)])
    house.changes("client", "lock", two, on=lambda _: [(party, "client lock", two)])
    house.changes("client", "unlock", two, on=lambda _: [(party, "client unlock", two)])
    epaos = ("client", "add", house.epao[0], "--as", "epao", "--name", NAME)
    three = second(house.changes(*epaos, on=lambda ran: [(house.epao[1], "client add", second(ran))]))
    both = [(party, "client disable", one), (house.epao[1], "client disable", three)]
    house.changes("client", "disable", "--with-secret", on=lambda _: both)
    told = hub(house.home, "audit", "who", "--client", two).out.splitlines()
    assert [line.split()[3] for line in told] == ["add:", "rotate:", "lock:", "unlock:"] and all(two in line for line in told)
    house.changes("organisation", "disable", EMPLOYER, on=lambda _: [(party, "organisation disable", two)])
    four = second(house.changes(*add, on=lambda ran: [(party, "client add", second(ran))]))
    house.changes("client", "disable", four, on=lambda _: [(party, "client disable", four)])


def documents(house: House, folder: Path) -> None:
    """A document of one client is its party's; one of every client is nobody's."""
    party, file, hash_ = asyncio.run(house.party(EMPLOYER)), folder / "canary.graphql", f"sha256:{hash_of(TEXT)}"
    file.write_text(TEXT)
    client = second(hub(house.home, "client", "add", EMPLOYER, "--as", "employer", "--name", NAME))
    house.changes("documents", "add", str(file), on=lambda _: [(NOBODY, "documents add", hash_)])
    words = ("documents", "add", str(file), "--client", client)
    house.changes(*words, on=lambda _: [(party, "documents add", hash_)])
    assert house.does(*words)[1:] == (set(), []), "known already"
    both = [(NOBODY, "documents remove", hash_), (party, "documents remove", hash_)]
    house.changes("documents", "remove", hash_, on=lambda _: both)


def keys_and_results(house: House) -> None:
    """The hub's keys are nobody's, a sealing key and an opened result are their EPAO's."""
    assert hub(house.home, "audit", "heads").code == 0
    house.changes("keys", "rotate", on=lambda ran: [(NOBODY, "keys rotate", ran.out.split()[0])])
    named, party = house.epao
    house.changes("keys", "rotate", "--sealing", named, on=lambda _: [(party, "keys rotate", id_text("pty", party))])
    opened = ("unseal", house.result, "--reason", "Court order 17 of 2 March", "--by", "Op")
    house.changes(*opened, on=lambda _: [(party, "unsealResult", house.result)])


def data(house: House, folder: Path) -> None:
    """What is done to apprentices names them; an import is its provider's."""
    told = house.does("export", "subject", house.apprentice, "--out", str(folder / "subject"))
    assert [(row["party_id"], row["act"], row["subjects"]) for row in told[2]] == [
        (NOBODY, "exportSubject", [parse_id(house.apprentice, "apr")])
    ]
    (folder / "erased").write_text(LINE.format(ERASED))
    replay = ("erasures", "replay", "--file", str(folder / "erased"))
    house.changes(*replay, on=lambda _: [(NOBODY, "erasures replay", None)])
    assert house.does(*replay)[1:] == (set(), []), "erased already"
    house.changes("db", "restored", on=lambda _: [(NOBODY, "db restored", None)])
    cohort = str(folder / "cohort.xml")
    assert hub_inside(house.home, "generate", "ilr", cohort, "--size", "3").code == 0
    records = house.does("import", "ilr", cohort)[2]
    whose = {(row["party_id"], row["client"]) for row in records}
    assert (
        whose == {(asyncio.run(house.party(PROVIDER)), "hub import ilr")} and sum(len(row["subjects"]) for row in records) == 3
    )
    run = house.does("retention", "run", HUB_TODAY="2099-01-01")
    assert run[1] > {"hub.audit"}, run[1]
    assert {(row["party_id"], row["act"].partition(".")[0]) for row in run[2]} == {(NOBODY, "retention")}
