"""The shapes an act takes: one model per act, from which the graph's input types are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from hub.errors import CODES, HubError, Problem
from hub.words import (
    parse_employer_number,
    parse_epao_id,
    parse_id,
    parse_standard_reference,
    parse_ukprn,
    parse_uln,
    parse_version,
)

GRAPH_ID = "ID"


class Shape(BaseModel):
    """A frozen value with camelCase names outside; a name it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class OneOf(Shape):
    """A value that is given by exactly one of its fields."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "OneOf":
        if len([name for name in type(self).model_fields if getattr(self, name) is not None]) != 1:
            raise ValueError("Give exactly one of its fields.")
        return self


def _checked(parse: Callable[[str], Any], value: str) -> Any:
    """Lets a parser of `hub.words` refuse a field with its own code."""
    try:
        return parse(value)
    except HubError as refusal:
        problem = refusal.problem
        raise PydanticCustomError(problem.code, "{sentence}", {"sentence": problem.message}) from None


def identifier(prefix: str) -> Callable[[Any], UUID]:
    """Reads ids with a prefix; any other text is refused."""

    def parse(value: Any) -> UUID:
        found: UUID = _checked(lambda text: parse_id(text, prefix), str(value))
        return found

    return parse


WRITTEN = r"^[^\x00-\x1f]+$"
"""What a text may consist of: PostgreSQL holds no NUL, and nobody reads a control character."""
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=WRITTEN)]
Code = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.-]+$")]
Uln = Annotated[str, AfterValidator(lambda value: _checked(parse_uln, value))]
StandardReference = Annotated[str, AfterValidator(lambda value: _checked(parse_standard_reference, value))]
StandardVersion = Annotated[str, Field(max_length=9), AfterValidator(lambda value: _checked(parse_version, value))]
LarsCode = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}$")]
AgeBand = Annotated[str, Field(pattern=r"^(under-16|16-18|19\+)$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2149, 12, 31))]
ApprenticeId = Annotated[UUID, BeforeValidator(identifier("apr")), Field(json_schema_extra={"graph": GRAPH_ID})]
EvidenceId = Annotated[UUID, BeforeValidator(identifier("evd")), Field(json_schema_extra={"graph": GRAPH_ID})]
BreachId = Annotated[UUID, BeforeValidator(identifier("brc")), Field(json_schema_extra={"graph": GRAPH_ID})]


class Person(Shape):
    """The named human who stands behind an act."""

    reference: Text = Field(description="Your own reference for the person, such as a staff number.")
    name: Text = Field(description="The person's name.")
    role: Text = Field(description="The role in which the person acts.")


def signatory(by: Person) -> dict[str, str]:
    """The columns that say which human stands behind an act."""
    return {"by_reference": by.reference, "by_name": by.name, "by_role": by.role}


SCHEMES: Mapping[str, Callable[[str], str]] = {
    "ACCOUNT": str,
    "EMPLOYER_NUMBER": parse_employer_number,
    "EPAO_ID": parse_epao_id,
    "UKPRN": parse_ukprn,
}


class Identifier(Shape):
    """An organisation's identifier in one scheme."""

    scheme: Code = Field(description="EMPLOYER_NUMBER, UKPRN, ACCOUNT or EPAO_ID.")
    value: Text = Field(description="The identifier itself.")

    @model_validator(mode="before")
    @classmethod
    def _spelled(cls, given: Any) -> Any:
        """An identifier is stored in the one spelling of its scheme."""
        if not isinstance(given, Mapping) or not isinstance(given.get("value"), str):
            return given
        parse = SCHEMES.get(str(given.get("scheme")))
        if parse is None:
            raise PydanticCustomError("INPUT_INVALID", "A scheme is one of " + ", ".join(sorted(SCHEMES)) + ".")
        return {**given, "value": _checked(parse, given["value"])}


class Input(Shape):
    """What every act takes."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=128, pattern=WRITTEN)] | None = Field(
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


@dataclass(frozen=True, slots=True)
class Taken:
    """An input as an act takes it; of a batch, the items that are well-formed, and what is wrong with the others."""

    given: Input
    places: Sequence[int] = ()
    rejected: Mapping[int, tuple[Problem, ...]] = field(default_factory=dict)
    unread: str = ""


class Malformed(Exception):
    """An input that is no input of the act at all."""

    def __init__(self, problems: tuple[Problem, ...]):
        super().__init__(*(problem.code for problem in problems))
        self.problems = problems


def take(model: type[Input], raw: Mapping[str, Any]) -> Taken:
    """Reads an input; a malformed item of a batch is set aside, so that the others stand. Raises Malformed."""
    each = getattr(model, "each", "")
    try:
        given = model.model_validate(raw)
        return Taken(given, range(len(getattr(given, each)))) if each else Taken(given)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    if not each or any(fault["loc"][:1] != (each,) or len(fault["loc"]) < 2 for fault in faults):
        raise Malformed(tuple(_problem(fault) for fault in faults))
    rejected: dict[int, tuple[Problem, ...]] = {}
    for fault in faults:
        index = int(fault["loc"][1])
        rejected[index] = (*rejected.get(index, ()), _problem(fault))
    return _without(model, each, raw, rejected)


def _without(model: type[Input], each: str, raw: Mapping[str, Any], rejected: dict[int, tuple[Problem, ...]]) -> Taken:
    places = [index for index in range(len(raw[each])) if index not in rejected]
    kept = {**raw, each: [raw[each][index] for index in places]}
    key = raw.get("idempotencyKey", raw.get("idempotency_key"))
    given = model.model_validate(kept) if places else model.model_construct(**{each: [], "idempotency_key": key})
    return Taken(given, places, rejected, repr([(index, raw[each][index]) for index in rejected]))


def _problem(fault: ErrorDetails) -> Problem:
    """The coded problem of one malformed value; it names the field, never the value."""
    code = fault["type"] if fault["type"] in CODES else "INPUT_INVALID"
    message = fault["msg"].removeprefix("Value error, ")
    return Problem(code, message, ".".join(("input", *(str(part) for part in fault["loc"]))))
