"""Checks the tokens that another process issues: it holds public keys, no secret, and issues nothing."""

import time
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from auth.issuers import TrustedIssuer, TrustedIssuers
from auth.keys import KeyRing
from auth.published import PublishedKeys
from auth.tokens import TokenCheck
from hub.outward import Outward


class Verifier:
    """Who asks, by tokens of `issuer` for `audience`; `engine` reads the public keys and the clients shut out.

    It notes no proofs: the router in front sends one proof to several subgraphs, and to one subgraph several times.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        issuer: str,
        audience: str,
        clock: Callable[[], float] = time.time,
        *,
        issues: bool = True,
        trusted: tuple[TrustedIssuer, ...] = (),
    ):
        self.issuer, self.audience = issuer, audience
        others = TrustedIssuers(trusted, audience, PublishedKeys(Outward(), clock)) if trusted else None
        ring = KeyRing(engine, None, clock, maps=bool(trusted))
        self.check = TokenCheck(ring, issuer, audience, clock, None, others, issues)
        self.admit = self.check.admit
        self.still = self.check.still
