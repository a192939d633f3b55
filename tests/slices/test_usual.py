"""What a client of each kind of party is granted: each cell of what is usual and of what is by name only is flipped in turn."""

from collections.abc import Collection
from time import monotonic

import pytest

from hub.errors import HubError
from hub.slices import scopes
from hub.store import clients
from hub.store.clients import BASIC, KEY_JWT, granted
from hub.viewer import PartyKind
from tests.slices import openings
from tests.slices.mutants import SCOPES
from tests.slices.test_cells import report


def grant(kind: PartyKind, asked: Collection[str] | None, method: str) -> frozenset[str] | None:
    """What a new client is granted; none where it is refused."""
    try:
        return granted(kind, asked, method)
    except HubError as refused:
        assert refused.problem.code == "INPUT_INVALID"
        return None


def grants_are_right(kind: PartyKind) -> bool:
    """Whether clients with a key and with a secret are granted what is written by hand: each scope, and unasked."""
    usual = frozenset(openings.USUAL[kind.value].split())
    most = {KEY_JWT: usual | (openings.BY_NAME if usual else set()), BASIC: usual}
    unasked = {KEY_JWT: usual, BASIC: frozenset(each for each in usual if each.endswith(":read"))}
    return scopes.USUAL[kind] == usual and all(
        grant(kind, None, method) == (unasked[method] or None)
        and all(grant(kind, [each], method) == (frozenset({each}) if each in most[method] else None) for each in SCOPES)
        for method in (KEY_JWT, BASIC)
    )


@pytest.mark.parametrize("kind", PartyKind)
def test_b3_a_client_is_granted_what_is_written_by_hand(kind: PartyKind) -> None:
    """B3: what administers is granted by name only, and never to a client with a secret."""
    assert grants_are_right(kind)


def test_every_flipped_cell_of_what_is_usual_is_noticed(monkeypatch) -> None:
    """B3: each scope of each kind toggled among the usual ones, and among those that are granted by name only."""
    assert all(grants_are_right(kind) for kind in PartyKind)
    survivors, tried, began = [], 0, monotonic()
    for scope in SCOPES:
        for kind in PartyKind:
            tried += 1
            with monkeypatch.context() as changed:
                changed.setitem(scopes.USUAL, kind, scopes.USUAL[kind] ^ {scope})
                if grants_are_right(kind):
                    survivors.append((str(kind), scope))
        tried += 1
        with monkeypatch.context() as changed:
            changed.setattr(clients, "ADMINS", scopes.ADMINS ^ {scope})
            if all(grants_are_right(kind) for kind in PartyKind):
                survivors.append(("by name", scope))
    report("cells of the usual scopes", tried, survivors, began)
