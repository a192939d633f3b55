"""The scenes of the assessment: results under embargo, the release, and what the streams told."""

import asyncio
from hashlib import sha256
from typing import Any

from infra.tour.clients import Client
from infra.tour.play import BY, WHOLE, Play
from infra.tour.streams import Stream

EVENTS = """query Since($after: String!) { events(first: 100, after: $after) { nodes { id type apprentice { id } } } }"""
RESULTS = """query Results($id: ID!) { apprentice(by: {id: $id}) {
  results { method version current breaches { id rule dispensed } } } }"""
SECRET = {"result.posted", "result.corrected", "result.dispensed", "assessment.authenticated", "resit.agreed"}
SECTIONS = ["INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "PLANNED_WORK", "SUMMARY", "POLICY"]


async def results(play: Play) -> None:
    """A result is posted once, and outside the EPAO not a byte changes."""
    script = play.script
    script.step("The EPAO posts results; nobody else can tell")
    document = sha256(play.uln.encode()).hexdigest()
    confirmed = {"component": "CS", "sha256": document, "confirmedOn": play.today.isoformat(), "by": BY}
    await play.employer.do("confirmAuthenticity", apprenticeId=play.id, **confirmed)
    await play.streams["employer-b"].hears(play.id, "assessment.authenticated")
    script.says("employer-b", "confirms that the case study is the apprentice's own work, and hears assessment.authenticated")
    watching = (play.employer, play.provider, *play.outside)
    before = await asyncio.gather(*(_all_bytes(play, client) for client in watching))
    posted = _discussion(play)
    answers = await asyncio.gather(*(play.epao.do("postResult", "result { id }", **posted) for _ in range(20)))
    made = {answer["result"]["id"] for answer in answers}, sum(not answer["replayed"] for answer in answers)
    once = len(made[0]), made[1]
    script.expect("epao-a", "posts the discussion's result, twenty times at once: one result", once, (1, 1))
    other = {**posted, "grade": "FAIL"}
    await play.refused(play.epao, "postResult", "RESULT_EXISTS", "another result of the same attempt", **other)
    done = await play.epao.do("postResults", "items { replayed errors { code } }", items=[posted, _case_study(play, document)])
    replays = [each["replayed"] for each in done["items"]]
    script.expect("epao-a", "posts it again with the case study's: only that is new", replays, [True, False])
    await play.streams["epao-a"].hears(play.id, "result.posted", 2)
    script.says("epao-a", "hears result.posted, twice")
    after = await asyncio.gather(*(_all_bytes(play, client) for client in watching))
    for client, then, now in zip(watching, before, after, strict=True):
        script.expect(client.name, "reads the same bytes as before: no field, version, count or event moved", now == then, True)
    posting = play.provider, "postResult", "FIELD_NOT_IN_SLICE", "the EPAO's alone"
    await play.refused(*posting, **posted)


def _discussion(play: Play) -> dict[str, Any]:
    held = {"heldOn": play.today.isoformat(), "minutes": 90, "bankQuestions": 6, "ownQuestions": 6}
    part = {"component": "PD", "outcome": "PASS", **held}
    return _result(play, "PD", "PASS", [part])


def _case_study(play: Play, document: str) -> dict[str, Any]:
    on = {"outcome": "PASS", "submittedOn": play.today.isoformat()}
    study = {"component": "CS", "words": 3210, "document": document, "sections": SECTIONS, **on}
    talk = {"component": "PR", "heldOn": play.today.isoformat(), "minutes": 45, "bankQuestions": 8, "ownQuestions": 4, **on}
    slides = sha256(f"{play.uln}-slides".encode()).hexdigest()
    return _result(play, "CSP", "DISTINCTION", [study, {**talk, "audioRecorded": True, "document": slides}])


def _result(play: Play, method: str, grade: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apprenticeId": play.id, "method": method, "grade": grade, "assessor": "IA-1", "components": components, "by": BY}


async def _all_bytes(play: Play, client: Client) -> bytes:
    """Whatever a client outside the EPAO can read of the apprentice, and what happened to it."""
    whole = await client.ask(WHOLE, id=play.id)
    counted = await client.ask("query Count($u: String!) { apprentices(filter: {uln: $u}) { totalCount } }", u=play.uln)
    listed = b""
    if client.name in play.streams:
        happened = (await client.ask(EVENTS, after=play.streams[client.name].start)).data["events"]["nodes"]
        listed = repr([each["id"] for each in happened if (each["apprentice"] or {}).get("id") == play.id]).encode()
    return whole.body + counted.body + listed


async def release(play: Play) -> None:
    """A recorded breach holds the release until it is dispensed; then everybody may know."""
    script = play.script
    script.step("The EPAO releases, once the recorded breach has its dispensation")
    found = (await play.epao.ask(RESULTS, id=play.id)).data["apprentice"]["results"]
    breaches = [breach for result in found for breach in result["breaches"]]
    rules = sorted(breach["rule"] for breach in breaches)
    script.expect("epao-a", "reads the breach it left: the discussion came too early (EPA-030)", rules, ["EPA-030"])
    await play.refused(play.epao, "releaseGrade", "BREACH_OPEN", "no dispensation yet", by=BY)
    granted = {"breachId": breaches[0]["id"], "reference": "DISP-1", "by": BY}
    await play.epao.do("grantDispensation", apprenticeId=play.id, **granted)
    for client in (play.employer, play.provider):
        script.expect(client.name, "reads grade: null", (await play.whole(client))["grade"], None)
    await play.epao.do("releaseGrade", apprenticeId=play.id, by=BY)
    for client in (play.employer, play.provider):
        await play.streams[client.name].hears(play.id, "grade.released")
        seen = await play.whole(client)
        grades = {each["method"]: each["grade"] for each in seen["assessments"]} | {"overall": seen["grade"]["overall"]}
        wanted = {"PD": "PASS", "CSP": "DISTINCTION", "overall": "DISTINCTION"}
        script.expect(client.name, "hears grade.released and reads PASS, DISTINCTION, overall DISTINCTION", grades, wanted)
    why = {"methods": ["PD"], "kind": "RESIT", "agreedOn": play.today.isoformat(), "actionPlan": True, "by": BY}
    await play.refused(play.employer, "agreeResit", "RESIT_NOT_FOR_IMPROVEMENT", "a pass is not improved", **why)


async def told(play: Play, reopened: Stream) -> None:
    """The streams missed nothing, repeated nothing, and told nobody what was not its own."""
    script = play.script
    script.step("What the streams told, and what a client that comes back hears")
    for client in play.insiders:
        await play.streams[client.name].hears(play.id, "grade.released")
        types = play.streams[client.name].types(play.id)
        script.says(client.name, f"heard {len(types)} events: {', '.join(dict.fromkeys(types))}")
    heard = set(play.streams["provider-a"].types(play.id))
    script.expect("provider-a", "heard nothing of results or authorship before the release", sorted(heard & SECRET), [])
    ids = [each["id"] for each in play.streams["provider-a"].heard(play.id)]
    script.expect("provider-a", "heard nothing twice", len(ids), len(set(ids)))
    after = play.streams["provider-a"].start
    listed = (await play.provider.ask(EVENTS, after=after)).data["events"]["nodes"]
    mine = [each["id"] for each in listed if (each["apprentice"] or {}).get("id") == play.id]
    script.expect("provider-a", "asks for events after its first cursor: the very same", mine, ids)
    await reopened.hears(play.id, "grade.released")
    again = [each["id"] for each in reopened.heard(play.id)]
    script.expect("provider-a", "opens its stream anew from that cursor: the very same", again, ids)


async def outside(play: Play) -> None:
    """To everybody else the apprentice does not exist, whatever they try."""
    script = play.script
    script.step("The three parties outside try everything they can")
    for client in play.outside:
        seen = [await play.whole(client)]
        node = await client.ask("query Node($id: ID!) { node(id: $id) { id } }", id=play.id)
        seen.append(node.data["node"])
        found = await client.ask("query Ulns($u: String!) { apprentices(filter: {uln: $u}) { totalCount } }", u=play.uln)
        seen.append(found.data["apprentices"]["totalCount"])
        script.expect(client.name, "finds nobody by id, node or number", seen, [None, None, 0])
        await play.refused(client, "setMyReference", "NOT_FOUND", "never 'forbidden'", myReference="X-1")
        cursor = play.streams["provider-a"].start
        reply = await client.ask(EVENTS, after=cursor)
        script.expect(client.name, "uses another party's cursor: CURSOR_INVALID", reply.codes, ["CURSOR_INVALID"])
