"""Rows in a statement: their SQL aliases, and the joins that selected columns turned out to need."""

from collections.abc import Callable
from functools import lru_cache
from string import Formatter

from schema.reader.kinds import Rows


@lru_cache(maxsize=4096)
def pieces(template: str) -> tuple[tuple[str, str | None, str | None], ...]:
    """An expression as (text, placeholder, SQL type) pieces."""
    return tuple((text, name, cast) for text, name, cast, _ in Formatter().parse(template))


class Scope:
    """One occurrence of a type's rows; `source` replaces its table, `outer` is the row it stands in."""

    def __init__(
        self,
        rows: Rows,
        namer: Callable[[str], str],
        outer: "Scope | None" = None,
        source: str = "",
        set_name: str = "",
    ):
        self.rows = rows
        self.outer = outer
        self.main = namer(rows.alias or "root")
        self.source = source or rows.table
        self.labels = ""
        self.set_name = set_name
        self.aggregated = False
        self._marked = False
        self._namer = namer
        self._joins = dict(rows.joins)
        self._joined: dict[str, str] = {}
        self._texts: list[str] = []

    def mark(self) -> bool:
        """Whether this row has yet to say whom it is about: a row that it stands in has not."""
        scope: Scope | None = self
        while scope is not None:
            if scope._marked:
                return False
            scope = scope.outer
        self._marked = True
        return True

    def adopt(self, rows: Rows) -> None:
        """Let another type stand on these rows with the joins it brings."""
        for name, join in rows.joins.items():
            self._joins.setdefault(name, join)

    def alias(self, name: str) -> str:
        """The SQL alias of a row by its declared name, joining its table if that has not been done."""
        if name == self.rows.alias:
            return self.main
        if name in self._joined:
            return self._joined[name]
        if name in self._joins:
            return self._join(name)
        if self.outer is None:
            raise LookupError(f"no row is named {name}")
        return self.outer.alias(name)

    def parent(self, name: str = "") -> str:
        """The SQL alias of a row of the parent."""
        if self.outer is None:
            raise LookupError("a root field has no parent row")
        return self.outer.alias(name) if name else self.outer.main

    def resolve(self, name: str) -> str:
        """The SQL of an untyped placeholder."""
        if name == "today":
            return "(select hub.today())"
        if name == "child":
            return self.main
        if name == "parent" or name.startswith("parent."):
            return self.parent(name[7:])
        return self.alias(name)

    def from_(self) -> str:
        """The text behind FROM; call it when every expression over these rows has been written."""
        return f"{self.source} {self.main}{self.labels}{''.join(self._texts)}"

    def _join(self, name: str) -> str:
        join = self._joins[name]
        alias = self._joined[name] = self._namer(name)
        text = f" left join {self._write(join.table)} {alias} on {self._write(join.on)}"
        self._texts.append(text)
        return alias

    def _write(self, template: str) -> str:
        return "".join(text + (self.resolve(name) if name else "") for text, name, _ in pieces(template))
