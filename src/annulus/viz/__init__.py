"""Pictures of cases and results. pyvista and matplotlib load on first use."""

from annulus.viz._scene import scene, screenshot, show
from annulus.viz._shapes import ResultShapes, read_result
from annulus.viz._views import VIEWS, views_named

__all__ = ["VIEWS", "ResultShapes", "read_result", "scene", "screenshot", "show", "views_named"]
