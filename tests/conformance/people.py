"""Fresh apprentices for the clients to act on, brought by the hub's own acts to where a story begins."""

from datetime import date
from hashlib import sha256
from typing import Any

from hub.words import add_months
from infra.demo.parties import PARTIES
from infra.tour.running import fresh_uln
from tests.conformance.playing import STORY, Hub, Story

BY = {"reference": "T-7", "name": "Tess Madeup", "role": "Head of programme"}
EMPLOYER, PROVIDER, EPAO = STORY["employer"], STORY["provider"], STORY["epao"]
IDENTIFIERS = {party.name: party.identifier for party in PARTIES}
PIECES = 5


def story(hub: Hub) -> Story:
    """An apprentice who lacks the professional qualification alone; the rest of the story is the clients' to play."""
    today = date.fromisoformat(hub.ask(EMPLOYER, "{ viewer { today } }")["viewer"]["today"])
    uln = fresh_uln()
    one = {"apprenticeId": registered(hub, uln, today)}
    achieved = {**one, "achievedOn": today.isoformat()}
    english, maths = ({**achieved, "requirement": each, "attained": "LEVEL_2"} for each in ("ENGLISH", "MATHS"))
    hub.act(PROVIDER, "fileGatewayItems", "items { errors { code } }", items=[english, maths])
    hub.act(EMPLOYER, "nominateEpao", **one, epao=IDENTIFIERS[EPAO], by=BY)
    hub.act(EPAO, "answerNomination", **one, accepted=True, by=BY)
    held = portfolio(hub, one, uln)
    hub.act(EMPLOYER, "validatePortfolio", **one, hash=held, validatedOn=today.isoformat(), by=BY)
    decision = {"decidedOn": today.isoformat(), "declaration": "1", "adviceTaken": True, "by": BY}
    outcome = {"component": "PD", "outcome": "PASS", "heldOn": today.isoformat()}
    asked = {"minutes": 90, "bankQuestions": 6, "ownQuestions": 6}
    result = {"method": "PD", "grade": "PASS", "assessor": "IA-1", "components": [{**outcome, **asked}], "by": BY}
    variables: dict[str, dict[str, Any]] = {
        "file": {"input": {**achieved, "requirement": "PQIP"}},
        "cohort": {"filter": {"uln": uln}},
        "decide": {"input": {**one, **decision}},
        "post": {
            "acknowledgement": {**one, "hash": held, "acknowledgedOn": today.isoformat()},
            "result": {**one, **result},
        },
    }
    return Story(one["apprenticeId"], variables)


def registered(hub: Hub, uln: str, today: date) -> str:
    """The id of somebody new, registered by the provider and confirmed by the employer."""
    start = add_months(today, -34)
    learner = {
        "uln": uln,
        "givenNames": "Corin",
        "familyName": "Conforming",
        "standard": {"reference": "ST0648"},
        "startOn": start.isoformat(),
        "plannedEndOn": add_months(start, 36).isoformat(),
        "ageBand": "19+",
        "employer": IDENTIFIERS[EMPLOYER],
    }
    found = hub.act(PROVIDER, "registerApprentice", "apprentice { id }", **learner)["apprentice"]["id"]
    hub.act(EMPLOYER, "confirmApprentice", apprenticeId=found, by=BY)
    return str(found)


def portfolio(hub: Hub, one: dict[str, Any], uln: str) -> str:
    """The hash of a portfolio that covers every KSB."""
    ksbs = hub.ask(PROVIDER, '{ standard(by: {reference: "ST0648"}) { ksbs(method: "PD") { code } } }')["standard"]["ksbs"]
    codes = [each["code"] for each in ksbs]
    for number in range(PIECES):
        name = f"{uln}-{number}"
        piece = {"sha256": sha256(name.encode()).hexdigest(), "link": f"https://evidence.example/{name}"}
        hub.act(PROVIDER, "fileEvidence", **one, **piece, type="WORK_PRODUCT", ksbs=codes[number::PIECES])
    document = "query Held($id: ID!) { apprentice(by: {id: $id}) { portfolio { hash missingKsbs } } }"
    found = hub.ask(PROVIDER, document, id=one["apprenticeId"])["apprentice"]["portfolio"]
    assert found["missingKsbs"] == []
    return str(found["hash"])
