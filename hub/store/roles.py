"""The database roles of a hub and the secrets they log in with."""

import hashlib
import hmac
from collections.abc import Iterator

from hub.viewer import PartyKind

PARTY_ROLES = tuple(f"hub_{kind}" for kind in PartyKind)
SERVICE_ROLES = ("hub_rules", "hub_relay", "hub_operator", "hub_auth")
LOGIN_ROLES = (*PARTY_ROLES, "hub_relay", "hub_operator", "hub_auth")
ACTING_ROLES = (*PARTY_ROLES, "hub_operator")


def password(secret: bytes, role: str) -> str:
    """The password of one role, derived from HUB_SECRET."""
    return hmac.new(secret, f"role:{role}".encode(), hashlib.sha256).hexdigest()


def role_sql(secret: bytes) -> Iterator[str]:
    """The statements that create the roles, for an owner who may create roles or for a DBA to run once a cluster.

    Party roles log in but inherit nothing: they read under their own policies, and an act takes on `hub_rules` for
    the length of its transaction.
    """
    yield _create("hub_rules", "nologin")
    for role in LOGIN_ROLES:
        yield _create(role, "login noinherit")
        yield f"alter role {role} with login noinherit password '{password(secret, role)}'"
    for role in ACTING_ROLES:
        yield f"grant hub_rules to {role}"


def _create(role: str, options: str) -> str:
    return (
        f"do $$ begin if not exists (select 1 from pg_roles where rolname = '{role}') "
        f"then create role {role} {options}; end if; end $$"
    )
