"""Random valves for closing: from normal to dilated, tethered, cinched and short of tissue, and beyond all reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import (
    Annulus,
    ChordaeLengths,
    ChordaeParameters,
    LeafletHeights,
    LeafletThickness,
    commissure_positions,
)
from annulus.anatomy.parametric import (
    AnnulusParameters,
    LeafletParameters,
    Preset,
    leaflet_heights,
    parametric_annulus,
    preset_parameters,
)
from annulus.anatomy.valve import Valve, parametric_valve
from annulus.errors import InputError

__all__ = ["MESHES", "RandomValve", "cinched_hinge", "is_wild", "random_valve"]

MESHES = ((40, 5), (60, 8))
"""Columns and rows of the valves that are drawn."""

_MESH_SHARES = (0.95, 0.05)
_WILD_SHARE = 0.12
_FULL_SHARE = 0.6
_DRAWS = 50
_LOOP_POINTS = 120


@dataclass(frozen=True, eq=False)
class RandomValve:
    """A valve and how it is to be closed.

    Parameters
    ----------
    valve
        Stress-free valve.
    hinge, tips
        Where annulus and papillary tips are to end [mm], shapes (k, 3) and (2, 3).
    pressure_mmhg
        Pressure to close it under.
    group
        Preset that it was drawn around.
    wild
        Sizes and changes beyond what a patient has.
    """

    valve: Valve
    hinge: FloatArray
    tips: FloatArray
    pressure_mmhg: float
    group: str
    wild: bool


def is_wild(seed: int, index: int) -> bool:
    """Whether valve number `index` of a run has sizes beyond what a patient has."""
    return bool(np.random.default_rng([seed, index, 11]).random() < _WILD_SHARE)


def random_valve(seed: int, index: int, *, mesh: tuple[int, int] | None = None) -> RandomValve:
    """Valve number `index` of a run, from the two numbers alone; `mesh` (columns, rows) replaces the drawn one.

    All spreads are assumed: wide enough to hold the presets, their therapies and their errors.

    Raises
    ------
    InputError
        Only for a wild valve: the shapes refused it.
    """
    generator = np.random.default_rng([seed, index, 11])
    wild = bool(generator.random() < _WILD_SHARE)
    drawn = MESHES[int(generator.choice(len(MESHES), p=_MESH_SHARES))]
    # How full the leaflets are beside their middles: 0 heights fall as a squared cosine, 1 as in `leaflet_heights`.
    other = np.random.default_rng([seed, index, 13])
    fullness = 1.0 if other.random() < _FULL_SHARE else float(other.random())
    for _ in range(_DRAWS):
        try:
            return _drawn(generator, drawn if mesh is None else mesh, wild, fullness)
        except InputError:
            if wild:
                raise
    raise InputError(f"random valve {index} of seed {seed} must be a valve; {_DRAWS} draws gave none.")


def _drawn(generator: np.random.Generator, mesh: tuple[int, int], wild: bool, fullness: float) -> RandomValve:
    reach = 2.0 if wild else 1.0
    group = str(generator.choice([item.value for item in Preset]))
    parts = {part: dict(_part(group, part)) for part in ("annulus", "leaflets", "papillary")}
    spread = float(np.exp(reach * 0.06 * generator.normal()))
    for name, value in parts["annulus"].items():
        own = float(np.exp(reach * 0.05 * generator.normal()))
        parts["annulus"][name] = value * own * (spread if name in ("ap_mm", "alpm_mm", "it_mm") else 1.0)
    size = float(np.exp(reach * generator.uniform(np.log(0.9), np.log(1.35))))
    leaflets = {name: value * size * spread for name, value in parts["leaflets"].items() if name.endswith("_mm")}
    for name in leaflets:
        leaflets[name] *= float(np.exp(reach * generator.uniform(-0.1, 0.1)))
    if generator.random() < 0.3:
        leaflets["scallop_depth_mm"] = float(generator.uniform(0.0, 2.5))
    inwards, deep = float(generator.uniform(0.5, 1.1)), float(generator.uniform(0.85, 1.15))
    papillary = {}
    for name, value in parts["papillary"].items():
        factor = inwards if name.endswith("lateral_mm") else deep if name.endswith("depth_mm") else 1.0
        papillary[name] = value * factor * float(np.exp(reach * 0.05 * generator.normal()))
    annulus = parametric_annulus(AnnulusParameters(**parts["annulus"]), n_points=_LOOP_POINTS)
    valve = parametric_valve(
        annulus,
        _heights(annulus, LeafletParameters(**leaflets), fullness),
        thickness=LeafletThickness(*(np.array([0.76, 0.43]) * np.exp(reach * generator.uniform(-0.35, 0.35, size=2)))),
        tips={
            side.upper(): (sign * papillary[f"{side}_lateral_mm"], *_behind(papillary, side))
            for side, sign in (("al", -1.0), ("pm", 1.0))
        },
        chordae=_chordae(generator, wild),
        n_columns=mesh[0],
        n_rows=mesh[1],
    )
    low, high = (5.0, 300.0) if wild else (60.0, 140.0)
    pressure = float(generator.uniform(low, high))
    hinge = cinched_hinge(valve, generator, reach)
    return RandomValve(valve, hinge, _displaced(valve, generator, reach), pressure, group, wild)


def _heights(annulus: Annulus, parameters: LeafletParameters, fullness: float) -> LeafletHeights:
    """Heights between a squared cosine between commissures and middles, 0, and the parametric ones, 1."""
    theta = np.arange(0.0, 360.0, 5.0)
    places, _ = commissure_positions(annulus)
    first, last = (float(value) for value in annulus.theta_deg(annulus.loop.at(places)))
    signed = np.where(theta > 180.0, theta - 360.0, theta)
    front = np.where(signed >= 0.0, signed / first, signed / (last - 360.0))
    back = np.where(theta <= 180.0, (180.0 - theta) / (180.0 - first), (theta - 180.0) / (last - 180.0))
    anterior = (theta <= first) | (theta >= last)
    share = np.cos(0.5 * np.pi * np.clip(np.where(anterior, front, back), 0.0, 1.0)) ** 2
    low = parameters.commissural_height_mm
    top = np.where(anterior, parameters.anterior_height_mm, parameters.posterior_height_mm)
    height = low + (top - low) * share
    for place in (0.3, 0.7):
        window = np.clip(((theta - first) / (last - first) - place) / 0.12, -1.0, 1.0)
        height = height - parameters.scallop_depth_mm * np.cos(0.5 * np.pi * window) ** 2
    slim = LeafletHeights(theta, np.maximum(height, min(low, parameters.posterior_height_mm / 3.0)))
    if fullness == 0.0:
        return slim
    full = leaflet_heights(annulus, parameters)
    return LeafletHeights(full.theta_deg, (1.0 - fullness) * slim.at(full.theta_deg) + fullness * full.height_mm)


def _behind(papillary: dict[str, float], side: str) -> tuple[float, float]:
    return -papillary[f"{side}_posterior_mm"], -papillary[f"{side}_depth_mm"]


def _chordae(generator: np.random.Generator, wild: bool) -> ChordaeParameters:
    low, high = (-8.0, 10.0) if wild else (-2.0, 3.0)
    marginal, basal, strut = generator.uniform(low, high, size=3)
    own = bool(generator.random() < 0.4)
    return ChordaeParameters(
        marginal_slack_mm=float(marginal),
        basal_slack_mm=float(basal),
        strut_slack_mm=float(strut),
        lengths=ChordaeLengths.OWN_TIPS if own else ChordaeLengths.UP_TO_NORMAL,
    )


def cinched_hinge(valve: Valve, generator: np.random.Generator, reach: float) -> FloatArray:
    """Hinge with its posterior arc drawn forwards, most around a place near P, and its commissures drawn together."""
    hinge = valve.surface.points[valve.hinge]
    if generator.random() < 0.35:
        return hinge
    local = valve.frame.to_local(hinge)
    width, depth = np.ptp(local[:, 0]), np.ptp(local[:, 1])
    drawn = reach * float(generator.uniform(0.0, 0.25)) * depth
    centre = float(generator.uniform(-0.3, 0.3)) * width
    # 1 at the most posterior point, 0 at the most anterior one; weaker away from the centre.
    back = (local[:, 1].max() - local[:, 1]) / depth
    near = np.exp(-(((local[:, 0] - centre) / (float(generator.uniform(0.35, 0.8)) * width)) ** 2))
    moved = local.copy()
    moved[:, 1] += drawn * back**2 * near
    moved[:, 0] *= 1.0 - reach * float(generator.uniform(-0.02, 0.08))
    moved[:, 2] *= float(generator.uniform(0.8, 1.3))
    return valve.frame.to_world(moved)


def _displaced(valve: Valve, generator: np.random.Generator, reach: float) -> FloatArray:
    """Tips moved down, back and outwards, both alike, one alone or each its own way."""
    kind = generator.random()
    if kind < 0.35:
        return valve.tips
    away = reach * generator.uniform(0.0, 12.0, size=2)
    direction = np.abs(generator.normal(size=(2, 3))) * [1.0, 1.0, 1.0]
    # One draw in four goes the other way, as a sling or a ventricle that shrinks would take it.
    sign = -0.4 if generator.random() < 0.25 else 1.0
    direction *= sign / np.linalg.norm(direction, axis=1, keepdims=True)
    if kind < 0.6:
        direction[1], away[1] = direction[0], away[0]
    elif kind < 0.8:
        away[int(generator.integers(2))] = 0.0
    local = valve.frame.to_local(valve.tips)
    local += away[:, None] * direction * np.column_stack([np.sign(local[:, 0]), [-1.0, -1.0], [-1.0, -1.0]])
    return valve.frame.to_world(local)


@cache
def _part(group: str, part: str) -> dict[str, float]:
    prefix = f"{part}."
    rows = preset_parameters(group)
    return {row.name.removeprefix(prefix): row.value for row in rows if row.name.startswith(prefix)}
