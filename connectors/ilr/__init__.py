"""ILR files: the yearly return in which a training provider tells of its learners.

`reading` and `importing` take a file in, `writing` makes one up; `years/` describes each academic year's file.
"""

from connectors.ilr.importing import import_ilr
from connectors.ilr.people import MadeUpLearner, cohort
from connectors.ilr.progress import progress_bar
from connectors.ilr.reading import Header, header
from connectors.ilr.report import Report
from connectors.ilr.writing import write_cohort, write_learners

__all__ = [
    "Header",
    "MadeUpLearner",
    "Report",
    "cohort",
    "header",
    "import_ilr",
    "progress_bar",
    "write_cohort",
    "write_learners",
]
