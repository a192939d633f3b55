"""The whole catalogue: importing this module loads every noun's tables into one `metadata`."""

from hub.store import apprentices, audits, auth, custody, gateway, grades, portfolios, spine
from hub.store.base import SCHEMAS, metadata

__all__ = ["SCHEMAS", "apprentices", "audits", "auth", "custody", "gateway", "grades", "metadata", "portfolios", "spine"]
