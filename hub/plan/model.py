"""An assessment plan as the rules know it."""

from datetime import date

from pydantic import Field

from hub.plan import ceilings
from hub.plan.parts import Grade, GradeRow, Ksb, Method, Part, Resits, Rule, RuleId, Text, Theme, Version
from hub.plan.steps import (
    Declaration,
    Duty,
    Entitlement,
    EvidenceType,
    GatewayRules,
    Portfolio,
    Requirement,
    Role,
    WindowRule,
)


class Plan(Part):
    """An assessment plan document, for one standard and version."""

    reference: str = Field(pattern=r"^ST\d{4}$", description="The standard's reference.")
    version: Version
    title: Text
    level: int = Field(ge=1, le=8)
    integration: Text
    jurisdiction: Text = Field(description="Where the plan applies; overlays of another jurisdiction do not.")
    source: Text = Field(description="The document the plan was taken from.")
    published_on: date | None = None
    lars_code: int | None = Field(description="The DfE's code of the standard; null until an operator sets it.")
    typical_months: int = Field(gt=0, description="The typical time on programme, full time.")
    minimum_months: int = Field(gt=0, description="The least time on programme.")
    off_the_job_percent: int = Field(ge=0, le=100)
    ksbs: tuple[Ksb, ...] = Field(min_length=1, max_length=ceilings.KSBS)
    methods: tuple[Method, ...] = Field(min_length=1, max_length=ceilings.METHODS)
    themes: tuple[Theme, ...] = Field(max_length=ceilings.THEMES)
    grades: tuple[Grade, ...] = Field(min_length=2, description="From lowest to highest.")
    grade_table: tuple[GradeRow, ...] = Field(max_length=ceilings.COMBINATIONS)
    grade_table_rule: RuleId
    resits: Resits
    evidence_types: tuple[EvidenceType, ...] = Field(max_length=ceilings.EVIDENCE_TYPES)
    portfolio: Portfolio
    requirements: tuple[Requirement, ...] = Field(max_length=ceilings.REQUIREMENTS)
    entitlements: tuple[Entitlement, ...] = ()
    declarations: tuple[Declaration, ...] = Field(min_length=1)
    gateway: GatewayRules
    windows: tuple[WindowRule, ...]
    roles: tuple[Role, ...]
    assessor_duties: tuple[Duty, ...] = ()
    rules: tuple[Rule, ...] = Field(max_length=ceilings.RULES)
    notes: tuple[Text, ...] = ()

    def rule(self, rule_id: str) -> Rule:
        """The rule with an id; KeyError if there is none."""
        found = next((each for each in self.rules if each.id == rule_id), None)
        if found is None:
            raise KeyError(rule_id)
        return found

    def ksb(self, code: str) -> Ksb | None:
        """The KSB with a code, if there is one."""
        return next((each for each in self.ksbs if each.code == code), None)

    def method(self, code: str) -> Method | None:
        """The method with a code, if there is one."""
        return next((each for each in self.methods if each.code == code), None)

    def requirement(self, code: str) -> Requirement | None:
        """The gateway requirement with a code, if there is one."""
        return next((each for each in self.requirements if each.code == code), None)

    def evidence_type(self, code: str) -> EvidenceType | None:
        """The type of evidence with a code, if there is one."""
        return next((each for each in self.evidence_types if each.code == code), None)

    def grade(self, code: str) -> Grade | None:
        """The grade with a code, if there is one."""
        return next((each for each in self.grades if each.code == code), None)

    def grade_rank(self, code: str) -> int:
        """The place of a grade in the plan's order, 0 the lowest; ValueError if there is none."""
        return [each.code for each in self.grades].index(code)

    def mapped_ksbs(self, method: str) -> tuple[str, ...]:
        """The codes of the KSBs a method assesses, in the plan's order."""
        return tuple(each.code for each in self.ksbs if method in each.methods)

    @property
    def portfolio_method(self) -> Method | None:
        """The method that the gateway portfolio supports, if any."""
        return next((each for each in self.methods if each.portfolio), None)
