"""The record of who reads: the operation's name, a fingerprint of its document, the visibility classes, the apprentices."""

import hmac
import re
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, OperationType, get_named_type, is_abstract_type

from hub.slices.classes import classes_of
from hub.slices.fields import FIELDS
from hub.store.recorder import READ, Recorder, Subjects, What
from hub.viewer import Viewer
from schema.reader.cache import Cache
from schema.reader.document import Operation
from schema.reader.selection import Selection, subselections

KEPT = 2048
MAX_NAME = 60
LONG_NUMBER = re.compile(r"\d{5,}")


class Trail:
    """Puts reads on record where there is a `recorder`; what is said of an operation is worked out once for each shape of it.

    `seal` keys the fingerprints: a document may hold a ULN, and whoever reads the trail must not be able to try them all.
    """

    def __init__(self, schema: GraphQLSchema, seal: bytes, recorder: Recorder | None):
        self._schema, self._seal, self._recorder = schema, seal, recorder
        self._kept: Cache[What] = Cache(KEPT, KEPT)

    def open(self) -> None:
        """Raises HUB_UNAVAILABLE while reads cannot be recorded: what cannot be recorded is not read."""
        if self._recorder is not None:
            self._recorder.open()

    async def record(self, viewer: Viewer, request: Any, operation: Operation, held: Subjects, kind: str = READ) -> None:
        """Records who reads these apprentices; an answer to whom they do not belong leaves only once that is safe."""
        if held and self._recorder is not None:
            await self._recorder.record(viewer, self.of(operation, request.variables), held, kind)

    def of(self, operation: Operation, variables: Mapping[str, Any]) -> What:
        """What is recorded of an operation with these variables."""
        steering = operation.document.steering
        values = operation.coerce(variables) if steering else {}
        key = (operation.serial, *((name, values.get(name)) for name in sorted(steering)))
        found = self._kept.get(key)
        if found is None:
            found = self._what(operation, values)
            self._kept.put(key, found, 1)
        return found

    def _what(self, operation: Operation, values: Mapping[str, Any]) -> What:
        fingerprint = hmac.digest(self._seal, b"document:" + operation.document.text.encode(), "sha256")
        # A client chooses the name, so long numbers in it are struck out.
        name = LONG_NUMBER.sub("#", operation.node.name.value[:MAX_NAME]) if operation.node.name else fingerprint.hex()[:16]
        return What(name, fingerprint, classes_of(selected(self._schema, operation, values) & FIELDS.keys()))


def selected(schema: GraphQLSchema, operation: Operation, values: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Every (type, field) that an operation selects under these values of its conditions; introspection left aside."""
    chosen = Selection(schema, operation.document.fragments, values)
    todo: list[Any] = [(schema.get_root_type(OperationType(operation.node.operation)), [operation.node.selection_set])]
    found = set()
    while todo:
        kind, sets = todo.pop()
        for nodes in chosen.fields(kind, sets).values():
            name = nodes[0].name.value
            if name.startswith("__"):
                continue
            found.add((kind.name, name))
            inner = get_named_type(kind.fields[name].type)
            kinds = schema.get_possible_types(inner) if is_abstract_type(inner) else [inner]
            todo.extend((each, subselections(nodes)) for each in kinds if isinstance(each, GraphQLObjectType))
    return found
