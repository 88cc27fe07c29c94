"""Pictures, C-arm views, movies and plots of cases and results. pyvista and matplotlib load on first use."""

from annulus.viz._carm import CArm, angulation_named, edge_on, edge_on_curve, least_foreshortened, projected_share
from annulus.viz._comparison import plot_comparison
from annulus.viz._fluoroscopy import (
    fluoroscopy,
    fluoroscopy_screenshot,
    offered_angulations,
    show_fluoroscopy,
    wanted_carm,
)
from annulus.viz._importance import plot_importance, plot_intervals
from annulus.viz._movies import cinch_movie, closing_movie, write_movie
from annulus.viz._planning_plots import plot_bars, plot_distributions, plot_fit_matrix, plot_pareto
from annulus.viz._plots import plot_area_against_frame, plot_gap_profile, plot_load_path
from annulus.viz._scene import scene, screenshot, show
from annulus.viz._shapes import ResultShapes, read_result
from annulus.viz._study import plot_length_choice, plot_quantiles, plot_served, plot_variance, study_plots
from annulus.viz._therapy_plots import plot_displacement, plot_dose_response, plot_gaps
from annulus.viz._valve import valve_scene, valve_screenshot
from annulus.viz._views import VIEWS, View, views_named

__all__ = [
    "VIEWS",
    "CArm",
    "ResultShapes",
    "View",
    "angulation_named",
    "cinch_movie",
    "closing_movie",
    "edge_on",
    "edge_on_curve",
    "fluoroscopy",
    "fluoroscopy_screenshot",
    "least_foreshortened",
    "offered_angulations",
    "plot_area_against_frame",
    "plot_bars",
    "plot_comparison",
    "plot_displacement",
    "plot_distributions",
    "plot_dose_response",
    "plot_fit_matrix",
    "plot_gap_profile",
    "plot_gaps",
    "plot_importance",
    "plot_intervals",
    "plot_length_choice",
    "plot_load_path",
    "plot_pareto",
    "plot_quantiles",
    "plot_served",
    "plot_variance",
    "projected_share",
    "read_result",
    "scene",
    "screenshot",
    "show",
    "show_fluoroscopy",
    "study_plots",
    "valve_scene",
    "valve_screenshot",
    "views_named",
    "wanted_carm",
    "write_movie",
]
