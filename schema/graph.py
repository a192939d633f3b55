"""The front door for documents: gate, then the act where there is one, then one statement, then the bytes."""

import logging
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from datetime import date
from typing import Any

import asyncpg
import orjson
from graphql import OperationType
from sqlalchemy.exc import SQLAlchemyError

from hub.acts.act import Outcome
from hub.acts.engine import Engine
from hub.errors import HubError
from hub.store.bell import Bell
from hub.store.documents import TrustedDocuments
from hub.store.lost import code_of
from hub.store.pools import Database
from hub.store.recorder import Recorder, Subjects
from hub.viewer import Viewer
from schema.answers import Answer, NotAdmitted, Request, coded, error_of, refusal, too_dear
from schema.budget import Budget, TooDear
from schema.entry import Entry
from schema.federation.carve import subgraph
from schema.federation.ownership import WHOLE
from schema.handed import handed
from schema.inside import Inside
from schema.limits import LIMITS
from schema.reader.document import Operation, Refused
from schema.reader.reader import Reader, RootField
from schema.streams import Streams
from schema.trail import Trail

__all__ = ["Answer", "Graph", "NotAdmitted", "Request"]
log = logging.getLogger("hub.graph")
UNAVAILABLE = "HUB_UNAVAILABLE"
EVENT_LIST = ("Query", "events")


class Graph:
    """The whole graph over one database. `today` answers the date in Europe/London; `seal` seals cursors.

    With `nouns` it is their subgraph. `trusted` are the documents that stand behind ids and that some clients are bound
    to, `budget` what clients may spend. `recorder` records every read of personal data; a hub in service has one.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        seal: bytes,
        today: Callable[[], date],
        bell: Bell,
        trusted: TrustedDocuments | None = None,
        budget: Budget | None = None,
        nouns: Collection[str] = WHOLE,
        recorder: Recorder | None = None,
    ):
        self.schema = subgraph(nouns)
        self.reader = Reader(self.schema, seal, parser=LIMITS.parsed)
        self.entry = Entry(self.reader.catalogue, trusted, budget)
        self.database = database
        self.engine = engine
        self.today = today
        self.trail = Trail(self.schema, seal, recorder)
        self.streams = Streams(self.reader, database, engine, today, bell, seal, self.trail)
        self._inside = Inside(self.reader)

    async def whole(self, viewer: Viewer, request: Request) -> Request:
        """A request that names its document by an id, with the document in it; raises HubError DOCUMENT_UNKNOWN."""
        return await self.entry.whole(viewer, request) if request.document_id is not None else request

    def trusts(self, viewer: Viewer, request: Request) -> bool:
        """Whether the document is one that the operator has registered for this client or for all."""
        return self.entry.trusts(viewer, request.document)

    async def answer(self, viewer: Viewer, request: Any, *, elsewhere: bool = False) -> Answer:
        """Answers a query or a mutation; a request that is not executed changes nothing and holds no data.

        With `elsewhere` it is weighed and paid for here and run by somebody else, a subscription too.
        """
        try:
            if self.entry.stale():
                await self.entry.fresh()
            operation = self._admit(viewer, request)
            if operation.node.operation == OperationType.SUBSCRIPTION and not elsewhere:
                raise HubError("ARGUMENT_INVALID", "A subscription is answered as a stream.")
            self.entry.pay(viewer, request, operation)
            if elsewhere:
                return self._weighed(viewer, request, operation)
            if operation.node.operation == OperationType.MUTATION:
                return await self._mutate(viewer, request, operation)
            asked = self._inside.named(viewer, request, operation)
            self.trail.open()
            pool = await self.database.party_reader(viewer.kind)
            seal = await self.streams.seal(viewer, pool) if EVENT_LIST in asked else None
            body, held = await self.reader.read(
                pool,
                viewer,
                self.today(),
                request.document,
                request.variables,
                request.operation_name,
                seal=seal,
                keys=self.engine.keys,
            )
            await self.trail.record(viewer, request, operation, held)
            told = self.entry.announced(viewer, request, operation)
            return Answer(200, b'{"data":' + body + told + b"}", _name(operation), subjects=held)
        except Refused as refused:
            self.entry.read(viewer, request)
            return refusal(400, [error_of(each) for each in refused.errors])
        except TooDear as refused:
            return too_dear(refused)
        except HubError as refused:
            if refused.problem.code == UNAVAILABLE:
                raise
            return refusal(403 if refused.problem.code == "DOCUMENT_NOT_TRUSTED" else 400, [coded(refused.problem)])
        except NotAdmitted as refused:
            return refusal(403, [coded(each) for each in refused.problems])

    def _admit(self, viewer: Viewer, request: Any) -> Operation:
        self.entry.admit(viewer, request.document)
        return self._inside.admit(viewer, request)

    def _weighed(self, viewer: Viewer, request: Any, operation: Operation) -> Answer:
        """What is said of an operation that may run: its document, in full."""
        self._inside.named(viewer, request, operation)
        told = self.entry.announced(viewer, request, operation)
        return Answer(200, b'{"query":' + orjson.dumps(request.document) + told + b"}", _name(operation))

    async def listen(self, viewer: Viewer, request: Any) -> AsyncGenerator[bytes, None]:
        """Answers a subscription: one response per event, read in the viewer's slice as it is delivered.

        Raises HubError, Refused or NotAdmitted before the first response when the subscription is not admitted.
        """
        if self.entry.stale():
            await self.entry.fresh()
        operation = self._admit(viewer, request)
        if operation.node.operation != OperationType.SUBSCRIPTION:
            raise HubError("ARGUMENT_INVALID", "Only a subscription is answered as a stream.")
        self.entry.pay(viewer, request, operation)
        async with aclosing(self.streams.follow(viewer, request, operation)) as responses:
            async for response in responses:
                yield response

    async def _mutate(self, viewer: Viewer, request: Any, operation: Operation) -> Answer:
        """Root fields one after another, each in a transaction of its own, as GraphQL has it."""
        parts: list[bytes] = []
        errors: list[dict[str, Any]] = []
        for root in self.reader.root_fields(request.document, request.operation_name, request.variables):
            try:
                body = await self._act(viewer, request, operation, root)
            except HubError as refused:
                body = b"null"
                errors.append({**coded(refused.problem), "path": [root.key]})
            except (asyncpg.PostgresError, SQLAlchemyError, OSError) as fault:
                log.error("act failed", exc_info=fault, extra={"fields": {"act": root.name}})
                body = b"null"
                errors.append({**coded(HubError(code_of(fault)).problem), "path": [root.key]})
            parts.append(orjson.dumps(root.key) + b":" + body)
        data = b"{" + b",".join(parts) + b"}"
        said = b',"errors":' + orjson.dumps(errors) if errors else b""
        codes = tuple(each["extensions"]["code"] for each in errors)
        told = self.entry.announced(viewer, request, operation)
        return Answer(200, b'{"data":' + data + said + told + b"}", _name(operation), codes)

    async def _act(self, viewer: Viewer, request: Any, operation: Operation, root: RootField) -> bytes:
        unnamed: Subjects = ()

        async def read(connection: asyncpg.Connection | None, outcome: Outcome) -> bytes:
            database = connection or await self.database.party_reader(viewer.kind)
            whole, held = await self.reader.read(
                database,
                viewer,
                self.today(),
                request.document,
                request.variables,
                request.operation_name,
                given=handed(outcome),
                root=root.key,
                keys=self.engine.keys,
            )
            nonlocal unnamed
            audited = {str(each) for each in outcome.audited}
            unnamed = tuple(each for each in held if each not in audited)
            return whole[whole.index(b":") + 1 : -1]

        if root.name.startswith("__"):
            return await read(None, Outcome())
        shows = self.trail.of(operation, request.variables).classes
        body = await self.engine.do(viewer, root.name, root.arguments["input"], read, shows)
        # The act's own row says who reads its answer; one that was only repeated has left none.
        await self.trail.record(viewer, request, operation, unnamed)
        return body


def _name(operation: Operation) -> str | None:
    return operation.node.name.value if operation.node.name else None
