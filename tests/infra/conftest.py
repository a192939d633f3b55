"""A federation for the tests that ask through a router."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.federation import Federation, federation
from infra.ports import free_port


@pytest.fixture(scope="module")
async def behind_a_router() -> AsyncIterator[Federation]:
    """One federation for a module; its router's address is the hub's, as clients know it."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hubf", ignore_cleanup_errors=True) as folder:
        async with federation(Path(folder), lambda _: None, port, origin=f"http://127.0.0.1:{port}") as found:
            yield found
