"""The limits of a document: one walk when it is first seen, before it is validated, refusing what no client needs."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
)

from schema.reader.document import Refused

Definition = OperationDefinitionNode | FragmentDefinitionNode
ABORTED = "Parsing aborted."
NESTED = "nested too deeply. " + ABORTED


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be; a fragment counts wherever it is spread.

    `depth` is levels of selections, those of fragments included; `selections` are fields and fragments; `again` is how
    often one response key may be written with an object, for validation compares each with each; `crowd` is the
    directives on one node.
    """

    tokens: int = 10_000
    depth: int = 40
    selections: int = 1_000
    again: int = 50
    roots: int = 50
    aliases: int = 100
    directives: int = 100
    crowd: int = 4

    def parsed(self, text: str) -> DocumentNode:
        """The document in a text; raises Refused, with a code and a place, for one that is too large."""
        try:
            document = parse(text, max_lexical_tokens=self.tokens, max_comments=self.tokens)
        except GraphQLError as error:
            if not error.message.endswith(ABORTED):
                raise Refused([error]) from error
            if error.message.endswith(NESTED):
                raise Refused([_error("DEPTH_TOO_GREAT", "The document is nested too deeply.", error)]) from error
            said = f"The document has more than {self.tokens:,} tokens."
            raise Refused([_error("TOKENS_TOO_MANY", said, error)]) from error
        except RecursionError as error:
            raise Refused([_error("DEPTH_TOO_GREAT", "The document is nested too deeply.")]) from error
        refused = next(self._breaches(document), None)
        if refused is not None:
            raise Refused([refused])
        return document

    def _breaches(self, document: DocumentNode) -> Iterator[GraphQLError]:
        fragments = {each.name.value: _own(each) for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        operations = [_own(each) for each in document.definitions if isinstance(each, OperationDefinitionNode)]
        for own in (*operations, *fragments.values()):
            if own.crowd > self.crowd:
                said = f"One place has more than {self.crowd} directives."
                yield _error("DIRECTIVES_TOO_MANY", said, own.node)
        written = sum((own.objects for own in (*operations, *fragments.values())), Counter[str]())
        for key, times in written.most_common(1):
            if times > self.again:
                yield _error("SELECTIONS_TOO_MANY", f"The document asks more than {self.again} times for {key[:60]}.", document)
        sums: dict[str, _Sum] = {}
        for own in operations:
            whole = _whole(own, fragments, sums)
            for code, found, limit, what in (
                ("DEPTH_TOO_GREAT", whole.depth, self.depth, "levels"),
                ("SELECTIONS_TOO_MANY", whole.selections, self.selections, "selections"),
                ("ROOT_FIELDS_TOO_MANY", whole.roots, self.roots, "root fields"),
                ("ALIASES_TOO_MANY", whole.aliases, self.aliases, "aliases"),
                ("DIRECTIVES_TOO_MANY", whole.directives, self.directives, "directives"),
            ):
                if found > limit:
                    yield _error(code, f"The operation has more than {limit:,} {what}.", own.node)


class _Sum(NamedTuple):
    """What an operation or a fragment amounts to; `roots` are the fields of its own first level."""

    selections: int
    aliases: int
    directives: int
    depth: int
    roots: int


@dataclass(slots=True)
class _Own:
    """A definition by itself; `spreads` are its fragments by name: how often, at which level at most, at its root how often."""

    node: Definition
    selections: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    roots: int = 0
    crowd: int = 0
    objects: Counter[str] = field(default_factory=Counter)
    spreads: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def take(self, each: SelectionNode, level: int, *, at_root: bool) -> None:
        """Count one selection."""
        self.selections += 1
        self.depth = max(self.depth, level)
        self.directed(len(each.directives or ()))
        if isinstance(each, FieldNode):
            self.aliases += each.alias is not None
            self.roots += at_root
            if each.selection_set is not None:
                self.objects[(each.alias or each.name).value] += 1
        elif isinstance(each, FragmentSpreadNode):
            times, deepest, first = self.spreads.get(each.name.value, (0, 0, 0))
            self.spreads[each.name.value] = (times + 1, max(deepest, level), first + at_root)

    def directed(self, found: int) -> None:
        """Count the directives of one node."""
        self.directives += found
        self.crowd = max(self.crowd, found)


def _own(node: Definition) -> _Own:
    """Counts a definition without recursion: a document may nest deeper than Python does."""
    own = _Own(node)
    own.directed(len(node.directives or ()))
    for variable in node.variable_definitions or ():
        own.directed(len(variable.directives or ()))
    todo: list[tuple[SelectionSetNode, int, bool]] = [(node.selection_set, 1, True)]
    while todo:
        chosen, level, at_root = todo.pop()
        for each in chosen.selections:
            own.take(each, level, at_root=at_root)
            inner: SelectionSetNode | None = getattr(each, "selection_set", None)
            if inner is not None:
                todo.append((inner, level + 1, at_root and not isinstance(each, FieldNode)))
    return own


def _whole(own: _Own, fragments: Mapping[str, _Own], sums: dict[str, _Sum]) -> _Sum:
    """A definition with all it spreads; each fragment is summed once, so doubling ones cost no more than others.

    One that spreads itself is not followed round: validation refuses it.
    """
    todo, opened = list(own.spreads), set[str]()
    while todo:
        name = todo[-1]
        part = fragments.get(name)
        if part is None or name in sums or name in opened:
            todo.pop()
            if part is not None and name in opened:
                opened.discard(name)
                sums[name] = _sum(part, sums)
            continue
        opened.add(name)
        todo += [each for each in part.spreads if each not in sums and each not in opened]
    return _sum(own, sums)


def _sum(own: _Own, sums: Mapping[str, _Sum]) -> _Sum:
    selections, aliases, directives, depth, roots = own.selections, own.aliases, own.directives, own.depth, own.roots
    for name, (times, level, first) in own.spreads.items():
        part = sums.get(name)
        if part is not None:
            selections += times * part.selections
            aliases += times * part.aliases
            directives += times * part.directives
            depth = max(depth, level + part.depth)
            roots += first * part.roots
    return _Sum(selections, aliases, directives, depth, roots)


def _error(code: str, message: str, place: DocumentNode | Definition | GraphQLError | None = None) -> GraphQLError:
    extensions = {"code": code}
    if isinstance(place, GraphQLError):
        return GraphQLError(message, source=place.source, positions=place.positions, extensions=extensions)
    return GraphQLError(message, place, extensions=extensions)


LIMITS = Limits()
"""The limits of the hub's own front door."""
