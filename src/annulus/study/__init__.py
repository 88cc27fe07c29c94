"""Many hearts: a study described by a file, run in chunks that outlast whatever stops it, and its tables; trials."""

from annulus.study._columns import FIT_COLUMNS, ROW_COLUMNS, SOBOL_COLUMNS
from annulus.study._design import Combination, Landing, LoadRule, Sobol, StudyDesign, Worlds
from annulus.study._file import read_study
from annulus.study._run import StudyRun, run_study
from annulus.study._store import STUDY_SCHEMA
from annulus.study._summary import StudySummary, summarise
from annulus.study._table import Table, study_files, study_frame
from annulus.study._trial import run_trial
from annulus.study._trial_design import TrialDesign, read_trial, shipped_trials, trial_template
from annulus.study._trial_result import TRIAL_SCHEMA, TrialResult
from annulus.study._work import LostWorkersError

__all__ = [
    "FIT_COLUMNS",
    "ROW_COLUMNS",
    "SOBOL_COLUMNS",
    "STUDY_SCHEMA",
    "TRIAL_SCHEMA",
    "Combination",
    "Landing",
    "LoadRule",
    "LostWorkersError",
    "Sobol",
    "StudyDesign",
    "StudyRun",
    "StudySummary",
    "Table",
    "TrialDesign",
    "TrialResult",
    "Worlds",
    "read_study",
    "read_trial",
    "run_study",
    "run_trial",
    "shipped_trials",
    "study_files",
    "study_frame",
    "summarise",
    "trial_template",
]
