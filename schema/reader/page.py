"""Keyset pages: the rows behind a cursor, in an order an index serves, and where the page stands in its list."""

from enum import Enum
from typing import Any

from graphql import GraphQLObjectType, Undefined, get_named_type

from hub.errors import HubError
from schema.reader.arguments import Run, Way, is_given
from schema.reader.catalogue import NO_ROWS, slots_of
from schema.reader.kinds import Key, Page, Part
from schema.reader.objects import all_of
from schema.reader.scope import Scope
from schema.reader.statement import Place, Statement, rows_in


class PageScope(Scope):
    """A row of a page, or the page itself."""

    paging: "Paging"


class Paging:
    """One page in the making."""

    def __init__(self, statement: Statement, place: Place, source: Page):
        self.statement = statement
        self.place = place
        self.source = source
        self.name = statement.name("page")
        self.node = _node_type(statement.inner(place))
        self.rows = rows_in(statement, self.node, place.scope, source.on)
        self.keys, self.order = self._order()
        self.first = f"${statement.bind((place.key, 'first'), _count(place.way('first'), source))}::int"
        self.after = place.way("after") if is_given(place.way("after"), statement.values) else None

    def sql(self) -> str:
        """The page as a JSON object."""
        scope = self._scope(PageScope(NO_ROWS, self.statement.name, self.place.scope))
        shown = self.statement.object(self.statement.inner(self.place), scope, self.place.sets)
        return f"(with {self.name} as ({self._held()}) select {shown})"

    def part(self, place: Place, name: str) -> str:
        """One field of the connection, its edges or its information."""
        kind = get_named_type(place.field.type)
        if isinstance(kind, GraphQLObjectType):
            if name in ("info", "node"):
                return self.statement.object(kind, place.scope, place.sets)
            return self._entries(kind, place)
        return str(self._facts()[name](place))

    def _facts(self) -> dict[str, Any]:
        return {
            "cursor": lambda place: self._cursor(place.scope.main),
            "next": lambda _: f"((select count(*) from {self.name}) > {self.first})::text",
            "previous": lambda _: "'true'" if self.after else "'false'",
            "start": lambda _: self._edge(last=False),
            "end": lambda _: self._edge(last=True),
            "total": lambda _: self._total(),
        }

    def _entries(self, kind: GraphQLObjectType, place: Place) -> str:
        rows = self.statement.catalogue.rows(self.node)
        scope = self._scope(PageScope(rows, self.statement.name, self.rows.outer, self.name))
        shown = self.statement.object(kind, scope, place.sets)
        return all_of(shown, f"from {scope.from_()} order by {self._ordered(scope.main)} limit {self.first}")

    def _held(self) -> str:
        """The rows of the page and one more, with the keys of their order."""
        written = [self.statement.write(key.sql, self.rows, self.place) for key in self.keys]
        where = self.statement.where(self.place, self.rows, self.source.on, self.source.filters)
        if self.after:
            where += (" and " if where else " where ") + self._behind(written, self.after)
        kept = ", ".join(f'{sql} as "#{n}"' for n, sql in enumerate(written))
        order = ", ".join(sql + (" desc" if key.descending else "") for sql, key in zip(written, self.keys, strict=True))
        return f"select {self.rows.main}.*, {kept} from {self.rows.from_()}{where} order by {order} limit {self.first} + 1"

    def _behind(self, written: list[str], after: Way) -> str:
        order, count = self.order, len(self.keys)

        def opened(run: Run) -> list[str]:
            return run.seal.open(order, after(run.values), count)

        start = self.statement.bind((self.place.key, "after"), opened, count)
        values = [f"${start + n}::text::{key.type}" for n, key in enumerate(self.keys)]
        if len({key.descending for key in self.keys}) == 1:
            sign = "<" if self.keys[0].descending else ">"
            return f"({', '.join(written)}) {sign} ({', '.join(values)})"
        return self._expanded(written, values)

    def _expanded(self, written: list[str], values: list[str]) -> str:
        """The place behind a cursor in an order of mixed directions."""
        found = ""
        for sql, value, key in reversed(list(zip(written, values, self.keys, strict=True))):
            beyond = f"{sql} {'<' if key.descending else '>'} {value}"
            found = f"({beyond} or ({sql} = {value} and {found}))" if found else beyond
        bound = f"{written[0]} {'<=' if self.keys[0].descending else '>='} {values[0]}"
        return f"({bound} and {found})"

    def _total(self) -> str:
        if self.place.scope.set_name and not self.source.on:
            return f"(select count(*)::text from {self.place.scope.set_name})"
        scope = rows_in(self.statement, self.node, self.place.scope, self.source.on)
        where = self.statement.where(self.place, scope, self.source.on, self.source.filters)
        return f"(select count(*)::text from {scope.from_()}{where})"

    def _edge(self, *, last: bool) -> str:
        alias = self.statement.name("edge")
        shown = f"(select * from {self.name} {alias} order by {self._ordered(alias)} limit {self.first}) {alias}"
        return f"(select {self._cursor(alias)} from {shown} order by {self._ordered(alias, backwards=last)} limit 1)"

    def _ordered(self, alias: str, *, backwards: bool = False) -> str:
        """The order of the page over rows of it: PostgreSQL knows that they are in it, and does not sort them again."""
        keys = enumerate(self.keys)
        return ", ".join(f'{alias}."#{n}"' + (" desc" if key.descending is not backwards else "") for n, key in keys)

    def _cursor(self, alias: str) -> str:
        """The marker of a cursor, sealed when the statement has been answered."""
        return self.statement.marker(self.order, [f'({alias}."#{n}")::text' for n in range(len(self.keys))])

    def _order(self) -> tuple[tuple[Key, ...], bytes]:
        sort = next(iter(self.source.sorts))
        if "order_by" in slots_of(self.place.field):
            sort = self.place.way("order_by")(self.statement.values)
        keys: tuple[Key, ...] = self.source.sorts[sort]
        key = self.rows.rows.key
        if not keys or not (keys[-1].unique or keys[-1].sql == key):
            keys += (Key(key, "uuid", bool(keys) and keys[-1].descending),)
        name = sort.name if isinstance(sort, Enum) else str(sort)
        return keys, f"{self.place.name}:{name}".rstrip(":").encode()

    def _scope(self, scope: PageScope) -> PageScope:
        scope.paging = self
        return scope


def write(statement: Statement, place: Place, source: Page) -> str:
    """A page as a JSON object."""
    return Paging(statement, place, source).sql()


def part(_: Statement, place: Place, source: Part) -> str:
    """A field of a connection, an edge or a page's information."""
    if not isinstance(place.scope, PageScope):
        raise LookupError(f"{place.name} stands outside a page")
    return place.scope.paging.part(place, source.name)


def _count(way: Way, source: Page) -> Any:
    def count(run: Run) -> int:
        found = way(run.values)
        if found is None or found is Undefined:
            return source.default
        if not 0 <= found <= source.maximum:
            raise HubError("ARGUMENT_INVALID", f"first is 0 to {source.maximum}.", field="first")
        return int(found)

    return count


def _node_type(connection: GraphQLObjectType) -> GraphQLObjectType:
    edge: Any = get_named_type(connection.fields["edges"].type)
    node = get_named_type(edge.fields["node"].type)
    if not isinstance(node, GraphQLObjectType):
        raise LookupError(f"{connection.name} holds no object type")
    return node
