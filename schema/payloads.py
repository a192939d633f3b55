"""What a mutation answers: the apprentice as it is now in your slice, and what stood in the way."""

from typing import Any

import strawberry

from schema.apprentice import Apprentice
from schema.reader.sources import column, listed, one, rows

PROBLEMS = "Why it was not done; empty when it was."


@rows(alias="problem")
@strawberry.type(description="One coded reason why something was not done.")
class Problem:
    """One coded reason why something was not done."""

    code: str = column("{problem}.value ->> 'code'", description="A code of the catalogue.")
    field: str | None = column("{problem}.value ->> 'field'", description="The field of the input.")
    message: str = column("{problem}.value ->> 'message'", description="A plain sentence.")
    rule: str | None = column("{problem}.value ->> 'rule'", description="The rule of the plan.")


@rows(alias="outcome")
@strawberry.type(description="What became of one item of a batch.")
class ItemOutcome:
    """What became of one item of a batch."""

    index: int = column("({outcome}.value ->> 'index')::int", description="The item's place in the input, from 0.")
    replayed: bool = column(
        "coalesce(({outcome}.value ->> 'replayed')::boolean, false)", description="Whether it had been done before."
    )
    outcome: str | None = column("{outcome}.value ->> 'outcome'", description="REGISTERED, UNCHANGED, UPDATED or REFUSED.")
    apprentice: Apprentice | None = one(
        "{card}.apprentice_id = ({outcome}.value ->> 'apprentice')::uuid", description="The apprentice, in your slice."
    )
    errors: list[Problem] = listed("{outcome}.value -> 'errors'", description=PROBLEMS)


def _base() -> dict[str, Any]:
    return {
        "replayed": (bool, column("{given.replayed:boolean}", description="Whether it had been done before.")),
        "errors": (list[Problem], listed("{given.errors:jsonb}", description=PROBLEMS)),
    }


def payload(act: str, **extra: tuple[Any, Any]) -> Any:
    """The payload type of an act: the apprentice, the errors, and what the act itself made."""
    shown = one("{card}.apprentice_id = {given.apprentice:uuid}", description="The apprentice, in your slice.")
    return _type(act, {"apprentice": (Apprentice | None, shown), **extra, **_base()})


def plain_payload(act: str, **extra: tuple[Any, Any]) -> Any:
    """The payload type of an act on no apprentice: what the act made, and the errors."""
    return _type(act, {**extra, **_base()})


def batch_payload(act: str) -> Any:
    """The payload type of a batch: an outcome for each item."""
    items = listed("{given.items:jsonb}", description="What became of each item.")
    return _type(act, {"items": (list[ItemOutcome], items), **_base()})


def _type(act: str, fields: dict[str, tuple[Any, Any]]) -> Any:
    body: dict[str, Any] = {name: made for name, (_, made) in fields.items()}
    body["__annotations__"] = {name: annotation for name, (annotation, _) in fields.items()}
    name = f"{act[0].upper()}{act[1:]}Payload"
    return strawberry.type(type(name, (), body), description=f"What `{act}` answers.")
