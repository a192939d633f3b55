"""The measures of one process as Prometheus reads them; labels are few and hold nothing about a person.

No label is a client's own text: operations have their names where the operator registered their documents, else one name.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from infra.edge.notes import Note

MAX_OPERATIONS = 200
OTHER, UNNAMED, NOBODY = "other", "unnamed", "nobody"
# When a series began is when somebody first asked, to the millisecond.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library gives it no type
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """Counts requests, times them, and knows how many streams are open."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("operation", "status", "kind")
        self._requests = Counter("hub_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "hub_request_seconds", "How long an answer took.", ("operation",), registry=self.registry, buckets=BUCKETS
        )
        self._codes = Counter("hub_errors", "Coded errors in answers.", ("code",), registry=self.registry)
        self._streams = Gauge("hub_open_streams", "Streams and sockets open now.", ("transport",), registry=self.registry)
        self._refused = Counter("hub_token_refusals", "Access tokens refused.", ("code",), registry=self.registry)
        self._names: set[str] = set()
        self._counts: dict[tuple[str, int, str], tuple[Counter, Histogram]] = {}

    def observe(self, note: Note, seconds: float) -> None:
        """Count one finished request."""
        key = (self.name(note.operation if note.trusted else None), note.status, note.kind or NOBODY)
        held = self._counts.get(key)
        if held is None:
            held = self._counts[key] = (
                self._requests.labels(key[0], str(key[1]), key[2]),
                self._seconds.labels(key[0]),
            )
        held[0].inc()
        if note.stream is None:
            held[1].observe(seconds)
        for code in note.codes:
            self._codes.labels(code).inc()
            if code.startswith("TOKEN_"):
                self._refused.labels(code).inc()

    def name(self, operation: str | None) -> str:
        """The label for the name of a trusted operation; names beyond the first two hundred share one."""
        if not operation:
            return UNNAMED
        if operation not in self._names:
            if len(self._names) >= MAX_OPERATIONS:
                return OTHER
            self._names.add(operation)
        return operation

    def opened(self, transport: str) -> None:
        """One more stream over `sse` or `socket`."""
        self._streams.labels(transport).inc()

    def closed(self, transport: str) -> None:
        """One stream fewer."""
        self._streams.labels(transport).dec()

    def text(self) -> tuple[bytes, str]:
        """The measures and their content type."""
        return generate_latest(self.registry), CONTENT_TYPE_PLAIN_1_0_0
