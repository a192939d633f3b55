"""YAML text as plain data, with the line on which every value stands."""

import re
from typing import Any

import yaml

Path = tuple[str | int, ...]


class TextError(Exception):
    """The text cannot be read: the line, the path and what is wrong there."""

    def __init__(self, line: int, path: str, reason: str):
        self.line, self.path, self.reason = line, path, reason
        super().__init__(f"line {line}: {reason}")


class _Loader(yaml.SafeLoader):
    """Safe YAML in which only null, booleans, whole numbers and text exist: a version is text, and so is a date."""


_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:int")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(text: str) -> tuple[Any, dict[Path, int]]:
    """The document's data and the line, from 1, of every path in it; TextError where the text is not plain YAML."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise TextError(1, "", "The document is empty.")
        lines: dict[Path, int] = {}
        _walk(node, (), lines, set())
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        raise TextError(_error_line(error), "", _error_reason(error)) from None
    except (RecursionError, ValueError):
        raise TextError(1, "", "The document nests too deep or holds a number too long.") from None


def path_text(path: Path) -> str:
    """A path as people write it, such as `themes[2].ksbs[0]`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of a path, or of the nearest thing around it that exists."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _walk(node: yaml.Node, path: Path, lines: dict[Path, int], seen: set[int]) -> None:
    line = lines.setdefault(path, node.start_mark.line + 1)
    # An alias could make a small file unfold into an endless document.
    if id(node) in seen:
        raise TextError(line, path_text(path), "Anchors and aliases are not used in a plan document.")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            step = (*path, str(key.value))
            if step in lines:
                raise TextError(key.start_mark.line + 1, path_text(step), "The key stands twice in the same place.")
            lines[step] = key.start_mark.line + 1
            _walk(value, step, lines, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, seen)


def _error_line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else 1


def _error_reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "The text is not YAML."
    return str(problem)
