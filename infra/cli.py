"""`hub`: everything an operator does, from the first start to the daily import."""

import sys
from typing import Annotated

import typer
from click.exceptions import ClickException, Exit

from infra.commands import (
    audits,
    clients,
    custody,
    databases,
    demos,
    documents,
    explaining,
    importing,
    keys,
    organisations,
    plans,
    serving,
    standards,
    subgraphs,
    unsealing,
    writing,
)
from infra.commands.frame import problem_of, refuse

app = typer.Typer(
    name="hub",
    help="EPA Hub links employers, training providers and end-point assessment organisations.\n\n"
    "First steps:  hub demo  (a whole made-up world),  hub tour  (its story),  hub doctor  (is all well?).\n\n"
    "A hub of your own:  hub serve,  then  hub organisation add,  hub client add,  hub import ilr FILE.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for each in (serving.app, demos.app, explaining.app, unsealing.app, subgraphs.federations):
    app.registered_commands += each.registered_commands
for name, group in (
    ("db", databases.app),
    ("organisation", organisations.app),
    ("client", clients.app),
    ("documents", documents.app),
    ("audit", audits.app),
    ("keys", keys.app),
    ("standard", standards.app),
    ("plan", plans.app),
    ("import", importing.imports),
    ("generate", importing.generates),
    ("schema", writing.schemas),
    ("subgraph", subgraphs.app),
    ("docs", writing.docs),
    ("retention", custody.retentions),
    ("erasures", custody.erased),
    ("export", custody.exports),
):
    app.add_typer(group, name=name)


@app.callback()
def whole(trace: Annotated[bool, typer.Option("--trace", help="Show the whole trace of a fault.")] = False) -> None:
    """Reads what stands before the command."""


def main() -> None:
    """Runs one command: exit code 0 when it did what was asked, 1 with a coded reason, 2 for a wrong command line."""
    try:
        code = app(standalone_mode=False)
    except ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exit as ended:
        sys.exit(ended.exit_code)
    except (KeyboardInterrupt, EOFError):
        sys.exit(130)
    except Exception as error:
        if "--trace" in sys.argv:
            raise
        refuse(problem_of(error))
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
