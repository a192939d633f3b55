"""Random valid operations over any schema: nested pages, aliases, fragments, variables, defaults, nulls and directives."""

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

Samples = Callable[[str, str, str], Iterable[Any]]


@dataclass
class Made:
    """An operation and two sets of variables to run it with: the second meets the plans of the first."""

    text: str
    variables: dict[str, Any]
    again: dict[str, Any]


@dataclass
class Generator:
    """Makes operations of the fields `allowed(type, field)`.

    `samples(type, field, argument)` may offer values for an argument or input field.
    """

    schema: GraphQLSchema
    dice: random.Random
    samples: Samples
    depth: int = 5
    allowed: Callable[[str, str], bool] = lambda *_: True
    _count: int = 0
    _declared: dict[str, str] = field(default_factory=dict)
    _variables: tuple[dict[str, Any], dict[str, Any]] = field(default_factory=lambda: ({}, {}))
    _fragments: list[str] = field(default_factory=list)

    def operation(self, keyword: str = "query") -> Made:
        """One operation with one to three root fields."""
        self._declared, self._variables, self._fragments = {}, ({}, {}), []
        root = self.schema.query_type if keyword == "query" else self.schema.mutation_type
        assert root is not None
        body = self._selection(root, self.depth, 1, 3 if keyword == "query" else 1)
        declared = "(" + ", ".join(f"${name}: {each}" for name, each in self._declared.items()) + ")"
        head = f"{keyword} Made{declared if self._declared else ''}{self._directives('', 0)}"
        return Made("\n".join([head + body, *self._fragments]), *self._variables)

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _selection(self, kind: Any, depth: int, least: int, most: int) -> str:
        found = [self._entry(kind, depth) for _ in range(self.dice.randint(least, most))]
        return "{ " + " ".join(found) + " }"

    def _entry(self, kind: Any, depth: int) -> str:
        roll = self.dice.random()
        if roll < 0.06:
            return f"{self._alias(0.3)}__typename{self._directives('', 0.1)}"
        if roll < 0.2 and depth > 0:
            return self._fragment(kind, depth)
        choices = [each for each in kind.fields.items() if self.allowed(kind.name, each[0])]
        if depth <= 0:
            choices = [each for each in choices if is_leaf_type(get_named_type(each[1].type))]
        if not choices:
            return "__typename"
        name, declared = self.dice.choice(choices)
        return self._field(kind, name, declared, depth)

    def _alias(self, share: float) -> str:
        return f"{self._fresh('a')}: " if self._chance(share) else ""

    def _field(self, kind: Any, name: str, declared: GraphQLField, depth: int) -> str:
        arguments = self._arguments(kind, name, declared)
        alias = self._alias(1 if arguments else 0.15)
        inner = get_named_type(declared.type)
        body = "" if is_leaf_type(inner) else " " + self._selection(inner, depth - 1, 1, 4)
        return f"{alias}{name}{arguments}{self._directives('', 0.12)}{body}"

    def _fragment(self, kind: Any, depth: int) -> str:
        condition = self._condition(kind)
        body = self._selection(condition or kind, depth - 1, 1, 3)
        if self._chance(0.4) and condition is not None:
            name = self._fresh("F")
            self._fragments.append(f"fragment {name} on {condition.name} {body}")
            again = f" ...{name}" if self._chance(0.3) else ""
            return f"...{name}{self._directives('', 0.3)}{again}"
        on = f" on {condition.name}" if condition is not None else ""
        return f"...{on}{self._directives('', 0.3)} {body}"

    def _condition(self, kind: Any) -> Any:
        choices: list[Any] = [kind]
        if isinstance(kind, GraphQLObjectType):
            choices += [None, *kind.interfaces]
        elif isinstance(kind, GraphQLInterfaceType):
            choices += list(self.schema.get_possible_types(kind)) * 3
        return self.dice.choice(choices)

    def _directives(self, text: str, share: float) -> str:
        if not self._chance(share):
            return text
        name, value = self.dice.choice(("skip", "include")), self._chance(0.5)
        shown = str(value).lower()
        if self._chance(0.6):
            kind = "Boolean!" if self._chance(0.6) else "Boolean"
            shown = self._variable(kind, lambda: self._chance(0.5), default=not value)
        more = self._directives("", 0.1) if "include" not in text + name else ""
        more = more if f"@{name}" not in more else ""
        return f"{text} @{name}(if: {shown}){more}"

    def _arguments(self, kind: Any, name: str, declared: GraphQLField) -> str:
        if not declared.args or (self._chance(0.1) and not _required(declared)):
            return ""
        chosen = self.dice.choice(list(declared.args))
        more = self.dice.choice((0.0, 0.0, 0.4))
        found = [
            f"{key}: {self._value(kind.name, name, key, argument)}"
            for key, argument in declared.args.items()
            if is_required_argument(argument) or key == chosen or self._chance(more)
        ]
        return f"({', '.join(found)})"

    def _value(self, kind: str, name: str, key: str, argument: GraphQLArgument | Any) -> str:
        value = self._sample(kind, name, key, argument.type)
        if isinstance(value, dict) and self._chance(0.5):
            return self._object(name, argument.type, value)
        if self._chance(0.45):
            bare = str(argument.type).rstrip("!") if not is_required_argument(argument) else str(argument.type)
            declared = bare if self._chance(0.3) else str(argument.type)
            return self._variable(declared, lambda: self._sample(kind, name, key, argument.type))
        return _literal(value, argument.type)

    def _object(self, name: str, kind: Any, value: dict[str, Any]) -> str:
        fields, only = get_named_type(kind).fields, get_named_type(kind).is_one_of
        found = []
        for key, each in value.items():
            declared = GraphQLNonNull(fields[key].type) if only else fields[key].type
            shown = _literal(each, declared)
            if self._chance(0.4):
                shown = self._variable(str(declared), self._sampler(get_named_type(kind).name, key, declared))
            found.append(f"{key}: {shown}")
        return "{" + ", ".join(found) + "}"

    def _sampler(self, owner: str, key: str, declared: Any) -> Callable[[], Any]:
        return lambda: self._sample(owner, key, key, declared)

    def _variable(self, kind: str, sample: Callable[[], Any], *, default: Any = Undefined) -> str:
        """A variable: sent, or left to its default; or absent or null where that is allowed; and so a second time."""
        name = self._fresh("v")
        self._declared[name] = kind
        if not kind.endswith("!") and default is not Undefined:
            self._declared[name] = f"{kind} = {str(default).lower()}"
        for variables in self._variables:
            absent = not kind.endswith("!") and self._chance(0.3)
            if not absent:
                variables[name] = sample()
            elif default is Undefined and self._chance(0.5):
                variables[name] = None
        return f"${name}"

    def _sample(self, owner: str, name: str, key: str, kind: Any) -> Any:
        if not is_non_null_type(kind) and self._chance(0.12):
            return None
        inner = get_nullable_type(kind)
        offered = list(self.samples(owner, name, key))
        if offered and not isinstance(inner, GraphQLInputObjectType):
            return self.dice.choice(offered)
        if is_list_type(inner):
            values = [self._sample(owner, name, key, inner.of_type) for _ in range(self.dice.randrange(3))]
            return values if not self._chance(0.1) or not values else values[0]
        if isinstance(inner, GraphQLInputObjectType) and inner.is_one_of:
            only = self.dice.choice(list(inner.fields))
            return {only: self._sample(inner.name, only, only, GraphQLNonNull(inner.fields[only].type))}
        if isinstance(inner, GraphQLInputObjectType):
            return {
                each: self._sample(inner.name, each, each, declared.type)
                for each, declared in inner.fields.items()
                if self._chance(0.35)
            }
        if isinstance(inner, GraphQLEnumType):
            return _Name(self.dice.choice(list(inner.values)))
        return {"Int": 3, "Boolean": self._chance(0.5), "Float": 1.5, "Date": "2026-09-02"}.get(inner.name, "text")


class _Name(str):
    """An enum value's name."""


def _required(declared: GraphQLField) -> bool:
    return any(is_required_argument(each) for each in declared.args.values())


def _literal(value: Any, kind: Any) -> str:
    inner = get_nullable_type(kind)
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(each, inner.of_type if is_list_type(inner) else inner) for each in value) + "]"
    if isinstance(value, dict):
        fields = inner.fields
        return "{" + ", ".join(f"{key}: {_literal(each, fields[key].type)}" for key, each in value.items()) + "}"
    if isinstance(value, _Name):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value)
    return str(value)
