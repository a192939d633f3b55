"""`hub schema` and `hub docs`: files of the repository that are written from the code, and kept true by tests."""

from pathlib import Path
from typing import Annotated

import typer

from infra.commands.frame import out
from infra.reference import reference
from schema.assembly import build

ROOT = Path(__file__).parents[2]
schemas = typer.Typer(help="The graph's schema as SDL.", no_args_is_help=True)
docs = typer.Typer(help="The reference page.", no_args_is_help=True)
File = Annotated[Path | None, typer.Option("--file", help="Another place for it.")]


@schemas.command("print")
def print_schema() -> None:
    """Print the SDL of the whole graph.

    Example:

      hub schema print
    """
    out.print(build().as_str(), markup=False, soft_wrap=True)


@schemas.command("write")
def write_schema(file: File = None) -> None:
    """Write the SDL of the whole graph to schema/hub.graphql.

    Example:

      hub schema write
    """
    _write(file or ROOT / "schema" / "hub.graphql", build().as_str() + "\n")


@docs.command("write")
def write_docs(file: File = None) -> None:
    """Write settings, scopes, acts, events, fields and error codes to docs/reference.md.

    Example:

      hub docs write
    """
    _write(file or ROOT / "docs" / "reference.md", reference())


def _write(path: Path, text: str) -> None:
    same = path.exists() and path.read_text(encoding="utf-8") == text
    path.write_text(text, encoding="utf-8")
    out.print(f"{path.name}: {'unchanged' if same else 'written'}")
