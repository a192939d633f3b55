"""Where the keys that seal an EPAO's unreleased results come from: one data key per EPAO, and its earlier ones."""

from typing import Protocol
from uuid import UUID

from hub.errors import HubError
from hub.sealing import DataKey


class Keys(Protocol):
    """The data keys of EPAOs. Each is handed out for its own party alone."""

    async def current(self, party: UUID) -> DataKey:
        """The key that seals what a party posts now; raises HubError SEALING_KEY_MISSING."""

    async def find(self, party: UUID, key: bytes) -> DataKey:
        """The key of a party with this id; raises HubError SEALING_KEY_MISSING."""


class HeldKeys:
    """A ring held in memory; with `make`, a party without a key gets one when it first needs it."""

    def __init__(self, *, make: bool = True):
        self._make = make
        self._of: dict[UUID, list[DataKey]] = {}

    async def current(self, party: UUID) -> DataKey:
        """The party's latest key."""
        held = self._of.get(party)
        if held:
            return held[-1]
        if not self._make:
            raise HubError("SEALING_KEY_MISSING")
        return self.rotate(party)

    async def find(self, party: UUID, key: bytes) -> DataKey:
        """The key with this id."""
        found = next((each for each in self._of.get(party, ()) if each.id == key), None)
        if found is None:
            raise HubError("SEALING_KEY_MISSING")
        return found

    def rotate(self, party: UUID) -> DataKey:
        """Gives a party a new key; the earlier ones stay for opening."""
        self._of.setdefault(party, []).append(DataKey.new())
        return self._of[party][-1]

    def forget(self, party: UUID) -> None:
        """Loses every key of a party."""
        self._of.pop(party, None)


NO_KEYS = HeldKeys(make=False)
"""The ring of a process that may open nothing: those of the other subgraphs, and any that was given no keys."""
