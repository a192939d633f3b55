"""What the acts of the portfolios noun answer."""

from typing import Any

from schema.payloads import payload
from schema.portfolios.types import Evidence
from schema.reader.sources import one

EVIDENCE = (Evidence | None, one("{evidence}.id = {given.evidence:uuid}", description="The piece that was filed."))
PAYLOADS: dict[str, Any] = {
    "fileEvidence": payload("fileEvidence", evidence=EVIDENCE),
    **{name: payload(name) for name in ("withdrawEvidence", "validatePortfolio", "acknowledgePortfolio")},
}
