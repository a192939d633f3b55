"""Assembles the mutation type: one field per act, its input made from the act's model, its payload from its noun."""

import re
from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from hub.acts.all import REGISTRY
from schema.inputs import input_type
from schema.reader.sources import Same, reads

PLAIN_DOC = re.compile(r"\s+")


def mutation_type(payloads: Mapping[str, Any]) -> Any:
    """The mutation type of the whole graph; `payloads` names every act's payload type."""
    body: dict[str, Any] = {_snake(name): _mutation(name) for name in payloads}
    body["__annotations__"] = {_snake(name): kind | None for name, kind in payloads.items()}
    return strawberry.type(type("Mutation", (), body), name="Mutation", description="Every change: one field per act.")


def _mutation(name: str) -> Any:
    known = REGISTRY[name]
    doc = (known.doing.__doc__ if known.doing else known.model.__doc__) or ""
    made: Any = strawberry.field(metadata=reads(Same()), description=PLAIN_DOC.sub(" ", doc.strip()))
    annotation = StrawberryAnnotation(input_type(known.model))
    made.arguments = [StrawberryArgument("input", None, annotation, description=f"What `{name}` takes.")]
    return made


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
