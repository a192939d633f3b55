"""What a proof of possession costs a request (DPoP): checking it, and noting it where every process sees it."""

import asyncio
import base64
import hashlib
import time
from statistics import median
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from auth.authority import Authority
from auth.proofs import GRAPH_PATH
from bench.contenders import Mint
from bench.serving import ISSUER
from hub.viewer import Viewer

ALONE, TOGETHER, ROUNDS = 200, 32, 20


class Holder:
    """A client with a key of its own, and one bound token."""

    def __init__(self, mint: Mint, viewer: Viewer):
        self._key = ECKey.generate_key("P-256")
        self.token = mint.token(viewer, self._key.thumbprint())
        self._ath = base64.urlsafe_b64encode(hashlib.sha256(self.token.encode()).digest()).decode().rstrip("=")
        self._header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self._key.as_dict(private=False)}

    def proof(self) -> str:
        """A fresh proof for a POST to the graph."""
        claims = {"htm": "POST", "htu": ISSUER + GRAPH_PATH, "iat": int(time.time()), "jti": str(uuid4()), "ath": self._ath}
        return jwt.encode(self._header, claims, self._key, registry=JWSRegistry(algorithms=["ES256"]))


async def proof_costs(authority: Authority, mint: Mint, viewer: Viewer) -> dict[str, float]:
    """Microseconds: the median of proofs one by one, and what each of 32 at once takes off the process's second."""
    holder = Holder(mint, viewer)
    header = f"DPoP {holder.token}"
    alone = []
    for shown in [holder.proof() for _ in range(ALONE)]:
        started = time.perf_counter()
        await authority.admit(header, shown)
        alone.append(time.perf_counter() - started)
    batches = [[holder.proof() for _ in range(TOGETHER)] for _ in range(ROUNDS)]
    started = time.perf_counter()
    for batch in batches:
        await asyncio.gather(*(authority.admit(header, shown) for shown in batch))
    together = (time.perf_counter() - started) / (TOGETHER * ROUNDS)
    return {"proof_alone": round(1e6 * median(alone), 1), "proof_of_32_at_once": round(1e6 * together, 1)}
