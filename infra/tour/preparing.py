"""The scenes of the gateway: items, the EPAO's nomination, the portfolio, the employer's decision."""

from hashlib import sha256
from typing import Any

from infra.tour.play import BY, Play

PIECES = 10
KSBS = 'query Ksbs { standard(by: {reference: "ST0648"}) { ksbs { code methods } } }'


async def items(play: Play) -> None:
    """Items are filed once, and why English counts as met shows nowhere."""
    script, today = play.script, play.today.isoformat()
    script.step("The provider files gateway items on the apprentice's behalf")
    english = {"requirement": "ENGLISH", "achievedOn": today, "attained": "LEVEL_1", "entitlement": "EHC_PLAN"}
    given = {"apprenticeId": play.id, "idempotencyKey": f"tour-{play.uln}", **english}
    first = await play.provider.do("fileGatewayItem", "item { state }", **given)
    again = await play.provider.do("fileGatewayItem", "item { state }", **given)
    replays = [first["replayed"], again["replayed"]]
    script.expect("provider-a", "files English, and once more under the same key: still one", replays, [False, True])
    other = {**given, "attained": "LEVEL_2", "entitlement": None}
    why = "the same key with another body"
    await play.refused(play.provider, "fileGatewayItem", "IDEMPOTENCY_CONFLICT", why, **other)
    batch = [
        {"apprenticeId": play.id, "requirement": "MATHS", "achievedOn": today, "attained": "LEVEL_2"},
        {"apprenticeId": play.id, "requirement": "PQIP", "achievedOn": today},
        {"apprenticeId": play.id, "requirement": "HANDSTAND", "achievedOn": today},
    ]
    done = await play.provider.do("fileGatewayItems", "items { index errors { code } }", items=batch)
    codes = [[error["code"] for error in each["errors"]] for each in done["items"]]
    wanted: list[list[str]] = [[], [], ["REQUIREMENT_UNKNOWN"]]
    script.expect("provider-a", "files three in one batch, two stand, one is no requirement", codes, wanted)
    await play.streams["employer-b"].hears(play.id, "gateway.item_filed", 3)
    script.says("employer-b", "hears gateway.item_filed, three times")
    listed = (await play.whole(play.employer))["gateway"]["readiness"]["items"]
    met = {each["requirement"]: each["met"] for each in listed if each["requirement"] in ("ENGLISH", "MATHS", "PQIP")}
    script.expect("employer-b", "reads that they are met, and never why", met, {"ENGLISH": True, "MATHS": True, "PQIP": True})
    reply = await play.employer.ask("query { apprentices { nodes { gateway { readiness { items { attained } } } } } }")
    found = reply.status, "data" in reply.json
    script.expect("employer-b", "asks what lies behind: there is no such field", found, (400, False))


async def nomination(play: Play) -> None:
    """The employer names the EPAO; what it sees grows step by step."""
    script = play.script
    script.step("The employer nominates an assessment organisation, which accepts")
    one, other = play.identifiers["epao-b"], play.identifiers["epao-a"]
    await play.refused(play.provider, "nominateEpao", "FIELD_NOT_IN_SLICE", "the employer's alone", epao=other, by=BY)
    await play.refused(play.employer, "nominateEpao", "CONFLICT_OF_INTEREST", "an EPAO of its own group", epao=one, by=BY)
    await play.employer.do("nominateEpao", "nomination { state }", apprenticeId=play.id, epao=other, by=BY)
    await play.streams["epao-a"].hears(play.id, "gateway.epao_nominated")
    script.says("epao-a", "hears gateway.epao_nominated")
    seen = await play.whole(play.epao)
    shown = {name for name in ("uln", "standard", "employer", "portfolio", "contact") if seen[name] is not None}
    script.expect("epao-a", "sees the standard and the employer, and nothing else yet", shown, {"standard", "employer"})
    await play.epao.do("answerNomination", apprenticeId=play.id, accepted=True, by=BY)
    seen = await play.whole(play.epao)
    states = {each["requirement"]: each["state"] for each in seen["gateway"]["readiness"]["items"]}
    script.expect("epao-a", "accepts: identity and checklist open", (seen["uln"], states["PQIP"]), (play.uln, "SUBMITTED"))
    script.expect("epao-a", "the portfolio does not", seen["portfolio"], None)
    rejected = {"apprenticeId": play.id, "requirement": "PQIP", "accepted": False, "reason": "ILLEGIBLE"}
    await play.epao.do("assessGatewayItem", **rejected)
    heard = await play.streams["provider-a"].hears(play.id, "gateway.item_rejected")
    script.expect("provider-a", "hears gateway.item_rejected, with the reason ILLEGIBLE", heard["reason"], "ILLEGIBLE")
    item = {"apprenticeId": play.id, "requirement": "PQIP", "achievedOn": play.today.isoformat()}
    stale = {**item, "version": 1}
    await play.refused(play.provider, "fileGatewayItem", "VERSION_CONFLICT", "the version it names is stale", **stale)
    await play.provider.do("fileGatewayItem", **item)
    await play.epao.do("assessGatewayItem", **{**rejected, "accepted": True, "reason": None})
    await play.streams["provider-a"].hears(play.id, "gateway.item_accepted")
    script.says("provider-a", "files it again, and hears gateway.item_accepted")


async def portfolio(play: Play) -> None:
    """Evidence covers the KSBs; the employer validates what it has read, and with that the portfolio is closed."""
    script = play.script
    script.step("The provider fills the portfolio, the employer validates it")
    ksbs = (await play.provider.ask(KSBS)).data["standard"]["ksbs"]
    codes = [each["code"] for each in ksbs if "PD" in each["methods"]]
    why = "the plan does not take reflective accounts"
    refused = _piece(play, 0, codes, "REFLECTIVE_ACCOUNT")
    await play.refused(play.provider, "fileEvidence", "EVIDENCE_TYPE_REFUSED", why, **refused)
    for number in range(PIECES):
        await play.provider.do("fileEvidence", apprenticeId=play.id, **_piece(play, number, codes))
        if number == 0:
            held = (await play.whole(play.employer))["portfolio"]
            early = {"hash": held["hash"], "validatedOn": play.today.isoformat(), "by": BY}
            await play.refused(play.employer, "validatePortfolio", "PORTFOLIO_INCOMPLETE", "KSBs without evidence", **early)
    held = (await play.whole(play.employer))["portfolio"]
    play.hash = held["hash"]
    script.expect("provider-a", f"files {PIECES} pieces, and every KSB is covered", held["missingKsbs"], [])
    validation = {"validatedOn": play.today.isoformat(), "by": BY}
    await play.refused(play.employer, "validatePortfolio", "PORTFOLIO_CHANGED", "another hash", hash="0" * 64, **validation)
    await play.employer.do("validatePortfolio", apprenticeId=play.id, hash=play.hash, **validation)
    script.says("employer-b", f"validates the portfolio {play.hash}")
    await play.refused(play.provider, "fileEvidence", "PORTFOLIO_CLOSED", "it is validated", **_piece(play, 99, codes))


def _piece(play: Play, number: int, codes: list[str], kind: str = "WORK_PRODUCT") -> dict[str, Any]:
    name = f"{play.uln}-{number}"
    said = {"type": kind, "sha256": sha256(name.encode()).hexdigest(), "link": f"https://evidence.example/{name}"}
    return {**said, "ksbs": codes[number % PIECES :: PIECES]}


async def decision(play: Play) -> None:
    """The employer alone decides, and signs a declaration."""
    script, today = play.script, play.today.isoformat()
    script.step("The employer decides that the apprentice passes the gateway")
    status = (await play.whole(play.employer))["gateway"]["readiness"]["status"]
    script.expect("employer-b", "reads: READY", status, "READY")
    given: dict[str, Any] = {"decidedOn": today, "declaration": "1", "by": BY}
    for client in (play.provider, play.epao):
        await play.refused(client, "decideGateway", "FIELD_NOT_IN_SLICE", "the employer's alone", **given)
    unknown = {**given, "declaration": "9"}
    await play.refused(play.employer, "decideGateway", "DECLARATION_UNKNOWN", "no such declaration", **unknown)
    await play.employer.do("decideGateway", apprenticeId=play.id, adviceTaken=True, **given)
    await play.streams["epao-a"].hears(play.id, "gateway.passed")
    script.says("epao-a", "hears gateway.passed")
    held = (await play.whole(play.epao))["portfolio"]
    script.expect("epao-a", "reads the portfolio now, and it is the same one", held["hash"], play.hash)
    acknowledged = {"acknowledgedOn": today}
    await play.refused(play.epao, "acknowledgePortfolio", "PORTFOLIO_CHANGED", "another hash", hash="f" * 64, **acknowledged)
    await play.epao.do("acknowledgePortfolio", apprenticeId=play.id, hash=play.hash, **acknowledged)
    await play.streams["provider-a"].hears(play.id, "assessment.started")
    script.says("epao-a", "acknowledges that same portfolio; provider-a hears assessment.started")
