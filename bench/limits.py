"""Sets the hub beside itself without limits: what these and the accounting of costs take, where a request does least else."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from auth.authority import Authority
from bench import choice
from bench.__main__ import HERE, JUDGED, ratios, say, shown
from bench.contenders import Mint, Place, running
from bench.load import ensure, open_cluster, superuser
from bench.machine import described
from bench.picture import summary
from bench.rounds import Plan, Rounds
from bench.serving import ISSUER
from bench.world import FULL, SMALL
from hub.settings import Settings
from hub.store.pools import Database

TARGETS = {"limits": {"unlimited": 0.95}}
"""The limits take less than a twentieth of the throughput."""


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """The whole run; answers what `limits.json` holds."""
    world = SMALL if arguments.small else FULL
    cluster = open_cluster()
    say("loading")
    name, _ = await ensure(cluster, world)
    place = Place(cluster.owner_url(name), cluster.secret)
    database, connection = Database(place.owner_url, place.secret), await superuser(cluster, name)
    plan = Plan(arguments.seconds, arguments.rounds, (JUDGED,), arguments.settle)
    try:
        mint = Mint(await Authority.open(database.engine("hub_auth"), ISSUER, Settings().audience, place.secret))
        with running(place, ["hub", "unlimited"]) as ports:
            say("measuring what the limits take")
            found = {"limits": await Rounds(ports, mint, plan).reads(list(ports), choice.ones(world, 4000))}
        return {
            "machine": described(await connection.fetchval("show server_version")),
            "plan": {"seconds": plan.seconds, "rounds": plan.rounds, "settle": plan.settle, "judged_at": JUDGED},
            "ratios": ratios(found),
            "targets": TARGETS,
            "timings": shown(found),
        }
    finally:
        await connection.close()
        await database.close()
        cluster.stop()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.limits", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a small world, to see that it works")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each is measured in each round")
    parser.add_argument("--rounds", type=int, default=15, help="how many interleaved rounds: the difference is small")
    parser.add_argument("--settle", type=float, default=6.0, help="how long each warms up")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder for limits.json")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    results = asyncio.run(run(arguments))
    (arguments.out / "limits.json").write_text(json.dumps(results, indent=2) + "\n")
    print(summary(results))


if __name__ == "__main__":
    main()
