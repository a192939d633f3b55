"""What a PostgreSQL raises that is down, starting, out of connections or gone in between: try again shortly."""

import asyncpg
from sqlalchemy.exc import TimeoutError as NoConnectionFree

AWAY = (
    OSError,
    TimeoutError,
    NoConnectionFree,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)

# On a connection that is held for long, asyncpg's own complaints mean that the server took leave between two queries.
LOST = (*AWAY, asyncpg.InterfaceError, asyncpg.InternalClientError)


def away(error: BaseException | None) -> bool:
    """Whether an error, or one that it was raised from, says that the database is away rather than that we erred."""
    while error is not None:
        if isinstance(error, AWAY):
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False


def overran(error: BaseException | None) -> bool:
    """Whether an error, or one that it was raised from, is a statement that PostgreSQL stopped because it took too long."""
    while error is not None:
        if isinstance(error, asyncpg.QueryCanceledError):
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False


def code_of(error: BaseException) -> str:
    """The code by which a client hears of an error that nobody raised for it: TIMED_OUT, HUB_UNAVAILABLE or INTERNAL."""
    if overran(error):
        return "TIMED_OUT"
    return "HUB_UNAVAILABLE" if away(error) else "INTERNAL"
