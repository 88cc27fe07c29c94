"""What the fast closure knows of a valve: slices between equal shares of both leaflets' arcs, closed as tents.

All places are in the frame of the hinge where it ends. The features that the correction is fitted to are those of the
slices, of the chordae that do not reach the free edge, and a few sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy.valve import CHORDAE_GROUPS, Valve
from annulus.kernels.fast_closure import Slices, closing_stretch, tents
from annulus.mechanics.valve._fast_grid import N_SLICES, SHARES, Grid, grid_of, spacing
from annulus.mechanics.valve._leaflet_material import LeafletMaterial
from annulus.units import MMHG

__all__ = [
    "FEATURE_NAMES",
    "MIRROR",
    "PROFILE_NAMES",
    "SIZES",
    "ClosedSlices",
    "closed_slices",
    "cosine_modes",
    "features",
    "profiles",
]

MODES = 8
"""Cosine modes along the valve that a profile is reduced to."""

_FAN = 0.62
_MEETING_SHARE = 0.32
_DEPTH_MM = 4.0
"""Where closed leaflets are expected for chordae off the free edge: as in the rule for their slack lengths."""

_FAN_FALL = 0.5
"""By how much the share of a slice's x at which it meets falls from the middle to the commissures [1]; with the
stiffness of the chordae chosen for the rank correlation with the full closure."""

_LEAFLET, _CHORDAE = 0.03, 0.07
"""Stiffness of the tents' springs per width [N/mm2]: a leaflet of 1 MPa, 0.6 mm and 20 mm; softened chordae."""

_EDGE_STRETCH = 1.15
_EDGE_GIVE_MM = 1.5
_HIGHEST, _LOWEST = np.radians(60.0), np.radians(-89.0)
"""For edges that do not meet: stretch of the leaflet beyond the closing stretch [1], give of a chorda at 100 mmHg on a
leaflet of 20 mm [mm], range of the leaflet's angle to the annular plane [rad]; chosen as that of the chordae."""

_RADIUS_MM = 12.0
"""Radius of a closed leaflet's curvature for its stretch [mm]."""

_FAR_MM = 1.0e3
"""Length of a chorda that is not there [mm]."""

_NO_CHORDA_MM = -10.0
"""Shortage of chordae where there is none [mm]."""

_LAW = LeafletMaterial().law
"""The default leaflet law, for which the correction is fitted."""


@dataclass(frozen=True, eq=False)
class ClosedSlices:
    """Slices of a valve, closed as tents; lengths in mm, places in the hinge's frame.

    Parameters
    ----------
    overlap
        What is left of both leaflets below the meeting point, negative where they fall short of it, shape (k, 2).
    meeting
        Meeting points, shape (k, 3).
    hinge
        Anterior and posterior hinge points, shape (k, 2, 3).
    length
        Closed leaflets, shape (k, 2).
    chorda_excess
        By how much marginal chordae are too short for the expected meeting points, shape (k, 2).
    edge
        Free edges where each leaflet alone would end: as high as its chorda lets it turn, shape (k, 2, 3).
    other_excess
        Means of the same for basal anterior, basal posterior and strut chordae by side, shape (2, 3).
    tips
        Anterolateral and posteromedial tip, shape (2, 3).
    loop
        The whole hinge, shape (n, 3).
    axes, origin
        The hinge's frame in the world: rows x, y, z, and its origin.
    """

    overlap: FloatArray
    meeting: FloatArray
    hinge: FloatArray
    length: FloatArray
    chorda_excess: FloatArray
    edge: FloatArray
    other_excess: FloatArray
    tips: FloatArray
    loop: FloatArray
    axes: FloatArray
    origin: FloatArray


def closed_slices(
    valve: Valve,
    *,
    pressure_mmhg: float,
    hinge: FloatArray,
    tips: FloatArray,
    chordae_length_mm: FloatArray,
    length_factor: float = 1.0,
) -> ClosedSlices:
    """Slices of a valve closed as tents; `hinge` (k, 3), `tips` (2, 3) and chordae (c,) where they end [mm]."""
    grid = grid_of(valve)
    axes, origin = _axes(valve, hinge)
    local, local_tips = (hinge - origin) @ axes.T, (tips - origin) @ axes.T
    ends = local[grid.column]
    points = ends[:, :, 0] + grid.column_weight[:, :, None] * (ends[:, :, 1] - ends[:, :, 0])
    pressure = pressure_mmhg * MMHG
    stretch = np.array(
        [closing_stretch(0.5 * pressure * _RADIUS_MM, _LAW, float(thickness)) for thickness in grid.thickness]
    )
    # Leaflets longer than the grid's are as if stretched.
    stretch = length_factor * stretch
    length = grid.height * stretch
    x = 0.5 * (points[:, 0, 0] + points[:, 1, 0])
    x = x * (_FAN - _FAN_FALL * np.abs(x) / np.abs(x).max())
    padded = np.append(chordae_length_mm, _FAR_MM)
    chorda = padded[grid.chorda]
    chorda = chorda[:, :, 0] + grid.chorda_weight * (chorda[:, :, 1] - chorda[:, :, 0])
    anchor = np.repeat(local_tips[grid.tip][:, None], 2, axis=1)
    solved = tents(Slices(points, length, x, np.ascontiguousarray(anchor), chorda), pressure, _LEAFLET, _CHORDAE)
    meeting = np.column_stack([x, solved[:, 2], solved[:, 3]])
    return ClosedSlices(
        overlap=solved[:, :2],
        meeting=meeting,
        hinge=points,
        length=length,
        chorda_excess=_chorda_excess(points, anchor, chorda),
        edge=_free_edges(points, length, anchor, chorda, pressure_mmhg),
        other_excess=_other_excess(grid, valve, local, local_tips, chordae_length_mm, stretch),
        tips=local_tips[[grid.lateral_tip, 1 - grid.lateral_tip]],
        loop=local,
        axes=axes,
        origin=origin,
    )


def _axes(valve: Valve, hinge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Axes (rows) and origin of the hinge's frame: as `Frame.from_normal` makes them, without its checks."""
    origin = hinge.mean(axis=0)
    offset = hinge - origin
    # Twice the loop's vector area; numpy's cross is slow for so few rows.
    pairs = offset.T @ np.concatenate([offset[1:], offset[:1]])
    z = np.array([pairs[1, 2] - pairs[2, 1], pairs[2, 0] - pairs[0, 2], pairs[0, 1] - pairs[1, 0]])
    z = z / np.sqrt(z @ z)
    y = valve.frame.axes[1]
    y = y - (y @ z) * z
    y = y / np.sqrt(y @ y)
    x = [y[1] * z[2] - y[2] * z[1], y[2] * z[0] - y[0] * z[2], y[0] * z[1] - y[1] * z[0]]
    return np.array([x, y, z]), origin


def _key(hinge: FloatArray, x: FloatArray) -> FloatArray:
    """Points under which leaflets are expected to meet, by the rule of the slack lengths."""
    front, back = hinge[:, 1].max(), hinge[:, 1].min()
    y = np.full(len(x), back + _MEETING_SHARE * (front - back))
    return np.column_stack([_FAN * x, y, np.full(len(x), -_DEPTH_MM)])


def _chorda_excess(points: FloatArray, anchor: FloatArray, chorda: FloatArray) -> FloatArray:
    """By how much marginal chordae are too short for edges at the expected meeting points, (k, 2)."""
    flat = points.reshape(-1, 3)
    key = _key(flat, flat[:, 0]).reshape(points.shape)
    return np.linalg.norm(key - anchor, axis=2) - chorda


def _free_edges(points: FloatArray, length: FloatArray, tip: FloatArray, chorda: FloatArray, mmhg: float) -> FloatArray:
    """Ends of straight leaflets that turn about the hinge until the chorda is taut, (k, 2, 3)."""
    flat = points.reshape(-1, 3)
    key = _key(flat, flat[:, 0]).reshape(points.shape)
    way = key[..., :2] - points[..., :2]
    way = way / (np.sqrt((way**2).sum(axis=-1, keepdims=True)) + 1e-9)
    reach = _EDGE_STRETCH * length
    longest = chorda + _EDGE_GIVE_MM * (mmhg / 100.0) * (reach / 20.0)
    from_tip = points - tip
    across, up = (way * from_tip[..., :2]).sum(axis=-1), from_tip[..., 2]
    size = np.hypot(across, up) + 1e-9
    # The edge at angle t is within the chorda where size cos(t - far) <= room; far points away from the tip.
    room = (longest**2 - reach**2 - (from_tip**2).sum(axis=-1)) / (2.0 * reach)
    far = np.arctan2(up, across)
    arc = np.arccos(np.clip(room / size, -1.0, 1.0))
    beyond = np.abs((_HIGHEST - far + np.pi) % (2.0 * np.pi) - np.pi) < arc
    below = far - arc
    below = np.where(below > _HIGHEST, below - 2.0 * np.pi, below)
    angle = np.clip(np.where(beyond, below, _HIGHEST), _LOWEST, _HIGHEST)
    ends = points.copy()
    ends[..., :2] += (reach * np.cos(angle))[..., None] * way
    ends[..., 2] += reach * np.sin(angle)
    return ends


def _other_excess(
    grid: Grid, valve: Valve, local: FloatArray, tips: FloatArray, lengths: FloatArray, stretch: FloatArray
) -> FloatArray:
    """The same of the other chordae, means by side and group: basal anterior, basal posterior, strut; (2, 3)."""
    if len(grid.other) == 0:
        return np.full((2, 3), _NO_CHORDA_MM)
    number, leaflet, group = grid.other.T
    from_hinge = np.einsum("ck,ckd->cd", grid.other_weight, local[grid.other_column])
    way = _key(local, from_hinge[:, 0]) - from_hinge
    straight = np.linalg.norm(way, axis=1)
    reach = stretch[leaflet] * grid.other_share * grid.other_height
    along = np.minimum(reach / np.maximum(straight, 1e-9), 1.0)
    point = from_hinge + along[:, None] * way
    point[:, 2] -= np.maximum(reach - straight, 0.0)
    tip = valve.chordae.tip[number]
    excess = np.linalg.norm(point - tips[tip], axis=1) - lengths[number]
    kind = np.where(group == CHORDAE_GROUPS.index("strut"), 2, leaflet) + np.where(tip == grid.lateral_tip, 0, 3)
    count = np.bincount(kind, minlength=6)
    mean = np.bincount(kind, excess, minlength=6) / np.maximum(count, 1)
    return np.where(count > 0, mean, _NO_CHORDA_MM).reshape(2, 3)


def cosine_modes(k: int, n: int) -> FloatArray:
    """Weights of k equal shares in the first n cosine modes, (k, n)."""
    modes = np.arange(n)
    return np.asarray(np.cos(np.pi * (np.arange(k)[:, None] + 0.5) / k * modes) * np.where(modes == 0, 1.0, 2.0) / k)


_MODES = cosine_modes(N_SLICES, MODES)

_EDGES = ("edge_gap", "edge_open", "edge_a", "edge_p")
_BY_MODES = (
    "overlap",
    "difference",
    "depth",
    "meeting_y",
    "short_a",
    "short_p",
    "length_a",
    "length_p",
    "gap",
    *_EDGES,
)

PROFILE_NAMES = (
    *_BY_MODES,
    *(f"hinge_{axis}_{side}" for axis in ("out", "y", "z") for side in "ap"),
    "meeting_out",
    "stretch_a",
    "stretch_p",
)
"""What the correction knows of each slice; the first of them are features as well, by cosine modes."""

_SIZE_NAMES = (
    *(f"{kind}_{side}" for side in ("even", "odd") for kind in ("basal_a", "basal_p", "strut")),
    *(f"tip_{axis}_{side}" for side in ("even", "odd") for axis in "xyz"),
    *(
        "pressure",
        "thickness_a",
        "thickness_p",
        "ap",
        "width",
        "saddle",
        "area_ratio",
        "orifice_tent",
        "orifice_edge",
    ),
)

FEATURE_NAMES = (*(f"{name}_{k}" for name in _BY_MODES for k in range(MODES)), *_SIZE_NAMES)
"""Inputs of the correction that belong to the whole valve."""

SIZES = slice(len(FEATURE_NAMES) - len(_SIZE_NAMES), len(FEATURE_NAMES))
"""Those of them that are no modes."""

MIRROR = np.array([-1.0 if name.rsplit("_", 1)[-1] in ("1", "3", "5", "7", "odd") else 1.0 for name in FEATURE_NAMES])
"""Signs of the features when the valve is mirrored, anterolateral for posteromedial."""

_MAX_STRETCH = 4.0
"""Stretch of the hinge beyond which it counts no more [1]: one that is drawn to a point has no logarithm."""

_OUTWARDS = np.where(SHARES < 0.5, -1.0, 1.0)[:, None]


def profiles(valve: Valve, slices: ClosedSlices) -> FloatArray:
    """Inputs of the correction by slice, shape (k, c), in the order of `PROFILE_NAMES`."""
    overlap, edge, hinge = slices.overlap, slices.edge, slices.hinge
    mean = overlap.mean(axis=1)
    apart = edge[:, 0, 1] - edge[:, 1, 1]
    # By how much the hinge is longer than at rest between a slice and its neighbours: where it is cinched, folds lie.
    longer = np.log(np.clip(spacing(hinge) / grid_of(valve).spacing, 1.0 / _MAX_STRETCH, _MAX_STRETCH))
    stretch = 0.5 * (np.concatenate([longer[:1], longer]) + np.concatenate([longer, longer[-1:]]))
    return np.column_stack(
        [
            mean,
            0.5 * (overlap[:, 0] - overlap[:, 1]),
            slices.meeting[:, 2],
            (slices.meeting[:, 1] - hinge[:, 1, 1]) / np.ptp(slices.loop[:, 1]),
            np.clip(slices.chorda_excess, -15.0, 15.0),
            slices.length,
            np.maximum(-2.0 * mean, 0.0),
            apart,
            np.maximum(apart, 0.0),
            edge[:, :, 2],
            _OUTWARDS * hinge[:, :, 0],
            hinge[:, :, 1],
            hinge[:, :, 2],
            _OUTWARDS * slices.meeting[:, :1],
            stretch,
        ]
    )


def features(
    valve: Valve, slices: ClosedSlices, along: FloatArray, *, pressure_mmhg: float, length_factor: float = 1.0
) -> FloatArray:
    """Inputs of the correction for the whole valve, shape (d,), in the order of `FEATURE_NAMES`; `along` of
    `profiles`.
    """
    grid, hinge = grid_of(valve), slices.loop
    width = np.ptp(hinge[:, 0])
    gap, opened = (along[:, PROFILE_NAMES.index(name)].mean() for name in ("gap", "edge_open"))
    other = np.clip(slices.other_excess, -10.0, 15.0)
    tips = slices.tips * [[-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    following = np.concatenate([hinge[1:, :2], hinge[:1, :2]])
    area = 0.5 * abs(float(hinge[:, 0] @ following[:, 1] - following[:, 0] @ hinge[:, 1]))
    sizes = [
        pressure_mmhg / 100.0, *np.log(grid.thickness), np.ptp(hinge[:, 1]), width, np.ptp(hinge[:, 2]),
        length_factor * grid.area_mm2 / area, gap * width * _FAN, opened * width * _FAN,
    ]  # fmt: skip
    return np.concatenate(
        [
            (_MODES.T @ along[:, : len(_BY_MODES)]).T.ravel(),
            0.5 * (other[0] + other[1]),
            0.5 * (other[1] - other[0]),
            0.5 * (tips[0] + tips[1]),
            0.5 * (tips[1] - tips[0]),
            sizes,
        ]
    )
