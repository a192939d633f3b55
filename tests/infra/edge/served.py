"""A hub in a process of its own, for tests that send it signals: prints its port, then serves until told to stop."""

import asyncio
import sys

from hub.errors import Problem
from hub.settings import Settings
from infra.asgi import create_app, listening, serve
from infra.edge.logs import set_up_logs
from tests.infra.edge.conftest import FakeAuthority, FakeGraph


def tell(line: str) -> None:
    """One line to whoever started us."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main() -> None:
    """Serve, and say so when the serving is over."""
    set_up_logs(sys.stderr)
    settings = Settings(port=0, drain_seconds=60)

    async def probe() -> list[Problem]:
        return []

    app = create_app(settings, FakeAuthority(), FakeGraph(), probe=probe)  # type: ignore[arg-type]
    opened = listening(settings)
    tell(str(opened.getsockname()[1]))
    await serve(app, settings, opened)
    tell("cleaned up")


if __name__ == "__main__":
    asyncio.run(main())
