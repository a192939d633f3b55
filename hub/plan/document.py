"""An assessment plan's document, read from text and refused with line and reason where it is wrong."""

import hashlib
import json
from typing import Any

from hub.plan.crosscheck import check_references
from hub.plan.model import Plan
from hub.plan.reading import PlanError, PlanProblem, located, read_part

__all__ = ["Plan", "PlanError", "PlanProblem", "content_hash", "load_plan", "plan_json_schema"]


def load_plan(text: str, name: str) -> Plan:
    """The plan a document holds; PlanError with every fault, each with its line, if it cannot be used."""
    plan, lines = read_part(Plan, text, name)
    faults = tuple(check_references(plan))
    if faults:
        raise PlanError(name, tuple(located(path, reason, lines) for path, reason in faults))
    return plan


def plan_json_schema() -> dict[str, Any]:
    """The JSON Schema of a plan document, for editors."""
    return Plan.model_json_schema(by_alias=True)


def content_hash(plan: Plan) -> str:
    """The SHA-256 of what a plan says, the same for any layout of its text."""
    text = json.dumps(plan.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
