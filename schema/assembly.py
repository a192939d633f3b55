"""The whole graph: one schema assembled from the four nouns."""

from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import StrawberryArgument

from schema.apprentices.mutations import PAYLOADS as APPRENTICES
from schema.events import Progress
from schema.gateway.mutations import PAYLOADS as GATEWAY
from schema.grades.mutations import PAYLOADS as GRADES
from schema.mutations import mutation_type
from schema.portfolios.mutations import PAYLOADS as PORTFOLIOS
from schema.queries import Query
from schema.reader.choice import tell_choices
from schema.reader.sources import Same, reads
from schema.values import SCALARS

PAYLOADS_OF: dict[str, dict[str, Any]] = {
    "apprentices": APPRENTICES, "gateway": GATEWAY, "portfolios": PORTFOLIOS, "grades": GRADES,
}  # fmt: skip
PAYLOADS = {act: payload for payloads in PAYLOADS_OF.values() for act, payload in payloads.items()}


def _progress() -> Any:
    described = "What happens in your slice, as it happens; nothing is missed and nothing repeated."
    made: Any = strawberry.field(metadata=reads(Same()), description=described)
    made.is_subscription = True
    made.arguments = [
        StrawberryArgument(name, None, StrawberryAnnotation(kind | None), description=told, default=strawberry.UNSET)
        for name, kind, told in (
            ("after", str, "The cursor after which the stream begins; from now on when absent."),
            ("standard", strawberry.ID, "Only events of this standard."),
            ("apprentice", strawberry.ID, "Only events of this apprentice; the stream ends when your access to it does."),
        )
    ]
    return made


@strawberry.type(description="What is told as it happens.")
class Subscription:
    """What is told as it happens."""

    progress: Progress = _progress()


def build() -> strawberry.Schema:
    """The schema of the whole graph; build it once in a process."""
    schema = strawberry.Schema(
        Query,
        mutation_type(PAYLOADS),
        Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    )
    tell_choices(schema._schema)
    return schema
