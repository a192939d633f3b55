"""Standards and their assessment plans, public to every party."""

import strawberry

from hub.plan.ceilings import COMBINATIONS, COMPONENTS, CRITERIA, EVIDENCE_TYPES, KSBS, METHODS, REQUIREMENTS, RULES, THEMES
from schema.reader.sources import Asked, column, many, rows
from schema.values import Node


@rows("apprentices.ksb", "ksb", key="{ksb}.code")
@strawberry.type(description="One knowledge, skill or behaviour of a standard.")
class Ksb:
    """A knowledge, skill or behaviour statement."""

    code: str = column("{ksb}.code", description="Its code, such as K1.")
    kind: str = column("{ksb}.kind", description="knowledge, skill or behaviour.")
    statement: str = column("{ksb}.statement", description="The statement, verbatim from the plan.")
    methods: list[str] = column("{ksb}.methods", description="The methods that assess it.")
    notes: list[str] = column("{ksb}.notes", description="Known defects of the source.")


@rows("apprentices.component", "component", key="{component}.code")
@strawberry.type(description="One component of an assessment method.")
class Component:
    """A component of a method."""

    code: str = column("{component}.code", description="Its code.")
    name: str = column("{component}.name", description="Its name.")


@rows("apprentices.criterion", "criterion", key="{criterion}.position")
@strawberry.type(description="One grading criterion of a theme.")
class Criterion:
    """A grading criterion."""

    grade: str = column("{criterion}.grade", description="The grade it belongs to.")
    statement: str = column("{criterion}.statement", description="The criterion, verbatim from the plan.")


@rows("apprentices.theme", "theme", key="{theme}.code")
@strawberry.type(description="A theme by which a method is graded.")
class Theme:
    """A grading theme."""

    code: str = column("{theme}.code", description="Its code.")
    method: str = column("{theme}.method_code", description="The method it belongs to.")
    name: str = column("{theme}.name", description="Its name.")
    ksbs: list[str] = column("{theme}.ksbs", description="The KSBs it covers.")
    criteria: list[Criterion] = many(
        "{criterion}.standard_id = {theme}.standard_id and {criterion}.theme_code = {theme}.code",
        most=CRITERIA,
        order="{criterion}.grade desc, {criterion}.position",
        description="Its criteria.",
    )


@rows("apprentices.method", "method", key="{method}.code")
@strawberry.type(description="One assessment method of a plan.")
class Method:
    """An assessment method."""

    code: str = column("{method}.code", description="Its code.")
    name: str = column("{method}.name", description="Its name.")
    grades: list[str] = column("{method}.grades", description="Its grades, from lowest to highest.")
    components: list[Component] = many(
        "{component}.standard_id = {method}.standard_id and {component}.method_code = {method}.code",
        most=COMPONENTS,
        order="{component}.position",
        description="Its components, in their order.",
    )
    themes: list[Theme] = many(
        "{theme}.standard_id = {method}.standard_id and {theme}.method_code = {method}.code",
        most=THEMES,
        order="{theme}.position",
        description="Its themes.",
    )


@rows("apprentices.requirement", "requirement", key="{requirement}.code")
@strawberry.type(description="One gateway requirement of a plan.")
class Requirement:
    """A gateway requirement."""

    code: str = column("{requirement}.code", description="Its code, by which items are filed.")
    label: str = column("{requirement}.label", description="What it is called.")
    rule: str = column("{requirement}.rule", description="The rule it stands under.")


@rows("apprentices.evidence_type", "evidence_type", key="{evidence_type}.code")
@strawberry.type(description="A type of portfolio evidence.")
class EvidenceType:
    """A type of evidence."""

    code: str = column("{evidence_type}.code", description="Its code.")
    label: str = column("{evidence_type}.label", description="What it is called.")
    allowed: bool = column("{evidence_type}.allowed", description="Whether a portfolio may hold it.")


@rows("apprentices.rule", "rule", key="{rule}.code")
@strawberry.type(description="One rule of an assessment plan.")
class Rule:
    """A rule of a plan, with its source."""

    code: str = column("{rule}.code", description="Its id, which blockers and errors cite.")
    severity: str = column("{rule}.severity", description="refuse, breach, warn or info.")
    statement: str = column("{rule}.statement", description="The rule in one plain sentence.")
    quote: str | None = column("{rule}.quote", description="The plan's own words.")
    source: str | None = column("{rule}.source", description="The document the words are from.")
    notes: list[str] = column("{rule}.notes", description="Known defects of the source.")


@rows("apprentices.grade_combination", "grade_combination", key="{grade_combination}.position")
@strawberry.type(description="One row of the overall grading table.")
class GradeCombination:
    """A row of the overall grading table."""

    grades: list[str] = column("{grade_combination}.grades", description="A grade for each method, in their order.")
    overall: str = column("{grade_combination}.overall", description="The grade overall.")


@rows("apprentices.standard", "standard", key="{standard}.id", prefix="std")
@strawberry.type(description="An apprenticeship standard and, where the hub has it, its assessment plan.")
class Standard(Node):
    """A standard and its plan."""

    id: strawberry.ID = column("'std_' || {standard}.id", description="The id.")
    reference: str | None = column("{standard}.reference", description="Its reference, such as ST0648.")
    plan_version: str | None = column("{standard}.version", description="The version of the plan, such as 1.0.")
    lars_code: str | None = column("{standard}.lars_code", description="The DfE's code; null until an operator sets it.")
    title: str = column("{standard}.title", description="Its title.")
    level: int | None = column("{standard}.level", description="Its level.")
    has_plan: bool = column("{standard}.planned", description="Whether the hub has its assessment plan.")
    typical_months: int | None = column("{standard}.typical_months", description="The typical months on programme.")
    minimum_months: int | None = column("{standard}.minimum_months", description="The least months on programme, by the plan.")
    ksbs: list[Ksb] = many(
        "{ksb}.standard_id = {standard}.id",
        most=KSBS,
        order="{ksb}.position",
        arguments={"method": Asked(str, "{value:text} = any({ksb}.methods)", "Only those this method assesses.")},
        description="Its knowledge, skills and behaviours.",
    )
    methods: list[Method] = many(
        "{method}.standard_id = {standard}.id", most=METHODS, order="{method}.position", description="Its assessment methods."
    )
    requirements: list[Requirement] = many(
        "{requirement}.standard_id = {standard}.id",
        most=REQUIREMENTS,
        order="{requirement}.position",
        description="Its gateway requirements.",
    )
    evidence_types: list[EvidenceType] = many(
        "{evidence_type}.standard_id = {standard}.id",
        most=EVIDENCE_TYPES,
        order="{evidence_type}.position",
        description="Its evidence types.",
    )
    grade_table: list[GradeCombination] = many(
        "{grade_combination}.standard_id = {standard}.id",
        most=COMBINATIONS,
        order="{grade_combination}.position",
        description="Its overall grading table.",
    )
    rules: list[Rule] = many(
        "{rule}.standard_id = {standard}.id",
        most=RULES,
        order="{rule}.position",
        arguments={"code": Asked(str, "{rule}.code = {value:text}", "Only this rule.")},
        description="Its rules.",
    )
