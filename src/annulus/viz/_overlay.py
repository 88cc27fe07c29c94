"""Flat marks over a scene: texts, boxes, lines, the colour bar, the scale bar that follows the zoom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import FloatArray

__all__ = [
    "add_box",
    "add_gradient",
    "add_image",
    "add_line",
    "add_place_text",
    "add_scale_bar",
    "add_text",
    "font_file",
    "rgb",
]

_FONT_FROM_FILE = 4
"""VTK_FONT_FILE, which VTK's Python modules do not export."""

_ALIGN = {"left": 0, "center": 1, "right": 2}


def add_text(
    renderer: Any,
    text: str,
    at: tuple[float, float],
    *,
    size: int,
    color: str,
    bold: bool = False,
    align: str = "left",
    middle: bool = False,
) -> Any:
    """Add text at a place given as shares of the panel; `size` [pixel]. Lines grow downwards from `at`."""
    from vtkmodules.vtkRenderingCore import vtkTextActor

    actor = vtkTextActor()
    actor.SetInput(text)
    _style_text(actor.GetTextProperty(), size, color, bold, align, middle=middle)
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(*at)
    renderer.AddViewProp(actor)
    return actor


def add_place_text(
    renderer: Any,
    text: str,
    place: FloatArray,
    *,
    size: int,
    color: str,
    bold: bool = True,
    backing: str | None = None,
) -> Any:
    """Add text centred over a point of the scene [mm], shape (3,); it keeps its size when the scene is zoomed.

    `backing` is a colour that shows faintly behind the text, so that it stays legible over a body.
    """
    from vtkmodules.vtkRenderingCore import vtkTextActor

    actor = vtkTextActor()
    actor.SetInput(text)
    _style_text(actor.GetTextProperty(), size, color, bold, "center", middle=True)
    if backing is not None:
        actor.GetTextProperty().SetBackgroundColor(*rgb(backing))
        actor.GetTextProperty().SetBackgroundOpacity(0.6)
    coordinate = actor.GetPositionCoordinate()
    coordinate.SetCoordinateSystemToWorld()
    coordinate.SetValue(*(float(value) for value in place))
    renderer.AddViewProp(actor)
    return actor


def add_line(renderer: Any, points: list[tuple[float, float]], *, color: str, width: float) -> Any:
    """Add a polyline through places given as shares of the panel; `width` [pixel]."""
    actor = _flat(np.asarray(points), [(*range(len(points)),)], lines=True)
    actor.GetProperty().SetLineWidth(width)
    actor.GetProperty().SetColor(*rgb(color))
    renderer.AddViewProp(actor)
    return actor


def add_box(
    renderer: Any, low: tuple[float, float], high: tuple[float, float], *, color: str, opacity: float = 1.0
) -> Any:
    """Add a filled rectangle between two corners given as shares of the panel."""
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
    actor = _flat(corners, [(0, 1, 2, 3)], lines=False)
    actor.GetProperty().SetColor(*rgb(color))
    actor.GetProperty().SetOpacity(opacity)
    renderer.AddViewProp(actor)
    return actor


def add_gradient(renderer: Any, low: tuple[float, float], high: tuple[float, float], colors: FloatArray) -> None:
    """Add a bar from left to right in the given colours, shape (n, 3) within [0, 1]."""
    edges = np.linspace(low[0], high[0], len(colors) + 1)
    for left, right, color in zip(edges[:-1], edges[1:], colors, strict=True):
        actor = _flat(
            np.array([(left, low[1]), (right, low[1]), (right, high[1]), (left, high[1])]), [(0, 1, 2, 3)], lines=False
        )
        actor.GetProperty().SetColor(*(float(value) for value in color))
        renderer.AddViewProp(actor)


def add_image(renderer: Any, pixels: Any, at: tuple[float, float]) -> Any:
    """Add an image, shape (height, width, 3), values 0 to 255, its upper left corner at `at` (shares of the panel)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkImageMapper

    high, wide = pixels.shape[:2]
    data = vtkImageData()
    data.SetDimensions(wide, high, 1)
    rows = np.ascontiguousarray(pixels[::-1]).reshape(-1, 3)
    data.GetPointData().SetScalars(numpy_to_vtk(rows, deep=True))
    mapper = vtkImageMapper()
    mapper.SetInputData(data)
    mapper.SetColorWindow(255.0)
    mapper.SetColorLevel(127.5)
    actor = vtkActor2D()
    actor.SetMapper(mapper)

    def _fit(*_: object) -> None:
        panel_wide, panel_high = renderer.GetSize()
        actor.GetPositionCoordinate().SetCoordinateSystemToViewport()
        actor.SetPosition(at[0] * panel_wide, at[1] * panel_high - high)

    _fit()
    renderer.AddObserver("StartEvent", _fit)
    renderer.AddViewProp(actor)
    return actor


def add_scale_bar(renderer: Any, at: tuple[float, float], *, size: int, color: str, thickness: float) -> None:
    """Add a bar with its length in mm at `at` (shares of the panel); it follows zoom and window size.

    The projection must be parallel: a millimetre is then equally long everywhere in the picture.
    """
    bar = add_box(renderer, at, at, color=color)
    text = add_text(renderer, "", at, size=size, color=color, align="center")
    points = bar.GetMapper().GetInput().GetPoints()

    def _fit(*_: object) -> None:
        pixels_wide, pixels_high = renderer.GetSize()
        if not pixels_high:
            return
        panel_mm = 2.0 * renderer.GetActiveCamera().GetParallelScale() * pixels_wide / pixels_high
        length = _round_length(0.22 * panel_mm)
        right = at[0] + length / panel_mm
        top = at[1] + thickness / pixels_high
        for corner, (x, y) in enumerate(((at[0], at[1]), (right, at[1]), (right, top), (at[0], top))):
            points.SetPoint(corner, x, y, 0.0)
        points.Modified()
        text.SetInput(f"{length:g} mm")
        text.SetPosition((at[0] + right) / 2.0, at[1] - 0.4 * size / pixels_high)

    _fit()
    renderer.AddObserver("StartEvent", _fit)


def _round_length(longest: float) -> float:
    """Largest 1, 2 or 5 times a power of ten that is not above `longest`."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(step * power for step in (1.0, 2.0, 5.0) if step * power <= longest * (1.0 + 1e-9)))


def _flat(points: FloatArray, cells: list[tuple[int, ...]], *, lines: bool, coordinate: Any = None) -> Any:
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkCoordinate, vtkPolyDataMapper2D

    places = vtkPoints()
    for point in points:
        places.InsertNextPoint(float(point[0]), float(point[1]), float(point[2]) if len(point) > 2 else 0.0)
    array = vtkCellArray()
    for cell in cells:
        array.InsertNextCell(len(cell), cell)
    data = vtkPolyData()
    data.SetPoints(places)
    if lines:
        data.SetLines(array)
    else:
        data.SetPolys(array)
    if coordinate is None:
        coordinate = vtkCoordinate()
        coordinate.SetCoordinateSystemToNormalizedViewport()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(data)
    mapper.SetTransformCoordinate(coordinate)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    return actor


def _style_text(text_property: Any, size: int, color: str, bold: bool, align: str, *, middle: bool) -> None:
    text_property.SetFontFamily(_FONT_FROM_FILE)
    text_property.SetFontFile(font_file(bold=bold))
    text_property.SetFontSize(size)
    text_property.SetColor(*rgb(color))
    text_property.SetJustification(_ALIGN[align])
    if middle:
        text_property.SetVerticalJustificationToCentered()
    else:
        text_property.SetVerticalJustificationToTop()
    text_property.SetLineSpacing(1.15)


def font_file(*, bold: bool) -> str:
    """Font file that comes with matplotlib: VTK's own font lacks signs such as the minus."""
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


def rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[k : k + 2], 16) / 255.0 for k in (1, 3, 5))
    return red, green, blue
