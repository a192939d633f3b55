"""Who is asking: one party, through one of its clients."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class PartyKind(StrEnum):
    """The kinds of party the hub serves; an organisation may be several parties."""

    EMPLOYER = "employer"
    PROVIDER = "provider"
    EPAO = "epao"
    APPRENTICE = "apprentice"
    REGULATOR = "regulator"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The party on whose behalf a request is answered, the client that speaks for it and the scopes it was granted."""

    party: UUID
    kind: PartyKind
    organisation: UUID
    client: str
    scopes: frozenset[str]
    on_behalf: str | None = None
