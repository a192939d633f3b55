"""`hub`: everything an operator does, from the first start to the daily import."""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from infra.commands.frame import problem_of, refuse

# The module of `infra.commands` and the name in it under which each command, or group of commands, is kept.
WHERE = {
    "serve": "serving:app",
    "doctor": "serving:app",
    "demo": "demos:app",
    "tour": "demos:app",
    "explain": "explaining:app",
    "unseal": "unsealing:app",
    "federation": "subgraphs:federations",
    "db": "databases:app",
    "organisation": "organisations:app",
    "client": "clients:app",
    "documents": "documents:app",
    "audit": "audits:app",
    "keys": "keys:app",
    "standard": "standards:app",
    "plan": "plans:app",
    "import": "importing:imports",
    "generate": "importing:generates",
    "schema": "writing:schemas",
    "subgraph": "subgraphs:app",
    "docs": "writing:docs",
    "retention": "custody:retentions",
    "erasures": "custody:erased",
    "export": "custody:exports",
}


class Commands(Mapping[str, Any]):
    """Every command by its name; a module is imported when one of its commands is asked for, so that all start soon."""

    def __getitem__(self, name: str) -> Any:
        module, _, kept = WHERE[name].partition(":")
        group = get_group(getattr(import_module(f"infra.commands.{module}"), kept))
        group.name = name
        return group.commands.get(name, group)

    def __iter__(self) -> Iterator[str]:
        return iter(WHERE)

    def __len__(self) -> int:
        return len(WHERE)


class Hub(TyperGroup):
    """The root of all commands."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "commands": Commands()})


app = typer.Typer(
    name="hub",
    cls=Hub,
    help="EPA Hub links employers, training providers and end-point assessment organisations.\n\n"
    "First steps:  hub demo  (a whole made-up world),  hub tour  (its story),  hub doctor  (is all well?).\n\n"
    "A hub of your own:  hub serve,  then  hub organisation add,  hub client add,  hub import ilr FILE.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback()
def whole(trace: Annotated[bool, typer.Option("--trace", help="Show the whole trace of a fault.")] = False) -> None:
    """Reads what stands before the command."""


def main() -> None:
    """Runs one command: exit code 0 when it did what was asked, 1 with a coded reason, 2 for a wrong command line."""
    try:
        app(prog_name="hub")
    except Exception as error:
        if "--trace" in sys.argv:
            raise
        refuse(problem_of(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
