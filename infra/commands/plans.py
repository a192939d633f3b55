"""`hub plan`: assessment plan documents."""

from pathlib import Path
from typing import Annotated

import typer

from hub.errors import HubError
from hub.plan.document import content_hash, load_plan
from hub.plan.reading import PlanError
from infra.commands.frame import err, out, read_text

app = typer.Typer(help="Assessment plan documents.", no_args_is_help=True)
Document = Annotated[Path, typer.Argument(metavar="FILE", help="A plan document in YAML.")]


@app.command()
def check(file: Document) -> None:
    """Check a plan document: every fault with its line, its place and the reason.

    Examples:

      hub plan check hub/plan/plans/ST0648_1.0.yaml
    """
    try:
        plan = load_plan(read_text(file), file.name)
    except PlanError as error:
        for problem in error.problems:
            err.print(f"{file}:{problem.line}: {problem.path}: {problem.reason}", markup=False, soft_wrap=True)
        raise HubError("PLAN_INVALID", f"{len(error.problems)} fault(s) in {file.name}.") from error
    criteria = sum(len(theme.passes) + len(theme.distinctions) for theme in plan.themes)
    out.print(f"{plan.reference} version {plan.version}: {plan.title}")
    out.print(f"{len(plan.ksbs)} KSBs, {len(plan.methods)} methods, {len(plan.themes)} themes, {criteria} criteria, ", end="")
    out.print(f"{len(plan.rules)} rules, {len(plan.requirements)} gateway requirements")
    out.print(f"content {content_hash(plan)}", soft_wrap=True)
