"""What a plan document must keep to that its shape alone cannot say: everything named exists, once."""

from collections.abc import Iterable, Iterator
from itertools import product

from pydantic import BaseModel

from hub.plan.lines import Path
from hub.plan.model import Plan

Fault = tuple[Path, str]


def check_references(plan: Plan) -> Iterator[Fault]:
    """Every fault of a plan's inner references, with its path."""
    yield from _unique(plan)
    yield from _ksbs(plan)
    yield from _themes(plan)
    yield from _grades(plan)
    yield from _windows(plan)
    yield from _requirements(plan)
    yield from _rule_ids(plan, {rule.id for rule in plan.rules}, ())


def _unique(plan: Plan) -> Iterator[Fault]:
    lists: dict[str, Iterable[str]] = {
        "ksbs": (each.code for each in plan.ksbs),
        "methods": (each.code for each in plan.methods),
        "themes": (each.id for each in plan.themes),
        "grades": (each.code for each in plan.grades),
        "evidenceTypes": (each.code for each in plan.evidence_types),
        "requirements": (each.code for each in plan.requirements),
        "entitlements": (each.code for each in plan.entitlements),
        "declarations": (each.version for each in plan.declarations),
        "windows": (each.code for each in plan.windows),
        "roles": (each.code for each in plan.roles),
        "rules": (each.id for each in plan.rules),
        "assessorDuties": (each.letter for each in plan.assessor_duties),
    }
    for name, codes in lists.items():
        yield from _twice((name,), codes)
    for index, method in enumerate(plan.methods):
        yield from _twice(("methods", index, "components"), (each.code for each in method.components))
        for place, component in enumerate(method.components):
            path = ("methods", index, "components", place, "sections")
            yield from _twice(path, (each.code for each in component.sections))


def _twice(path: Path, codes: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield (*path, index), f"{code} stands twice."
        seen.add(code)


def _ksbs(plan: Plan) -> Iterator[Fault]:
    for index, ksb in enumerate(plan.ksbs):
        for place, method in enumerate(ksb.methods):
            if plan.method(method) is None:
                yield ("ksbs", index, "methods", place), f"There is no method {method}."
        if plan.themes and not any(ksb.code in theme.ksbs for theme in plan.themes):
            yield ("ksbs", index), f"{ksb.code} stands in no theme."


def _themes(plan: Plan) -> Iterator[Fault]:
    for index, theme in enumerate(plan.themes):
        if plan.method(theme.method) is None:
            yield ("themes", index, "method"), f"There is no method {theme.method}."
        for place, code in enumerate(theme.ksbs):
            ksb = plan.ksb(code)
            if ksb is None:
                yield ("themes", index, "ksbs", place), f"There is no KSB {code}."
            elif theme.method not in ksb.methods:
                yield ("themes", index, "ksbs", place), f"{code} is not mapped to {theme.method}."


def _grades(plan: Plan) -> Iterator[Fault]:
    known, methods = {grade.code for grade in plan.grades}, [method.code for method in plan.methods]
    rows: set[tuple[str, ...]] = set()
    for index, row in enumerate(plan.grade_table):
        for grade in {row.overall, *row.methods.values()} - known:
            yield ("gradeTable", index), f"There is no grade {grade}."
        if set(row.methods) != set(methods):
            yield ("gradeTable", index, "methods"), f"A row names a grade for each of {', '.join(methods)}."
            continue
        key = tuple(row.methods[method] for method in methods)
        if key in rows:
            yield ("gradeTable", index), f"The row {', '.join(key)} stands twice."
        rows.add(key)
    for key in product([grade.code for grade in plan.grades], repeat=len(methods)):
        if key not in rows:
            yield ("gradeTable",), f"The row {', '.join(key)} is missing."
    for field in ("method", "overall"):
        if getattr(plan.resits.cap, field) not in known:
            yield ("resits", "cap", field), f"There is no grade {getattr(plan.resits.cap, field)}."


def _windows(plan: Plan) -> Iterator[Fault]:
    components = {(method.code, component.code) for method in plan.methods for component in method.components}
    codes = {window.code for window in plan.windows}
    for index, window in enumerate(plan.windows):
        if window.method is not None and plan.method(window.method) is None:
            yield ("windows", index, "method"), f"There is no method {window.method}."
        for field, code in (("component", window.component), ("anchorComponent", window.anchor_component)):
            if code is not None and (window.method, code) not in components:
                yield ("windows", index, field), f"The method {window.method} has no component {code}."
        if (window.anchor == "submission") != (window.anchor_component is not None):
            yield ("windows", index), "A count from a submission names its component, and no other count does."
        if window.replaces is not None and window.replaces not in codes:
            yield ("windows", index, "replaces"), f"There is no window {window.replaces}."


def _requirements(plan: Plan) -> Iterator[Fault]:
    known = {entitlement.code for entitlement in plan.entitlements}
    for index, requirement in enumerate(plan.requirements):
        path: Path = ("requirements", index, "levels")
        yield from _twice(path, (level.code for level in requirement.levels))
        for place, level in enumerate(requirement.levels):
            for code in set(level.enough_with) - known:
                yield (*path, place, "enoughWith"), f"There is no entitlement {code}."
        if requirement.levels and not any(level.enough for level in requirement.levels):
            yield path, "No level is enough for everybody."
    if sum(method.portfolio for method in plan.methods) > 1:
        yield ("methods",), "Only one method is supported by the portfolio."


def _rule_ids(part: BaseModel, known: set[str], path: Path) -> Iterator[Fault]:
    for name, field in type(part).model_fields.items():
        value, here = getattr(part, name), (*path, field.alias or name)
        if name == "rule" or name.endswith("_rule"):
            if value is not None and value not in known:
                yield here, f"There is no rule {value}."
        elif isinstance(value, BaseModel):
            yield from _rule_ids(value, known, here)
        elif isinstance(value, tuple):
            for index, each in enumerate(value):
                if isinstance(each, BaseModel):
                    yield from _rule_ids(each, known, (*here, index))
                elif name == "rules" and each not in known:
                    yield (*here, index), f"There is no rule {each}."
