"""Which acts each kind of party may do, the scope each needs, and how far its card must open the apprentice."""

from collections.abc import Mapping
from dataclasses import dataclass

from hub.slices.rows import CHECKLIST, FULL, IDENTITY, NAMED
from hub.viewer import PartyKind

EMPLOYER, PROVIDER, EPAO = PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO


@dataclass(frozen=True, slots=True)
class ActSlice:
    """One act's slice: the scope it needs and, for each kind of party that may do it, the reach it needs.

    `even_restricted` acts are done also while an apprentice's data is restricted.
    """

    scope: str
    reach: Mapping[PartyKind, int]
    even_restricted: bool = False

    @property
    def noun(self) -> str:
        """The noun it belongs to: that of its scope; the clients are the apprentices' to answer for."""
        named = self.scope.partition(":")[0]
        return "apprentices" if named == "clients" else named


ACTS: Mapping[str, ActSlice] = {
    # apprentices
    "registerApprentice": ActSlice("apprentices:write", {EMPLOYER: NAMED, PROVIDER: NAMED}),
    "registerApprentices": ActSlice("apprentices:write", {EMPLOYER: NAMED, PROVIDER: NAMED}),
    "confirmApprentice": ActSlice("apprentices:write", {EMPLOYER: IDENTITY, PROVIDER: IDENTITY}),
    "declineApprentice": ActSlice("apprentices:write", {EMPLOYER: IDENTITY, PROVIDER: IDENTITY}),
    "setMyReference": ActSlice("apprentices:write", {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED}),
    "setContact": ActSlice("apprentices:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "changeDates": ActSlice("apprentices:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "changeStatus": ActSlice("apprentices:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "addProvider": ActSlice("apprentices:write", {EMPLOYER: FULL}),
    "transferApprentice": ActSlice("apprentices:write", {EMPLOYER: FULL}),
    "mergeApprentices": ActSlice("apprentices:write", {EMPLOYER: FULL}),
    "addClient": ActSlice("clients:admin", {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED}),
    "rotateClient": ActSlice("clients:admin", {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED}),
    "disableClient": ActSlice("clients:admin", {EMPLOYER: NAMED, PROVIDER: NAMED, EPAO: NAMED}),
    "setHold": ActSlice("apprentices:admin", {EMPLOYER: FULL, PROVIDER: FULL, EPAO: FULL}, even_restricted=True),
    "setRestriction": ActSlice("apprentices:admin", {EMPLOYER: FULL, PROVIDER: FULL}, even_restricted=True),
    "eraseApprentice": ActSlice("apprentices:admin", {EMPLOYER: FULL, PROVIDER: FULL}, even_restricted=True),
    # gateway
    "fileGatewayItem": ActSlice("gateway:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "fileGatewayItems": ActSlice("gateway:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "assessGatewayItem": ActSlice("gateway:write", {EPAO: CHECKLIST}),
    "nominateEpao": ActSlice("gateway:write", {EMPLOYER: FULL}),
    "answerNomination": ActSlice("gateway:write", {EPAO: NAMED}),
    "decideGateway": ActSlice("gateway:write", {EMPLOYER: FULL}),
    # portfolios
    "fileEvidence": ActSlice("portfolios:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "withdrawEvidence": ActSlice("portfolios:write", {EMPLOYER: FULL, PROVIDER: FULL}),
    "validatePortfolio": ActSlice("portfolios:write", {EMPLOYER: FULL}),
    "acknowledgePortfolio": ActSlice("portfolios:write", {EPAO: FULL}),
    # grades
    "scheduleAssessment": ActSlice("grades:write", {EPAO: FULL}),
    "confirmAuthenticity": ActSlice("grades:write", {EMPLOYER: FULL}),
    "postResult": ActSlice("grades:write", {EPAO: FULL}),
    "postResults": ActSlice("grades:write", {EPAO: FULL}),
    "correctResult": ActSlice("grades:write", {EPAO: FULL}),
    "grantDispensation": ActSlice("grades:write", {EPAO: FULL}),
    "releaseGrade": ActSlice("grades:write", {EPAO: FULL}),
    "agreeResit": ActSlice("grades:write", {EMPLOYER: FULL}),
}
