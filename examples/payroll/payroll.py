"""An employer's payroll as a subgraph: it adds `payrollNumber` to the hub's `Apprentice` and answers its own router alone."""

import csv
import hmac
import os
from pathlib import Path

import strawberry
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.asgi import GraphQL

EXPORT = Path(__file__).with_name("payroll.csv")
SECRET_HEADER = b"x-payroll-secret"
LEAST_SECRET = 32


def payroll_numbers(path: Path = EXPORT) -> dict[str, str]:
    """The payroll number of everybody whom payroll knows, by ULN."""
    with path.open(newline="") as file:
        return {row["uln"]: row["payroll_number"] for row in csv.DictReader(file)}


NUMBERS = payroll_numbers()


@strawberry.federation.type(keys=["uln"])
class Apprentice:
    """The hub's apprentice: here no more than a ULN and what payroll has under it."""

    uln: str | None
    payroll_number: str | None = strawberry.field(
        description="Our own payroll number; null for those whom payroll does not know."
    )

    @classmethod
    def resolve_reference(cls, uln: str) -> "Apprentice":
        """Whoever the router names, with the number under this ULN if there is one."""
        return cls(uln=uln, payroll_number=NUMBERS.get(uln))


# No question of its own: a payroll number is reached through an apprentice whom the hub has shown, and in no other way.
SCHEMA = strawberry.federation.Schema(types=[Apprentice], federation_version="2.9")


class OnlyOurRouter:
    """Lets a request in that carries the secret which this subgraph shares with its router, and answers 401 to any other."""

    def __init__(self, app: ASGIApp, secret: str):
        self._app, self._secret = app, secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            return
        sent = dict(scope["headers"]).get(SECRET_HEADER, b"")
        known = scope["type"] == "http" and hmac.compare_digest(sent, self._secret)
        app = self._app if known else PlainTextResponse("This subgraph answers its own router alone.\n", 401)
        await app(scope, receive, send)


def main() -> None:
    """Serves on the loopback, on PORT, with PAYROLL_SECRET."""
    secret = os.environ.get("PAYROLL_SECRET", "")
    if len(secret) < LEAST_SECRET:
        raise SystemExit(f"PAYROLL_SECRET must have at least {LEAST_SECRET} characters, the same for payroll and router.")
    app = OnlyOurRouter(GraphQL(SCHEMA, graphql_ide=None), secret)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "4100")), lifespan="off", access_log=False)


if __name__ == "__main__":
    main()
