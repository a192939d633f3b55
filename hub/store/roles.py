"""The database roles of a hub and the secrets they log in with."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from hub.slices.rows import NOUNS, PARTY_KINDS
from hub.viewer import PartyKind

PARTY_ROLES = tuple(f"hub_{kind}" for kind in PartyKind)
RULES, UNGRADED = "hub_rules", "hub_ungraded"
"""What acts take on: all facts, or all but results and grades."""
KNOW_GRADES = frozenset({"gateway", "grades"})
"""The nouns whose acts need results: ending a nomination sets unreleased ones aside."""
SERVICE_ROLES = (RULES, UNGRADED, "hub_relay", "hub_operator", "hub_auth")


@dataclass(frozen=True, slots=True)
class Seat:
    """Under which roles a process connects: the whole hub's, or those of one noun, which see its own tables only."""

    noun: str | None = None

    def party(self, kind: PartyKind) -> str:
        """The role under which a kind of party reads and acts."""
        return f"hub_{kind}" if self.noun is None else f"hub_{self.noun}_{kind}"

    @property
    def process(self) -> str:
        """The role of a subgraph's process itself: it reads which keys sign, who is shut out, how far streams have come."""
        return f"hub_{self.noun}_process"

    @property
    def listener(self) -> str:
        """The role that reads how far the streams have come."""
        return "hub_relay" if self.noun is None else self.process

    @property
    def watcher(self) -> str:
        """The role that reads whether the database is fit to serve from."""
        return "hub_operator" if self.noun is None else self.process

    @property
    def graded(self) -> bool:
        """Whether acts here may know results and grades."""
        return self.noun is None or self.noun in KNOW_GRADES

    @property
    def rules(self) -> str:
        """The role that an act takes on."""
        return RULES if self.graded else UNGRADED


WHOLE = Seat()
SEATS = {noun: Seat(noun) for noun in NOUNS}
SEAT_RULES = {seat.party(kind): seat.rules for seat in SEATS.values() for kind in PARTY_KINDS}
PROCESSES = tuple(seat.process for seat in SEATS.values())
LOGIN_ROLES = (*PARTY_ROLES, *SEAT_RULES, *PROCESSES, "hub_relay", "hub_operator", "hub_auth")
ACTING = {**dict.fromkeys((*PARTY_ROLES, "hub_operator"), RULES), **SEAT_RULES}
"""Which rules each login role may take on."""
ROLES = tuple(dict.fromkeys((*LOGIN_ROLES, *SERVICE_ROLES)))


def subgraph_secret(secret: bytes, noun: str) -> bytes:
    """The secret of one subgraph's processes: from it nobody derives the passwords of another's roles."""
    return hmac.new(secret, f"subgraph:{noun}".encode(), hashlib.sha256).hexdigest().encode()


def subgraph_seal(seal: bytes, noun: str) -> bytes:
    """What keys the fingerprints of one noun's acts, so that no other noun's process can try inputs against them."""
    return hmac.new(seal, f"subgraph:{noun}".encode(), hashlib.sha256).digest()


def password(secret: bytes, role: str) -> str:
    """The password of one role, derived from HUB_SECRET."""
    noun = next((noun for noun in NOUNS if role.startswith(f"hub_{noun}_")), None)
    own = secret if noun is None else subgraph_secret(secret, noun)
    return derived(own, role)


def derived(secret: bytes, role: str) -> str:
    """The password that a process with this very secret derives for a role."""
    return hmac.new(secret, f"role:{role}".encode(), hashlib.sha256).hexdigest()


def role_sql(secret: bytes) -> Iterator[str]:
    """The statements that create the roles, for an owner who may create roles or for a DBA to run once a cluster.

    Party roles log in but inherit nothing: they read under their own policies, and an act takes on its rules' role for
    the length of its transaction.
    """
    for role in (RULES, UNGRADED):
        yield _create(role, "nologin")
    for role in LOGIN_ROLES:
        yield _create(role, "login noinherit")
        yield f"alter role {role} with login noinherit password '{password(secret, role)}'"
    for role, rules in ACTING.items():
        yield f"grant {rules} to {role}"


def _create(role: str, options: str) -> str:
    return (
        f"do $$ begin if not exists (select 1 from pg_roles where rolname = '{role}') "
        f"then create role {role} {options}; end if; end $$"
    )
