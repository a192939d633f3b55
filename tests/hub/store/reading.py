"""A process that reads as an EPAO, and says which reads it has answered; for tests that kill it."""

import asyncio
import sys
from uuid import UUID, uuid4

from hub.store.pools import Database
from hub.store.recorder import Recorder, What
from hub.viewer import PartyKind, Viewer


async def main(url: str, secret: str, party: str) -> None:
    """Read until killed, sixteen at a time."""
    viewer = Viewer(UUID(party), PartyKind.EPAO, uuid4(), "cli_killed", frozenset())
    recorder = Recorder(Database(url, secret.encode()))

    async def reading(start: int) -> None:
        for number in range(start, 1_000_000, 16):
            await recorder.record(viewer, What(f"Q{number}", b"f", ()), (uuid4(),))
            sys.stdout.write(f"Q{number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(reading(start) for start in range(16)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
