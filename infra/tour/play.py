"""What the scenes of the tour share: who plays, who looks on, and the apprentice it is about."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from infra.tour.clients import Client
from infra.tour.script import Script
from infra.tour.streams import Stream

BY = {"reference": "T-7", "name": "Tess Madeup", "role": "Head of programme"}
WHOLE = """query Whole($id: ID!) { apprentice(by: {id: $id}) { id uln version status nextParty dueOn
  standard { reference } employer { name } providers { organisation { name } } contact { email }
  gateway { passed readiness { status items { requirement state met version rejection } blockers { rule sentence party } }
            nomination { state version } decision { decidedOn } }
  portfolio { state hash version pieceCount missingKsbs acknowledgement { hash } }
  assessments { method grade } grade { overall capped releasedOn } bookings { component version } resits { method } } }"""


@dataclass
class Play:
    """The three clients of the story, the three that look on from outside, and what is known so far."""

    script: Script
    employer: Client
    provider: Client
    epao: Client
    outside: tuple[Client, ...]
    identifiers: dict[str, dict[str, str]]
    today: date
    uln: str
    id: str = ""
    hash: str = ""
    streams: dict[str, Stream] = field(default_factory=dict)

    @property
    def insiders(self) -> tuple[Client, Client, Client]:
        """The three of the story."""
        return self.employer, self.provider, self.epao

    async def whole(self, client: Client) -> Any:
        """Everything a client may see of the apprentice; none when it is not in its slice."""
        return (await client.ask(WHOLE, id=self.id)).data["apprentice"]

    async def blockers(self, client: Client) -> list[str]:
        """What stands in the way of the gateway, as a client reads it."""
        return [each["sentence"] for each in (await self.whole(client))["gateway"]["readiness"]["blockers"]]

    async def refused(self, client: Client, act: str, code: str, why: str, **given: Any) -> None:
        """Notes that an act is refused with a code, and that nothing else happens."""
        found = await client.refusal(act, **{"apprenticeId": self.id, **given})
        self.script.expect(client.name, f"{act}: refused, {code} ({why})", found, code)
