"""Everything an act may write, to see that nothing of it has changed."""

from typing import Any

from tests.world import World


async def state(world: World) -> list[dict[str, Any]]:
    """Everything an act may write, counted and summed up."""
    found = []
    for table in [
        "apprentices.apprentice",
        "apprentices.identity",
        "apprentices.tie",
        "apprentices.status_change",
        "apprentices.contact",
        "gateway.item",
        "gateway.basis",
        "gateway.readiness",
        "gateway.blocker",
        "gateway.nomination",
        "gateway.decision",
        "portfolios.portfolio",
        "portfolios.evidence",
        "portfolios.validation",
        "portfolios.acknowledgement",
        "grades.booking",
        "grades.authenticity",
        "grades.result",
        "grades.result_component",
        "grades.breach",
        "grades.assessment",
        "grades.grade",
        "grades.release",
        "grades.resit",
        "hub.card",
        "hub.outbox",
        "hub.idempotency",
        "hub.tick",
        "apprentices.organisation",
        "apprentices.party",
        "apprentices.standard",
    ]:
        found += await world.rows(
            f"select '{table}' as name, count(*) as n, md5(string_agg(t::text, '' order by t::text)) as sum from {table} t"
        )
    return found
