"""How much a plan, a record and an organisation may hold, so that every list of the graph has an end that is known."""

from collections.abc import Mapping

CEILINGS: Mapping[str, int] = {
    "pieces": 200,
    "ties": 40,
    "changes": 60,
    "bookings": 40,
    "authenticity": 100,
    "results": 100,
    "resits": 40,
    "breaches": 200,
}
"""The most rows by what they are called where a record is loaded: ten times what an apprenticeship comes to, or more."""
NAMES: Mapping[str, str] = {
    "pieces": "pieces of evidence",
    "ties": "employers and training providers",
    "changes": "changes of status",
    "bookings": "bookings",
    "authenticity": "confirmations of authorship",
    "results": "versions of results",
    "resits": "agreed attempts",
    "breaches": "breaches",
}
IDENTIFIERS, STANDARDS, CLIENTS = 10, 50, 200
"""Identifiers of one organisation; plans that one release carries; clients a party has ever had."""
KSBS, METHODS, COMPONENTS, THEMES, STATEMENTS = 120, 10, 10, 40, 20
REQUIREMENTS, EVIDENCE_TYPES, COMBINATIONS, RULES = 20, 40, 100, 400
"""What one plan may define: components in a method, statements of a theme for each grade, and so on."""
CRITERIA, BLOCKERS = 2 * STATEMENTS, 2 * REQUIREMENTS
"""A theme's statements for both grades; a checklist's blockers, with those that are about no requirement."""
