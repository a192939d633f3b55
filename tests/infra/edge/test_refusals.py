"""The codes of the edge stand in the catalogue, each with a status of its own choosing."""

from hub.errors import CODES
from infra.edge.refusals import STATUS


def test_every_status_belongs_to_a_code_of_the_catalogue() -> None:
    assert set(STATUS) <= set(CODES)
    assert all(400 <= status < 600 for status in STATUS.values())
