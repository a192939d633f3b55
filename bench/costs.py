"""What the hub pays once: checking a token never seen, planning a document never seen; and for each proof of possession."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from statistics import median

from auth.authority import Authority
from bench.contenders import Mint
from bench.proving import proof_costs
from bench.workloads import DOCUMENTS
from bench.world import World
from hub.viewer import PartyKind
from schema.federation.carve import subgraph
from schema.reader.reader import Reader

TIMES = 200
VARIABLES = {
    "cohort": {"intake": "INTAKE-1"},
    "one": {"id": "apr_00000000-0000-4000-8000-000000000000"},
    "page": {"first": 50, "orderBy": "NAME"},
}


async def costs(authority: Authority, mint: Mint, world: World) -> dict[str, float]:
    """Medians in microseconds."""
    viewer = world.viewer(PartyKind.EMPLOYER, 1)
    fresh = [f"Bearer {mint.token(viewer)}" for _ in range(TIMES)]
    reader = Reader(subgraph(), b"a key for the bench only, of any length")
    found = {
        "token_first_seen": await _each(authority.admit, fresh),
        "token_seen_before": await _each(authority.admit, fresh[:1] * TIMES),
        **await proof_costs(authority, mint, viewer),
    }
    for name, variables in VARIABLES.items():
        # A comment makes another document of it, so that nothing is found in a cache.
        texts = [f"# {number}\n{DOCUMENTS[name]}" for number in range(50)]
        found[f"document_{name}_first_seen"] = _plans(reader, texts, variables)
        found[f"document_{name}_seen_before"] = _plans(reader, texts[-1:] * TIMES, variables)
    return found


async def _each(work: Callable[[str], Awaitable[object]], given: list[str]) -> float:
    taken = []
    for each in given:
        started = time.perf_counter()
        await work(each)
        taken.append(time.perf_counter() - started)
        await asyncio.sleep(0)
    return round(1e6 * median(taken), 1)


def _plans(reader: Reader, texts: list[str], variables: dict[str, object]) -> float:
    taken = []
    for text in texts:
        started = time.perf_counter()
        reader.plan(text, None, variables, PartyKind.EMPLOYER, frozenset())
        taken.append(time.perf_counter() - started)
    return round(1e6 * median(taken), 1)
