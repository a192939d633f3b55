"""Does acts as the demonstration's parties, on the day on which each is supposed to have happened."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from hub.acts.engine import Engine
from hub.errors import HubError
from hub.viewer import Viewer
from infra.demo.parties import DemoParty
from infra.door import as_it_is

SIGNATORY = {"reference": "P-101", "name": "Robin Madeup", "role": "Demonstrator"}


@dataclass(frozen=True, slots=True)
class Hands:
    """The parties as viewers, by name, and the one way in for every change."""

    engine: Engine
    viewers: Mapping[str, Viewer]
    today: date

    async def do(self, party: DemoParty, act: str, on: date | None = None, /, **given: Any) -> dict[str, Any]:
        """Does an act on a day, today when absent; one that is refused raises HubError, since none here may be."""
        day = on or self.today
        engine = replace(self.engine, today=lambda: day)
        outcome = await engine.do(self.viewers[party.name], act, given, as_it_is)
        faults = [*outcome.problems, *(each for item in outcome.given.get("items", ()) for each in item["errors"])]
        if faults:
            raise HubError(faults[0].code, f"{act} by {party.name}: {faults[0].message}", faults[0].field, faults[0].rule)
        return dict(outcome.given)

    def party(self, party: DemoParty) -> UUID:
        """The id of a party."""
        return self.viewers[party.name].party
