"""The lint of the catalogue finds what it is there to find: each lock broken once, in a database of the test's own."""

import pytest

from hub.store.pools import Database, owner_connection
from infra.budget import budget_of
from infra.lint import called_per_row, lint
from infra.proof import prove

BROKEN = {
    "row-security": "alter table gateway.item no force row level security",
    "policies": "drop policy sees_epao on gateway.item",
    "grants": "grant update on grades.result to hub_provider",
    "public": "grant select on apprentices.identity to public",
    "views": "create view gateway.everything as select * from gateway.item",
    "definers": "create function hub.anyone() returns int language sql security definer as 'select 1'",
    "enums": "create type hub.mood as enum ('good'); alter table gateway.item add column mood hub.mood",
    "policy-functions": "create policy slow on hub.card for select to hub_epao using (party_id = hub.party())",
}


async def test_a_fresh_database_has_every_lock(world: Database) -> None:
    """Nothing to find right after an upgrade, and reads set their own context on this server."""
    connection = await owner_connection(world.url.render_as_string(hide_password=False))
    try:
        assert {found.name: found.breaches for found in await lint(connection) if found.breaches} == {}
        budget = await budget_of(world, connection)
    finally:
        await connection.close()
    assert budget.most > 0 and budget.available > 0
    proofs = await prove(world, "2026-03-02")
    assert len(proofs) == 3 and not any(proof.failures for proof in proofs)


@pytest.mark.parametrize("rule", BROKEN)
async def test_each_broken_lock_is_found(world: Database, rule: str) -> None:
    """A mutant for every rule that an owner could break without being a superuser."""
    connection = await owner_connection(world.url.render_as_string(hide_password=False))
    try:
        await connection.execute(BROKEN[rule])
        found = {each.name: each.breaches for each in await lint(connection)}
    finally:
        await connection.close()
    assert found[rule], rule


def test_a_function_in_a_policy_stands_in_a_select_of_its_own() -> None:
    """The shape PostgreSQL prints is told apart from a call for each row."""
    assert not called_per_row("(party_id = ( SELECT hub.party() AS party))")
    assert called_per_row("(party_id = hub.party())")
    assert called_per_row("(opened_on <= CURRENT_DATE)")


@pytest.mark.parametrize("connections", [22, 40, 60, 97, 200])
async def test_a_process_keeps_to_its_connections(world: Database, connections: int) -> None:
    """Issue item 2: HUB_CONNECTIONS is what a process may open in all, and the budget says what it may."""
    limited = Database(world.url.render_as_string(hide_password=False), world.secret, connections)
    connection = await world.connect("hub_operator")
    try:
        assert (await budget_of(limited, connection)).most <= connections
    finally:
        await connection.close()
