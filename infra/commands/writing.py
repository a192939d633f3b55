"""`hub schema` and `hub docs`: files of the repository that are written from the code, and kept true by tests."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from hub.errors import CODES, HubError
from hub.slices.rows import NOUNS
from infra.commands.frame import out, read_text
from infra.commands.naming import Noun
from infra.datamap import data_map, processing
from infra.edge.refusals import status_of
from infra.reference import reference
from infra.released import broken, listed, without
from schema.assembly import build
from schema.federation.carve import subgraph
from schema.federation.sdl import subgraph_sdl

ROOT = Path(__file__).parents[2]
schemas = typer.Typer(help="The graph's schema as SDL.", no_args_is_help=True)
docs = typer.Typer(help="The reference page.", no_args_is_help=True)
File = Annotated[Path | None, typer.Option("--file", help="Another place for it.")]


Subgraphs = Annotated[list[Noun] | None, typer.Option("--subgraph", help="This subgraph; repeat it for several in one.")]


@schemas.command("print")
def print_schema(subgraphs: Subgraphs = None) -> None:
    """Print the SDL of the whole graph, or of chosen subgraphs with the directives of Apollo Federation 2.9.

    Examples:

      hub schema print

      hub schema print --subgraph gateway

      hub schema print --subgraph apprentices --subgraph gateway --subgraph portfolios --subgraph grades
    """
    text = subgraph_sdl(subgraph(subgraphs)) if subgraphs else build().as_str()
    out.print(text.rstrip(), markup=False, soft_wrap=True)


@schemas.command("write")
def write_schema() -> None:
    """Write the SDL of the graph, of each subgraph, and of the whole as one subgraph into the repository.

    With them goes what the router knows of the hub: its error codes, each with its HTTP status.

    Example:

      hub schema write
    """
    for path, text in {**sdl_files(), **router_files()}.items():
        _write(path, text)


@schemas.command("release")
def release_schema() -> None:
    """Promise clients all that the graph offers now and schema/unreleased.txt does not hold back, in schema/released.graphql.

    What was promised is not taken back by it: that is refused, and is edited into schema/released.graphql by hand.

    Example:

      hub schema release
    """
    path, released = ROOT / "schema" / "released.graphql", promised()
    if lost := broken(read_text(path), released):
        raise HubError("STATE_CONFLICT", "This would break what clients were promised: " + " ".join(lost))
    _write(path, released)


def promised() -> str:
    """What the graph offers now, without what is held back."""
    return without(build().as_str() + "\n", listed(read_text(ROOT / "schema" / "unreleased.txt")))


def sdl_files() -> dict[Path, str]:
    """What stands in each SDL file of the repository."""
    folder = ROOT / "schema"
    parts = {folder / noun / "subgraph.graphql": subgraph_sdl(subgraph([noun])) for noun in NOUNS}
    return {folder / "hub.graphql": build().as_str() + "\n", folder / "subgraph.graphql": subgraph_sdl(subgraph()), **parts}


def router_files() -> dict[Path, str]:
    """What the router reads of the hub."""
    codes = {code: status_of(code) for code in CODES}
    return {ROOT / "infra" / "router" / "codes.json": orjson.dumps(codes, option=orjson.OPT_INDENT_2).decode() + "\n"}


@docs.command("write")
def write_docs(file: File = None) -> None:
    """Write settings, scopes, acts, events, fields and error codes to docs/reference.md, and the data map beside it.

    Example:

      hub docs write
    """
    _write(file or ROOT / "docs" / "reference.md", reference())
    if file is None:
        for path, text in data_pages().items():
            _write(path, text)


def data_pages() -> dict[Path, str]:
    """The pages written from the data map, with the defaults of bases and periods."""
    return {ROOT / "docs" / "data-map.md": data_map(), ROOT / "docs" / "processing.md": processing()}


def _write(path: Path, text: str) -> None:
    same = path.exists() and path.read_text(encoding="utf-8") == text
    path.write_text(text, encoding="utf-8")
    out.print(f"{path.name}: {'unchanged' if same else 'written'}")
