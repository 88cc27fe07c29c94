"""Springs in a row, one-sided springs, and what a taut ribbon does on a round wall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.mechanics import Status
from annulus.mechanics.network import (
    Attachments,
    CinchModel,
    CinchParameters,
    Equilibrium,
    Landing,
    LineLoad,
    SolverOptions,
    Springs,
    Strip,
    free_network,
)
from annulus.verification._case import VerificationCase
from annulus.verification._closed_forms import ring_under_cosine

__all__ = ["round_strip", "spring_cases"]

_OPTIONS = SolverOptions(tolerance_n=1.0e-12)
_LOOSE = 1.0e-9


def _chain(n: int) -> dict[str, float]:
    """Two springs in a row, the second one tension-only, under pull and push of 1 N beside a ground spring."""
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [25.0, 0.0, 0.0]])
    fixed = np.ones((3, 3), dtype=bool)
    fixed[1:, 0] = False
    load = np.zeros((3, 3))
    load[2, 0] = 1.0
    row = free_network(
        points,
        links=[Springs(np.array([[0, 1], [1, 2]]), np.array([2.0, 3.0]))],
        fixed=fixed,
        load=load,
        options=_OPTIONS,
    )
    fixed[1, 0] = True
    one_sided = free_network(
        points,
        links=[Springs(np.array([[1, 2]]), np.array([3.0]), tension_only=True)],
        ground=np.array([0.0, 0.0, 5.0]),
        fixed=fixed,
        load=load,
        options=_OPTIONS,
    )
    stretched = row.solve().checked().positions[2, 0] - 25.0
    pulled = one_sided.solve().checked().positions[2, 0] - 25.0
    pushed = one_sided.with_load(-load).solve().checked().positions[2, 0] - 25.0
    return {"in series": 1.0 / stretched, "taut": 1.0 / pulled, "slack": -1.0 / pushed}


def round_strip(n: int, *, radius: float = 20.0, gap: float = 8.0, covered: float = np.pi) -> Strip:
    """Round annulus of n nodes with a concentric vein over an arc `covered` [rad], its ribbon on the axis."""
    angle = 2.0 * np.pi * np.arange(n) / n
    annulus = radius * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n)])
    along = np.linspace(0.0, covered, n // 2 + 1)
    outer = radius + gap
    vein = outer * np.column_stack([np.cos(along), np.sin(along), np.zeros(len(along))])
    spacing = float(np.linalg.norm(vein[1] - vein[0]))
    none = np.zeros((0, 3))
    up = np.array([0.0, 0.0, 1.0])
    return Strip(
        annulus, vein, spacing, np.zeros_like(vein), np.full(len(vein), 4.0), none, np.zeros(0), up, np.zeros(2)
    )


def _capstan(n: int) -> dict[str, float]:
    """Turning angle and wall load of a ribbon of tension 2 N over half a circle of 28 mm, before it moves."""
    strip = round_strip(n)
    model = CinchModel(strip, CinchParameters())
    landing = Landing(strip.vein_length, 0.0)
    state = Equilibrium(Status.CONVERGED, 0, 0.0, strip, strip.reference, 0.0, 2.0, strip.vein_length)
    load = model.wall_load(state, landing)
    return {
        "tension ratio at mu 0.2": float(np.exp(0.2 * model.turning_angle(state, landing))),
        "wall load": float(load[len(load) // 2]),
    }


def _bare_ring(n: int, **parameters: float) -> CinchModel:
    """The cinch model of a round annulus without a vein, trigones or anterior stiffening."""
    whole = round_strip(n)
    none, empty = np.zeros((0, 3)), np.zeros(0)
    strip = Strip(whole.annulus, none, 1.0, none, empty, none, empty, whole.normal, whole.trigones)
    plain = {
        "human_stiffness_factor": 1.0,
        "anterior_factor": 1.0,
        "trigone_factor": _LOOSE,
        "foundation_kpa": 20.0,
        "stiffening_length_mm": 1.0e6,
    }
    options = SolverOptions(tolerance_n=1.0e-9)
    return CinchModel(strip, CinchParameters(**plain, **parameters), options=options)


def _strip_cable(n: int) -> dict[str, float]:
    model = _bare_ring(n, annulus_axial_n=20.0, annulus_bending_nmm2=_LOOSE)
    number = model.strip.numbering
    nodes = np.column_stack([number, np.roll(number, -1)])
    cable = Cable(nodes, np.tile([1.0, -1.0], (n, 1)), np.zeros((n, 3)))
    state = model.solve(cable, CableLaw(1.0, 0.0, 0.0)).checked()
    return {"displacement": float(20.0 - np.linalg.norm(state.annulus, axis=1).mean())}


def _strip_cosine(n: int) -> dict[str, float]:
    """The model's annulus, almost inextensible, free to slide along its foundation, under cos(2 theta)."""
    model = _bare_ring(n, annulus_axial_n=1.0e5, annulus_bending_nmm2=50.0, tangential_ratio=_LOOSE)
    annulus = model.strip.annulus
    outward = annulus / 20.0
    shape = np.cos(4.0 * np.pi * np.arange(n) / n)
    size = 1.0e-4
    none = Cable(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 3)))
    radial = np.zeros(n)
    for sign in (1.0, -1.0):
        load = LineLoad("annulus", sign * size * shape[:, None] * outward)
        loaded = replace(model, attachments=Attachments(line_loads=(load,)))
        state = loaded.solve(none, CableLaw(0.0, 0.0, 0.0)).checked()
        radial += 0.5 * sign * np.sum((state.annulus - annulus) * outward, axis=1)
    return {"amplitude over load": float(2.0 / n * np.sum(radial * shape) / size)}


def spring_cases() -> tuple[VerificationCase, ...]:
    """Cases of springs and of a ribbon on a round wall."""
    notes, prototype = "mechanics-notes", "cinch-prototype"
    return (
        VerificationCase(
            "springs",
            "springs of 2 and 3 N/mm in series; a tension-only one of 3 beside 5, pulled and pushed",
            notes,
            {"in series": 1.2, "taut": 8.0, "slack": 5.0},
            _chain,
            (1,),
            1.0e-9,
        ),
        VerificationCase(
            "strip-cabled-ring",
            "the cinch model's annulus, round, closed cable of 1 N: u = T / (EA/R + k R)",
            prototype,
            {"displacement": 1.0 / (20.0 / 20.0 + 0.02 * 20.0)},
            _strip_cable,
            (24, 96),
            1.0e-9,
        ),
        VerificationCase(
            "strip-cosine-ring-2",
            "the cinch model's annulus, round and inextensible, under cos(2 theta), oriented bending",
            prototype,
            {
                "amplitude over load": ring_under_cosine(
                    2, radius=20.0, bending=50.0, foundation=0.02, load=1.0, oriented=True
                )
            },
            _strip_cosine,
            (48, 96, 192),
            1.0e-3,
            2.0,
        ),
        VerificationCase(
            "capstan",
            "ribbon over half a circle: tension ratio exp(mu pi) of the friction bracket, wall load T / R",
            notes,
            {"tension ratio at mu 0.2": float(np.exp(0.2 * np.pi)), "wall load": 2.0 / 28.0},
            _capstan,
            (48, 96, 192),
            1.0e-2,
            1.0,
            note="the bracket leaves out half an edge at each end: first order",
        ),
    )
