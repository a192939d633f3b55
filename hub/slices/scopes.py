"""What a client of each kind of party may ever be granted: the ceiling over its own grant."""

from collections.abc import Mapping

from hub.viewer import PartyKind

ADMIN = "clients:admin"
"""Adds, changes and shuts out the clients of one's own party."""
ADMINS = frozenset({ADMIN, "apprentices:admin"})
"""What changes whose data is held or who may connect: granted by name only."""
_TRAINING = frozenset(
    {
        "apprentices:read",
        "apprentices:write",
        "apprentices:admin",
        "gateway:read",
        "gateway:write",
        "portfolios:read",
        "portfolios:write",
        "grades:read",
        "events:read",
        ADMIN,
    }
)

SCOPES: Mapping[PartyKind, frozenset[str]] = {
    # An employer writes to grades to agree a re-sit and to vouch for the authenticity of work; it posts no result.
    PartyKind.EMPLOYER: _TRAINING | {"grades:write"},
    PartyKind.PROVIDER: _TRAINING,
    PartyKind.EPAO: _TRAINING | {"grades:write"},
    PartyKind.APPRENTICE: frozenset(),
    PartyKind.REGULATOR: frozenset(),
}
USUAL: Mapping[PartyKind, frozenset[str]] = {kind: scopes - ADMINS for kind, scopes in SCOPES.items()}
"""What a client has when nothing is said of it: all but what must be granted by name."""
