"""A statement nobody waits for any more is stopped in PostgreSQL itself before its connection is lent again."""

import asyncio

import asyncpg

STOP_SECONDS = 5.0
AFTER = "select 1"
"""What runs next: the driver lets it begin once the server has taken the cancellation."""


async def stopped(connection: asyncpg.Connection) -> bool:
    """Waits until what was left running is stopped; whether the connection may be lent again, else it is closed.

    Closing the connection alone would stop nothing: a server notices that its client is gone when it next writes to it.
    """
    try:
        async with asyncio.timeout(STOP_SECONDS):
            try:
                await connection.execute(AFTER)
            except asyncpg.QueryCanceledError:
                # The cancellation came late and hit the statement after the one it was meant for.
                await connection.execute(AFTER)
        clean = not connection.is_in_transaction()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        clean = False
    if not clean:
        connection.terminate()
    return clean
