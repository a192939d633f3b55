"""The ring of a process: each EPAO's keys from the environment, else from its file in the folder of sealing keys."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import UUID

from hub.errors import HubError
from hub.sealing import DataKey
from hub.settings import Settings
from hub.words import id_text
from infra.sealing import files, service
from infra.sealing.files import KeptKey, KeyFile

VARIABLE = "HUB_SEALING_KEY_"
HELD_SECONDS = 300.0
"""How long a key that a service unwrapped is held in memory: as long, an EPAO that withdraws it waits at most."""


@dataclass(slots=True)
class Ring:
    """The keys of EPAOs at hand. With `make`, a party that has none gets one in the folder when it first needs it."""

    folder: Path
    make: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _read: dict[UUID, tuple[int, KeyFile]] = field(default_factory=dict)
    _unwrapped: dict[bytes, tuple[float, DataKey]] = field(default_factory=dict)
    _plain: dict[str, DataKey] = field(default_factory=dict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def current(self, party: UUID) -> DataKey:
        """The key that seals what a party posts now; raises HubError SEALING_KEY_MISSING."""
        given = self._given(party)
        if given:
            return given[0]
        kept = self._kept(party)
        if not kept.keys and self.make:
            await self._first(party)
            kept = self._kept(party)
        if not kept.keys:
            raise missing(party)
        return await self._opened(party, kept, list(kept.keys)[-1])

    async def find(self, party: UUID, key: bytes) -> DataKey:
        """The key of a party with this id; raises HubError SEALING_KEY_MISSING."""
        for each in self._given(party):
            if each.id == key:
                return each
        kept = self._kept(party)
        if key.hex() not in kept.keys:
            raise missing(party)
        return await self._opened(party, kept, key.hex())

    async def rotate(self, party: UUID, command: Sequence[str] | None = None) -> DataKey:
        """Gives a party a new key, wrapped by its command where it has one; the earlier ones stay for opening.

        Raises HubError SETTING_INVALID when the party's keys come from the environment.
        """
        if self._given(party):
            raise HubError("SETTING_INVALID", f"Its keys come from {variable_of(party)}: put a new one in front there.")
        kept, made = self._kept(party), DataKey.new()
        command = tuple(command) if command else kept.command
        new = KeptKey(wrapped=await service.wrap(command, party, made)) if command else KeptKey(key=files.encoded(made))
        changed = KeyFile(keys={**kept.keys, made.id.hex(): new}, command=command)
        files.write(files.path_of(self.folder, party), changed)
        return made

    def held(self, party: UUID) -> set[bytes]:
        """The ids of the party's keys that are here, whether or not a key service opens them now."""
        return {each.id for each in self._given(party)} | {bytes.fromhex(each) for each in self._kept(party).keys}

    async def _first(self, party: UUID) -> None:
        made = DataKey.new()
        kept = KeyFile(keys={made.id.hex(): KeptKey(key=files.encoded(made))})
        files.write(files.path_of(self.folder, party), kept, first=True)

    def _given(self, party: UUID) -> list[DataKey]:
        listed = self.environment.get(variable_of(party), "").replace(",", " ").split()
        for each in listed:
            if each not in self._plain:
                self._plain[each] = files.decoded(each)
        return [self._plain[each] for each in listed]

    def _kept(self, party: UUID) -> KeyFile:
        path = files.path_of(self.folder, party)
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            return KeyFile()
        known = self._read.get(party)
        if known is None or known[0] != changed:
            known = self._read[party] = (changed, files.read(path))
        return known[1]

    async def _opened(self, party: UUID, kept: KeyFile, key: str) -> DataKey:
        each = kept.keys[key]
        if each.key is not None:
            found = self._plain.get(each.key) or self._plain.setdefault(each.key, files.decoded(each.key))
        else:
            found = await self._unwrap(party, kept, key, each.wrapped or "")
        if found.id.hex() != key:
            raise HubError("SEALING_KEY_INVALID", f"The key {key} of {id_text('pty', party)} is not the one it was.")
        return found

    async def _unwrap(self, party: UUID, kept: KeyFile, key: str, wrapped: str) -> DataKey:
        async with self._busy:
            until, found = self._unwrapped.get(bytes.fromhex(key), (0.0, None))
            if found is None or monotonic() > until:
                self._unwrapped.pop(bytes.fromhex(key), None)
                found = await service.unwrap(kept.command or (), party, wrapped)
                self._unwrapped[bytes.fromhex(key)] = (monotonic() + HELD_SECONDS, found)
        return found


def variable_of(party: UUID) -> str:
    """The environment variable of a party's keys: base64, the one that seals first, the earlier ones behind it."""
    return VARIABLE + party.hex.upper()


def missing(party: UUID) -> HubError:
    """The refusal when a key of a party is not at hand."""
    return HubError("SEALING_KEY_MISSING", f"The sealing key of {id_text('pty', party)} is not at hand.")


def folder_of(settings: Settings) -> Path:
    """HUB_SEALING_KEYS, else the folder in the hub's home."""
    return settings.sealing_keys or settings.home / "sealing"


def ring_of(settings: Settings, *, own: bool) -> Ring:
    """The ring of a process; `own` says that the database is the hub's own, where first keys are made on first need."""
    return Ring(folder_of(settings), own if settings.sealing_make is None else settings.sealing_make)
