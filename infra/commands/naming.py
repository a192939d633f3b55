"""How things are named on the command line: an organisation by an identifier, SCHEME:VALUE, or its id; a subgraph."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import HubError
from hub.slices.rows import NOUNS
from hub.store import organisations
from hub.words import parse_id

SCHEMES = ("EMPLOYER_NUMBER", "UKPRN", "ACCOUNT", "EPAO_ID")
HELP = "An identifier as SCHEME:VALUE (EMPLOYER_NUMBER, UKPRN, ACCOUNT, EPAO_ID), or the id org_…."
Named = Annotated[str, typer.Argument(metavar="ORGANISATION", help=HELP)]


class Noun(StrEnum):
    """A subgraph."""

    APPRENTICES, GATEWAY, PORTFOLIOS, GRADES = NOUNS


def identifier_of(named: str) -> tuple[str, str]:
    """The scheme and value of SCHEME:VALUE; raises HubError ARGUMENT_INVALID."""
    scheme, _, value = named.partition(":")
    if scheme not in SCHEMES or not value:
        raise HubError(
            "ARGUMENT_INVALID", f"Name an organisation as SCHEME:VALUE, where SCHEME is one of {', '.join(SCHEMES)}."
        )
    return scheme, value


async def organisation_of(connection: AsyncConnection, named: str) -> UUID:
    """The organisation that is named; raises HubError NOT_FOUND."""
    if named.startswith("org_"):
        return parse_id(named, "org")
    key = identifier_of(named)
    found = (await organisations.find(connection, [key])).get(key)
    if found is None:
        raise HubError("NOT_FOUND", f"No organisation is known by {named}; see `hub organisation add`.")
    return found
