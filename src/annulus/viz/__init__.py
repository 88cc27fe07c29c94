"""Pictures and plots of cases and results. pyvista and matplotlib load on first use."""

from annulus.viz._importance import plot_importance, plot_intervals
from annulus.viz._plots import plot_area_against_frame, plot_gap_profile, plot_load_path
from annulus.viz._scene import scene, screenshot, show
from annulus.viz._shapes import ResultShapes, read_result
from annulus.viz._study import plot_length_choice, plot_quantiles, plot_served, plot_variance, study_plots
from annulus.viz._valve import valve_scene, valve_screenshot
from annulus.viz._views import VIEWS, View, views_named

__all__ = [
    "VIEWS",
    "ResultShapes",
    "View",
    "plot_area_against_frame",
    "plot_gap_profile",
    "plot_importance",
    "plot_intervals",
    "plot_length_choice",
    "plot_load_path",
    "plot_quantiles",
    "plot_served",
    "plot_variance",
    "read_result",
    "scene",
    "screenshot",
    "show",
    "study_plots",
    "valve_scene",
    "valve_screenshot",
    "views_named",
]
