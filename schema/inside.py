"""Whether an operation stays inside the slice of who sends it, judged before anything of it runs."""

from typing import Any

from hub.errors import Problem
from hub.viewer import Viewer
from schema.answers import NotAdmitted
from schema.gate import Coordinates, coordinates, refusals
from schema.reader.document import Operation
from schema.reader.reader import Reader

KEPT = 2048
ENTITIES = ("Query", "_entities")


class Inside:
    """The slices of one graph, as its documents meet them; what was judged once is kept."""

    def __init__(self, reader: Reader):
        self._reader = reader
        self._asked: dict[int, Coordinates] = {}
        self._admitted: dict[tuple[Any, ...], tuple[Problem, ...]] = {}

    def admit(self, viewer: Viewer, request: Any) -> Operation:
        """The operation of a request, if its document is valid and inside the viewer's slice.

        Raises Refused, or NotAdmitted with FIELD_NOT_IN_SLICE or SCOPE_MISSING.
        """
        operation = self._reader.document(request.document).operation(request.operation_name)
        key = (operation.serial, viewer.kind, viewer.scopes)
        problems = self._admitted.get(key)
        if problems is None:
            problems = refusals(self._fields(operation), viewer.kind, viewer.scopes)
            _keep(self._admitted, key, problems)
        if problems:
            raise NotAdmitted(problems)
        return operation

    def named(self, viewer: Viewer, request: Any, operation: Operation) -> Coordinates:
        """What an admitted operation asks for; raises NotAdmitted when it names by id what is outside the slice."""
        asked = self._fields(operation)
        if ENTITIES in asked:
            self._entities(viewer, request, asked)
        self._ids(viewer, request, operation)
        return asked

    def _ids(self, viewer: Viewer, request: Any, operation: Operation) -> None:
        """What `node` may find is of the type its id names: that type's own `id` must be in the slice, found or not."""
        if not operation.document.finds_nodes:
            return
        catalogue = self._reader.catalogue
        roots = self._reader.root_fields(request.document, request.operation_name, request.variables)
        ids = [str(root.arguments.get("id", "")) for root in roots if root.name in catalogue.node_fields]
        named = {catalogue.prefixes.get(each.partition("_")[0]) for each in ids}
        problems = refusals(frozenset((type_, "id") for type_ in named if type_), viewer.kind, viewer.scopes)
        if problems:
            raise NotAdmitted(problems)

    def _entities(self, viewer: Viewer, request: Any, asked: Coordinates) -> None:
        """Who asks whether an entity is there, and for no field of it, must be one who may ask for its `id`."""
        roots = self._reader.root_fields(request.document, request.operation_name, request.variables)
        sent = [each for root in roots if root.name == ENTITIES[1] for each in root.arguments["representations"]]
        types = {type_ for type_, _ in asked}
        named = {name for name in self._reader.catalogue.prefixes.values() if name not in types}
        named &= {str(each.get("__typename")) for each in sent if isinstance(each, dict)}
        problems = refusals(frozenset((type_, "id") for type_ in named), viewer.kind, viewer.scopes)
        if problems:
            raise NotAdmitted(problems)

    def _fields(self, operation: Operation) -> Coordinates:
        """Every field an operation can select."""
        found = self._asked.get(operation.serial)
        if found is None:
            found = coordinates(self._reader.catalogue.schema, operation.document.node, operation.node)
            _keep(self._asked, operation.serial, found)
        return found


def _keep(cache: dict[Any, Any], key: Any, value: Any) -> None:
    if len(cache) >= KEPT:
        cache.pop(next(iter(cache)))
    cache[key] = value
