"""Runs the bench: loads the world, compares the answers, measures in interleaved rounds, writes JSON and a picture."""

import argparse
import asyncio
import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from auth.authority import Authority
from bench import choice
from bench.compare import compare_reads
from bench.contenders import MODULES, Mint, Place, running
from bench.costs import costs
from bench.load import ensure, open_cluster, superuser
from bench.machine import described, sentence
from bench.orders import page_costs
from bench.picture import draw, summary
from bench.posts import compare_posts, undo
from bench.rounds import Plan, Rounds, Timing
from bench.serving import ISSUER
from bench.world import FULL, SMALL, World
from hub.settings import Settings
from hub.store.pools import Database

HERE = Path(__file__).parent
JUDGED = 32
TARGETS = {
    "cohort": {"handwritten": 0.8, "resolvers": 12},
    "one": {"handwritten": 0.8, "resolvers": 6},
    "page": {"handwritten": 0.8, "resolvers": 12},
}
WRITERS = ["hub", "handwritten"]
Found = dict[str, dict[int, dict[str, Timing]]]


class Bench:
    """One run over one world."""

    def __init__(self, world: World, plan: Plan, ports: dict[str, int], mint: Mint, connection: asyncpg.Connection):
        self.world, self.plan, self.ports, self.mint, self.connection = world, plan, ports, mint, connection
        self.questions = {
            "cohort": choice.cohorts(world, 300),
            "one": choice.ones(world, 4000),
            "page": choice.pages(world, 900),
        }

    async def compared(self) -> dict[str, int]:
        """How many answers were equal, by workload; the run stops at the first that differs."""
        found = {}
        for name, count in (("cohort", 12), ("one", 90), ("page", 24)):
            say(f"comparing {name}")
            found[name] = await compare_reads(self.ports, self.mint, self.questions[name][:count])
        say("comparing post")
        return {**found, "post": await compare_posts(self.ports, self.mint, self.world, self.connection)}

    async def reads(self) -> Found:
        """The timings of every read."""
        rounds, found = Rounds(self.ports, self.mint, self.plan), {}
        for name, questions in self.questions.items():
            say(f"measuring {name}")
            found[name] = await rounds.reads(list(self.ports), questions)
        return found

    async def posts(self) -> dict[int, dict[str, Timing]]:
        """The timings of posting."""
        say("measuring post")
        try:
            rounds = Rounds(self.ports, self.mint, self.plan)
            return await rounds.posts(WRITERS, self._posts, lambda: undo(self.connection))
        finally:
            await undo(self.connection)

    def _posts(self) -> list[Any]:
        return list(islice(choice.posts(self.world), 20_000))


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The whole run; answers what `results.json` holds."""
    world = SMALL if arguments.small else FULL
    cluster = open_cluster()
    say("loading")
    name, seconds = await ensure(cluster, world, fresh=arguments.fresh)
    place = Place(cluster.owner_url(name), cluster.secret)
    database, connection = Database(place.owner_url, place.secret), await superuser(cluster, name)
    authority = await Authority.open(database.engine("hub_auth"), ISSUER, Settings().audience, place.secret)
    mint = Mint(authority)
    plan = Plan(arguments.seconds, arguments.rounds, (8, JUDGED), arguments.settle)
    try:
        with running(place, list(MODULES)) as ports:
            bench = Bench(world, plan, ports, mint, connection)
            compared = await bench.compared()
            found = await bench.reads()
        # Fresh processes: all pools of all contenders at once would be more than the database admits.
        with running(place, WRITERS) as ports:
            bench.ports = ports
            say("measuring every order")
            orders = page_costs(ports["hub"], mint, world, arguments.rounds)
            found["post"] = await bench.posts()
        machine = described(await connection.fetchval("show server_version"))
        return {
            "machine": machine,
            "world": {"apprentices": world.total, "cards": 3 * world.total, "loaded_in_seconds": round(seconds, 1)},
            "plan": {"seconds": plan.seconds, "rounds": plan.rounds, "judged_at": JUDGED},
            "compared": compared,
            "ratios": ratios(found),
            "targets": TARGETS,
            "timings": shown(found),
            "orders": orders,
            "microseconds": await costs(authority, mint, world),
        }
    finally:
        await connection.close()
        await database.close()
        cluster.stop()


def ratios(found: Found) -> dict[str, dict[str, float]]:
    """The hub's rate over each contender's, medians, where it is judged."""
    judged = {name: {who: timing.shown() for who, timing in by[JUDGED].items()} for name, by in found.items()}
    rate = "requests_per_second"
    return {
        name: {who: round(by["hub"][rate] / timing[rate], 3) for who, timing in by.items() if who != "hub"}
        for name, by in judged.items()
    }


def shown(found: Found) -> dict[str, Any]:
    """Every timing as plain values."""
    return {
        name: {str(number): {who: timing.shown() for who, timing in by.items()} for number, by in numbers.items()}
        for name, numbers in found.items()
    }


def say(text: str) -> None:
    """Tells on the terminal what is going on."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a small world, to see that the bench works")
    parser.add_argument("--fresh", action="store_true", help="load the world again")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each contender is measured in each round")
    parser.add_argument("--rounds", type=int, default=5, help="how many interleaved rounds")
    parser.add_argument("--settle", type=float, default=6.0, help="how long each contender warms up")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder for results.json and results.svg")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(run(arguments))
    (arguments.out / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (arguments.out / "results.svg").write_text(draw(results["ratios"], TARGETS, sentence(results["machine"])))
    print(summary(results))


if __name__ == "__main__":
    main()
