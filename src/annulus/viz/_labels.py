"""Labels that do not lie on each other: where each goes in the picture, the important ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.viz._overlay import add_place_text, rgb

__all__ = ["Label", "LabelLayer", "place_labels"]

_ANGLES = np.radians(np.arange(0.0, 360.0, 30.0))
_MARGIN = 2.0
"""Free room around a label [pixel]."""


@dataclass(frozen=True, eq=False)
class Label:
    """Words at a place of the scene.

    Parameters
    ----------
    text, place
        Words, and the point that they name [mm], shape (3,).
    rank
        Lower ones are placed first; what finds no room is left out unless it `must` be seen.
    toward
        Direction in the scene in which the words should stand off the point, shape (3,); None for on the point.
    size
        Height of the text in pixels of the default picture.
    must
        Shown even where it lies on others' words.
    leader
        A line joins words and point.
    reach
        How far the words may stand off the point, in half heights of them; 0 for on it or not at all.
    """

    text: str
    place: FloatArray
    rank: int = 5
    toward: FloatArray | None = None
    size: float = 19.0
    color: str = "#1c2733"
    bold: bool = True
    must: bool = False
    leader: bool = False
    reach: float = 3.4


def place_labels(
    anchors: FloatArray,
    sizes: FloatArray,
    wishes: FloatArray,
    bounds: tuple[float, float, float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
    must: Sequence[bool] = (),
    reach: Sequence[float] = (),
) -> list[tuple[float, float] | None]:
    """Centres of labels, in the order of the rows; None for one that finds no room.

    Parameters
    ----------
    anchors, sizes
        Points that are labelled and width and height of the words, shape (n, 2) each [pixel].
    wishes
        Unit directions from point to words, shape (n, 2); (0, 0) for words on the point.
    bounds, taken
        Left, bottom, right and top of the picture, and of what no label may lie on.
    must
        Which labels are placed anyhow; none by default.
    reach
        How far each may stand off its point, in half heights; 3.4 by default.
    """
    left, bottom, right, top = bounds
    boxes = [np.asarray(box, dtype=np.float64) for box in taken]
    placed: list[tuple[float, float] | None] = []
    for row, (anchor, size, wish) in enumerate(zip(anchors, sizes, wishes, strict=True)):
        half = 0.5 * size
        found = None
        inside = left <= anchor[0] <= right and bottom <= anchor[1] <= top
        for centre in _candidates(anchor, half, wish, reach[row] if row < len(reach) else 3.4) if inside else ():
            low, high = centre - half - _MARGIN, centre + half + _MARGIN
            if low[0] < left or low[1] < bottom or high[0] > right or high[1] > top:
                continue
            if any(low[0] < b[2] and b[0] < high[0] and low[1] < b[3] and b[1] < high[1] for b in boxes):
                continue
            found = centre
            break
        if found is None and inside and row < len(must) and must[row]:
            low, high = np.array([left, bottom]) + half + _MARGIN, np.array([right, top]) - half - _MARGIN
            found = np.clip(next(_candidates(anchor, half, wish, 3.4)), low, np.maximum(low, high))
        if found is None:
            placed.append(None)
            continue
        boxes.append(np.concatenate([found - half, found + half]))
        placed.append((float(found[0]), float(found[1])))
    return placed


def _candidates(anchor: FloatArray, half: FloatArray, wish: FloatArray, reach: float) -> Iterator[FloatArray]:
    """Places for a label, the wished one first, then around it, then farther away."""
    on_point = not np.any(wish)
    if on_point:
        yield anchor
    start = np.arctan2(wish[1], wish[0])
    turns = sorted(_ANGLES, key=lambda angle: min(angle, 2.0 * np.pi - angle))
    for away in (away for away in (1.0, 1.6, 2.4, 3.4) if away <= reach):
        for turn in turns:
            direction = np.array([np.cos(start + turn), np.sin(start + turn)])
            # Far enough that the words' box clears the point.
            clear = np.min(half / np.maximum(np.abs(direction), 1e-6))
            yield anchor + (clear + away * half[1]) * direction


class LabelLayer:
    """The labels of one panel: laid out anew whenever it is drawn, so a window that turns stays legible."""

    def __init__(self, renderer: Any, labels: Sequence[Label], *, unit: float, backing: str) -> None:
        self.renderer = renderer
        self.labels = sorted(labels, key=lambda label: label.rank)
        self.taken: list[tuple[float, float, float, float]] = []
        """Boxes that labels keep off, as shares of the panel: left, bottom, right, top."""
        self.texts, self.lines = [], []
        for label in self.labels:
            pixels = max(9, round(label.size * unit))
            self.texts.append(
                add_place_text(
                    renderer, label.text, label.place, size=pixels, color=label.color, bold=label.bold, backing=backing
                )
            )
            self.lines.append(_leader(renderer, label, unit) if label.leader else None)
        self.sizes: FloatArray | None = None
        renderer.AddObserver("StartEvent", self.lay_out)

    def boxes(self) -> dict[str, tuple[float, float, float, float]]:
        """Left, bottom, right and top of each label that is shown [pixel], as last drawn."""
        sizes = self._sizes()
        shown = zip(self.labels, self.texts, sizes, strict=True)
        out = {}
        for label, text, size in shown:
            if text.GetVisibility():
                x, y = text.GetPositionCoordinate().GetValue()[:2]
                out[label.text] = (x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)
        return out

    def _sizes(self) -> FloatArray:
        if self.sizes is None:
            rows = []
            for text in self.texts:
                size = [0.0, 0.0]
                text.GetSize(self.renderer, size)
                rows.append(size)
            self.sizes = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return self.sizes

    def lay_out(self, *_: object) -> None:
        """Place every label for the camera as it is."""
        wide, high = self.renderer.GetSize()
        if not (wide and high and self.labels):
            return
        spots = np.array([self._on_screen(label.place) for label in self.labels])
        wishes = np.zeros_like(spots)
        for row, label in enumerate(self.labels):
            if label.toward is not None:
                across = self._on_screen(label.place + label.toward) - spots[row]
                wishes[row] = across / max(float(np.linalg.norm(across)), 1e-9)
        scale = np.array([wide, high, wide, high])
        taken = [tuple(np.asarray(box) * scale) for box in self.taken]
        places = place_labels(
            spots,
            self._sizes(),
            wishes,
            (0.0, 0.0, wide, high),
            taken,
            [label.must for label in self.labels],
            [label.reach for label in self.labels],
        )
        for label, text, line, spot, place in zip(self.labels, self.texts, self.lines, spots, places, strict=True):
            text.SetVisibility(place is not None)
            if line is not None:
                line.SetVisibility(place is not None)
            if place is None:
                continue
            coordinate = text.GetPositionCoordinate()
            coordinate.SetCoordinateSystemToViewport()
            coordinate.SetValue(place[0], place[1], 0.0)
            if line is not None and label.leader:
                points = line.GetMapper().GetInput().GetPoints()
                points.SetPoint(0, spot[0], spot[1], 0.0)
                points.SetPoint(1, place[0], place[1], 0.0)
                points.Modified()

    def _on_screen(self, place: FloatArray) -> FloatArray:
        """Pixel of the panel where a point of the scene is drawn, shape (2,)."""
        wide, high = self.renderer.GetSize()
        camera = self.renderer.GetActiveCamera()
        matrix = camera.GetCompositeProjectionTransformMatrix(wide / high, -1.0, 1.0)
        x, y, _, w = matrix.MultiplyPoint((float(place[0]), float(place[1]), float(place[2]), 1.0))
        return np.array([0.5 * (x / w + 1.0) * wide, 0.5 * (y / w + 1.0) * high])


def _leader(renderer: Any, label: Label, unit: float) -> Any:
    """A thin line from the point to its words, in front of all bodies."""
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkRenderingCore import vtkActor2D, vtkCoordinate, vtkPolyDataMapper2D

    points = vtkPoints()
    points.InsertNextPoint(0.0, 0.0, 0.0)
    points.InsertNextPoint(0.0, 0.0, 0.0)
    cells = vtkCellArray()
    cells.InsertNextCell(2, (0, 1))
    data = vtkPolyData()
    data.SetPoints(points)
    data.SetLines(cells)
    where = vtkCoordinate()
    where.SetCoordinateSystemToViewport()
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(data)
    mapper.SetTransformCoordinate(where)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    actor.GetProperty().SetLineWidth(max(1.0, 1.7 * unit))
    actor.GetProperty().SetColor(*rgb(label.color))
    renderer.AddViewProp(actor)
    return actor
