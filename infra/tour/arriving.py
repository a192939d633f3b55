"""The first scenes: tokens, streams, a claim and its confirmation, and what a whole cohort lacks."""

import asyncio
from datetime import date
from typing import Any

from hub.words import add_months
from infra.tour.clients import Client
from infra.tour.play import BY, WHOLE, Play
from infra.tour.streams import Stream

COHORT = "query Readiness($intake: String!) { cohort(filter: {intake: $intake}) { total ready notReady passed } }"
ROWS = """query Rows($uln: String!) { cohort(filter: {uln: $uln}) { total notReady blockers { rule requirement count }
  apprentices(first: 5) { totalCount nodes { id status gateway { readiness { blockers { sentence } } } } } } }"""


async def tokens(play: Play) -> None:
    """Every client takes a token; without one there is not a byte of data."""
    script = play.script
    script.step("Three clients take their own access tokens, by client credentials, good for five minutes")
    await asyncio.gather(*(client.token() for client in (*play.insiders, *play.outside)))
    for client in play.insiders:
        viewer = (await client.ask("{ viewer { kind organisation { name } } }")).data["viewer"]
        wanted = {"kind": client.name.partition("-")[0].upper(), "organisation": {"name": client.organisation}}
        script.expect(client.name, f"is {client.organisation}", viewer, wanted)
    for token, code in (("", "TOKEN_MISSING"), ("not.a.token", "TOKEN_INVALID")):
        reply = await play.employer.post({"query": "{ viewer { kind } }"}, token)
        found = reply.status, reply.codes, "data" in reply.json
        script.expect("nobody", f"asks with {'a false' if token else 'no'} token: 401 {code}", found, (401, [code], False))
    bodies: tuple[Any, ...] = (123, None, [])
    for body in bodies:
        reply = await play.employer.post(body)
        script.expect(
            "employer-b",
            f"posts {'null' if body is None else body} as a request: {reply.status} coded",
            400 <= reply.status < 500,
            True,
        )


async def streams(play: Play, opened: dict[str, Stream]) -> None:
    """All three listen, over both transports."""
    play.script.step("All three listen to what happens in their slice")
    play.streams = opened
    for client in play.insiders:
        await opened[client.name].open()
        play.script.says(client.name, f"listens over {opened[client.name].transport}, and is told where its stream stands")


async def claim(play: Play) -> None:
    """A provider's word opens nothing until the employer confirms."""
    script = play.script
    script.step("The provider registers an apprentice: a claim, until the employer confirms it")
    start = add_months(play.today, -34)
    learner = {
        "uln": play.uln,
        "givenNames": "Tamlin",
        "familyName": "Tourist",
        "standard": {"reference": "ST0648"},
        "startOn": start.isoformat(),
        "plannedEndOn": add_months(start, 36).isoformat(),
        "expectedGatewayOn": add_months(play.today, 1).isoformat(),
        "ageBand": "16-18",
        "employer": play.identifiers["employer-b"],
        "myReference": "L-TOUR",
    }
    done = await play.provider.do("registerApprentice", "apprentice { id status } outcome", **learner)
    play.id = done["apprentice"]["id"]
    script.expect("provider-a", f"registers {play.uln}: REGISTERED", done["outcome"], "REGISTERED")
    await play.refused(play.provider, "fileGatewayItem", "CLAIM_NOT_CONFIRMED", "the employer has not spoken", **_pqip(play))
    await play.streams["employer-b"].hears(play.id, "apprentice.claimed")
    script.says("employer-b", "hears apprentice.claimed")
    for client in (play.epao, *play.outside):
        script.expect(client.name, "finds nobody of that number", await _by_uln(client, play.uln), None)
    done = await play.employer.do("confirmApprentice", "apprentice { id status }", apprenticeId=play.id, by=BY)
    script.expect("employer-b", "confirms: ON_PROGRAMME", done["apprentice"]["status"], "ON_PROGRAMME")
    await play.streams["provider-a"].hears(play.id, "apprentice.confirmed")
    script.says("provider-a", "hears apprentice.confirmed")


def _pqip(play: Play) -> dict[str, str]:
    return {"requirement": "PQIP", "achievedOn": play.today.isoformat()}


async def _by_uln(client: Client, uln: str) -> object:
    found = await client.ask("query ByUln($uln: String!) { apprentice(by: {uln: $uln}) { id } }", uln=uln)
    return found.data["apprentice"]


async def readiness(play: Play) -> None:
    """Who is ready, what is missing, whose move it is: a whole cohort in one operation."""
    script = play.script
    script.step("The employer asks who in its intake is ready, what is missing and whose move it is")
    intake = f"{add_months(play.today, -34):%Y-%m}"
    counts = (await play.employer.ask(COHORT, intake=intake)).data["cohort"]
    whole = counts["total"] >= counts["ready"] + counts["notReady"] + counts["passed"]
    script.expect("employer-b", "one operation counts its whole intake", whole and counts["notReady"] > 0, True)
    cohort = (await play.employer.ask(ROWS, uln=play.uln)).data["cohort"]
    script.expect("employer-b", "and shows the row behind a count", cohort["apprentices"]["totalCount"], 1)
    for sentence in cohort["apprentices"]["nodes"][0]["gateway"]["readiness"]["blockers"]:
        script.says("", f"· {sentence['sentence']}")
    script.expect("employer-b", "five things stand in the way", len(cohort["blockers"]), 5)
    reply = await play.employer.ask("{ apprentices { nodes { results { grade } } } }")
    said = "asks for results: 403 FIELD_NOT_IN_SLICE, whole and before it runs"
    script.expect("employer-b", said, (reply.status, reply.codes), (403, ["FIELD_NOT_IN_SLICE"]))
    outside = await asyncio.gather(*(client.ask(WHOLE, id=play.id) for client in play.outside))
    script.expect("outsiders", "see no such apprentice", [each.data["apprentice"] for each in outside], [None] * 3)


async def today(play: Play) -> date:
    """The hub's own date, which the story is dated by."""
    found = (await play.employer.ask("{ viewer { today } }")).data["viewer"]["today"]
    return date.fromisoformat(found)
