"""What the grades noun says of an apprentice: to the EPAO everything, to others what is released."""

from datetime import date, datetime

import strawberry

from hub.plan.ceilings import CEILINGS, COMPONENTS, METHODS
from schema.reader.sources import Box, column, many, one, rows, same, sealed
from schema.values import Node, Signatory

# Nothing can be graded before the gateway is passed, so a card that says so spares the look.
PAST_GATEWAY = "{card}.readiness not in ('CLAIMED', 'ON_BREAK', 'NOT_READY', 'READY') and "
ASSESSMENT = Box("grades.assessment", "{assessment}.sealed", "{assessment}.apprentice_id || '/' || {assessment}.method")
GRADE = Box("grades.grade", "{grade}.sealed", "{grade}.apprentice_id::text")
COMPONENT = Box("grades.result_component", "{part}.sealed", "{part}.result_id || '/' || {part}.component")
BREACH = Box("grades.breach", "{breach}.sealed", "{breach}.id::text")
RESULT = Box("grades.result", "{result}.sealed", "{result}.id::text")


@rows("grades.assessment", "assessment", key="{assessment}.method")
@strawberry.type(description="The grade of one method that counts.")
class Assessment:
    """The grade of one method that counts."""

    method: str = column("{assessment}.method", description="The method's code.")
    attempt: int = column("{assessment}.attempt", description="Which attempt, from 1.")
    grade: str = sealed(ASSESSMENT, "grade", "{assessment}.grade", description="The grade, capped after a re-sit or re-take.")


@rows("grades.grade", "grade", key="{grade}.apprentice_id")
@strawberry.type(description="The overall grade.")
class Grade:
    """The overall grade."""

    overall: str = sealed(GRADE, "overall", "{grade}.overall", description="The grade by the plan's table.")
    capped: bool = sealed(GRADE, "capped", "{grade}.capped", description="Whether a re-sit or re-take caps it.")
    released_on: date | None = column("{grade}.released_on", description="The day of release; null for the EPAO before it.")


@rows("grades.booking", "booking", key="{booking}.component")
@strawberry.type(description="A booked day.")
class Booking:
    """A booked day."""

    component: str = column("{booking}.component", description="The component's code.")
    attempt: int = column("{booking}.attempt", description="Which attempt, from 1.")
    on: date = column("{booking}.on_date", description="The day.")
    version: int = column("{booking}.version", description="Counts changes.")


@rows("grades.result_component", "part", key="{part}.component")
@strawberry.type(description="What happened in one component.")
class ResultComponent:
    """What happened in one component of a method."""

    component: str = column("{part}.component", description="The component's code.")
    outcome: str = sealed(COMPONENT, "outcome", description="PASS or FAIL.")
    held_on: date | None = sealed(COMPONENT, "held_on", description="The day it was held.")
    submitted_on: date | None = sealed(COMPONENT, "submitted_on", description="The day its document reached the EPAO.")
    minutes: int | None = sealed(COMPONENT, "minutes", description="How long it took, in minutes.")
    extra_minutes: int = sealed(COMPONENT, "extra_minutes", description="Minutes granted by an adjustment.")
    words: int | None = sealed(COMPONENT, "words", description="The word count.")
    bank_questions: int | None = sealed(COMPONENT, "bank_questions", description="Questions from the question bank.")
    own_questions: int | None = sealed(COMPONENT, "own_questions", description="Questions the assessor generated.")
    document: str | None = sealed(COMPONENT, "document", description="The SHA-256 of its document.")
    theme: str | None = sealed(COMPONENT, "theme", description="The theme that was chosen.")
    marker: str | None = sealed(COMPONENT, "marker", description="A marker who is not the assessor.")


@rows("grades.breach", "breach", key="{breach}.id", prefix="brc", subject="{breach}.apprentice_id")
@strawberry.type(description="A recorded breach of a rule; it blocks the release until a dispensation.")
class Breach(Node):
    """A recorded breach of a rule."""

    id: strawberry.ID = column("'brc_' || {breach}.id", description="The id.")
    rule: str = column("{breach}.rule", description="The rule.")
    component: str | None = column("{breach}.component", description="The component's code.")
    sentence: str = sealed(BREACH, "sentence", description="What was found.")
    dispensed: bool = column("{breach}.dispensed", description="Whether a dispensation lets it stand.")
    dispensation_reference: str | None = sealed(BREACH, "dispensation_reference", description="Its reference.")


@rows("grades.result", "result", key="{result}.id", prefix="res", subject="{result}.apprentice_id")
@strawberry.type(description="One version of the result of one method.")
class Result(Node):
    """One version of the result of one method."""

    id: strawberry.ID = column("'res_' || {result}.id", description="The id.")
    method: str = column("{result}.method", description="The method's code.")
    attempt: int = column("{result}.attempt", description="Which attempt, from 1.")
    version: int = column("{result}.version", description="Which version, from 1.")
    current: bool = column("{result}.current", description="Whether it is the latest version.")
    grade: str = sealed(RESULT, "grade", "{result}.grade", description="The grade as the assessor gave it.")
    counts_as: str = sealed(RESULT, "counts_as", "{result}.counts_as", description="The grade that counts, after any cap.")
    assessor: str = column("{result}.assessor", description="The EPAO's reference of the independent assessor.")
    reason: str | None = sealed(RESULT, "reason", description="Why this version was made.")
    posted_at: datetime = column("{result}.at", description="When it was posted.")
    by: Signatory = same(description="Who posted it for the EPAO.")
    components: list[ResultComponent] = many(
        "{part}.result_id = {result}.id", most=COMPONENTS, order="{part}.position", description="Its components."
    )
    breaches: list[Breach] = many(
        "{breach}.result_id = {result}.id",
        most=CEILINGS["breaches"],
        order="{breach}.position",
        description="Recorded breaches.",
    )


@rows("grades.resit", "resit", key="{resit}.id", prefix="rst", subject="{resit}.apprentice_id")
@strawberry.type(description="The employer's agreement to another attempt.")
class Resit(Node):
    """The employer's agreement to another attempt."""

    id: strawberry.ID = column("'rst_' || {resit}.id", description="The id.")
    method: str = column("{resit}.method", description="The method's code.")
    attempt: int = column("{resit}.attempt", description="Which attempt it allows.")
    kind: str = column("{resit}.kind", description="RESIT without further learning, RETAKE with.")
    agreed_on: date = column("{resit}.agreed_on", description="The day.")
    action_plan: bool = column("{resit}.action_plan", description="Whether there is a supportive action plan.")


@rows("grades.authenticity", "authenticity", key="{authenticity}.id")
@strawberry.type(description="The employer's word that a document is the apprentice's own work.")
class Authenticity:
    """The employer's confirmation of authorship."""

    component: str = column("{authenticity}.component", description="The component's code.")
    attempt: int = column("{authenticity}.attempt", description="Which attempt, from 1.")
    sha256: str = column("{authenticity}.sha256", description="The SHA-256 of the document.")
    confirmed_on: date = column("{authenticity}.on_date", description="The day.")
    by: Signatory = same(description="Who confirmed for the employer.")


@strawberry.type
class GradeFields:
    """The fields of an apprentice that this noun owns."""

    assessments: list[Assessment] = many(
        PAST_GATEWAY + "{assessment}.apprentice_id = {card}.apprentice_id",
        most=METHODS,
        order="{assessment}.position",
        description="The grade of each method; empty until release, for everyone but the EPAO.",
    )
    grade: Grade | None = one(
        PAST_GATEWAY + "{grade}.apprentice_id = {card}.apprentice_id",
        description="The overall grade; null until release, for everyone but the EPAO.",
    )
    bookings: list[Booking] = many(
        "{booking}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["bookings"],
        order="{booking}.on_date, {booking}.component, {booking}.attempt",
        description="Booked days.",
    )
    results: list[Result] = many(
        "{result}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["results"],
        order="{result}.method, {result}.attempt, {result}.version",
        description="Every version of every result: the EPAO's alone.",
    )
    resits: list[Resit] = many(
        "{resit}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["resits"],
        order="{resit}.attempt, {resit}.method",
        description="Agreed re-sits and re-takes.",
    )
    authenticity: list[Authenticity] = many(
        "{authenticity}.apprentice_id = {card}.apprentice_id",
        most=CEILINGS["authenticity"],
        order="{authenticity}.attempt, {authenticity}.component",
        description="The employer's confirmations of authorship.",
    )
