"""Many hearts: a study described by a file, run in chunks that outlast whatever stops it, and its tables."""

from annulus.study._columns import FIT_COLUMNS, ROW_COLUMNS, SOBOL_COLUMNS
from annulus.study._design import Combination, Landing, LoadRule, Sobol, StudyDesign, Worlds
from annulus.study._file import read_study
from annulus.study._run import StudyRun, run_study
from annulus.study._store import STUDY_SCHEMA
from annulus.study._summary import StudySummary, summarise
from annulus.study._table import Table, study_files, study_frame
from annulus.study._work import LostWorkersError

__all__ = [
    "FIT_COLUMNS",
    "ROW_COLUMNS",
    "SOBOL_COLUMNS",
    "STUDY_SCHEMA",
    "Combination",
    "Landing",
    "LoadRule",
    "LostWorkersError",
    "Sobol",
    "StudyDesign",
    "StudyRun",
    "StudySummary",
    "Table",
    "Worlds",
    "read_study",
    "run_study",
    "study_files",
    "study_frame",
    "summarise",
]
