"""What clients of the graph have been promised: its schema as it was last released, coordinate by coordinate."""

from typing import Any

from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    Node,
    TypeDefinitionNode,
    Visitor,
    build_schema,
    parse,
    print_ast,
    visit,
)
from graphql.utilities import find_breaking_changes

NAMED = TypeDefinitionNode | FieldDefinitionNode | InputValueDefinitionNode | EnumValueDefinitionNode | DirectiveDefinitionNode
# What a node says beside its name, its description and the coordinates that stand in it.
SAID = ("interfaces", "types", "type", "default_value", "locations", "repeatable", "directives")


def listed(text: str) -> frozenset[str]:
    """The coordinates of a list, one a line; what follows a number sign is a remark."""
    return frozenset(word for line in text.splitlines() if (word := line.partition("#")[0].strip()))


def promises(sdl: str) -> dict[str, str]:
    """Every schema coordinate of an SDL, with what it says there: type, default, members, directives."""
    walk = _Walk()
    visit(parse(sdl), walk)
    return walk.found


def without(sdl: str, held_back: frozenset[str]) -> str:
    """An SDL without some coordinates, nor what stands in them; the SDL itself when there are none."""
    return print_ast(visit(parse(sdl), _Walk(held_back))) + "\n" if held_back else sdl


def unpromised(released: str, now: str) -> list[str]:
    """The coordinates at which an SDL says more, or something else, than the released one."""
    before = promises(released)
    return sorted(coordinate for coordinate, said in promises(now).items() if before.get(coordinate) != said)


def broken(released: str, now: str) -> list[str]:
    """What an SDL takes away from the clients of the released one."""
    return [change.description for change in find_breaking_changes(build_schema(released), build_schema(now))]


class _Walk(Visitor):
    """Notes every coordinate of a document, and takes out those held back."""

    def __init__(self, held_back: frozenset[str] = frozenset()):
        super().__init__()
        self.found: dict[str, str] = {}
        self._held_back = held_back

    def enter(self, node: Node, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        """Notes one node."""
        if not isinstance(node, NAMED):
            return None
        coordinate = _coordinate([each for each in (*ancestors, node) if isinstance(each, NAMED)])
        if coordinate in self._held_back:
            return REMOVE
        self.found[coordinate] = _said(node)
        return None


def _coordinate(path: list[Any]) -> str:
    *around, last = (each.name.value for each in path)
    if isinstance(path[0], DirectiveDefinitionNode):
        return f"@{around[0]}({last}:)" if around else f"@{last}"
    return f"{'.'.join(around)}({last}:)" if len(around) == 2 else ".".join([*around, last])


def _said(node: Node) -> str:
    """What a node says at its own coordinate."""
    found = [getattr(node, name, None) for name in SAID]
    parts = [each for held in found if held is not None for each in (held if isinstance(held, list | tuple) else [held])]
    return " ".join([node.kind, *(print_ast(each) if isinstance(each, Node) else str(each) for each in parts)])
