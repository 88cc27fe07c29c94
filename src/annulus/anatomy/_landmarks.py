"""Landmarks of an annulus loop: from neighbours where they are known, else from its shape; each says which.

Rules, the first that applies:

====== ================================================================================================================
A      given; where the loop faces the centre of the aortic valve, seen from the centroid; half way along the shorter
       arc between the two trigones; from shape: of the two humps of the saddle (second harmonic of height), the one
       on the flatter side
P      given; where the plane through A, the centroid and the normal meets the loop on the other side
AL, PM given; ends of the chord through the centroid, normal to the direction from P to A
LT, RT given; place of the loop nearest to the trigone
ALC,   given; place of the loop nearest to the commissure
PMC
====== ================================================================================================================

Which end of the transverse chord is AL follows from the atrial side: seen from the atrium with A up, AL is on the left.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from annulus._arrays import points_array, vector_array
from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy._annulus import LANDMARKS, Annulus
from annulus.errors import InputError
from annulus.geometry import Frame, Loop, Surface
from annulus.sources import Parameter

__all__ = ["ANTERIOR_SHARE", "annulus_from_loop", "commissure_positions", "trigone_positions"]

ANTERIOR_SHARE = Parameter(
    name="anterior_share",
    value=0.366,
    unit="1",
    bounds=(0.1, 0.6),
    source="annulus-anterior-share-scilit",
    why="the trigones are unknown: an anterior arc of this share of the perimeter, centred at A, stands in for them",
)
"""Anterior arc over perimeter (row annulus_anterior_over_total_perimeter of the published anatomy)."""

_FLAT = 0.01
"""Saddle amplitude over mean radius below which the shape's minor axis, not its height, tells where A may be."""


def annulus_from_loop(
    loop: Loop,
    *,
    atrial_side: ArrayLike | None = None,
    aortic: ArrayLike | Loop | None = None,
    trigones: Mapping[str, ArrayLike | Surface] | None = None,
    commissures: Mapping[str, ArrayLike] | None = None,
    given: Mapping[str, ArrayLike] | None = None,
) -> Annulus:
    """Annulus with landmarks from whatever is known around it.

    Parameters
    ----------
    loop
        Annulus curve, at least 8 points.
    atrial_side
        Any point on the atrial side of the annulus plane [mm], such as the left atrium's centroid, shape (3,). For a
        direction d give ``loop.centroid + d``. Needed unless `given` or `trigones` tell left from right.
    aortic
        Centre of the aortic valve [mm], shape (3,), or its annulus.
    trigones
        "LT" and "RT" (left and right fibrous trigone) to a point, points, shape (n, 3), or a surface.
    commissures
        "ALC" and "PMC" to a point [mm].
    given
        Landmarks that are known: any of `LANDMARKS`; they win over every rule and are kept where they are.

    Raises
    ------
    InputError
        An unknown name, a landmark far from the loop, or nothing that tells the atrial side.
    """
    if len(loop) < 8:
        raise InputError(f"annulus must have at least 8 points; got {len(loop)}: give more contour points.")
    places: dict[str, FloatArray] = {}
    sources: dict[str, str] = {}
    for group, allowed, rule in ((given, LANDMARKS, "given"), (trigones, ("LT", "RT"), "trigone"),
                                 (commissures, ("ALC", "PMC"), "commissure")):  # fmt: skip
        for name, what in (group or {}).items():
            if name not in allowed:
                raise InputError(f"landmark of this kind must be one of {', '.join(allowed)}; got {name!r}.")
            if name in places:
                continue
            places[name] = vector_array(name, what) if rule == "given" else _nearest_place(loop, name, what)  # type: ignore[arg-type]
            sources[name] = "given" if rule == "given" else f"nearest to the {rule}"
    normal = _atrial_normal(loop, places, atrial_side)
    if "A" not in places:
        places["A"], sources["A"] = _anterior(loop, places, aortic, normal)
    if normal is None:
        raise InputError(
            "atrial_side must be known to tell AL from PM: give a point on the atrial side, the landmarks AL and PM, "
            "or both trigones."
        )
    if "P" not in places:
        places["P"] = _facing(loop, loop.centroid - places["A"], normal)
        sources["P"] = "opposite A through the centroid"
    frame = Frame.from_normal(loop.centroid, z=normal, y_towards=places["A"] - places["P"])
    for name, side in (("AL", -1.0), ("PM", 1.0)):
        if name not in places:
            places[name] = _facing(loop, side * frame.axes[0], normal)
            sources[name] = "end of the chord through the centroid, normal to AP"
    return Annulus(loop, places, sources)


def trigone_positions(annulus: Annulus) -> tuple[FloatArray, str]:
    """Places of left and right trigone on the loop, for mechanics: the known ones, else stand-ins.

    Returns
    -------
    positions
        Edge index plus fraction along ``annulus.loop``, as `Loop.closest` gives them: LT, RT, shape (2,).
    source
        "landmarks", or which stand-in: the anterior arc then takes `ANTERIOR_SHARE` of the perimeter, half of it on
        either side of A. Stand-ins are never landmarks and no measure uses them.
    """
    return _pair_positions(annulus, "LT", "RT")


def commissure_positions(annulus: Annulus) -> tuple[FloatArray, str]:
    """Places of ALC and PMC on the loop, shape (2,), and how they were found; as `trigone_positions`.

    The published share says "anterior"; where commissures are unknown it is read as from commissure to commissure.
    """
    return _pair_positions(annulus, "ALC", "PMC")


def _pair_positions(annulus: Annulus, lateral: str, medial: str) -> tuple[FloatArray, str]:
    loop = annulus.loop
    if lateral in annulus.landmarks and medial in annulus.landmarks:
        positions, _ = loop.closest(np.array([annulus.landmarks[lateral], annulus.landmarks[medial]]))
        return positions, "landmarks"
    lengths = np.append(loop.arc_lengths, loop.length)
    at, _ = loop.closest(annulus.landmarks["A"].reshape(1, 3))
    middle = float(np.interp(at[0], np.arange(len(loop) + 1.0), lengths))
    # The first of the pair lies on the AL side, where theta grows from A.
    half = 0.5 * ANTERIOR_SHARE.value * loop.length
    half = half if loop.area_vector @ annulus.frame.axes[2] > 0.0 else -half
    where = np.array([middle + half, middle - half]) % loop.length
    return np.interp(where, lengths, np.arange(len(loop) + 1.0)), (
        f"stand-in: anterior arc {ANTERIOR_SHARE.value:g} of the perimeter, centred at A ({ANTERIOR_SHARE.source})"
    )


def _nearest_place(loop: Loop, name: str, what: ArrayLike | Surface) -> FloatArray:
    """Point of the loop nearest to a point, to points or to a surface's vertices."""
    if isinstance(what, Surface):
        points = what.points
    else:
        points = points_array(name, np.atleast_2d(np.asarray(what, dtype=np.float64)))
    where, distances = loop.closest(points)
    return loop.at(where[int(np.argmin(distances))])


def _atrial_normal(loop: Loop, places: Mapping[str, FloatArray], atrial_side: ArrayLike | None) -> FloatArray | None:
    """Unit normal of the loop's plane towards the atrium; None where nothing tells it yet."""
    normal = loop.normal
    if atrial_side is not None:
        height = float((vector_array("atrial_side", atrial_side) - loop.centroid) @ normal)
        if abs(height) < 1e-9 * loop.length:
            raise InputError("atrial_side must lie off the annulus plane; got a point in it.")
        return normal if height > 0.0 else -normal
    # Left to right with the anterior side up: +x = y x z.
    for left, right in (("AL", "PM"), ("LT", "RT"), ("ALC", "PMC")):
        if left in places and right in places:
            across = places[right] - places[left]
            if left == "LT":
                up = 0.5 * (places["LT"] + places["RT"]) - loop.centroid
            elif "A" in places:
                up = places["A"] - loop.centroid
            elif "P" in places:
                up = loop.centroid - places["P"]
            else:
                continue
            return normal if np.cross(up, normal) @ across > 0.0 else -normal
    return None


def _anterior(
    loop: Loop, places: Mapping[str, FloatArray], aortic: ArrayLike | Loop | None, normal: FloatArray | None
) -> tuple[FloatArray, str]:
    if aortic is not None:
        centre = aortic.centroid if isinstance(aortic, Loop) else vector_array("aortic", aortic)
        return _facing(
            loop, centre - loop.centroid, loop.normal if normal is None else normal
        ), "facing the aortic valve"
    if "LT" in places and "RT" in places:
        where, _ = loop.closest(np.array([places["LT"], places["RT"]]))
        lengths = np.interp(where, np.arange(len(loop) + 1.0), np.append(loop.arc_lengths, loop.length))
        first, last = np.sort(lengths)
        middle = 0.5 * (first + last) + (0.5 * loop.length if last - first > 0.5 * loop.length else 0.0)
        at = np.interp(middle % loop.length, np.append(loop.arc_lengths, loop.length), np.arange(len(loop) + 1.0))
        return loop.at(at), "half way between the trigones"
    if "P" in places:
        facing = _facing(loop, loop.centroid - places["P"], loop.normal if normal is None else normal)
        return facing, "opposite P through the centroid"
    if normal is None:
        raise InputError(
            "atrial_side must be known to find A from the loop's shape: give a point on the atrial side, or A itself."
        )
    return _saddle_horn(loop, normal)


def _saddle_horn(loop: Loop, normal: FloatArray) -> tuple[FloatArray, str]:
    """A from shape alone: a hump of the saddle, or an end of the minor axis where the loop is flat."""
    points = loop.resampled(256).points - loop.centroid
    x_axis = points[0] - (points[0] @ normal) * normal
    x_axis = x_axis / np.linalg.norm(x_axis)
    local = points @ np.column_stack([x_axis, np.cross(normal, x_axis), normal])
    angle, radius = np.arctan2(local[:, 1], local[:, 0]), np.hypot(local[:, 0], local[:, 1])
    basis = np.column_stack([f(k * angle) for k in (1, 2, 3) for f in (np.cos, np.sin)] + [np.ones_like(angle)])
    heights, *_ = np.linalg.lstsq(basis, local[:, 2], rcond=None)
    radii, *_ = np.linalg.lstsq(basis, radius, rcond=None)
    saddle = float(np.hypot(heights[2], heights[3])) > _FLAT * float(radius.mean())
    # Along A the height is greatest, or the radius least: either way one of two opposite directions.
    cosine, sine = (heights[2], heights[3]) if saddle else (-radii[2], -radii[3])
    first = 0.5 * np.arctan2(sine, cosine)
    # The anterior side of the D is the flatter one: nearer to the centroid (first and third harmonic of the radius).
    odd = (
        radii[0] * np.cos(first)
        + radii[1] * np.sin(first)
        + radii[4] * np.cos(3 * first)
        + radii[5] * np.sin(3 * first)
    )
    phi = first if odd <= 0.0 else first + np.pi
    direction = np.cos(phi) * x_axis + np.sin(phi) * np.cross(normal, x_axis)
    rule = "shape: hump of the saddle on the flatter side" if saddle else "shape: flatter end of the minor axis"
    return _facing(loop, direction, normal), rule


def _facing(loop: Loop, direction: FloatArray, normal: FloatArray) -> FloatArray:
    """Where the half-plane from the centroid along `direction`, containing the normal, meets the loop (outermost)."""
    frame = Frame.from_normal(loop.centroid, z=normal, y_towards=direction)
    local = frame.to_local(loop.points)
    after = np.roll(local, -1, axis=0)
    cuts = (local[:, 0] <= 0.0) != (after[:, 0] <= 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = local[:, 0] / (local[:, 0] - after[:, 0])
    reach = np.where(cuts, local[:, 1] + t * (after[:, 1] - local[:, 1]), -np.inf)
    edge = int(np.argmax(reach))
    if not reach[edge] > 0.0:
        raise InputError("annulus must go round its centroid seen along its normal; it does not: check the points.")
    return loop.at(edge + float(t[edge]))
