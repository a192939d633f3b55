"""Documents of the plan folder read into their models, with every fault named by line and path."""

import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from hub.plan.lines import Path, TextError, line_of, path_text, read_yaml
from hub.plan.parts import Part

PartT = TypeVar("PartT", bound=Part)


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """One fault of a plan document: the line, from 1, the path and the reason."""

    line: int
    path: str
    reason: str


class PlanError(Exception):
    """A plan or overlay document that cannot be used, with every fault found in it."""

    def __init__(self, name: str, problems: tuple[PlanProblem, ...]):
        self.name, self.problems = name, problems
        super().__init__("; ".join(f"{name}:{each.line}: {each.path}: {each.reason}" for each in problems))


def read_part(model: type[PartT], text: str, name: str) -> tuple[PartT, dict[Path, int]]:
    """A document as its model, with the lines of its values; PlanError where it does not fit."""
    try:
        data, lines = read_yaml(text)
    except TextError as error:
        raise PlanError(name, (PlanProblem(error.line, error.path, error.reason),)) from None
    try:
        # Through JSON, so that lists become tuples while numbers and text stay strictly what they are.
        return model.model_validate_json(json.dumps(data)), lines
    except ValidationError as error:
        faults = [(each["loc"], each["msg"]) for each in error.errors(include_url=False)]
        raise PlanError(name, tuple(located(path, reason, lines) for path, reason in faults)) from None


def located(path: Path, reason: str, lines: dict[Path, int]) -> PlanProblem:
    """A fault with the line it stands on."""
    return PlanProblem(line_of(path, lines), path_text(path), reason)
