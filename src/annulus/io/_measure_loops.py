"""Measures of every frame of a contour table."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus.anatomy import LANDMARKS, annulus_from_loop, plausibility, typical_frame
from annulus.anatomy.measures import measure_sequence
from annulus.errors import FileError
from annulus.io._reading import existing
from annulus.io._registry import Content, reader
from annulus.io._sanity import check_body_axes, check_loop
from annulus.io._schema import nearest_of, placed
from annulus.io.readers._raw import listed
from annulus.io.readers._tables import FrameLoop
from annulus.sources import Assumption

__all__ = ["SEQUENCE_SCHEMA", "measure_loops"]

SEQUENCE_SCHEMA = "annulus.sequence/1"
"""Name and version of the document that `measure_loops` makes."""


def measure_loops(
    path: Path | str, *, valve: str = "mitral", unit: str | None = None, coordinate_system: str | None = None
) -> dict[str, object]:
    """Annulus measures of all frames of a table, a document ``annulus.sequence/1``.

    The anterior side faces the aortic contour of the same frame where the table has one, else it follows from shape.
    A table holds no atrium: the atrial side is the one to the right, back and top of the
    body.

    Parameters
    ----------
    path, unit, coordinate_system
        As `read_loops`.
    valve
        Which contours are measured.

    Raises
    ------
    MissingFileError, FileError
        As `read_loops`; no such valve; or a contour that is no annulus in mm.
    """
    file = existing(path)
    loops: dict[str, list[FrameLoop]] = reader(file, Content.LOOPS)[1](
        file, unit=unit, coordinate_system=coordinate_system
    )
    if valve not in loops:
        close = nearest_of(valve, loops)
        advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(loops)}."
        raise FileError(file, f"valve {valve!r}", f"must be in the table; it is not: {advice}")
    recordings = list(dict.fromkeys(item.recording for item in loops[valve]))
    if len(recordings) > 1:
        raise FileError(
            file,
            "Filename",
            f"must be one in a sequence; the table has {listed(recordings)}: keep the rows of one of them.",
        )
    aortic = {(item.phase, item.frame): item.loop for item in loops.get("aortic", [])} if valve == "mitral" else {}
    annuli = {}
    facing = 0
    for item in loops[valve]:
        place = f"{valve}, frame {item.frame}"
        check_loop(item.loop, file, place)
        neighbour = aortic.get((item.phase, item.frame))
        facing += neighbour is not None
        given = {name: point for name, point in item.landmarks.items() if name in LANDMARKS}
        with placed(file, place):
            annulus = annulus_from_loop(
                item.loop,
                atrial_side=item.loop.centroid + typical_frame().axes[2],
                aortic=neighbour,
                given=given or None,
            )
        if neighbour is not None or "A" in given:
            check_body_axes(annulus, file, place, knows_up=False)
        annuli[str(item.frame) if not item.phase else f"{item.phase} {item.frame}"] = annulus
    columns = measure_sequence(annuli)
    odd = [line for annulus in annuli.values() for line in plausibility(annulus)]
    why = "the table holds no atrium: its side follows from the axes of the body"
    lines = [Assumption("atrial_side", "right and back", "", why, "rule")]
    if facing < len(annuli):
        why = f"{len(annuli) - facing} of {len(annuli)} frames have no aortic contour: A follows from the loop's shape"
        lines.append(Assumption("landmark A", "shape", "", why, "rule"))
    if repeats := sum(item.repeats for item in loops[valve]):
        why = f"{repeats} points of the contours repeat the one before them: they were left out"
        lines.append(Assumption("repeated_points", float(repeats), "points", why, "rule"))
    lines += odd[:1]  # the first of its kind; the columns show the others
    return {
        "schema": SEQUENCE_SCHEMA,
        "source": file.name,
        "valve": valve,
        "frames": [item.frame for item in loops[valve]],
        "annulus": {
            name: [None if np.isnan(value) else float(value) for value in np.asarray(values, dtype=np.float64)]
            for name, values in columns.items()
            if name != "frame"
        },
        "assumptions": [line.to_dict() for line in lines],
    }
