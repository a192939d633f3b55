"""The engine: a validated operation becomes one statement, planned once, and its answer's bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from json import dumps
from secrets import token_hex
from typing import Any, Protocol
from uuid import UUID

import strawberry
from graphql import FieldNode, GraphQLObjectType, OperationType, ValidationRule
from graphql.execution.values import VariableValues, get_argument_values

from hub.errors import HubError
from hub.viewer import PartyKind, Viewer
from schema.reader.arguments import Run
from schema.reader.cache import Cache
from schema.reader.catalogue import NO_ROWS, Catalogue, source_of
from schema.reader.cursor import Seal
from schema.reader.document import Document, Operation
from schema.reader.elsewhere import elsewhere, merged
from schema.reader.scope import Scope
from schema.reader.selection import Selection
from schema.reader.statement import SUBJECT, Maker, Statement, json
from schema.reader.writers import WRITERS

CONTEXT = "with ctx as materialized (select set_config('hub.party', $1, true) || set_config('hub.today', $2, true) as v)"
SUBJECTS = re.compile(rb'"' + SUBJECT.encode() + rb'":"([0-9a-f-]{36})",?')
PLAN_WEIGHT = 64_000_000
TEXT_WEIGHT = 4_000_000


class Database(Protocol):
    """An asyncpg pool, or a connection of one (inside a transaction or not)."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The SQL of one operation in one shape; without SQL nothing of it is read from the database."""

    sql: str
    makers: tuple[tuple[Maker, bool], ...]
    orders: list[bytes]
    keys: tuple[str, ...]
    foreign: tuple[FieldNode, ...]

    def binds(self, run: Run, today: date) -> list[Any]:
        """The values to bind, in order; a value that PostgreSQL cannot hold is refused."""
        found: list[Any] = [str(run.viewer.party), today.isoformat()]
        for make, several in self.makers:
            if several:
                found.extend(make(run))
            else:
                found.append(make(run))
        for each in found:
            _storable(each)
        return found


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation ready to run: its plan, and this request's variables."""

    operation: Operation
    plan: Plan
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RootField:
    """A root field of an operation with its coerced arguments, for those who act before they read."""

    key: str
    name: str
    arguments: Mapping[str, Any]


class Reader:
    """Plans and reads one schema's operations; `seal_key` seals cursors, `cache_size` bounds its caches."""

    def __init__(
        self,
        schema: strawberry.Schema,
        seal_key: bytes,
        cache_size: int = 1024,
        rules: tuple[type[ValidationRule], ...] | None = None,
    ):
        self.catalogue = Catalogue(schema._schema)
        self._seal = Seal(seal_key)
        self._rules = rules
        self._documents: Cache[Document] = Cache(cache_size, TEXT_WEIGHT)
        self._plans: Cache[Plan] = Cache(cache_size, PLAN_WEIGHT)

    def document(self, text: str) -> Document:
        """The parsed and validated document; `Refused` when it is not one of this schema."""
        found = self._documents.get(text)
        if found is None:
            found = Document(self.catalogue, text, self._rules)
            self._documents.put(text, found, len(text) + 1)
        return found

    def plan(
        self,
        text: str,
        operation_name: str | None,
        variables: Mapping[str, Any] | None,
        kind: PartyKind,
        scopes: frozenset[str],
        *,
        root: str | None = None,
        audited: bool = False,
    ) -> Prepared:
        """The plan of an operation, or of its root field `root` alone; its SQL depends on the plan's key only."""
        operation = self.document(text).operation(operation_name)
        values = operation.coerce(variables or {})
        key = (operation.serial, kind, scopes, root, audited, operation.shape(values))
        plan = self._plans.get(key)
        if plan is None:
            plan = self._planned(operation, values, root, audited=audited)
            self._plans.put(key, plan, len(plan.sql) + 1)
        return Prepared(operation, plan, values)

    def root_fields(self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> list[RootField]:
        """The root fields of an operation in order, with their coerced arguments."""
        operation = self.document(text).operation(operation_name)
        values = operation.coerce(variables or {})
        kind = self._root_type(operation)
        found = []
        for key, nodes in self._selection(operation, values).fields(kind, [operation.node.selection_set]).items():
            name = nodes[0].name.value
            field = kind.fields.get(name)
            arguments = get_argument_values(field, nodes[0], VariableValues({}, dict(values))) if field else {}
            found.append(RootField(key, name, arguments))
        return found

    def cursor(self, of: str, *keys: object) -> str:
        """The cursor of a place in the page `of`, as its edges show it; one key for every key of the page's order."""
        return self._seal.close(of.encode(), dumps([str(key) for key in keys], ensure_ascii=False).encode()).decode()

    def opened(self, of: str, cursor: str, count: int = 1) -> list[str]:
        """The key values in a cursor of the page `of`; CURSOR_INVALID when it is not one of that page's."""
        return self._seal.open(of.encode(), cursor, count)

    async def read(
        self,
        database: Database,
        viewer: Viewer,
        today: date,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        given: Mapping[str, Any] | None = None,
        root: str | None = None,
        context: Any = None,
    ) -> bytes:
        """The JSON bytes of `data`; `given` are values handed over by an act or event, `root` reads one root field."""
        prepared = self.plan(text, operation_name, variables, viewer.kind, viewer.scopes, root=root)
        body = await self._fetch(database, viewer, today, prepared, given or {})
        if prepared.plan.foreign:
            other = await elsewhere(self.catalogue.schema, prepared.operation, prepared.plan.foreign, variables, context)
            return merged(prepared.plan.keys, body, other)
        return body

    async def read_audited(
        self,
        database: Database,
        viewer: Viewer,
        today: date,
        text: str,
        variables: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        *,
        given: Mapping[str, Any] | None = None,
        root: str | None = None,
    ) -> tuple[bytes, frozenset[UUID]]:
        """As `read`, and the keys of every object with an id prefix that the answer holds."""
        prepared = self.plan(text, operation_name, variables, viewer.kind, viewer.scopes, root=root, audited=True)
        body = await self._fetch(database, viewer, today, prepared, given or {})
        subjects = frozenset(UUID(each.decode()) for each in SUBJECTS.findall(body))
        return SUBJECTS.sub(b"", body), subjects

    async def _fetch(
        self, database: Database, viewer: Viewer, today: date, prepared: Prepared, given: Mapping[str, Any]
    ) -> bytes:
        plan = prepared.plan
        if not plan.sql:
            return b"{}"
        nonce = token_hex(16) if plan.orders else ""
        run = Run(prepared.values, given, viewer, self._seal, nonce)
        body: bytes = await database.fetchval(plan.sql, *plan.binds(run, today))
        return self._seal.close_all(body, nonce, plan.orders) if nonce else body

    def _planned(self, operation: Operation, values: Mapping[str, Any], root: str | None, *, audited: bool) -> Plan:
        kind = self._root_type(operation)
        selection = self._selection(operation, values)
        fields = selection.fields(kind, [operation.node.selection_set])
        if root is not None:
            fields = {root: fields[root]}
        statement = Statement(self.catalogue, selection, values, WRITERS, first=3, audited=audited)
        scope = Scope(NO_ROWS, statement.name)
        columns, foreign = [], []
        for key, nodes in fields.items():
            if _is_foreign(kind, nodes[0]):
                foreign.extend(nodes)
            else:
                columns.append(f'{statement.field(kind, scope, nodes)} as "{key}"')
        sql = _whole(", ".join(columns)) if columns or not foreign else ""
        return Plan(sql, tuple(statement.makers), statement.orders, tuple(fields), tuple(foreign))

    def _selection(self, operation: Operation, values: Mapping[str, Any]) -> Selection:
        return Selection(self.catalogue.schema, operation.document.fragments, values)

    def _root_type(self, operation: Operation) -> GraphQLObjectType:
        kind = self.catalogue.schema.get_root_type(OperationType(operation.node.operation))
        if kind is None:
            raise LookupError("the schema has no such operations")
        return kind


def _whole(columns: str) -> str:
    answer = f"convert_to({json(columns)}::text, 'UTF8')"
    return f"{CONTEXT} select case when (select v from ctx) is not null then {answer} end"


def _is_foreign(kind: GraphQLObjectType, node: FieldNode) -> bool:
    """Whether graphql-core answers a root field: introspection, and fields that read nothing."""
    name = node.name.value
    return name != "__typename" and (name.startswith("__") or source_of(kind.fields[name]) is None)


def _storable(value: Any) -> None:
    for each in value if isinstance(value, list) else (value,):
        if type(each) is str and not each.isascii():
            try:
                each.encode()
            except UnicodeEncodeError as refused:
                raise HubError("ARGUMENT_INVALID") from refused
        if type(each) is str and "\0" in each:
            raise HubError("ARGUMENT_INVALID")
