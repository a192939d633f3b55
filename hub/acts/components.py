"""What happened in one component of a method, as an EPAO posts it."""

from pydantic import Field

from hub.acts.inputs import Code, Day, Sha256, Shape, Text


class ComponentOutcome(Shape):
    """What happened in one component of a method."""

    component: Code = Field(description="The component's code.")
    outcome: Code = Field(description="PASS or FAIL.")
    held_on: Day | None = Field(None, description="The day a discussion or presentation was held.")
    submitted_on: Day | None = Field(None, description="The day its document reached you.")
    minutes: int | None = Field(None, ge=0, le=1000, description="How long it took, in minutes.")
    presenting_minutes: int | None = Field(None, ge=0, le=1000, description="How much of that was presenting.")
    extra_minutes: int = Field(0, ge=0, le=1000, description="Minutes granted by a recorded adjustment.")
    bank_questions: int | None = Field(None, ge=0, le=1000, description="Questions from your question bank.")
    own_questions: int | None = Field(None, ge=0, le=1000, description="Questions the assessor generated.")
    words: int | None = Field(None, ge=0, le=100_000, description="The word count of a written component.")
    sections: list[Code] | None = Field(None, max_length=40, description="Content codes of the plan that it contains.")
    ksbs: list[Code] | None = Field(None, max_length=60, description="The KSBs it covered.")
    document: Sha256 | None = Field(None, description="The SHA-256 of its document.")
    theme: Code | None = Field(None, description="The theme that was chosen.")
    marker: Text | None = Field(None, description="Your reference of a competent marker who is not the assessor.")
    remote: bool = Field(False, description="Whether it was held by video.")
    identity_verified: bool | None = Field(None, description="Whether the apprentice's identity was verified.")
    audio_recorded: bool | None = Field(None, description="Whether an audio record was kept.")
