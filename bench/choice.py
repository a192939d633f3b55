"""Which questions are asked: many parties, many ids, the same for every contender."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from bench.workloads import Asked
from bench.world import INTAKE, World, uid
from hub.viewer import PartyKind
from hub.words import id_text

EMPLOYER, PROVIDER, EPAO = PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO
BY = {"reference": "A-1", "name": "Kim Example", "role": "Lead assessor"}


def cohorts(world: World, count: int) -> list[Asked]:
    """Whole intakes: those of every provider, and of the big employer."""
    providers = [(world.viewer(PROVIDER, n), "INTAKE-1") for n in range(1, world.providers)]
    employers = [(world.big_viewer(EMPLOYER), f"INTAKE-{n}") for n in range(world.big // INTAKE)]
    pairs = [pair for both in zip(providers, employers * 20, strict=False) for pair in both]
    return [Asked(viewer, "cohort", {"intake": intake}) for viewer, intake in _spread(pairs, count)]


def ones(world: World, count: int) -> list[Asked]:
    """Apprentices all over, each asked for by its employer, its provider or its EPAO in turn."""
    found = []
    for n in range(count):
        i = n * 7907 % world.total
        kind = (EMPLOYER, PROVIDER, EPAO)[n % 3]
        viewer = world.viewer(kind, world.parties_of(i)[n % 3] if n % 3 else min(i // 100, world.employers))
        found.append(Asked(viewer, "one", {"id": id_text("apr", uid("apprentice", i))}))
    return found


def pages(world: World, count: int) -> list[Asked]:
    """First pages of employers, providers and EPAOs in every order."""
    orders = ("NAME", "DUE", "EXPECTED_GATEWAY", "START")
    viewers = [
        world.viewer(kind, n * 13 % most)
        for n in range(count)
        for kind, most in ((EMPLOYER, world.employers), (PROVIDER, world.providers), (EPAO, world.epaos))
    ]
    return [Asked(each, "page", {"first": 50, "orderBy": orders[n % 4]}) for n, each in enumerate(viewers[:count])]


def posts(world: World) -> Iterator[Asked]:
    """Results to post, each of them once: the professional discussion of one apprentice after another."""
    for i in world.waiting():
        viewer = world.viewer(EPAO, world.parties_of(i)[2])
        yield Asked(viewer, "post", {"input": discussion(id_text("apr", uid("apprentice", i)))})


def discussion(apprentice: str) -> dict[str, Any]:
    """A passed professional discussion."""
    part = {"component": "PD", "outcome": "PASS", "heldOn": "2026-02-20", "minutes": 90}
    part |= {"bankQuestions": 6, "ownQuestions": 6}
    return {
        "apprenticeId": apprentice, "method": "PD", "grade": "PASS", "assessor": "IA-7", "components": [part], "by": BY
    }  # fmt: skip


def _spread(items: list[Any], count: int) -> list[Any]:
    ordered = sorted(items, key=lambda each: sha256(repr(each).encode()).digest())
    return [ordered[n % len(ordered)] for n in range(count)]
