"""Writes the reference page from the code: settings, scopes, acts, events, fields and error codes."""

from collections.abc import Iterator

from hub.errors import CODES
from hub.settings import Settings
from hub.slices.acts import ACTS
from hub.slices.events import EVENTS
from hub.slices.fields import ROWS
from hub.slices.rows import PARTY_KINDS
from hub.slices.scopes import SCOPES

HEADER = """# Reference

Written from the code by `hub docs write`; a test keeps it true.
"""
REACH = ("standard and employer", "identity", "checklist", "full")


def reference() -> str:
    """The whole page, as Markdown."""
    return "\n".join((HEADER, *_settings(), *_scopes(), *_acts(), *_events(), *_fields(), *_codes(), ""))


def _table(*head: str) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"


def _settings() -> Iterator[str]:
    yield "## Settings\n\nEnvironment variables of one hub process.\n"
    yield from _table("variable", "default", "meaning")
    for name, info in Settings.model_fields.items():
        default = "" if info.default is None or info.default_factory else f"`{info.default}`"
        yield f"| `HUB_{name.upper()}` | {default} | {info.description} |"


def _scopes() -> Iterator[str]:
    yield "\n## Scopes\n\nA client holds some of the scopes of its kind of party; a token asks for some of the client's.\n"
    yield from _table("scope", *(kind.value for kind in PARTY_KINDS))
    for scope in sorted(set().union(*SCOPES.values())):
        yield f"| `{scope}` | " + " | ".join("✓" if scope in SCOPES[kind] else "" for kind in PARTY_KINDS) + " |"


def _acts() -> Iterator[str]:
    yield "\n## Acts\n\nWho may do what, and how far its card must open the apprentice.\n"
    yield from _table("mutation", "scope", *(kind.value for kind in PARTY_KINDS))
    for name, act in ACTS.items():
        cells = (REACH[act.reach[kind]] if kind in act.reach else "" for kind in PARTY_KINDS)
        yield f"| `{name}` | `{act.scope}` | " + " | ".join(cells) + " |"


def _events() -> Iterator[str]:
    yield "\n## Events\n\nWho hears what, and from which reach of its card on; an empty cell is never told.\n"
    yield from _table("event", *(kind.value for kind in PARTY_KINDS))
    for name, told in EVENTS.items():
        yield f"| `{name}` | " + " | ".join(REACH[told[kind]] if kind in told else "" for kind in PARTY_KINDS) + " |"


def _fields() -> Iterator[str]:
    yield "\n## Fields\n\nWho may ask for what; a field that is not here is refused with `FIELD_NOT_IN_SLICE`.\n"
    yield from _table("type", "fields", "scope", "asked by")
    for type_, classes in ROWS.items():
        for slice_, names in classes.items():
            kinds = "everybody" if len(slice_.kinds) == len(PARTY_KINDS) else ", ".join(sorted(slice_.kinds))
            fields = ", ".join(f"`{name}`" for name in names.split())
            yield f"| `{type_}` | {fields} | {f'`{slice_.scope}`' if slice_.scope else 'any'} | {kinds} |"


def _codes() -> Iterator[str]:
    yield "\n## Error codes\n\nIn a payload's `errors`, or in `extensions.code` where nothing was executed.\n"
    yield from _table("code", "meaning")
    yield from (f"| `{code}` | {meaning} |" for code, meaning in CODES.items())
