"""The shapes an act takes: one model per act, from which the graph's input types are made."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from hub.errors import CODES, HubError, Problem
from hub.words import parse_id, parse_uln

GRAPH_ID = "ID"


class Shape(BaseModel):
    """A frozen value with camelCase names outside; a name it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


def _checked(parse: Callable[[str], Any], value: str) -> Any:
    """Lets a parser of `hub.words` refuse a field with its own code."""
    try:
        return parse(value)
    except HubError as refusal:
        problem = refusal.problem
        raise PydanticCustomError(problem.code, "{sentence}", {"sentence": problem.message}) from None


def _identifier(prefix: str) -> Callable[[Any], UUID]:
    def parse(value: Any) -> UUID:
        found: UUID = _checked(lambda text: parse_id(text, prefix), str(value))
        return found

    return parse


Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]
Uln = Annotated[str, AfterValidator(lambda value: _checked(parse_uln, value))]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[date, Field()]
ApprenticeId = Annotated[UUID, BeforeValidator(_identifier("apr")), Field(json_schema_extra={"graph": GRAPH_ID})]
EvidenceId = Annotated[UUID, BeforeValidator(_identifier("evd")), Field(json_schema_extra={"graph": GRAPH_ID})]
BreachId = Annotated[UUID, BeforeValidator(_identifier("brc")), Field(json_schema_extra={"graph": GRAPH_ID})]


class Person(Shape):
    """The named human who stands behind an act."""

    reference: Text = Field(description="Your own reference for the person, such as a staff number.")
    name: Text = Field(description="The person's name.")
    role: Text = Field(description="The role in which the person acts.")


def signatory(by: Person) -> dict[str, str]:
    """The columns that say which human stands behind an act."""
    return {"by_reference": by.reference, "by_name": by.name, "by_role": by.role}


class Identifier(Shape):
    """An organisation's identifier in one scheme."""

    scheme: Code = Field(description="EMPLOYER_NUMBER, UKPRN, ACCOUNT or EPAO_ID.")
    value: Text = Field(description="The identifier itself.")


class Input(Shape):
    """What every act takes."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        None, description="Your own key for this act; sent again with the same body it is answered, not done, again."
    )


class OnApprentice(Input):
    """An act on one apprentice."""

    apprentice_id: ApprenticeId = Field(description="The apprentice.")


Version = Annotated[int | None, Field(description="The version you read; when it is no longer current the act is refused.")]


def subjects_of(given: BaseModel) -> list[UUID]:
    """The apprentices an input names, wherever they stand in it."""
    found: list[UUID] = []
    for name in type(given).model_fields:
        value = getattr(given, name)
        if isinstance(value, UUID) and name.endswith("apprentice_id"):
            found.append(value)
        elif isinstance(value, BaseModel):
            found += subjects_of(value)
        elif isinstance(value, list | tuple):
            found += [apprentice for part in value if isinstance(part, BaseModel) for apprentice in subjects_of(part)]
    return found


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """The coded problems of a malformed input; they name fields, never values."""
    return tuple(
        Problem(
            fault["type"] if fault["type"] in CODES else "INPUT_INVALID",
            fault["msg"],
            ".".join(("input", *(str(part) for part in fault["loc"]))),
        )
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    )
