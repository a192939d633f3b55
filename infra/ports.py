"""A port for a process that must be told its own before it starts."""

import random
import socket

from hub.errors import HubError

# Below those that systems give to outgoing connections, one of which might else take the port before the process listens.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """A port of the loopback address that nothing listens on; raises HubError HUB_UNAVAILABLE when none is found."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise HubError("HUB_UNAVAILABLE", f"Of a hundred ports from {PORTS[0]} to {PORTS[-1]} none is free.")
