"""The operator's acts, done from the command line: organisations, group links and LARS codes; never apprentices."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field, ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from hub.acts.act import Act
from hub.acts.adopting import adopt
from hub.acts.inputs import Code, Day, Identifier, Input, LarsCode, StandardReference, Text
from hub.acts.keys import fingerprint
from hub.acts.record import audit, tell
from hub.errors import HubError
from hub.plan.ceilings import IDENTIFIERS
from hub.store import apprentices as t
from hub.store import organisations
from hub.store.facts import FOREVER
from hub.store.plans import Library
from hub.store.pools import Database
from hub.store.spine import new_id
from hub.viewer import PartyKind, Viewer
from hub.words import id_text

OPERATOR = Viewer(UUID(int=0), PartyKind.REGULATOR, UUID(int=0), "operator", frozenset())
CONTEXT = text("select set_config('hub.today', :today, true), set_config('lock_timeout', '15s', true)")


class AddOrganisation(Input):
    """An organisation and the parties it is."""

    name: Text = Field(description="Its name.")
    kinds: list[PartyKind] = Field(min_length=1, max_length=3, description="employer, provider, epao.")
    identifiers: list[Identifier] = Field(
        min_length=1, max_length=IDENTIFIERS, description="Its identifiers, by which others name it."
    )
    region: Text | None = Field(None, description="A region.")
    group: Code | None = Field(None, description="A group it belongs to from today on.")


class LinkGroup(Input):
    """A dated link of an organisation to a group."""

    identifier: Identifier = Field(description="The organisation.")
    group: Code = Field(description="The group's code.")
    from_on: Day | None = Field(None, description="The first day; today when absent.")
    until_on: Day | None = Field(None, description="The day from which it no longer holds.")


class SetLars(Input):
    """The LARS code of a standard."""

    reference: StandardReference = Field(description="The standard.")
    code: LarsCode = Field(description="Its LARS code.")


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as the operator knows it: its id, its parties by kind, and whether it was known unclaimed before."""

    id: UUID
    parties: dict[PartyKind, UUID]
    was_unclaimed: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """The operator's way in; it raises HubError for whatever it refuses. Every act leaves its audit row."""

    database: Database
    library: Library
    seal: bytes
    today: Callable[[], date]

    async def add_organisation(
        self,
        name: str,
        kinds: Iterable[str],
        identifiers: Iterable[tuple[str, str]],
        region: str | None = None,
        group: str | None = None,
    ) -> Organisation:
        """Adds an organisation, or claims the unclaimed one that carries one of the identifiers, with all its ties.

        Raises HubError ORGANISATION_CLAIMED when an identifier belongs to somebody, INPUT_INVALID and the like.
        """
        named = [{"scheme": scheme, "value": value} for scheme, value in identifiers]
        given = checked(AddOrganisation, name=name, kinds=list(kinds), identifiers=named, region=region, group=group)
        async with self.acting("addOrganisation", given) as act:
            keys = [(each.scheme, each.value) for each in given.identifiers]
            known = await _unclaimed(act, keys)
            values = {"name": given.name, "region": given.region, "claimed": True}
            made = known or new_id()
            act.thing = id_text("org", made)
            new = insert(t.organisation).values(id=made, **values)
            await act.save(new.on_conflict_do_update(index_elements=["id"], set_=values))
            carried = [{"scheme": scheme, "value": value, "organisation_id": made} for scheme, value in keys]
            await act.save(insert(t.organisation_identifier).on_conflict_do_nothing(), carried)
            parties = {kind: (await organisations.parties(act.connection, [made], kind))[made] for kind in given.kinds}
            if given.group is not None:
                await _link(act, made, given.group, act.today, FOREVER)
            return Organisation(made, parties, known is not None)

    async def link_group(
        self, identifier: tuple[str, str], group: str, from_on: date | None = None, until_on: date | None = None
    ) -> None:
        """Links an organisation to a group from a day on, today when absent; the same link again sets its end."""
        named = {"scheme": identifier[0], "value": identifier[1]}
        given = checked(LinkGroup, identifier=named, group=group, fromOn=from_on, untilOn=until_on)
        async with self.acting("linkGroup", given) as act:
            organisation = await _organisation(act, given.identifier)
            act.thing = id_text("org", organisation)
            first = given.from_on or act.today
            if given.until_on is not None and given.until_on <= first:
                raise HubError("DATE_ORDER")
            await _link(act, organisation, given.group, first, given.until_on or FOREVER)

    async def set_lars(self, reference: str, code: str) -> int:
        """Sets a standard's LARS code; apprentices kept under the bare code move to it. Answers how many moved.

        Raises HubError STANDARD_UNKNOWN, or STATE_CONFLICT when another standard has the code.
        """
        given = checked(SetLars, reference=reference, code=code)
        async with self.acting("setLars", given) as act:
            act.thing = given.reference
            return await adopt(act, given.reference, given.code)

    async def find(self, scheme: str, value: str) -> Organisation | None:
        """The organisation an identifier names, with the parties it is."""
        async with self._connected() as act:
            found = (await organisations.find(act.connection, [(scheme, value)])).get((scheme, value))
            if found is None:
                return None
            rows = await act.connection.execute(select(t.party.c.kind, t.party.c.id).where(t.party.c.organisation_id == found))
            return Organisation(found, {PartyKind(row.kind): row.id for row in rows})

    @asynccontextmanager
    async def acting(self, name: str, given: Input) -> AsyncIterator[Act]:
        """One act of the operator's in a transaction, which ends with what it tells and with its audit row."""
        async with self._connected() as act:
            yield act
            await act.connection.execute(text("set local role hub_rules"))
            await tell(act)
            by = getattr(given, "by", None)
            await audit(act, name, fingerprint(self.seal, name, given), getattr(by, "reference", None))

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Act]:
        async with self.database.engine("hub_operator").begin() as connection:
            today = self.today()
            await connection.execute(CONTEXT, {"today": today.isoformat()})
            yield Act(connection, OPERATOR, today, datetime.now(UTC), self.library, self.seal)


def checked(model: Any, **given: Any) -> Any:
    """The input, or HubError with the code of the first thing wrong with it."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        code = fault["type"] if fault["type"].isupper() else "INPUT_INVALID"
        raise HubError(code, fault["msg"], where) from None


async def _unclaimed(act: Act, keys: list[organisations.Identifier]) -> UUID | None:
    """The one unclaimed organisation that carries any of the identifiers."""
    for key in sorted(keys):
        # An import may be about to keep the same number: whoever comes second finds what the first one made.
        await organisations.hold(act.connection, key)
    found = set((await organisations.find(act.connection, keys)).values())
    query = select(func.count()).select_from(t.organisation).where(t.organisation.c.id.in_(found), t.organisation.c.claimed)
    if (await act.connection.execute(query)).scalar():
        raise HubError("ORGANISATION_CLAIMED", field="identifiers")
    if len(found) > 1:
        raise HubError("STATE_CONFLICT", "These identifiers are kept as two unclaimed organisations.", "identifiers")
    return next(iter(found), None)


async def _organisation(act: Act, named: Identifier) -> UUID:
    key = (named.scheme, named.value)
    found = (await organisations.find(act.connection, [key])).get(key)
    if found is None:
        raise HubError("NOT_FOUND", "No organisation has this identifier.", "identifier")
    return found


async def _link(act: Act, organisation: UUID, group: str, from_on: date, until_on: date) -> None:
    table = t.organisation_link
    new = insert(table).values(organisation_id=organisation, group_code=group, from_on=from_on, until_on=until_on)
    keys = ["organisation_id", "group_code", "from_on"]
    await act.save(new.on_conflict_do_update(index_elements=keys, set_={"until_on": until_on}))
