"""Random hearts, from normal to dilated and beyond, with veins tilted, lifted and far away, and random stiffnesses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Artery, Case, CoronarySinus, trigone_positions
from annulus.anatomy.parametric import (
    AnnulusParameters,
    CoronarySinusParameters,
    Preset,
    parametric_annulus,
    parametric_coronary_sinus,
    preset_parameters,
)
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.mechanics.network import CINCH_PRIORS, CinchModel, CinchParameters, Resolution
from annulus.sources import Distribution, Parameter

__all__ = ["TRIALS_PER_HEART", "RandomModel", "random_heart", "random_model"]

TRIALS_PER_HEART = 32
"""Drawing a parametric heart costs more than moving its vein, so each serves this many trials."""

_PARTS = ("annulus", "coronary_sinus")
_LOOP_POINTS = 120
_DRAWS = 20
_WILD_SHARE = 0.05
_SHORTEST_VEIN_MM = 45.0
"""A vein that leaves the annulus sooner takes no device; only the wild draws keep one."""


@dataclass(frozen=True, eq=False)
class RandomModel:
    """A model with random stiffnesses, and the heart that it was made of."""

    case: Case
    model: CinchModel


@lru_cache(maxsize=2)
def random_heart(seed: int, heart: int) -> Case:
    """Annulus and vein number `heart` of a run: presets mixed from normal to beyond dilated, then spread by 15 %.

    Draws that do not fit together are refused by the parametric shapes and drawn again.
    """
    generator = np.random.default_rng([seed, heart, 7])
    error: InputError | None = None
    for _ in range(200):
        disease = str(generator.choice([item.value for item in Preset if item is not Preset.NORMAL]))
        grade = float(generator.uniform(-0.2, 1.4))
        parts: dict[str, dict[str, float]] = {}
        for part in _PARTS:
            parts[part] = {
                name: ((1.0 - grade) * normal + grade * dilated) * float(np.exp(0.15 * generator.normal()))
                for name, (normal, dilated) in _between(disease, part).items()
            }
        sinus = parts["coronary_sinus"] | {"tilt_deg": float(generator.uniform(-15.0, 15.0))}
        sinus["ostium_theta_deg"] = float(generator.uniform(250.0, 310.0))
        try:
            ring = parametric_annulus(AnnulusParameters(**parts["annulus"]), n_points=_LOOP_POINTS)
            vein = parametric_coronary_sinus(ring, CoronarySinusParameters(**sinus), step_mm=2.0)
        except InputError as caught:
            error = caught
            continue
        return Case(f"random-{seed}-{heart}", ring, vein)
    raise RuntimeError(f"no heart could be drawn: {error}")


def random_model(seed: int, heart: int, generator: np.random.Generator) -> RandomModel:
    """The heart scaled, its vein moved, an artery beside it in half of the cases, stiffnesses from their priors.

    Raises
    ------
    InputError
        The vein came to lie where the model refuses it.
    """
    sizes = (Resolution(), Resolution(64, 60), Resolution(48, 42), Resolution(40, 64))
    resolution = sizes[int(generator.choice(len(sizes), p=(0.4, 0.3, 0.2, 0.1)))]
    parameters = CinchParameters(**{name: _draw(row, generator) for name, row in CINCH_PRIORS.items()})
    for _ in range(_DRAWS):
        wild = bool(generator.random() < _WILD_SHARE)
        case = _varied(random_heart(seed, heart), generator, reach=3.0 if wild else 1.0)
        places, _ = trigone_positions(case.annulus)
        trigones = case.annulus.loop.at(places)
        try:
            model = CinchModel.from_case(case, trigones=trigones, parameters=parameters, resolution=resolution)
        except InputError:
            if wild:
                raise
            continue
        if wild or model.strip.vein_length >= _SHORTEST_VEIN_MM:
            break
    else:
        raise InputError(f"random vein must run along the annulus; heart {heart} gave none in {_DRAWS} draws.")
    if generator.random() < 0.2:
        factor = np.ones(len(model.strip.annulus))
        first, count = int(generator.integers(len(factor))), int(generator.integers(1, len(factor) // 2))
        factor[(first + np.arange(count)) % len(factor)] = 10.0 ** float(generator.uniform(0.5, 4.0))
        model = CinchModel(model.strip, parameters, edge_factor=factor)
    return RandomModel(case, model)


def _varied(case: Case, generator: np.random.Generator, *, reach: float) -> Case:
    """Case scaled, its vein tilted about both axes, lifted and moved outward; `reach` above 1 is out of all reason."""
    if case.coronary_sinus is None:
        raise InputError("case must have a coronary sinus to be varied; it has none.")
    scale = float(np.exp(generator.uniform(np.log(0.75), np.log(1.35))))
    tilt = reach * np.radians(generator.uniform(-20.0, 20.0, size=2))
    lift = reach * generator.uniform(-8.0, 8.0)
    outward = float(generator.uniform(-3.0, 8.0)) * reach
    frame = case.annulus.frame
    points = frame.to_local(case.coronary_sinus.curve.points)
    size = np.linalg.norm(points[:, :2], axis=1, keepdims=True)
    points = points + outward * np.hstack([points[:, :2] / size, np.zeros((len(points), 1))])
    points = points @ _turn(0, tilt[0]).T @ _turn(1, tilt[1]).T + [0.0, 0.0, lift]
    old = case.coronary_sinus.curve
    radius = None if old.radius is None else old.radius * float(generator.uniform(0.5, 1.6))
    inscribed = None if radius is None or generator.random() < 0.3 else 0.877 * radius
    vein = Curve(scale * points, radius, inscribed)
    ring: Annulus = case.annulus.transformed(scale * frame.axes, -scale * frame.axes @ frame.origin)
    arteries = () if generator.random() < 0.5 else (_artery(vein, generator),)
    return Case(case.id, ring, CoronarySinus(vein), arteries)


def _artery(vein: Curve, generator: np.random.Generator) -> Artery:
    """Artery that winds about the vein at a gap from 2 mm of overlap to 5 mm, crossing it once or not at all."""
    s = np.linspace(float(generator.uniform(0.0, 0.5)), float(generator.uniform(0.6, 1.0)), 60) * vein.length
    radius = float(generator.uniform(1.0, 2.5))
    gap = float(generator.uniform(-2.0, 5.0))
    anything = np.cross(vein.tangents[0], generator.normal(size=3))
    where = np.interp(s, vein.arc_lengths, np.arange(len(vein), dtype=np.float64))
    u, t = (_rows(values, where) for values in (vein.transported_normals(anything), vein.tangents))
    w = np.cross(t, u)
    angle = generator.uniform(0.0, 2.0 * np.pi) + generator.uniform(-np.pi, np.pi) * np.linspace(0.0, 1.0, 60)
    wall = radius if vein.radius is None else vein.radius_at(s) + radius
    away = np.maximum(wall + gap, 0.3)
    side = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * w
    return Artery("LCx", Curve(vein.at(s) + np.asarray(away).reshape(-1, 1) * side, np.full(60, radius)))


def _rows(values: FloatArray, where: FloatArray) -> FloatArray:
    index = np.arange(len(values), dtype=np.float64)
    rows = np.stack([np.interp(where, index, values[:, k]) for k in range(3)], axis=1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _turn(axis: int, angle: float) -> FloatArray:
    matrix = np.eye(3)
    i, j = [k for k in range(3) if k != axis]
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[i, j], matrix[j, i] = -np.sin(angle), np.sin(angle)
    return matrix


def _draw(row: Parameter, generator: np.random.Generator) -> float:
    """A value within the parameter's prior, clipped to its bounds."""
    low, high = row.bounds
    match row.distribution:
        case Distribution.LOGNORMAL:
            value = row.value * float(np.exp(row.spread * generator.normal()))
        case Distribution.NORMAL:
            value = row.value + row.spread * float(generator.normal())
        case Distribution.UNIFORM:
            value = float(generator.uniform(low, high))
        case _:
            value = row.value
    return float(np.clip(value, low, high))


@cache
def _between(disease: str, part: str) -> dict[str, tuple[float, float]]:
    """Values of the normal and the diseased preset by field."""

    def fields(which: str) -> dict[str, float]:
        prefix = f"{part}."
        rows = preset_parameters(which)
        return {row.name.removeprefix(prefix): row.value for row in rows if row.name.startswith(prefix)}

    normal, dilated = fields("normal"), fields(disease)
    return {name: (normal.get(name, value), value) for name, value in dilated.items()}
