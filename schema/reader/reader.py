"""The engine: a validated operation becomes one statement, planned once, and its answer's bytes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from secrets import token_hex
from typing import Any, Protocol

from graphql import GraphQLSchema, ValidationRule
from graphql.execution.values import VariableValues, get_argument_values

from hub.keyring import NO_KEYS, Keys
from hub.viewer import PartyKind, Viewer
from schema.reader.arguments import Run
from schema.reader.cache import Cache
from schema.reader.catalogue import Catalogue
from schema.reader.cursor import Seal
from schema.reader.document import Document, Operation, Parser
from schema.reader.elsewhere import elsewhere, merged
from schema.reader.opening import open_all
from schema.reader.plan import Plan, planned, root_fields
from schema.reader.subjects import Subjects, unmarked

PLAN_WEIGHT = 64_000_000
TEXT_WEIGHT = 4_000_000


class Database(Protocol):
    """An asyncpg pool, or a connection of one (inside a transaction or not)."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first value of the first row."""


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
    """Plans and reads one schema's operations; `seal_key` seals cursors, `cache_size` bounds its caches.

    `parser` reads a text and raises `Refused` for one it does not take.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        seal_key: bytes,
        cache_size: int = 1024,
        rules: tuple[type[ValidationRule], ...] | None = None,
        parser: Parser | None = None,
    ):
        self.catalogue = Catalogue(schema)
        self.seal = Seal(seal_key)
        self._rules = rules
        self._parser = parser
        self._documents: Cache[Document] = Cache(cache_size, TEXT_WEIGHT)
        self._plans: Cache[Plan] = Cache(cache_size, PLAN_WEIGHT)

    def document(self, text: str) -> Document:
        """The parsed and validated document; `Refused` when it is not one of this schema."""
        found = self._documents.get(text)
        if found is None:
            found = Document(self.catalogue, text, self._rules, self._parser)
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
    ) -> Prepared:
        """The plan of an operation, or of its root field `root` alone; its SQL depends on the plan's key only."""
        operation = self.document(text).operation(operation_name)
        values = operation.coerce(variables or {})
        key = (operation.serial, kind, scopes, root, operation.shape(values))
        plan = self._plans.get(key)
        if plan is None:
            plan = planned(self.catalogue, operation, values, root, seals=kind == PartyKind.EPAO)
            self._plans.put(key, plan, len(plan.sql) + 1)
        return Prepared(operation, plan, values)

    def root_fields(self, text: str, operation_name: str | None, variables: Mapping[str, Any] | None) -> list[RootField]:
        """The root fields of an operation in order, with their coerced arguments."""
        operation = self.document(text).operation(operation_name)
        values = operation.coerce(variables or {})
        kind, fields = root_fields(self.catalogue, operation, values)
        found = []
        for key, nodes in fields.items():
            name = nodes[0].name.value
            field = kind.fields.get(name)
            arguments = get_argument_values(field, nodes[0], VariableValues({}, dict(values))) if field else {}
            found.append(RootField(key, name, arguments))
        return found

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
        seal: Seal | None = None,
        keys: Keys = NO_KEYS,
    ) -> tuple[bytes, Subjects]:
        """The JSON bytes of `data`, and whom they are about.

        `given` are values handed over by an act or event, `root` reads one root field, `seal` takes the place of the
        reader's own for this answer, `keys` open what is sealed for the viewer's party.
        """
        prepared = self.plan(text, operation_name, variables, viewer.kind, viewer.scopes, root=root)
        run = Run(prepared.values, given or {}, viewer, seal or self.seal)
        body, subjects = await self._fetch(database, run, today, prepared, keys)
        if prepared.plan.foreign:
            other = await elsewhere(self.catalogue.schema, prepared.operation, prepared.plan.foreign, variables, context)
            return merged(prepared.plan.keys, body, other), subjects
        return body, subjects

    async def _fetch(self, database: Database, run: Run, today: date, prepared: Prepared, keys: Keys) -> tuple[bytes, Subjects]:
        plan = prepared.plan
        if not plan.sql:
            return b"{}", ()
        run.nonce = token_hex(16) if plan.orders or plan.wants else ""
        body: bytes = await database.fetchval(plan.sql, *plan.binds(run, today))
        subjects: Subjects = ()
        if plan.marked:
            body, subjects = unmarked(body)
        if plan.wants:
            body = await open_all(body, run.nonce, plan.wants, keys, run.viewer.party)
        return run.seal.close_all(body, run.nonce, plan.orders) if plan.orders else body, subjects
