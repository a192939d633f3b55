"""How a broken rule becomes an answer: the plan's severity decides between refusal, breach and remark."""

from dataclasses import dataclass, field
from datetime import date

from hub.errors import CODES, Problem
from hub.plan.answers import Finding, Verdict
from hub.plan.facts import Signatory
from hub.plan.model import Plan


def problem(code: str, message: str | None = None, field: str | None = None, rule: str | None = None) -> Problem:
    """A coded reason to refuse; its message defaults to the code's own sentence. KeyError for a code without one."""
    sentence = CODES[code]
    return Problem(code, message or sentence, field, rule)


def signatory_problems(signatory: Signatory | None, rule: str | None) -> tuple[Problem, ...]:
    """SIGNATORY_MISSING unless a person is named with reference, name and role."""
    if signatory and all(part.strip() for part in (signatory.reference, signatory.name, signatory.role)):
        return ()
    return (problem("SIGNATORY_MISSING", field="by", rule=rule),)


def future_problems(day: date, today: date, field: str, rule: str | None = None) -> tuple[Problem, ...]:
    """DATE_IN_FUTURE for a day after today."""
    return () if day <= today else (problem("DATE_IN_FUTURE", field=field, rule=rule),)


@dataclass(slots=True)
class Findings:
    """What the rules of a plan find in one fact, sorted by severity as it comes in."""

    plan: Plan
    problems: list[Problem] = field(default_factory=list)
    breaches: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def add(self, rule: str, code: str, sentence: str, where: str | None = None, component: str | None = None) -> None:
        """Files one broken rule under its severity; `where` is the input field, `component` the part of the method."""
        severity = self.plan.rule(rule).severity
        if severity == "refuse":
            self.problems.append(problem(code, sentence, where, rule))
            return
        kept = {"breach": self.breaches, "warn": self.warnings, "info": self.notes}[severity]
        kept.append(Finding(rule, sentence, component, where))

    def refuse(self, code: str, message: str | None = None, where: str | None = None, rule: str | None = None) -> None:
        """Files a reason to refuse whatever the severity of the rule, such as a value that cannot be."""
        self.problems.append(problem(code, message, where, rule))

    def warn(self, rule: str, sentence: str, where: str | None = None, component: str | None = None) -> None:
        """Files a remark on something that is allowed and unusual."""
        self.warnings.append(Finding(rule, sentence, component, where))

    def note(self, rule: str, sentence: str, where: str | None = None, component: str | None = None) -> None:
        """Files a remark on something that breaks no rule."""
        self.notes.append(Finding(rule, sentence, component, where))

    def verdict(self, grade: str | None = None) -> Verdict:
        """The outcome so far; the grade counts only where nothing is refused."""
        return Verdict(
            tuple(self.problems),
            tuple(self.breaches),
            tuple(self.warnings),
            tuple(self.notes),
            None if self.problems else grade,
        )
