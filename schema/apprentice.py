"""The apprentice as a whole: every noun brings the fields it owns."""

import strawberry

from schema.apprentices.types import ApprenticeFields
from schema.gateway.types import GatewayFields
from schema.grades.types import GradeFields
from schema.portfolios.types import PortfolioFields
from schema.reader.sources import column, rows
from schema.values import Node


@rows("hub.card", "card", key="{card}.apprentice_id", prefix="apr", subject="{card}.apprentice_id")
@strawberry.type(description="One person on one standard, as far as your card opens it.")
class Apprentice(ApprenticeFields, GatewayFields, PortfolioFields, GradeFields, Node):
    """One person on one standard."""

    id: strawberry.ID = column("'apr_' || {card}.apprentice_id", description="The id.")
