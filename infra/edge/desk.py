"""What every request and every stream of one process shares."""

from dataclasses import dataclass

from infra.edge.finished import Finished
from infra.edge.following import Patience
from infra.edge.graph import Admission, Graph
from infra.edge.held import Held
from infra.edge.metrics import Metrics
from infra.edge.overruns import Overruns
from infra.edge.stay import Drain, Stay
from infra.edge.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Desk:
    """The graph, who may ask, and the limits.

    `origins` may open a socket, which carries so many `operations` at once; `largest` is of a body, in bytes; `by_get` says
    whether queries may come by GET. `throttle` is how fast, `overruns` how long, and `sockets` and `streams` how many of them
    one client may.
    """

    graph: Graph
    admission: Admission
    stay: Stay
    drain: Drain
    metrics: Metrics
    finished: Finished
    patience: Patience
    origins: frozenset[str]
    operations: int
    largest: int
    by_get: bool
    throttle: Throttle
    overruns: Overruns
    sockets: Held
    streams: Held
