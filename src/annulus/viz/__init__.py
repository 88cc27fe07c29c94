"""Pictures and plots of cases and results. pyvista and matplotlib load on first use."""

from annulus.viz._comparison import plot_comparison
from annulus.viz._importance import plot_importance, plot_intervals
from annulus.viz._plots import plot_area_against_frame, plot_gap_profile, plot_load_path
from annulus.viz._scene import scene, screenshot, show
from annulus.viz._shapes import ResultShapes, read_result
from annulus.viz._valve import valve_scene, valve_screenshot
from annulus.viz._views import VIEWS, View, views_named

__all__ = [
    "VIEWS",
    "ResultShapes",
    "View",
    "plot_area_against_frame",
    "plot_comparison",
    "plot_gap_profile",
    "plot_importance",
    "plot_intervals",
    "plot_load_path",
    "read_result",
    "scene",
    "screenshot",
    "show",
    "valve_scene",
    "valve_screenshot",
    "views_named",
]
