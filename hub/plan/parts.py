"""The parts of a plan document that say what is assessed and how it is graded.

Keys are written in camelCase in the document. All durations are whole minutes, all tolerances whole percent.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from hub.plan import ceilings

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=60)]
RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(-[A-Z]+)?-[A-Z]?\d+[a-m]?$", max_length=30)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")]
Severity = Literal["refuse", "breach", "warn", "info"]


class Part(BaseModel):
    """What every part of a plan has in common: it never changes and knows no unknown key."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )


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
    under_rule: RuleId = Field(description="The rule on a count below the tolerance.")


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
    components: tuple[Component, ...] = Field(min_length=1, max_length=ceilings.COMPONENTS)
    ordered: bool = Field(description="Whether components are taken in the order given.")
    order_rule: RuleId | None = None
    portfolio: bool = Field(False, description="Whether the gateway portfolio supports this method.")
    assessor_rule: RuleId
    ksb_rule: RuleId
    holistic_rule: RuleId = Field(description="The rule by which a failed component fails the method.")
    redo_all_rule: RuleId | None = Field(None, description="The rule that makes all components new at another attempt.")


class Theme(Part):
    """A theme by which a method is graded; a name may recur in another method."""

    id: Code
    method: Code
    name: Text
    ksbs: tuple[str, ...] = Field(min_length=1)
    passes: tuple[Text, ...] = Field(alias="pass", min_length=1, max_length=ceilings.STATEMENTS)
    distinctions: tuple[Text, ...] = Field(alias="distinction", max_length=ceilings.STATEMENTS)
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
