"""The Relay shapes every page is answered in."""

from typing import Any, Generic, TypeVar

import strawberry

from schema.reader.sources import Part, reads

T = TypeVar("T")


def _part(name: str, description: str) -> Any:
    return strawberry.field(description=description, metadata=reads(Part(name)))


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = _part("next", "Whether the list goes on after this page.")
    has_previous_page: bool = _part("previous", "Whether this page was asked for after a cursor.")
    start_cursor: str | None = _part("start", "The cursor of the first entry.")
    end_cursor: str | None = _part("end", "The cursor of the last entry; ask for more after it.")


@strawberry.type(description="One entry of a page.")
class Edge(Generic[T]):
    """One entry of a page."""

    cursor: str = _part("cursor", "The place of this entry, to ask for more after it.")
    node: T = _part("node", "The entry itself.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = _part("edges", "The entries with their cursors.")
    nodes: list[T] = _part("nodes", "The entries alone.")
    page_info: PageInfo = _part("info", "Where the page stands in its list.")
    total_count: int = _part("total", "How many entries the whole list has.")
