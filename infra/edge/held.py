"""How many sockets and subscriptions one client may hold open at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import HubError


class Held:
    """Counts what each client holds; at most `most`, and 0 is no limit. What nobody holds takes no memory."""

    def __init__(self, most: int, code: str):
        self._most, self._code = most, code
        self._counts: dict[str, int] = {}

    @contextmanager
    def by(self, client: str) -> Iterator[None]:
        """Hold one more for as long as the context lasts; raises HubError with the code when that is too many."""
        count = self._counts.get(client, 0)
        if self._most and count >= self._most:
            raise HubError(self._code)
        self._counts[client] = count + 1
        try:
            yield
        finally:
            left = self._counts[client] - 1
            if left:
                self._counts[client] = left
            else:
                del self._counts[client]

    def __len__(self) -> int:
        """How many clients hold anything."""
        return len(self._counts)
