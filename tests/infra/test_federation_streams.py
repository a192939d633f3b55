"""Many identical subscriptions behind a router: those of a party share the reads of its events, and nobody else does."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import orjson
import pytest

from infra.federation import Federation
from infra.tour.clients import Client
from tests.infra.federated import NEEDS, clients
from tests.infra.following import Followers

BY_SOCKET, ALONE = (90, 90, 90, 90, 90), 50
"""How many subscriptions of a party go over each of its sockets, and how many over a connection of their own: 500 in all."""
OWN = """subscription Own { progress { cursor event { id type apprentice { id familyName myReference contact { email }
  gateway { readiness { status items { requirement state } } } portfolio { state } grade { overall } } } } }"""
LISTED = "{ apprentices(first: 100, filter: {status: [IN_ASSESSMENT, TO_RELEASE]}) { nodes { id } } }"


async def two_stories(six: dict[str, Client]) -> tuple[tuple[str, set[str]], tuple[str, set[str]]]:
    """Two apprentices, each of an employer, a provider and an EPAO, and nobody of the one with anybody of the other."""
    seen: dict[str, set[str]] = {}
    for name, client in six.items():
        for each in (await client.ask(LISTED)).data["apprentices"]["nodes"]:
            seen.setdefault(each["id"], set()).add(name)
    return next(
        ((one, theirs), (other, others))
        for one, theirs in seen.items()
        for other, others in seen.items()
        if len(theirs) == len(others) == 3 and theirs | others == set(six)
    )


@NEEDS
@pytest.mark.federation
async def test_six_parties_following_the_same_each_hear_their_own_bytes(behind_a_router: Federation) -> None:
    """Issue 3, Must show: identical subscriptions of six parties; each hears its own events, the same bytes, and no other's.

    Of an event that only some may hear the others are told nothing, however many ask the same as those who may.
    """
    limits = httpx2.Limits(max_connections=6 * ALONE + 10)
    async with httpx2.AsyncClient(timeout=60, trust_env=False, limits=limits) as http, AsyncExitStack() as stack:
        six = clients(behind_a_router, http)
        (one, theirs), (other, others) = await two_stories(six)
        for name, client in six.items():
            await client.do("setMyReference", apprenticeId=one if name in theirs else other, myReference=f"mark of {name}")
        following: dict[str, list[Followers]] = {name: [] for name in six}
        # Some after others, for each costs its client a part of its budget.
        for transport, count in (*(("WebSocket", count) for count in BY_SOCKET), *(("SSE", 1),) * ALONE):
            for name, client in six.items():
                following[name].append(followers := Followers(client, transport, OWN, http, count))
                stack.push_async_callback(followers.close)
            await asyncio.gather(*(found[-1].heard(1) for found in following.values()))
        # The third is heard after all that was told before: who is told of the other's story has heard it by then.
        for apprentice, parties in ((one, theirs), (other, others), (one, theirs)):
            await acts(six, apprentice, parties)
        counts = {name: 3 if name in theirs else 2 for name in six}
        await asyncio.gather(*(each.heard(counts[name]) for name, found in following.items() for each in found))
        heard = {name: {tuple(told) for each in found for told in each.payloads} for name, found in following.items()}
    for name, found in heard.items():
        mine = next(iter(found))
        assert len(found) == 1 and len(mine) == counts[name], (name, found)
        is_its_own(name, mine, one if name in theirs else other)
    everything = [payload for found in heard.values() for told in found for payload in told]
    assert len(everything) == len(set(everything)) == sum(counts.values())


async def acts(six: dict[str, Client], apprentice: str, parties: set[str]) -> None:
    """The employer changes how an apprentice is reached, of which all three hear."""
    employer = next(name for name in parties if name.startswith("employer"))
    await six[employer].do("setContact", apprenticeId=apprentice, email=f"{apprentice}@people.example")


def is_its_own(name: str, payloads: tuple[str, ...], apprentice: str) -> None:
    """A party's payloads are of its own apprentice, with its own reference, and name no other party's."""
    told: list[dict[str, Any]] = [orjson.loads(each)["data"]["progress"]["event"] for each in payloads]
    assert told[0] is None and all(each["apprentice"]["id"] == apprentice for each in told[1:])
    assert all(each["apprentice"]["myReference"] == f"mark of {name}" for each in told[1:])
    assert all(each["apprentice"]["contact"] == {"email": f"{apprentice}@people.example"} for each in told[1:])
    assert "".join(payloads).count("mark of ") == len(payloads) - 1
