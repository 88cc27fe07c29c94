"""The scene to turn and zoom: in a window, or in a notebook with the viewer that report and planner use."""

from __future__ import annotations

import base64
import html
import importlib
import sys
from collections.abc import Mapping
from typing import Any

from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.prediction import Result
from annulus.viz._gltf import scene_gltf, viewer_script, viewer_style
from annulus.viz._rendering import display_is_present
from annulus.viz._scene import scene
from annulus.viz._views import views_named

__all__ = ["notebook_frame", "show"]

_HEIGHT = 560

_PAGE = """<!doctype html><meta charset="utf-8"><style>body{{margin:0;font:13px system-ui,sans-serif}}
#scene{{height:calc(100vh - 34px)}}#views{{height:34px;display:flex;gap:6px;padding:4px}}{style}</style>
<div id="views"></div><div id="scene"></div><script>{script}</script><script>
const viewer = new AnnulusViewer(document.getElementById("scene"));
viewer.load("scene", AnnulusViewer.fromBase64("{scene}"));
for (const view of viewer.extras.views) {{
  const made = document.createElement("button");
  made.textContent = view.name;
  made.title = view.caption;
  made.onclick = () => viewer.setView(view.name);
  document.getElementById("views").append(made);
}}
viewer.setView("{view}");
</script>"""


def show(
    case: Case | Result, result: Mapping[str, Any] | None = None, *, view: str = "surgeon", file: object = "result"
) -> None:
    """Show the scene of a case, to turn and zoom: in a notebook below the cell, else in a window until that is closed.

    Parameters
    ----------
    case
        The heart, or a result, which knows its own.
    result
        Result as a dictionary.
    view
        Name of a view, as in `scene`; a notebook offers all parallel ones and starts with this one.
    file
        Where the result came from, for messages.

    Raises
    ------
    InputError
        There is neither a notebook nor a screen.
    """
    shown = views_named(view)
    if isinstance(case, Result):
        case, result = case.case, case.to_dict() if result is None else result
    if "ipykernel" in sys.modules:
        display = importlib.import_module("IPython.display")
        display.display(display.HTML(notebook_frame(case, result, view=shown[0].name, file=file)))
        return
    if not display_is_present():
        raise InputError(
            "a window needs a screen and there is none here: write a picture instead (--screenshot FILE.png), or open "
            "the planner in a browser (--web)."
        )
    plotter = scene(case, result, view=view, off_screen=False, file=file)
    plotter.show(title=f"annulus: {case.id}")


def notebook_frame(
    case: Case, result: Mapping[str, Any] | None = None, *, view: str = "surgeon", file: object = "result"
) -> str:
    """A frame of HTML that holds everything it shows; arguments and errors as `scene_gltf`, `view` a name."""
    glb = base64.b64encode(scene_gltf(case, result, file=file)).decode()
    page = _PAGE.format(style=viewer_style(), script=viewer_script(), scene=glb, view=view)
    return f'<iframe srcdoc="{html.escape(page)}" style="width:100%;height:{_HEIGHT}px;border:0"></iframe>'
