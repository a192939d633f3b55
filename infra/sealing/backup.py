"""A backup of the keys without which a restored database stays shut: one file, sealed under a passphrase."""

import os
from pathlib import Path
from secrets import token_bytes

import orjson
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from hub.errors import HubError
from hub.sealing import DataKey, open_, seal

MADE = b"epa-hub keys 1\n"
SALT_BYTES, WORK, BLOCK = 16, 2**15, 8
SHORTEST = 12


def close(files: dict[str, str], passphrase: str) -> bytes:
    """The backup of files by name; raises HubError ARGUMENT_INVALID for a short passphrase."""
    if len(passphrase) < SHORTEST:
        raise HubError("ARGUMENT_INVALID", f"A passphrase of fewer than {SHORTEST} characters protects nothing.")
    salt = token_bytes(SALT_BYTES)
    return MADE + salt + seal(_key(passphrase, salt), orjson.dumps(files), MADE + salt)


def open_backup(backup: bytes, passphrase: str) -> dict[str, str]:
    """The files in a backup; raises HubError SEALED_VALUE_ALTERED for another passphrase or a changed file."""
    if not backup.startswith(MADE):
        raise HubError("SEALED_VALUE_ALTERED", "This file is no backup of keys.")
    salt, box = backup[len(MADE) : len(MADE) + SALT_BYTES], backup[len(MADE) + SALT_BYTES :]
    try:
        found: dict[str, str] = orjson.loads(open_(_key(passphrase, salt), box, MADE + salt))
    except HubError as refused:
        raise HubError("SEALED_VALUE_ALTERED", "The passphrase is another, or the file is not as it was made.") from refused
    return found


def _key(passphrase: str, salt: bytes) -> DataKey:
    return DataKey.of(Scrypt(salt, 32, WORK, BLOCK, 1).derive(passphrase.encode()))


def gathered(folder: Path, secret: str) -> dict[str, str]:
    """What a backup holds: every EPAO's file of sealing keys, and the secret that seals the signing keys."""
    kept = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("pty_*.json"))}
    return {"secret": secret, **kept}


def put_back(files: dict[str, str], folder: Path, secret: Path | None) -> list[str]:
    """Writes what is not there yet, and answers what; `secret` is the secret's file, unless HUB_SECRET is set.

    Raises HubError STATE_CONFLICT, and writes nothing, when another file stands where one would go.
    """
    places = {folder / name: text for name, text in files.items() if name.startswith("pty_") and name == Path(name).name}
    if secret is not None:
        places[secret] = files["secret"]
    for path, told in places.items():
        if path.exists() and path.read_text(encoding="utf-8").strip() != told.strip():
            raise HubError("STATE_CONFLICT", f"{path} is there already and holds something else: move it away first.")
    written = [path for path in places if not path.exists()]
    for path in written:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(places[path])
    return [path.name for path in written]
