"""The one road: a therapy at a site under a load in a heart in a world, and the numbers that follow."""

from annulus.prediction._artery_flags import NEAR_ANCHOR_MM, artery_flags
from annulus.prediction._blocks import BLOCKS
from annulus.prediction._catalogue import by_key, catalogue, quantities_page, quantity_of
from annulus.prediction._document import RESULT_SCHEMA, result_shapes
from annulus.prediction._importance import OUTPUTS, Importance, Share, cinch_of, first_look, importance, input_groups
from annulus.prediction._intervals import WIDE, Samples, check_level, fewest_samples, quantile_error
from annulus.prediction._predict import Prediction, predict
from annulus.prediction._priors import (
    COMPRESSION_PRIORS,
    GEOMETRY_PRIORS,
    NOT_MODELLED,
    Priors,
    checked_prior,
    describe,
)
from annulus.prediction._result import Result
from annulus.prediction._rows import Row, table_rows
from annulus.prediction._safety import Safety, SafetyRow
from annulus.prediction._world import World
from annulus.prediction._worlds import (
    BIAS_WORLDS,
    Question,
    beside_full_closure,
    in_processes,
    sample_questions,
    sample_worlds,
)

__all__ = [
    "BIAS_WORLDS",
    "BLOCKS",
    "COMPRESSION_PRIORS",
    "GEOMETRY_PRIORS",
    "NEAR_ANCHOR_MM",
    "NOT_MODELLED",
    "OUTPUTS",
    "RESULT_SCHEMA",
    "WIDE",
    "Importance",
    "Prediction",
    "Priors",
    "Question",
    "Result",
    "Row",
    "Safety",
    "SafetyRow",
    "Samples",
    "Share",
    "World",
    "artery_flags",
    "beside_full_closure",
    "by_key",
    "catalogue",
    "check_level",
    "checked_prior",
    "cinch_of",
    "describe",
    "fewest_samples",
    "first_look",
    "importance",
    "in_processes",
    "input_groups",
    "predict",
    "quantile_error",
    "quantities_page",
    "quantity_of",
    "result_shapes",
    "sample_questions",
    "sample_worlds",
    "table_rows",
]
