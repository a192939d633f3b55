"""What the authorization server says of itself (RFC 8414)."""

from typing import Any

from auth.applicants import ENDPOINTS, GRANT
from hub.keysets import ALGORITHMS
from hub.slices.scopes import SCOPES
from hub.store.clients import BASIC, METHODS

TOKEN_PATH = "/oauth/token"  # noqa: S105  (a path, not a password)
REVOKE_PATH = "/oauth/revoke"
INTROSPECT_PATH = "/oauth/introspect"
KEYS_PATH = "/oauth/jwks"
METADATA_PATH = "/.well-known/oauth-authorization-server"


def metadata(issuer: str, *, live: bool) -> dict[str, Any]:
    """What this server offers and where; a live one offers no secrets."""
    methods = [method for method in METHODS if not (live and method == BASIC)]
    found: dict[str, Any] = {
        "issuer": issuer,
        "token_endpoint": issuer + TOKEN_PATH,
        "jwks_uri": issuer + KEYS_PATH,
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "dpop_signing_alg_values_supported": list(ALGORITHMS),
        "scopes_supported": sorted(frozenset().union(*SCOPES.values())),
        "revocation_endpoint": issuer + REVOKE_PATH,
        "introspection_endpoint": issuer + INTROSPECT_PATH,
    }
    for endpoint in ENDPOINTS:
        found[f"{endpoint}_endpoint_auth_methods_supported"] = methods
        found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"] = list(ALGORITHMS)
    return found
