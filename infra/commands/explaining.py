"""`hub explain`: the one statement of an operation, and the slice it is read in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from hub.errors import HubError
from hub.slices import fields
from hub.slices.fields import FIELDS, FieldSlice
from hub.slices.scopes import SCOPES
from hub.viewer import PartyKind
from infra.commands.frame import err, out, read_text
from infra.commands.refusing import not_taken
from infra.commands.standing import stand_ins
from schema.cost import cost_of
from schema.federation.carve import subgraph
from schema.gate import Coordinates, coordinates, refusals
from schema.limits import LIMITS
from schema.reader.document import Refused
from schema.reader.reader import Reader

app = typer.Typer()
CLASSES = {value: name for name, value in vars(fields).items() if isinstance(value, FieldSlice)}
ACT = "ACT"


@app.command("explain")
def explain_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A GraphQL document.")],
    kind: Annotated[PartyKind, typer.Option("--as", help="The kind of party that asks.")] = PartyKind.EMPLOYER,
    operation: Annotated[str | None, typer.Option(help="The operation's name, where there are several.")] = None,
    variables: Annotated[Path | None, typer.Option(metavar="FILE", help="Its variables, as JSON.")] = None,
    scopes: Annotated[str | None, typer.Option(help="The token's scopes, between spaces; all when absent.")] = None,
) -> None:
    """Print the one SQL statement of an operation, and for each field its class, who may ask and the scope it needs.

    It refuses what the hub itself would refuse, with the same code. No database is needed, and no values either: the
    statement depends on none of them but those that steer @include and @skip.

    Examples:

      hub explain cohort.graphql --as employer

      hub explain queue.graphql --as epao --operation Queue --variables values.json
    """
    text = read_text(file)
    granted = SCOPES[kind] if scopes is None else SCOPES[kind] & frozenset(scopes.split())
    reader = Reader(subgraph(), b"of no use here", parser=LIMITS.parsed)
    try:
        chosen = reader.document(text).operation(operation)
        asked = coordinates(reader.catalogue.schema, chosen.document.node, chosen.node)
        _slice(asked)
        _admit(asked, kind, granted)
        values = _values(variables) if variables is not None else stand_ins(reader.catalogue.schema, chosen.node)
        plan = reader.plan(text, operation, values, kind, granted).plan
    except Refused as refused:
        raise not_taken(refused, file) from refused
    out.print()
    out.print(plan.sql, markup=False, soft_wrap=True)
    cost = cost_of(reader.catalogue, chosen).of(values)
    out.print(f"\n-- cost {cost:,}", markup=False)
    out.print(f"-- {len(plan.makers) + 2} bound values or lists; $1 the party, $2 the date", markup=False)


def _values(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(read_text(path))
    except orjson.JSONDecodeError as error:
        raise HubError("ARGUMENT_INVALID", f"{path} is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise HubError("ARGUMENT_INVALID", f"{path} does not hold a JSON object.")
    return found


def _slice(asked: Coordinates) -> None:
    for row in (("field", "class", "who may ask", "scope"), *_rows(asked)):
        out.print("{:<36} {:<10} {:<24} {}".format(*row).rstrip(), markup=False, soft_wrap=True)


def _rows(asked: Coordinates) -> Iterator[tuple[str, str, str, str]]:
    for type_, field in sorted(asked):
        found = FIELDS.get((type_, field))
        if found is None:
            yield f"{type_}.{field}", "none", "nobody", ""
        else:
            yield f"{type_}.{field}", CLASSES.get(found, ACT), ", ".join(sorted(found.kinds)), found.scope or ""


def _admit(asked: Coordinates, kind: PartyKind, scopes: frozenset[str]) -> None:
    problems = refusals(asked, kind, scopes)
    for problem in problems[1:]:
        err.print(f"{problem.code}: {problem.message}", markup=False, soft_wrap=True)
    if problems:
        raise HubError(problems[0].code, problems[0].message, problems[0].field)
