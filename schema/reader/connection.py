"""The Relay shapes every page is answered in."""

from typing import Generic, TypeVar

import strawberry

from schema.reader.sources import Part, reads

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.", metadata=reads(Part("next")))
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for after a cursor.", metadata=reads(Part("previous")))
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.", metadata=reads(Part("start")))
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge; ask for more after it.", metadata=reads(Part("end")))


@strawberry.type(description="One entry of a page.")
class Edge(Generic[T]):
    """One entry of a page."""

    cursor: str = strawberry.field(description="The place of this entry, to ask for more after it.", metadata=reads(Part("cursor")))
    node: T = strawberry.field(description="The entry itself.", metadata=reads(Part("node")))


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """One page of a list."""

    edges: list[Edge[T]] = strawberry.field(description="The entries with their cursors.", metadata=reads(Part("edges")))
    nodes: list[T] = strawberry.field(description="The entries alone.", metadata=reads(Part("nodes")))
    page_info: PageInfo = strawberry.field(description="Where the page stands in its list.", metadata=reads(Part("info")))
    total_count: int = strawberry.field(description="How many entries the whole list has.", metadata=reads(Part("total")))
