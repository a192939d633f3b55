"""ILR files: the yearly return in which a training provider tells of its learners.

`reading` and `importing` take a file in, `writing` makes one up; `years/` describes each academic year's file.
"""

from connectors.ilr.importing import import_ilr
from connectors.ilr.progress import progress_bar
from connectors.ilr.reading import Header, header
from connectors.ilr.report import Report

__all__ = ["Header", "Report", "header", "import_ilr", "progress_bar"]
