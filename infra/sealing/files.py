"""The file of one EPAO's sealing keys: its keys as they are, or wrapped by a key service that the EPAO controls."""

import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.errors import HubError
from hub.sealing import DataKey
from hub.words import id_text


class KeptKey(BaseModel):
    """One key: itself in base64, or wrapped as the key service gave it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str | None = None
    wrapped: str | None = None


class KeyFile(BaseModel):
    """A party's keys by id, oldest first: the last one seals, the others open. `command` wraps and unwraps new ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: dict[str, KeptKey] = {}
    command: tuple[str, ...] | None = None


def path_of(folder: Path, party: UUID) -> Path:
    """Where a party's file is."""
    return folder / f"{id_text('pty', party)}.json"


def read(path: Path) -> KeyFile:
    """The keys in a file; raises HubError SEALING_KEY_INVALID when it is not one."""
    try:
        return KeyFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as refused:
        # What is wrong with a file of keys is never told with what stands in it.
        raise HubError("SEALING_KEY_INVALID", f"{path.name} holds no sealing keys that can be read.") from refused


def write(path: Path, held: KeyFile, *, first: bool = False) -> bool:
    """Writes a file whole and for its owner alone; with `first`, only where there is none. Answers whether it did."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = held.model_dump_json(exclude_none=True, indent=2) + "\n"
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    try:
        if first:
            # A link is refused where a file stands: of two processes that make a first key, one does.
            os.link(made, path)
        else:
            made.replace(path)
    except FileExistsError:
        return False
    finally:
        made.unlink(missing_ok=True)
    return True


def decoded(text: str) -> DataKey:
    """A key written in base64; raises HubError SEALING_KEY_INVALID."""
    try:
        return DataKey.of(b64decode(text, validate=True))
    except (NotBase64, ValueError) as refused:
        raise HubError("SEALING_KEY_INVALID") from refused


def encoded(key: DataKey) -> str:
    """A key in base64."""
    return b64encode(key.secret).decode()
