"""The shape of an assessment plan document: everything a standard defines, as codes, labels and numbers.

Keys are written in camelCase in the document. All durations are whole minutes, all tolerances whole percent.
"""

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(-[A-Z]+)?-[A-Z]?\d+[a-m]?$", max_length=30)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Party = Literal["employer", "provider", "epao", "apprentice"]
Severity = Literal["refuse", "breach", "warn", "info"]


class Part(BaseModel):
    """What every part of a plan has in common: it never changes and knows no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=True)


class Rule(Part):
    """One rule: what it says in plain words, the source's own words, and what happens when it is broken.

    `severity` refuse turns an act away; breach records the fact and blocks release until a dispensation; warn records
    it with a remark; info is data or a duty that no check of this plan enforces.
    """

    id: RuleId
    severity: Severity
    statement: Text = Field(description="The rule in one plain sentence, as users read it.")
    quote: Text | None = Field(None, description="The source's own words; null where the source is silent.")
    source: Text | None = Field(None, description="The document, where it is not the plan's own source.")
    reason: Text | None = Field(None, description="Why the rule has this severity, where that needs saying.")
    notes: tuple[Text, ...] = Field((), description="Known defects of the source and how this plan reads them.")


class Ksb(Part):
    """One knowledge, skill or behaviour statement of the standard, verbatim, and the methods that assess it."""

    code: Annotated[str, StringConstraints(pattern=r"^[KSB]\d{1,2}$")]
    kind: Literal["knowledge", "skill", "behaviour"]
    statement: Text
    methods: tuple[Code, ...] = Field(min_length=1)
    notes: tuple[Text, ...] = ()


class Duration(Part):
    """How long a component lasts, in minutes, and by whose rule."""

    minutes: int = Field(gt=0)
    exact: bool = Field(description="Whether a shorter time is a fault too.")
    extend_percent: int = Field(0, ge=0, description="By how much the assessor may extend the time.")
    rule: RuleId
    extend_rule: RuleId
    typical_parts: tuple[int, ...] = Field((), description="How the time is typically split.")
    typical_rule: RuleId | None = None


class Questions(Part):
    """How many questions are asked at least, and whether bank and own questions must be combined."""

    minimum: int = Field(ge=0)
    rule: RuleId
    combine: bool = False
    combine_rule: RuleId | None = None


class Words(Part):
    """The word count of a written component and its tolerance."""

    count: int = Field(gt=0)
    tolerance_percent: int = Field(ge=0)
    over_rule: RuleId
    under: Severity = Field("warn", description="What a count below the tolerance is.")


class Section(Part):
    """One thing a written component must or should contain."""

    code: Code
    label: Text
    rule: RuleId


class Component(Part):
    """One component of a method, in the order it is taken."""

    code: Code
    label: Text
    document: bool = Field(description="Whether a document is submitted to the assessment organisation.")
    held: bool = Field(description="Whether it is held with the apprentice on a day.")
    duration: Duration | None = None
    questions: Questions | None = None
    words: Words | None = None
    sections: tuple[Section, ...] = ()
    authenticity_rule: RuleId | None = Field(None, description="The rule by which the employer confirms authorship.")
    marker_rule: RuleId | None = Field(None, description="The rule that allows a marker who is not the assessor.")
    remote_rule: RuleId | None = Field(None, description="The rule on holding it by video.")
    remote: bool = Field(False, description="Whether it may be held by video.")
    audio_rule: RuleId | None = Field(None, description="The rule that requires an audio record.")


class Method(Part):
    """One assessment method."""

    code: Code
    name: Text
    label: Text
    number: int = Field(ge=1)
    components: tuple[Component, ...] = Field(min_length=1)
    ordered: bool = Field(description="Whether components are taken in the order given.")
    order_rule: RuleId | None = None
    portfolio: bool = Field(False, description="Whether the gateway portfolio supports this method.")
    assessor_rule: RuleId
    ksb_rule: RuleId
    redo_all_rule: RuleId | None = Field(None, description="The rule that makes all components new at another attempt.")


class Theme(Part):
    """A theme by which a method is graded; a name may recur in another method."""

    id: Code
    method: Code
    name: Text
    ksbs: tuple[str, ...] = Field(min_length=1)
    passes: tuple[Text, ...] = Field(alias="pass", min_length=1)
    distinctions: tuple[Text, ...] = Field(alias="distinction")
    notes: tuple[Text, ...] = ()


class Grade(Part):
    """One grade; the plan lists them from lowest to highest."""

    code: Code
    label: Text
    passing: bool


class GradeRow(Part):
    """One row of the overall grading table: a grade for every method, and the grade overall."""

    methods: dict[Code, Code]
    overall: Code


class Cap(Part):
    """The highest grade after a re-sit or re-take, for the method and overall."""

    method: Code
    overall: Code
    rule: RuleId


class Resits(Part):
    """What another attempt takes."""

    cap: Cap
    kinds: tuple[Code, ...]
    maximum_attempts: int | None = Field(description="Null where the plan sets no limit.")
    offered_rule: RuleId
    agree_rule: RuleId
    failed_only_rule: RuleId
    improvement_rule: RuleId
    attempts_rule: RuleId
    new_document_rule: RuleId


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
    lead_rule: RuleId
    acknowledge_rule: RuleId


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


class PlanDocument(Part):
    """A whole assessment plan, for one standard and version."""

    reference: Annotated[str, StringConstraints(pattern=r"^ST\d{4}$")]
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
    title: Text
    level: int = Field(ge=1, le=8)
    integration: Text
    jurisdiction: Text
    source: Text
    published_on: date | None = None
    lars_code: int | None = Field(description="Null until an operator sets it.")
    typical_months: int
    minimum_months: int
    off_the_job_percent: int
    ksbs: tuple[Ksb, ...]
    methods: tuple[Method, ...]
    methods_in_any_order_rule: RuleId
    themes: tuple[Theme, ...]
    grades: tuple[Grade, ...]
    grade_table: tuple[GradeRow, ...]
    grade_table_rule: RuleId
    resits: Resits
    evidence_types: tuple[EvidenceType, ...]
    portfolio: Portfolio
    requirements: tuple[Requirement, ...]
    entitlements: tuple[Entitlement, ...]
    declarations: tuple[Declaration, ...]
    gateway: GatewayRules
    windows: tuple[WindowRule, ...]
    roles: tuple[Role, ...]
    assessor_duties: tuple[Duty, ...]
    rules: tuple[Rule, ...]
    notes: tuple[Text, ...] = ()

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}
