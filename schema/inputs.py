"""Makes the graph's input types from the models of the acts: one source for both."""

import types
from datetime import date
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.acts.inputs import GRAPH_ID, OneOf

PLAIN: dict[type, Any] = {str: str, int: int, bool: bool, date: date}
_made: dict[type[BaseModel], Any] = {}


def input_type(model: type[BaseModel]) -> Any:
    """The Strawberry input type with the fields and descriptions of a model; made once."""
    if model not in _made:
        fields = {name: _field(info) for name, info in model.model_fields.items()}
        body = {name: made for name, (_, made) in fields.items()}
        body["__annotations__"] = {name: annotation for name, (annotation, _) in fields.items()}
        name = model.__name__ if model.__name__.endswith("Input") else f"{model.__name__}Input"
        said = (model.__doc__ or "").strip()
        _made[model] = strawberry.input(type(name, (), body), description=said, one_of=issubclass(model, OneOf) or None)
    return _made[model]


def _field(info: FieldInfo) -> tuple[Any, Any]:
    annotation = _annotation(info.annotation, info)
    extra = info.json_schema_extra
    instead = f"Use `{extra['instead']}`." if isinstance(extra, dict) and "instead" in extra else None
    said: dict[str, Any] = {"description": info.description, "deprecation_reason": instead}
    if info.is_required():
        return annotation, strawberry.field(**said)
    if info.default is None:
        return annotation | None, strawberry.field(default=strawberry.UNSET, **said)
    return annotation, strawberry.field(default=info.default, **said)


def _annotation(annotation: Any, info: FieldInfo | None = None) -> Any:
    extra = info.json_schema_extra if info else None
    if isinstance(extra, dict) and extra.get("graph") == GRAPH_ID:
        return strawberry.ID
    origin = get_origin(annotation)
    if origin is Annotated:
        return _annotation(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        (inner,) = (each for each in get_args(annotation) if each is not type(None))
        return _annotation(inner)
    if origin is list:
        return list[_annotation(get_args(annotation)[0])]  # type: ignore[misc]  # the item type is known when it runs
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return input_type(annotation)
    return PLAIN[annotation]
