"""The database roles of a hub and the secrets they log in with."""

import hashlib
import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations

from hub.slices.rows import NOUNS, PARTY_KINDS
from hub.viewer import PartyKind

PARTY_ROLES = tuple(f"hub_{kind}" for kind in PartyKind)
RULES, UNGRADED = "hub_rules", "hub_ungraded"
"""What acts take on: all facts, or all but results and grades."""
KNOW_GRADES = frozenset({"gateway", "grades"})
"""The nouns whose acts need results: ending a nomination sets unreleased ones aside."""
AUDITOR = "hub_audit"
"""Who records reads: it writes the audit and reads nothing, not even that."""
SERVICE_ROLES = (RULES, UNGRADED, "hub_relay", "hub_operator", "hub_auth", AUDITOR)


@dataclass(frozen=True, slots=True)
class Seat:
    """Under which roles a process connects: the whole hub's, or those of its nouns, which see their tables only."""

    nouns: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether this is the hub itself and no subgraph of it."""
        return not self.nouns

    @property
    def name(self) -> str:
        """What its roles, its secret and its subgraph are called by."""
        return "_".join(self.nouns)

    def party(self, kind: PartyKind) -> str:
        """The role under which a kind of party reads and acts."""
        return f"hub_{kind}" if self.whole else f"hub_{self.name}_{kind}"

    @property
    def process(self) -> str:
        """The role that reads which keys sign and who is shut out; a subgraph's process has no other for itself."""
        return "hub_auth" if self.whole else f"hub_{self.name}_process"

    @property
    def listener(self) -> str:
        """The role that reads how far the streams have come."""
        return "hub_relay" if self.whole else self.process

    @property
    def watcher(self) -> str:
        """The role that reads whether the database is fit to serve from."""
        return "hub_operator" if self.whole else self.process

    @property
    def auditor(self) -> str:
        """The role that records reads."""
        return AUDITOR if self.whole else self.process

    @property
    def graded(self) -> bool:
        """Whether acts here may know results and grades."""
        return self.whole or not KNOW_GRADES.isdisjoint(self.nouns)

    @property
    def rules(self) -> str:
        """The role that an act takes on."""
        return RULES if self.graded else UNGRADED

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role a subgraph's process connects under."""
        return (*(self.party(kind) for kind in PARTY_KINDS), self.process)

    def inherited(self) -> Iterator[tuple[str, str]]:
        """Each role of a set of nouns with each of the nouns' own roles whose rights it has; it has no others."""
        for noun in self.nouns:
            yield from zip(self.roles, SEATS[noun].roles, strict=True)


WHOLE = Seat()
SEATS = {noun: Seat((noun,)) for noun in NOUNS}
SETS = tuple(Seat(nouns) for count in range(2, len(NOUNS) + 1) for nouns in combinations(NOUNS, count))
"""Every set of nouns that one process may serve; the roles of one exist when somebody has asked for them."""
SEAT_RULES = {seat.party(kind): seat.rules for seat in SEATS.values() for kind in PARTY_KINDS}
PROCESSES = tuple(seat.process for seat in SEATS.values())
LOGIN_ROLES = (*PARTY_ROLES, *SEAT_RULES, *PROCESSES, "hub_relay", "hub_operator", "hub_auth", AUDITOR)
ACTING = {**dict.fromkeys((*(WHOLE.party(kind) for kind in PARTY_KINDS), "hub_operator"), RULES), **SEAT_RULES}
"""Which rules each login role may take on; kinds of party that have no acts may take on none."""
ROLES = tuple(dict.fromkeys((*LOGIN_ROLES, *SERVICE_ROLES)))


def seat_of(nouns: Collection[str]) -> Seat:
    """The seat of a process that serves these nouns, in whatever order they are named."""
    return Seat(tuple(noun for noun in NOUNS if noun in nouns))


def subgraph_secret(secret: bytes, name: str) -> bytes:
    """The secret of one subgraph's processes: from it nobody derives the passwords of another's roles."""
    return hmac.new(secret, f"subgraph:{name}".encode(), hashlib.sha256).hexdigest().encode()


def subgraph_seal(seal: bytes, *nouns: str) -> bytes:
    """What keys the fingerprints of these nouns' acts, so that no other noun's process can try inputs against them."""
    return b"".join(hmac.new(seal, f"subgraph:{noun}".encode(), hashlib.sha256).digest() for noun in nouns)


def fingerprint_seal(seat: Seat, seal: bytes, noun: str) -> bytes:
    """What keys the fingerprints of one noun's acts, out of the seal of the process that does them."""
    if seat.whole:
        return subgraph_seal(seal, noun)
    size, place = hashlib.sha256().digest_size, seat.nouns.index(noun)
    return seal[place * size : (place + 1) * size]


def password(secret: bytes, role: str) -> str:
    """The password of one role, derived from HUB_SECRET."""
    seat = next((seat for seat in (*SEATS.values(), *SETS) if role in seat.roles), None)
    own = secret if seat is None else subgraph_secret(secret, seat.name)
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
    yield _no_more()


def set_sql(secret: bytes, seat: Seat) -> Iterator[str]:
    """The statements that create the roles of a set of nouns; they inherit those of its nouns and are granted nothing else.

    A party role takes on its rules' role through its nouns', for the length of an act's transaction.
    """
    for role in seat.roles:
        yield _create(role, "login inherit")
        yield f"alter role {role} with login inherit password '{password(secret, role)}'"
    for role, noun in seat.inherited():
        yield f"grant {noun} to {role}"


def _no_more() -> str:
    """Takes from every login role whatever rules' role it is not to take on: roles outlive a database and its release."""
    kept = ", ".join(f"('{role}', '{rules}')" for role, rules in ACTING.items())
    return (
        "do $$ declare found record; begin for found in select m.rolname as role, g.rolname as rules from pg_auth_members a"
        " join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid"
        f" where m.rolname = any('{{{','.join(LOGIN_ROLES)}}}') and g.rolname in ('{RULES}', '{UNGRADED}')"
        f" and (m.rolname, g.rolname) not in (values {kept})"
        " loop execute format('revoke %I from %I', found.rules, found.role); end loop; end $$"
    )


def _create(role: str, options: str) -> str:
    return (
        f"do $$ begin if not exists (select 1 from pg_roles where rolname = '{role}') "
        f"then create role {role} {options}; end if; end $$"
    )
