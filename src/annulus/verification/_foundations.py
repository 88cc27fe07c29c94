"""Rings, beams, strings and tendons on elastic foundations against their linear or exact answers."""

from __future__ import annotations

import numpy as np

from annulus._typing import FloatArray
from annulus.kernels.laws import CableLaw
from annulus.mechanics.network import Bends, FreeNetwork, SolverOptions, Springs, free_network
from annulus.verification._case import VerificationCase
from annulus.verification._closed_forms import (
    beam_on_winkler,
    cinched_ring,
    ring_under_cosine,
    taut_beam_deflection,
    tendon_buckling,
)

__all__ = ["foundation_cases"]

RADIUS, AXIAL, FOUNDATION, TENSION = 20.0, 20.0, 0.02, 1.0
BENDING = 50.0
# Inextensible to 1e-7 of the answers: EA R^2 over B.
STIFF_AXIAL = 1.0e7 * BENDING / RADIUS**2

_OPTIONS = SolverOptions(tolerance_n=1.0e-10, max_iterations=500, longest_step_mm=4.0)


def _circle(n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Points on the ring, outward normals, both (n, 3), and arc per node [mm]."""
    angle = 2.0 * np.pi * np.arange(n) / n
    outward = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n)])
    return RADIUS * outward, outward, np.full(n, 2.0 * np.pi * RADIUS / n)


def _planar(n: int) -> FloatArray:
    fixed = np.zeros((n, 3), dtype=bool)
    fixed[:, 2] = True
    return fixed


def _cinched_by_rest_length(n: int, cut: float) -> dict[str, float]:
    points, outward, arc = _circle(n)
    whole = Springs.along(points, range(n), AXIAL, closed=True)
    chord = float(np.linalg.norm(points[1] - points[0]))
    cut_links = Springs(whole.pairs, whole.stiffness / (1.0 - cut), (1.0 - cut) * chord * np.ones(n))
    network = free_network(points, links=[cut_links], ground=FOUNDATION * arc, options=_OPTIONS)
    inward = -np.sum((network.solve().checked().positions - points) * outward, axis=1).mean()
    return {"displacement": float(inward), "tension": float(FOUNDATION * inward * RADIUS)}


def _ring_with_cable(n: int) -> FreeNetwork:
    points, _, arc = _circle(n)
    # Axial stiffness over arc, not chord: then the polygon has the closed form below.
    links = Springs(np.column_stack([np.arange(n), (np.arange(n) + 1) % n]), AXIAL / arc)
    return free_network(points, links=[links], ground=FOUNDATION * arc, cable=[*range(n), 0], options=_OPTIONS)


def _cable_displacement(n: int) -> float:
    """Inward displacement of the polygon: T a / (a^2 EA / (2 pi R / n) + 2 pi k R / n), a = 2 sin(pi / n).

    [cinch-prototype] prints the same with R a for the edge's own length; here the links' stiffness is EA over arc.
    """
    a = 2.0 * np.sin(np.pi / n)
    arc = 2.0 * np.pi * RADIUS / n
    return TENSION * a / (a * a * AXIAL / arc + FOUNDATION * arc)


def _cable_tension_control(n: int) -> dict[str, float]:
    network = _ring_with_cable(n)
    state = network.solve(CableLaw(TENSION, 0.0, 0.0)).checked()
    return {"displacement": float(RADIUS - np.linalg.norm(state.positions, axis=1).mean())}


def _cable_polygon(n: int) -> dict[str, float]:
    """Share of the polygon's own answer: one, to rounding, and the tension that length control needs for it."""
    network = _ring_with_cable(n)
    state = network.solve(CableLaw(TENSION, 0.0, 0.0)).checked()
    stiffness = 40.0
    law = CableLaw(0.0, stiffness, state.path_length_mm - TENSION / stiffness)
    by_length = network.solve(law).checked()
    inward = RADIUS - np.linalg.norm(state.positions, axis=1)
    return {
        "displacement over polygon's": float(inward.mean() / _cable_displacement(n)),
        "tension by length": by_length.tension_n,
    }


def _cosine(n: int, wave: int, *, oriented: bool) -> dict[str, float]:
    points, outward, arc = _circle(n)
    fixed = _planar(n)
    fixed[0, 1] = True
    bends = [Bends.along(points, range(n), BENDING, closed=True)]
    network = free_network(
        points,
        links=[Springs.along(points, range(n), STIFF_AXIAL, closed=True)],
        rods=() if oriented else bends,
        bends=bends if oriented else (),
        ground=FOUNDATION * arc[:, None, None] * outward[:, :, None] * outward[:, None, :],
        fixed=fixed,
        options=_OPTIONS,
    )
    size = 1.0e-4
    shape = np.cos(2.0 * np.pi * wave * np.arange(n) / n)
    load = (size * arc * shape)[:, None] * outward
    both = [network.with_load(sign * load).solve().checked().positions for sign in (1.0, -1.0)]
    radial = np.sum(0.5 * (both[0] - both[1]) * outward, axis=1)
    return {"amplitude over load": float(2.0 / n * np.sum(radial * shape) / size)}


def _line(n: int, half_length: float) -> tuple[FloatArray, FloatArray]:
    """Points of a straight line, n edges each side of the middle, and length per node [mm]."""
    x = np.linspace(-half_length, half_length, 2 * n + 1)
    weight = np.full(2 * n + 1, half_length / n)
    weight[[0, -1]] *= 0.5
    return np.column_stack([x, np.zeros((2 * n + 1, 2))]), weight


def _beam(n: int, bending: float, tension: float, *, rod: bool) -> dict[str, float]:
    """Long beam with a small point load in the middle, its tension by a cable; deflection and moment over the load."""
    points, weight = _line(n, 160.0)
    fixed = _planar(len(points))
    fixed[:, 0] = True
    load = np.zeros(points.shape)
    size = 1.0e-4
    load[n, 1] = size
    curve = range(len(points))
    part = [Bends.along(points, curve, bending, straight=True)] if bending > 0.0 else []
    network = free_network(
        points,
        rods=part if rod else (),
        bends=() if rod else part,
        ground=FOUNDATION * weight,
        load=load,
        fixed=fixed,
        cable=curve,
        options=_OPTIONS,
    )
    y = network.solve(CableLaw(tension, 0.0, 0.0)).checked().positions[:, 1]
    step = points[1, 0] - points[0, 0]
    moment = -bending * (y[n + 1] - 2.0 * y[n] + y[n - 1]) / step**2
    return {"deflection": float(y[n] / size), "moment": float(moment / size)}


def _string_decay(n: int) -> dict[str, float]:
    """Deflection under the load and the length over which it falls by e, measured at two decay lengths."""
    points, weight = _line(n, 160.0)
    fixed = _planar(len(points))
    fixed[:, 0] = True
    load = np.zeros(points.shape)
    size = 1.0e-4
    load[n, 1] = size
    network = free_network(
        points, ground=FOUNDATION * weight, load=load, fixed=fixed, cable=range(len(points)), options=_OPTIONS
    )
    y = network.solve(CableLaw(2.0, 0.0, 0.0)).checked().positions[:, 1]
    away = n // 8
    step = points[1, 0] - points[0, 0]
    return {"deflection": float(y[n] / size), "decay": float(away * step / np.log(y[n] / y[n + away]))}


TUBE_LENGTH, TUBE_AXIAL, TUBE_BENDING = 80.0, 2.0e4, 50.0


def _tube(n: int, *, foundation: float, ends_only: bool) -> FreeNetwork:
    x = np.linspace(0.0, TUBE_LENGTH, n + 1)
    points = np.column_stack([x, np.zeros((n + 1, 2))])
    fixed = _planar(n + 1)
    fixed[0] = True
    fixed[-1, 1] = True
    weight = np.full(n + 1, TUBE_LENGTH / n)
    across = np.zeros((n + 1, 3, 3))
    across[:, 1, 1] = foundation * weight
    return free_network(
        points,
        links=[Springs.along(points, range(n + 1), TUBE_AXIAL)],
        rods=[Bends.along(points, range(n + 1), TUBE_BENDING, straight=True)],
        ground=across,
        fixed=fixed,
        cable=[0, n] if ends_only else range(n + 1),
        options=_OPTIONS,
    )


def _chord_buckling(n: int, foundation: float) -> dict[str, float]:
    """Tension between the end nodes at which the straight tube stops being stable."""
    network = _tube(n, foundation=foundation, ends_only=True)
    low, high = 0.0, 5.0 * tendon_buckling(length=TUBE_LENGTH, bending=TUBE_BENDING, foundation=foundation)
    while high - low > 1.0e-9 * high:
        middle = 0.5 * (low + high)
        straight = network.points.copy()
        straight[:, 0] *= 1.0 - middle / TUBE_AXIAL
        if network.is_stable(straight, CableLaw(middle, 0.0, 0.0)):
            low = middle
        else:
            high = middle
    return {"buckling load": 0.5 * (low + high)}


def _duct(n: int) -> dict[str, float]:
    """A tendon along every node at 20 times the chord's buckling load: stable or not, 1 or 0."""
    network = _tube(n, foundation=0.0, ends_only=False)
    tension = 20.0 * tendon_buckling(length=TUBE_LENGTH, bending=TUBE_BENDING, foundation=0.0)
    straight = network.points.copy()
    straight[:, 0] *= 1.0 - tension / TUBE_AXIAL
    return {"stable": float(network.is_stable(straight, CableLaw(tension, 0.0, 0.0)))}


def foundation_cases() -> tuple[VerificationCase, ...]:
    """Cases of rings, beams, strings and tendons."""
    notes, prototype = "mechanics-notes", "cinch-prototype"
    cinched = tuple(
        VerificationCase(
            f"cinched-ring-{cut:g}",
            f"ring on a foundation, rest length cut by {100 * cut:g} %: N = k u R",
            notes,
            cinched_ring(cut, radius=RADIUS, axial=AXIAL, foundation=FOUNDATION),
            lambda n, cut=cut: _cinched_by_rest_length(n, cut),
            (40, 80, 160),
            3.0e-4,
            2.0,
        )
        for cut in (0.05, 0.1, 0.2)
    )
    exact = TENSION / (AXIAL / RADIUS + FOUNDATION * RADIUS)
    cable = (
        VerificationCase(
            "cabled-ring",
            "ring on a foundation, closed frictionless cable: u = T / (EA/R + k R)",
            prototype,
            {"displacement": exact},
            _cable_tension_control,
            (32, 64, 128),
            3.0e-4,
            2.0,
        ),
        VerificationCase(
            "cabled-polygon",
            "the same, polygon's own closed form; length control needs the same tension",
            prototype,
            {"displacement over polygon's": 1.0, "tension by length": TENSION},
            _cable_polygon,
            (12, 64),
            1.0e-10,
        ),
    )
    cosine = tuple(
        VerificationCase(
            f"cosine-ring-{wave}-{'wall' if oriented else 'rod'}",
            f"inextensible ring on a foundation under cos({wave} theta), {'oriented bending' if oriented else 'rod'}",
            prototype if oriented else notes,
            {
                "amplitude over load": ring_under_cosine(
                    wave, radius=RADIUS, bending=BENDING, foundation=FOUNDATION, load=1.0, oriented=oriented
                )
            },
            lambda n, wave=wave, oriented=oriented: _cosine(n, wave, oriented=oriented),
            (48, 96, 192),
            5.0e-3,
            2.0,
        )
        for oriented in (False, True)
        for wave in (2, 3)
    )
    beam = tuple(
        VerificationCase(
            f"winkler-beam-{'rod' if rod else 'wall'}",
            f"endless beam on a Winkler foundation, point load, {'rod' if rod else 'oriented bending'}",
            "hetenyi1946",
            beam_on_winkler(1.0, bending=BENDING, foundation=FOUNDATION),
            lambda n, rod=rod: _beam(n, BENDING, 0.0, rod=rod),
            (64, 128, 256),
            1.0e-2,
            2.0,
        )
        for rod in (True, False)
    )
    taut = (
        VerificationCase(
            "winkler-string",
            "taut string on a Winkler foundation, point load: w = P / (2 sqrt(T k)), decay sqrt(T / k)",
            notes,
            {
                "deflection": taut_beam_deflection(1.0, bending=0.0, tension=2.0, foundation=FOUNDATION),
                "decay": float(np.sqrt(2.0 / FOUNDATION)),
            },
            _string_decay,
            (64, 128, 256),
            1.0e-3,
            2.0,
        ),
        VerificationCase(
            "winkler-taut-beam",
            "taut beam on a Winkler foundation, point load",
            prototype,
            {"deflection": taut_beam_deflection(1.0, bending=BENDING, tension=2.0, foundation=FOUNDATION)},
            lambda n: {"deflection": _beam(n, BENDING, 2.0, rod=False)["deflection"]},
            (64, 128, 256),
            1.0e-3,
            2.0,
        ),
    )
    tendon = (
        VerificationCase(
            "duct-tendon",
            "straight tube, tendon along its nodes at 20 Euler loads: no buckling",
            prototype,
            {"stable": 1.0},
            _duct,
            (40, 80),
            0.0,
        ),
        *(
            VerificationCase(
                f"chord-tendon-{'bedded' if foundation else 'free'}",
                f"straight tube, tendon between its ends: buckles at min B q^2 + k / q^2, k = {foundation:g} MPa",
                prototype,
                {"buckling load": tendon_buckling(length=TUBE_LENGTH, bending=TUBE_BENDING, foundation=foundation)},
                lambda n, foundation=foundation: _chord_buckling(n, foundation),
                (20, 40, 80),
                2.0e-3,
                2.0,
            )
            for foundation in (0.0, 0.002)
        ),
    )
    return (*cinched, *cable, *cosine, *beam, *taut, *tendon)
