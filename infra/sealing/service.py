"""An EPAO's own key service: a command that wraps and unwraps its data key, so that the key is never kept here.

It is run as `COMMAND… wrap PARTY` or `COMMAND… unwrap PARTY`, is given base64 or what it wrapped on its input, and
writes what it wrapped, or base64, on its output. Any other exit code than 0 is a refusal.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from hub.errors import HubError
from hub.sealing import DataKey
from hub.words import id_text
from infra.sealing.files import decoded, encoded

SECONDS = 10.0


async def wrap(command: Sequence[str], party: UUID, key: DataKey) -> str:
    """The key as the service keeps it; raises HubError SEALING_KEY_MISSING when it refuses or does not answer."""
    return await _run(command, "wrap", party, encoded(key))


async def unwrap(command: Sequence[str], party: UUID, wrapped: str) -> DataKey:
    """The key that the service wrapped; raises HubError SEALING_KEY_MISSING when it refuses or does not answer."""
    return decoded(await _run(command, "unwrap", party, wrapped))


async def _run(command: Sequence[str], verb: str, party: UUID, given: str) -> str:
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    refused = HubError("SEALING_KEY_MISSING", f"The key service of {id_text('pty', party)} does not {verb} its key.")
    if not command:
        raise refused
    try:
        process = await asyncio.create_subprocess_exec(
            *command, verb, id_text("pty", party), stdin=pipe, stdout=pipe, stderr=nothing
        )
    except OSError as error:
        raise refused from error
    try:
        out, _ = await asyncio.wait_for(process.communicate(given.encode()), SECONDS)
    except (TimeoutError, ConnectionError) as error:
        with suppress(ProcessLookupError):
            process.kill()
        raise refused from error
    if process.returncode or not out.strip():
        raise refused
    return out.decode().strip()
