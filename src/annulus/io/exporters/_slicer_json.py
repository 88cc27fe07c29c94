"""Cases, curves and loops as 3D Slicer markups, ``.mrk.json``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from annulus.anatomy import Artery, Case
from annulus.geometry import Curve, Loop
from annulus.io._atomic import write_text
from annulus.io._deformed import Deformed
from annulus.io._markup import Markup

__all__ = ["case_markups", "write_case", "write_curve", "write_deformed", "write_loop", "write_markups"]

SCHEMA_URL = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
"""What Slicer 5 writes; a reader of 1.0.4 accepts it."""


def write_case(case: Case, path: Path) -> None:
    """The markups of `case_markups` in one file."""
    write_markups(case_markups(case), path)


def write_deformed(state: Deformed, path: Path) -> None:
    """The markups of the case in that state, and a curve ``Device_<name>`` for each line of the device."""
    device = [_curve_markup(f"Device_{name}", Curve(rows)) for name, rows in state.device.items()]
    write_markups([*case_markups(state.case), *device], path)


def write_curve(curve: Curve, path: Path) -> None:
    """One open curve with its radii, named after the file."""
    write_markups([_curve_markup(path.name[: -len(".mrk.json")], curve)], path)


def write_loop(loop: Loop, path: Path) -> None:
    """One closed curve, named after the file."""
    write_markups([_curve_markup(path.name[: -len(".mrk.json")], loop)], path)


def case_markups(case: Case) -> list[Markup]:
    """Markups of a case: AnnulusContour, AnnulusLabels, CoronarySinus and LCx (other arteries by their names)."""
    landmarks = case.annulus.landmarks
    markups = [
        _curve_markup("AnnulusContour", case.annulus.loop),
        Markup("AnnulusLabels", "Fiducial", np.array(list(landmarks.values())), tuple(landmarks)),
    ]
    if case.coronary_sinus is not None:
        markups.append(_curve_markup("CoronarySinus", case.coronary_sinus.curve))
    markups += [_curve_markup(_artery_name(artery), artery.curve) for artery in case.arteries]
    return markups


def _artery_name(artery: Artery) -> str:
    return "LCx" if artery.name.lower() == "lcx" else artery.name


def _curve_markup(name: str, curve: Curve | Loop) -> Markup:
    if isinstance(curve, Loop):
        return Markup(name, "ClosedCurve", curve.points)
    radii = {"Radius": curve.radius, "MaximumInscribedSphereRadius": curve.mis_radius}
    return Markup(name, "Curve", curve.points, (), {key: item for key, item in radii.items() if item is not None})


def write_markups(markups: Sequence[Markup], path: Path) -> None:
    """Markups in one file, as Slicer reads them."""
    text = json.dumps({"@schema": SCHEMA_URL, "markups": [_written(item) for item in markups]}, indent=1)
    write_text(text + "\n", path)


def _written(markup: Markup) -> dict[str, object]:
    return {
        "type": markup.kind,
        "name": markup.name,
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": False,
        "fixedNumberOfControlPoints": False,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(markup.points),
        "controlPoints": [
            {
                "id": str(index + 1),
                "label": label or f"{markup.name}-{index + 1}",
                "description": "",
                "associatedNodeID": "",
                "position": point,
                "orientation": [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0],
                "selected": True,
                "locked": False,
                "visibility": True,
                "positionStatus": "defined",
            }
            for index, (point, label) in enumerate(zip(markup.points.tolist(), markup.labels, strict=True))
        ],
        "measurements": [
            {"name": name, "enabled": True, "units": "mm", "controlPointValues": values.tolist()}
            for name, values in markup.values.items()
        ],
    }
