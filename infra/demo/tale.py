"""One apprentice's way, act by act, as far as its stage: every row of the demonstration comes from an act."""

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from hub.plan import facts as f
from hub.plan.model import Plan
from hub.plan.portfolios import portfolio_hash
from hub.words import add_months
from infra.demo.cast import Part, Stage
from infra.demo.parties import EMPLOYERS, EPAOS, PROVIDERS, DemoParty
from infra.demo.stage import SIGNATORY, Hands

SECTIONS = ("INTRODUCTION", "CASE_PROGRESS", "CHALLENGES", "PLANNED_WORK", "SUMMARY", "POLICY")
TYPES = ("CLIENT_FEEDBACK", "WITNESS_TESTIMONY", "WORK_PRODUCT", "EMPLOYER_FEEDBACK", "APPRAISAL_RECORD")
FULL_PORTFOLIO, QUICK_PORTFOLIO = 10, 2


class Tale:
    """Brings one apprentice, registered and confirmed, as far as its stage."""

    def __init__(self, hands: Hands, plan: Plan, part: Part, apprentice: str):
        self._hands, self._plan, self._part, self._id = hands, plan, part, apprentice
        self._employer = part.employer
        self._before = part.decided_on - timedelta(days=6)
        self._hash = ""

    async def play(self) -> None:
        """Every step, in the order in which it happens."""
        part = self._part
        if part.twist == "transferred":
            await self._transfer()
        if part.twist == "two providers":
            await self._second_provider()
        if part.stage >= Stage.NOMINATED:
            await self._portfolio()
            await self._nominate(EPAOS[1] if part.twist == "epao changed" else part.epao)
        if part.stage >= Stage.READY:
            await self._accept()
        if part.stage >= Stage.DECIDED:
            await self._by_employer("decideGateway", 0, decidedOn=self._day(0), declaration="1", adviceTaken=True)
        if part.stage >= Stage.ACKNOWLEDGED:
            await self._by_epao("acknowledgePortfolio", 2, hash=self._hash, acknowledgedOn=self._day(2))
        if part.stage >= Stage.POSTED:
            await self._discussion()
        if part.stage >= Stage.TO_RELEASE:
            await self._case_study(45, part.grades[1])
        if part.stage >= Stage.RELEASED:
            await self._release()

    def _day(self, after: int) -> str:
        return (self._part.decided_on + timedelta(days=after)).isoformat()

    async def _do(self, party: DemoParty, act: str, on: date | None, /, **given: Any) -> dict[str, Any]:
        return await self._hands.do(party, act, on, apprenticeId=self._id, **given)

    async def _by_employer(self, act: str, after: int, **given: Any) -> None:
        await self._do(self._employer, act, self._part.decided_on + timedelta(days=after), by=SIGNATORY, **given)

    async def _by_epao(self, act: str, after: int, **given: Any) -> None:
        await self._do(self._part.epao, act, self._part.decided_on + timedelta(days=after), **given)

    async def _transfer(self) -> None:
        to, on = EMPLOYERS[1], self._before - timedelta(days=60)
        await self._do(self._employer, "transferApprentice", on, employer=to.identifier, on=on.isoformat(), by=SIGNATORY)
        self._employer = to
        await self._do(to, "confirmApprentice", on, by=SIGNATORY)

    async def _second_provider(self) -> None:
        second = PROVIDERS[1]
        await self._do(self._employer, "addProvider", self._before, provider=second.identifier)
        await self._do(second, "confirmApprentice", self._before, by=SIGNATORY)
        await self._do(self._employer, "setMyReference", None, myReference="HR-20417")
        address = {"email": f"{self._part.learner.given_names.lower()}@people.example", "phone": "07700 900123"}
        await self._do(self._part.provider, "setContact", None, **address)

    async def _portfolio(self) -> None:
        codes = self._plan.mapped_ksbs("PD")
        count = FULL_PORTFOLIO if self._part.twist in ("two providers", "transferred") else QUICK_PORTFOLIO
        pieces = []
        for number in range(count):
            name = f"{self._part.learner.uln}-{number}"
            digest, link = sha256(name.encode()).hexdigest(), f"https://evidence.example/{name}"
            piece = f.Piece(TYPES[number % len(TYPES)], tuple(codes[number::count]), digest, link)
            pieces.append(piece)
            said = {"type": piece.type, "ksbs": list(piece.ksbs), "sha256": digest, "link": link}
            await self._do(self._part.provider, "fileEvidence", self._before, **said)
        self._hash = portfolio_hash(pieces)
        await self._by_employer("validatePortfolio", -6, hash=self._hash, validatedOn=self._before.isoformat())

    async def _nominate(self, epao: DemoParty) -> None:
        await self._by_employer("nominateEpao", -6, epao=epao.identifier)
        if epao != self._part.epao:
            await self._do(epao, "answerNomination", self._before, accepted=True, by=SIGNATORY)
            await self._by_employer("nominateEpao", -4, epao=self._part.epao.identifier)

    async def _accept(self) -> None:
        await self._by_epao("answerNomination", -4, accepted=True, by=SIGNATORY)
        if self._part.stage == Stage.READY:
            expected = add_months(self._hands.today, self._part.number % 4)
            await self._do(
                self._employer, "changeDates", None, expectedGatewayOn=expected.isoformat(), region=self._employer.region
            )

    async def _discussion(self) -> None:
        long = self._part.twist in ("breach", "dispensed")
        held = {"heldOn": self._day(35), "minutes": 101 if long else 90, "bankQuestions": 6, "ownQuestions": 6}
        part = {"component": "PD", "outcome": "PASS", "ksbs": list(self._plan.mapped_ksbs("PD")), **held}
        await self._post("PD", 55, self._part.grades[0], [part])

    async def _case_study(self, after: int, grade: str, attempt: int = 1) -> None:
        document = sha256(f"{self._part.learner.uln}-case-{attempt}".encode()).hexdigest()
        slides = sha256(f"{self._part.learner.uln}-slides-{attempt}".encode()).hexdigest()
        confirmed = {"component": "CS", "sha256": document, "confirmedOn": self._day(after)}
        await self._by_employer("confirmAuthenticity", after, **confirmed)
        outcome = "FAIL" if grade == "FAIL" else "PASS"
        study = {"component": "CS", "outcome": outcome, "submittedOn": self._day(after), "words": 3190 + attempt}
        study |= {"document": document, "theme": f"THEME-{attempt}", "sections": list(SECTIONS)}
        talk: dict[str, Any] = {
            "component": "PR",
            "outcome": outcome,
            "heldOn": self._day(after + 7),
            "submittedOn": self._day(after + 7),
        }
        talk |= {"minutes": 45, "bankQuestions": 8, "ownQuestions": 4, "audioRecorded": True, "document": slides}
        await self._post("CSP", after + 12, grade, [study, talk])

    async def _post(self, method: str, after: int, grade: str, components: list[dict[str, Any]]) -> None:
        said = {"method": method, "grade": grade, "assessor": "IA-7", "components": components, "by": SIGNATORY}
        await self._by_epao("postResult", after, **said)

    async def _release(self) -> None:
        twist = self._part.twist
        if twist == "dispensed":
            return
        await self._by_epao("releaseGrade", 70, by=SIGNATORY)
        if not twist.startswith("re-s"):
            return
        await self._by_employer("agreeResit", 76, methods=["CSP"], kind="RESIT", agreedOn=self._day(76), actionPlan=True)
        if twist == "re-sat":
            await self._case_study(110, "DISTINCTION", attempt=2)
            await self._by_epao("releaseGrade", 125, by=SIGNATORY)
