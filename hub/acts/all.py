"""Importing this module registers every act."""

from hub.acts import apprentices, clients, custody, gateway, grades, nominations, portfolios, registration, results, transfers
from hub.acts.act import REGISTRY

__all__ = [
    "REGISTRY",
    "apprentices",
    "clients",
    "custody",
    "gateway",
    "grades",
    "nominations",
    "portfolios",
    "registration",
    "results",
    "transfers",
]
