"""A18: token requests are paced per client and per address, a failure counts as ten, and nobody can lock out another."""

import time

import httpx2
import pytest

from auth.attempts import ADDRESS, AT_ONCE, FAILURE, Attempts
from tests.auth.conftest import Desk

HERE, THERE = "198.51.100.1", "198.51.100.2"
RATE = 2


class From:
    """The application as it looks from one address."""

    def __init__(self, app: object, address: str):
        self._app, self._address = app, address

    async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
        """Pass on."""
        await self._app({**scope, ADDRESS: self._address}, receive, send)  # type: ignore[operator]


async def ask(desk: Desk, client_id: str, secret: str, address: str = HERE) -> httpx2.Response:
    """A token request from an address."""
    app = desk.http._transport.app  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=From(app, address))  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url="https://hub.example") as http:
        form = {"grant_type": "client_credentials"}
        return await http.post("/oauth/token", data=form, auth=(client_id, secret))


@pytest.fixture
def paced(desk: Desk) -> Desk:
    """Two tokens a second, twenty at once."""
    desk.authority.attempts = Attempts(RATE, lambda: 0.0)
    return desk


async def test_a18_a_burst_of_one_client_is_refused_with_429_and_when_to_come_again(paced: Desk) -> None:
    """Limit ± 1: twenty are issued wherever they come from, the next is not, and another client goes on."""
    client, other = await paced.new_client(), await paced.new_client()
    for number in range(RATE * AT_ONCE):
        assert (await ask(paced, client.client_id, client.client_secret, f"192.0.2.{number}")).status_code == 200
    refused = await ask(paced, client.client_id, client.client_secret, "192.0.2.200")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["code"] == "THROTTLED" and "access_token" not in refused.text
    assert refused.headers["cache-control"] == "no-store"
    assert (await ask(paced, other.client_id, other.client_secret, "192.0.2.200")).status_code == 200


async def test_a18_guessing_from_an_address_is_cut_short_and_names_no_client(paced: Desk) -> None:
    """A failure counts as ten; a refusal is the same for a client that exists and one that does not (A14)."""
    client = await paced.new_client()
    for _ in range(RATE * AT_ONCE // FAILURE):
        assert (await ask(paced, client.client_id, "wrong")).status_code == 401
    known = await ask(paced, client.client_id, "wrong")
    unknown = await ask(paced, "cli_00000000-0000-4000-8000-000000000000", "wrong")
    right = await ask(paced, client.client_id, client.client_secret)
    assert [each.status_code for each in (known, unknown, right)] == [429] * 3
    assert known.content == unknown.content == right.content
    assert (await ask(paced, client.client_id, client.client_secret, THERE)).status_code == 200


async def test_a18_nobody_can_lock_a_client_out_by_failing_in_its_name(paced: Desk) -> None:
    client = await paced.new_client()
    for number in range(60):
        assert (await ask(paced, client.client_id, "wrong", f"203.0.113.{number}")).status_code == 401
    assert (await ask(paced, client.client_id, client.client_secret)).status_code == 200


async def test_a14_a_busy_client_is_refused_to_others_as_one_that_does_not_exist(paced: Desk) -> None:
    """Who only knows its name hears no word of its pace, and takes nothing of it."""
    client = await paced.new_client()
    for number in range(RATE * AT_ONCE):
        assert (await ask(paced, client.client_id, client.client_secret, f"192.0.2.{number}")).status_code == 200
    known = await ask(paced, client.client_id, "wrong")
    unknown = await ask(paced, "cli_00000000-0000-4000-8000-000000000000", "wrong")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (401, known.content)
    assert (await ask(paced, client.client_id, client.client_secret, THERE)).status_code == 429


async def test_a18_a_refused_attempt_touches_no_client_and_is_cheap(paced: Desk) -> None:
    for _ in range(RATE * AT_ONCE // FAILURE):
        await ask(paced, "cli_00000000-0000-4000-8000-000000000000", "wrong")
    paced.authority._engine = None  # type: ignore[assignment]  # whoever reaches for the database now fails
    began = time.perf_counter()
    for _ in range(20):
        assert (await ask(paced, "cli_00000000-0000-4000-8000-000000000000", "wrong")).status_code == 429
    assert time.perf_counter() - began < 2
