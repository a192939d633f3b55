"""The inputs of the acts, from which the graph's input types are made: described, closed and without lists of codes."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from hub.acts.all import REGISTRY


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for info in model.model_fields.values():
        for part in _parts(info.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from _models(part)


def _parts(annotation: Any) -> list[Any]:
    inner = get_args(annotation)
    return [annotation, *(part for each in inner for part in _parts(each))]


@pytest.mark.parametrize("act", sorted(REGISTRY))
def test_every_field_of_every_input_is_described(act: str) -> None:
    for model in _models(REGISTRY[act].model):
        assert (model.__doc__ or "").strip().endswith(".")
        for name, info in model.model_fields.items():
            assert info.description and info.description[0].isupper(), (model, name)


@pytest.mark.parametrize("act", sorted(REGISTRY))
def test_what_a_plan_defines_is_text_never_a_list_of_values(act: str) -> None:
    for model in _models(REGISTRY[act].model):
        assert model.model_config["extra"] == "forbid" and model.model_config["frozen"]
        for info in model.model_fields.values():
            parts = [part for part in _parts(info.annotation) if isinstance(part, type)]
            assert not any(issubclass(part, Enum) for part in parts)


@pytest.mark.parametrize("act", sorted(REGISTRY))
def test_every_act_says_what_it_does(act: str) -> None:
    known = REGISTRY[act]
    assert ((known.doing or known.model).__doc__ or "").strip().endswith(".")
