"""Registration: one party brings an apprenticeship, the other has to confirm it (DESIGN §2a, X-19).

What is brought stands as a record of its own. Whether the ULN is known elsewhere changes nothing in the answer.
"""

from typing import Any, ClassVar

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from hub.acts.act import Act, Refused, act
from hub.acts.inputs import (
    AgeBand,
    Code,
    Day,
    Identifier,
    Input,
    LarsCode,
    Shape,
    StandardReference,
    StandardVersion,
    Text,
    Uln,
)
from hub.acts.registering import register

__all__ = ["Learner", "RegisterApprentice", "RegisterApprentices", "StandardName"]


class StandardName(Shape):
    """A standard by its reference, or by its LARS code."""

    reference: StandardReference | None = Field(None, description="Such as ST0648.")
    version: StandardVersion | None = Field(None, description="Such as 1.0; the latest with a plan when absent.")
    lars_code: LarsCode | None = Field(None, description="The DfE's code of the standard.")

    @model_validator(mode="after")
    def _one(self) -> "StandardName":
        if (self.reference is None) == (self.lars_code is None):
            raise PydanticCustomError("INPUT_INVALID", "Give either the reference or the LARS code.")
        return self


class Learner(Shape):
    """One apprenticeship to register."""

    uln: Uln = Field(description="The apprentice's unique learner number.", json_schema_extra={"graph": "ULN"})
    given_names: Text = Field(description="Given names.")
    family_name: Text = Field(description="Family name.")
    standard: StandardName = Field(description="The standard.")
    start_on: Day = Field(description="The day the apprenticeship started.")
    original_start_on: Day | None = Field(None, description="The first start, where this is a restart.")
    planned_end_on: Day = Field(description="The planned end of training.")
    expected_gateway_on: Day | None = Field(None, description="When the gateway is expected.")
    status: Code | None = Field(
        None,
        description="ON_PROGRAMME, ON_BREAK, WITHDRAWN or COMPLETED; as it was when absent, at first ON_PROGRAMME.",
    )
    status_on: Day | None = Field(None, description="Since when the status holds; the start when absent.")
    age_band: AgeBand | None = Field(None, description="Age at the first start: under-16, 16-18 or 19+.")
    employer: Identifier | None = Field(None, description="The employer, when you are the training provider.")
    provider: Identifier | None = Field(None, description="The training provider, when you are the employer.")
    region: Text | None = Field(None, description="A region of your own choosing, for filters.")
    intake: Code | None = Field(None, description="An intake of your own choosing; the start's year and month when absent.")
    my_reference: Text | None = Field(None, description="Your private reference, such as a payroll number.")


class RegisterApprentice(Input, Learner):
    """Registers one apprenticeship."""


class RegisterApprentices(Input):
    """Registers up to 500 apprenticeships in one transaction, each with its own outcome."""

    learners: list[Learner] = Field(min_length=1, max_length=500, description="The apprenticeships.")
    each: ClassVar[str] = "learners"


@act("registerApprentice", RegisterApprentice)
async def register_apprentice(act: Act, given: RegisterApprentice) -> dict[str, Any]:
    """Registers one apprenticeship; the other party must confirm it before it opens anything."""
    answer = (await register(act, [given]))[0]
    if answer["errors"]:
        raise Refused(*answer["errors"])
    return {name: answer[name] for name in ("apprentice", "outcome", "replayed")}


@act("registerApprentices", RegisterApprentices)
async def register_apprentices(act: Act, given: RegisterApprentices) -> dict[str, Any]:
    """Registers a batch; a learner that is refused changes nothing, the others stand.

    An item may hold an error beside its outcome: what was told and is not acted upon, such as another employer.
    """
    return {"items": await register(act, given.learners)}
