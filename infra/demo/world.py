"""Loads the demonstration: organisations and clients as an operator does, apprentices through the ILR door, then acts."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from auth.clients import NewClient, add_client
from connectors.ilr import import_ilr
from connectors.ilr.writing import write_learners
from hub.acts.commanding import Command
from hub.acts.engine import Engine
from hub.acts.operating import Operator
from hub.errors import HubError
from hub.slices.scopes import USUAL
from hub.store.clients import MOST_SANDBOX_DAYS
from hub.store.plans import Library
from hub.store.pools import Database
from hub.viewer import Viewer
from infra.demo.cast import Part, cast, shared
from infra.demo.helper import Helper, Job
from infra.demo.parties import LARS, PARTIES, PROVIDERS, REFERENCE, DemoParty
from infra.demo.stage import Hands
from infra.demo.troupe import Troupe
from infra.door import Done, Door

Told = Callable[[str], None]


class World:
    """The demonstration while it is being made; `clients` are its clients by name once it is."""

    def __init__(self, database: Database, library: Library, engine: Engine, operator: Operator, told: Told):
        self._database, self._library, self._engine, self._operator, self._told = database, library, engine, operator, told
        self.clients: dict[str, NewClient] = {}
        self._ids: dict[str, str] = {}

    async def make(self, keys: Path, helper: Helper | None = None) -> list[str]:
        """Makes all of it, half of it in the helper, with sealing keys in a folder.

        Answers the ULNs that several parties of a kind may see.
        """
        today = self._engine.today()
        parts = cast(today)
        hands = Hands(self._engine, await self._parties(), today)
        await self._register(hands, parts)
        troupe = Troupe(hands, self._library, self._ids)
        if helper is None:
            await troupe.play(parts)
        else:
            url = self._database.url.render_as_string(hide_password=False)
            job = Job(url, self._database.secret, self._engine.seal, keys, hands.viewers, today, self._ids, parts[1::2])
            await asyncio.gather(troupe.play(parts[::2]), helper.play(job))
        self._told("every apprentice has come to its stage")
        return shared(parts)

    async def _parties(self) -> Mapping[str, Viewer]:
        await self._operator.set_lars(REFERENCE, LARS)
        return {party.name: await self._party(party) for party in PARTIES}

    async def _party(self, party: DemoParty) -> Viewer:
        named = [(party.scheme, party.value)]
        made = await self._operator.add_organisation(party.organisation, [party.kind], named, party.region, party.group)
        now = datetime.now(UTC)
        async with self._database.engine("hub_auth").begin() as connection:
            client = await add_client(
                connection,
                party=made.parties[party.kind],
                kind=party.kind,
                organisation=made.id,
                name=f"Demonstration, {party.name}",
                now=now,
                scopes=USUAL[party.kind],
                expires=now + timedelta(days=MOST_SANDBOX_DAYS),
            )
            await Command("demo", connection, self._engine.seal).touched(client.client_id, made.parties[party.kind])
        self.clients[party.name] = client
        return Viewer(made.parties[party.kind], party.kind, made.id, client.client_id, USUAL[party.kind])

    async def _register(self, hands: Hands, parts: list[Part]) -> None:
        with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
            for provider in PROVIDERS:
                for lars in dict.fromkeys(part.lars for part in parts):
                    theirs = [part for part in parts if part.provider == provider and part.lars == lars]
                    if theirs:
                        await self._import(hands, Path(folder) / "ilr.xml", provider, lars, theirs)
        self._told(f"{len(self._ids)} apprentices have come in by ILR file")

    async def _import(self, hands: Hands, file: Path, provider: DemoParty, lars: str, parts: list[Part]) -> None:
        learners = [part.learner for part in parts]
        write_learners(file, learners, provider_ukprn=provider.value, lars_code=lars, prepared_on=_prepared(hands.today))
        report = await import_ilr(file, self._noting, hands.viewers[provider.name], ukprn=provider.value)
        if report.registered != len(parts):
            raise HubError("ILR_INVALID", f"{report.registered} of {len(parts)} were registered: {report.reasons()}")

    async def _noting(self, viewer: Viewer, name: str, input: dict[str, Any], /) -> Done:
        """The front door, with a note of the id that each ULN was given."""
        done = await Door(self._engine).act(viewer, name, input)
        self._ids |= {input["learners"][item[0]]["uln"]: item[4] for item in done.items if item[4] is not None}
        return done


def _prepared(today: date) -> date:
    return min(today, date(2026, 7, 31))
