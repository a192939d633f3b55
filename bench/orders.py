"""Whether a page costs the same for a party with a hundred apprentices and for one with twenty thousand."""

from statistics import median
from typing import Any

from bench.client import Job, measure
from bench.contenders import Mint
from bench.workloads import Asked
from bench.world import World
from hub.viewer import PartyKind

ORDERS = ("NAME", "DUE", "EXPECTED_GATEWAY", "START")
KINDS = (PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO)
SECONDS = 0.6


def page_costs(port: int, mint: Mint, world: World, rounds: int) -> list[dict[str, Any]]:
    """The median milliseconds of a page of 50 on one connection, by kind of party and order, small and big in turns."""
    found = []
    for kind in KINDS:
        for order in ORDERS:
            small, big = world.small_viewer(kind), world.big_viewer(kind)
            times: dict[str, list[float]] = {"small": [], "big": []}
            for turn in range(rounds + 1):
                for name, viewer in (("small", small), ("big", big))[:: 1 if turn % 2 else -1]:
                    asked = Asked(viewer, "page", {"first": 50, "orderBy": order})
                    job = Job(port, [asked.request("hub", mint.token(viewer))], 1, SECONDS, 0.1)
                    # The first turn lets every connection plan its statement.
                    if turn:
                        times[name].append(measure(job).quantile(0.5))
                    else:
                        measure(job)
            one, other = median(times["small"]), median(times["big"])
            row = {"kind": str(kind), "order": order, "of_100_ms": round(one, 3), "of_20000_ms": round(other, 3)}
            found.append({**row, "ratio": round(other / one, 3)})
    return found
