"""Importing this module registers every act."""

from hub.acts import apprentices, gateway, grades, portfolios, registration, results
from hub.acts.act import REGISTRY

__all__ = ["REGISTRY", "apprentices", "gateway", "grades", "portfolios", "registration", "results"]
