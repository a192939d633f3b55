"""Checks the tokens that another process issues: it holds public keys, no secret, and issues nothing."""

import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from auth.keys import KeyRing
from auth.tokens import TokenCheck


class Verifier:
    """Who asks, by tokens of `issuer` for `audience`; `engine` reads the public keys and the clients shut out."""

    def __init__(self, engine: AsyncEngine, issuer: str, audience: str, clock: Callable[[], float] = time.time):
        self.issuer, self.audience = issuer, audience
        self.check = TokenCheck(KeyRing(engine, None, clock), issuer, audience, clock)
        self.admit = self.check.admit
