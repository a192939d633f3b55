"""The six parties of the demonstration; none of these organisations exists."""

from dataclasses import dataclass

from hub.viewer import PartyKind

REFERENCE = "ST0648"
LARS, LARS_WITHOUT_PLAN = "9648", "9001"
"""Made-up codes: the demonstration sets the first for its standard, and of the second the hub knows nothing."""

GROUP = "FENMOCK"


@dataclass(frozen=True, slots=True)
class DemoParty:
    """One party: the name of its client, the organisation, and the identifier by which others name it."""

    name: str
    kind: PartyKind
    organisation: str
    scheme: str
    value: str
    region: str
    group: str | None = None

    @property
    def identifier(self) -> dict[str, str]:
        """The identifier as an input takes it."""
        return {"scheme": self.scheme, "value": self.value}


E, P, A = PartyKind.EMPLOYER, PartyKind.PROVIDER, PartyKind.EPAO
EMPLOYERS = (
    DemoParty("employer-a", E, "Ashmock Probation Service", "EMPLOYER_NUMBER", "900000001", "North West"),
    DemoParty("employer-b", E, "Fenmock Rehabilitation Trust", "EMPLOYER_NUMBER", "900000002", "South East", GROUP),
)
PROVIDERS = (
    DemoParty("provider-a", P, "Larksample College", "UKPRN", "10999001", "North West"),
    DemoParty("provider-b", P, "Westsample Academy", "UKPRN", "10999002", "London"),
)
EPAOS = (
    DemoParty("epao-a", A, "Valemock Assessment", "EPAO_ID", "EPA9001", "Midlands"),
    # Of one group with the second employer, so that the hub has a conflict of interest to refuse.
    DemoParty("epao-b", A, "Fenmock Awards", "EPAO_ID", "EPA9002", "South East", GROUP),
)
PARTIES = (*EMPLOYERS, *PROVIDERS, *EPAOS)
