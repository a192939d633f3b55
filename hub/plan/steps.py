"""The parts of a plan document around the assessment: portfolio, gateway, dates and roles."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hub.plan.parts import Code, Part, RuleId, Text

Party = Literal["employer", "provider", "epao", "apprentice"]


class EvidenceType(Part):
    """A type of portfolio evidence, allowed or refused by a rule."""

    code: Code
    label: Text
    allowed: bool
    rule: RuleId


class Portfolio(Part):
    """What the portfolio is checked for."""

    typical_from: int
    typical_to: int
    count_rule: RuleId
    coverage_rule: RuleId
    mapping_rule: RuleId
    validation_rule: RuleId
    unchanged_rule: RuleId
    acknowledge_rule: RuleId
    available_rule: RuleId = Field(description="The rule by which it is with the assessment organisation in time.")
    filing_rule: RuleId


class Level(Part):
    """A level of attainment, and the entitlements that make it enough; none means it is enough for everybody."""

    code: Code
    label: Text
    enough: bool = False
    enough_with: tuple[Code, ...] = ()


class Requirement(Part):
    """One line of the gateway checklist.

    `met_by` says how it is met: by a filed item, by the covered and validated portfolio, or by the decision itself.
    """

    code: Code
    label: Text
    rule: RuleId
    files: tuple[Party, ...]
    move: Party
    met_by: Literal["item", "portfolio", "decision"]
    needs_acceptance: bool = Field(False, description="Whether a filed item counts only once the EPAO accepts it.")
    unmet: Text = Field(description="The one sentence shown while it is not met, whatever lies behind it.")
    levels: tuple[Level, ...] = ()


class Entitlement(Part):
    """A sealed reason for which another level is enough; it never leaves the rules."""

    code: Code
    label: Text
    rule: RuleId


class Declaration(Part):
    """A version of the statement the employer makes in the gateway decision."""

    version: Text
    text: Text
    rule: RuleId


class GatewayRules(Part):
    """Which rule each step of the gateway stands under."""

    decision_rule: RuleId
    employer_rule: RuleId
    declaration_rule: RuleId
    evidence_rule: RuleId
    conflict_rule: RuleId
    minimum_rule: RuleId


class WindowRule(Part):
    """A date the plan sets, counted from another date; the resulting day itself is included."""

    code: Code
    label: Text
    rule: RuleId
    method: Code | None = None
    component: Code | None = None
    kind: Literal["due", "earliest", "typical"]
    anchor: Literal["gateway", "portfolio", "submission", "resit"]
    anchor_component: Code | None = Field(None, description="Whose submission starts the count.")
    replaces: Code | None = Field(None, description="The window this one replaces at a later attempt.")
    amount: int = Field(gt=0)
    unit: Literal["weeks", "days", "workingDays", "months"]


class Role(Part):
    """A role and what it is there for."""

    code: Code
    label: Text
    duties: tuple[Text, ...]
    rules: tuple[RuleId, ...] = ()


class Duty(Part):
    """One lettered duty of the assessor."""

    letter: Annotated[str, StringConstraints(pattern=r"^[a-z]$")]
    text: Text
    rule: RuleId
