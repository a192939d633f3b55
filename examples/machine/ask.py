"""Asks the hub as a machine client does: a signed assertion, a token bound to a key, and a proof with every request.

python ask.py URL CLIENT_ID KEY_FILE DOCUMENT
"""

import base64
import hashlib
import json
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(issuer: str, client_id: str, key: ECKey) -> str:
    """Who we are, for this server alone, for a minute, once (RFC 7523)."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "iat": now, "exp": now + 60, "jti": str(uuid4())}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


def proof(url: str, key: ECKey, token: str | None = None) -> str:
    """That we hold the key, for this one request (RFC 9449); with a token, for that token."""
    public = key.as_dict(private=False)
    jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk}
    claims = {"htm": "POST", "htu": url, "iat": int(time.time()), "jti": str(uuid4())}
    if token is not None:
        claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
    return jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=["ES256"]))


def main(url: str, client_id: str, file: str, document: str) -> None:
    """Print the answer to one document."""
    key = ECKey.import_key(json.loads(Path(file).read_text()))
    with httpx2.Client() as http:
        told = http.get(f"{url}/.well-known/oauth-authorization-server").raise_for_status().json()
        answer = http.post(
            told["token_endpoint"],
            headers={"DPoP": proof(told["token_endpoint"], key)},
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION,
                "client_assertion": assertion(told["issuer"], client_id, key),
            },
        )
        token = answer.raise_for_status().json()["access_token"]
        graph = f"{told['issuer']}/graphql"
        headers = {"Authorization": f"DPoP {token}", "DPoP": proof(graph, key, token)}
        sys.stdout.write(http.post(graph, headers=headers, json={"query": document}).text + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
