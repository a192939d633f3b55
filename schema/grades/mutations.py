"""What the acts of the grades noun answer."""

from typing import Any

from schema.grades.types import Result
from schema.payloads import batch_payload, payload
from schema.reader.sources import one

RESULT = (Result | None, one("{result}.id = {given.result:uuid}", description="The result."))
PAYLOADS: dict[str, Any] = {
    "scheduleAssessment": payload("scheduleAssessment"),
    "confirmAuthenticity": payload("confirmAuthenticity"),
    "postResult": payload("postResult", result=RESULT),
    "postResults": batch_payload("postResults"),
    "correctResult": payload("correctResult", result=RESULT),
    "grantDispensation": payload("grantDispensation"),
    "releaseGrade": payload("releaseGrade"),
    "agreeResit": payload("agreeResit"),
}
