"""What a request passes before it runs, whatever it asks: its document is one its client may send, and its cost is paid."""

from dataclasses import replace

import orjson

from hub.errors import HubError
from hub.store.documents import TrustedDocuments
from hub.viewer import Viewer
from schema.answers import Request
from schema.budget import Budget
from schema.cost import Cost, cost_of
from schema.reader.cache import Cache
from schema.reader.catalogue import Catalogue
from schema.reader.document import Operation

KEPT = 2048
READ_FOR_A_POINT = 4
"""How many characters of a document not seen before are read for a point."""
HASH, APOLLO = "sha256:", "PersistedQueryNotFound"
"""How an id of a document begins, and the message by which Apollo's clients know to send the document itself."""


class Entry:
    """The trusted documents and the budgets of one process; without them every document and every cost is taken."""

    def __init__(self, catalogue: Catalogue, trusted: TrustedDocuments | None, budget: Budget | None):
        self._catalogue, self._trusted, self._budget = catalogue, trusted, budget or Budget()
        self._costs: Cache[Cost] = Cache(KEPT, KEPT)

    def stale(self) -> bool:
        """Whether `fresh` must be awaited first."""
        return self._trusted is not None and self._trusted.stale()

    async def fresh(self) -> None:
        """Read the trusted documents again."""
        if self._trusted is not None:
            await self._trusted.fresh()

    async def whole(self, viewer: Viewer, request: Request) -> Request:
        """A request that names its document by an id, with the document in it; raises DOCUMENT_UNKNOWN."""
        if self.stale():
            await self.fresh()
        name = request.document_id or ""
        found = self._trusted.text(viewer.client, name.removeprefix(HASH)) if self._trusted is not None else None
        if found is None:
            raise HubError("DOCUMENT_UNKNOWN", None if name.startswith(HASH) else APOLLO)
        return replace(request, document=found, document_id=None)

    def admit(self, viewer: Viewer, document: str) -> None:
        """Raises DOCUMENT_NOT_TRUSTED for a client that may send its trusted documents only, and sends another.

        Raises TooDear for a client whose documents took up its budget before any of them was an operation.
        """
        if viewer.client in self._budget.owing:
            self._budget.check(viewer.client)
        trusted = self._trusted
        if trusted is not None and viewer.client in trusted.locked and not trusted.holds(viewer.client, document):
            raise HubError("DOCUMENT_NOT_TRUSTED")

    def trusts(self, viewer: Viewer, document: str) -> bool:
        """Whether a document is a trusted one of this client or of everybody."""
        return self._trusted is not None and self._trusted.holds(viewer.client, document)

    def pay(self, viewer: Viewer, request: Request, operation: Operation) -> None:
        """Take the cost of an operation from the client's budget; raises TooDear."""
        if self._budget.maximum:
            cost = self._costs.get(operation.serial)
            if cost is None:
                self.read(viewer, request)
                cost = self._cost(operation)
            self._budget.take(viewer.client, cost.of(request.variables))

    def read(self, viewer: Viewer, request: Request) -> None:
        """Charge for a document that had to be read: parsing and validating is work, whatever comes of it."""
        self._budget.owe(viewer.client, len(request.document) // READ_FOR_A_POINT)

    def announced(self, viewer: Viewer, request: Request, operation: Operation) -> bytes:
        """The member `extensions` of an answer, for a request that asked what it costs; else nothing."""
        if not request.costs:
            return b""
        shown = self._budget.shown(viewer.client, self._cost(operation).of(request.variables))
        return b',"extensions":' + orjson.dumps({"cost": shown})

    def _cost(self, operation: Operation) -> Cost:
        found = self._costs.get(operation.serial)
        if found is None:
            found = cost_of(self._catalogue, operation)
            self._costs.put(operation.serial, found, 1)
        return found
