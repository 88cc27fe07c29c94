"""FEBio 4 decks of the leaflets: shell of both leaflets, chordae, contact, pressure.

Manner, element, material, contact, solver and schedule are those of the decks behind `docs/closure.md`'s independent
solutions (FEBio 4.11, explicit with mass scaling, damped to rest: only the end state means anything). Units mm, N, MPa,
s, tonne.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annulus._arrays import points_array
from annulus._typing import FloatArray, IntArray
from annulus.anatomy import Case
from annulus.anatomy.valve import ANTERIOR, POSTERIOR, Valve, valve_of_case
from annulus.errors import InputError
from annulus.io._atomic import write_text
from annulus.io._deformed import Deformed
from annulus.mechanics.valve import LeafletMaterial
from annulus.outcomes import beat_of_case
from annulus.units import MMHG

__all__ = ["FebDeck", "write_case", "write_deformed"]

BULK_OVER_C0 = 500.0
"""Bulk modulus over c0: nearly incompressible, and no stiffer than the shell's thickness can follow."""

DENSITY_T_PER_MM3 = 8.0e-6
"""8,000 times tissue: mass scaling, which the end state does not know."""

DAMPING = 0.999
"""Share of its speed that a node keeps in a step."""

STEP_S, STEP_EDGE_MM, STEP_THICKNESS_MM = 5.0e-5, 0.6, 1.0
"""Time step, for edges and thickness of at least these; smaller ones get a smaller step in proportion."""

MOVE_S, SCHEDULE = 0.3, ((0.0, 0.0), (0.3, 0.0), (0.4, 0.05), (0.45, 0.05), (1.15, 1.0), (1.85, 1.0))
"""Tips and hinge move till then; share of the pressure over time."""

_CONTACT_MPA_PER_MM, _REACH_MM = 0.1, 1.0
_THICKNESS_DIGITS = 1
_FAR_MM = 200.0
_MAX_PROJECTIONS = 20_000
_SLACK_MM = 0.01
"""Each chorda is slack by at least this at first."""


@dataclass(frozen=True, eq=False)
class FebDeck:
    """A valve to be closed by FEBio.

    Parameters
    ----------
    title
        First lines, one sentence each.
    valve
        At rest; its chordae insert at the nearest vertex of their triangle.
    pressure_mpa
        Ventricular minus atrial pressure [MPa].
    tips_start
        Where the papillary tips stand at first [mm], shape (p, 3); they move to the valve's. None takes them up to
        where all chordae are slack.
    hinge_moves
        Displacement of the hinge's vertices [mm], shape (k, 3); None for none.
    material
        Isotropic law of the leaflets.

    Raises
    ------
    InputError
        A material with fibres, which the deck's does not have.
    """

    title: tuple[str, ...]
    valve: Valve
    pressure_mpa: float
    tips_start: FloatArray | None = None
    hinge_moves: FloatArray | None = None
    material: LeafletMaterial = field(default_factory=LeafletMaterial)

    def __post_init__(self) -> None:
        if self.material.isotropic_share != 1.0:
            raise InputError(
                f"leaflet isotropic_share must be 1 to be written for FEBio; got {self.material.isotropic_share:g}: "
                "leave the fibres out."
            )
        start = _slack_tips(self.valve, self.top) if self.tips_start is None else self.tips_start
        object.__setattr__(self, "tips_start", points_array("tips_start", start, at_least=0))

    def __reduce__(self) -> tuple[type[FebDeck], tuple[object, ...]]:
        return type(self), (
            self.title, self.valve, self.pressure_mpa, self.tips_start, self.hinge_moves, self.material
        )  # fmt: skip

    @property
    def top(self) -> FloatArray:
        """Atrial faces' vertices, which the shell's nodes are [mm], shape (n, 3)."""
        surface = self.valve.surface
        unit = surface.area_vectors / np.linalg.norm(surface.area_vectors, axis=1, keepdims=True)
        normal, thick, count = (
            np.zeros_like(surface.points),
            np.zeros(len(surface.points)),
            np.zeros(len(surface.points)),
        )
        for corner in surface.triangles.T:
            np.add.at(normal, corner, unit)
            np.add.at(thick, corner, self._thickness)
            np.add.at(count, corner, 1.0)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        return surface.points + (0.5 * thick / count)[:, None] * normal

    @property
    def step_s(self) -> float:
        """Time step of the explicit solver [s]."""
        corners = self.valve.surface.corners
        edge = float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).min())
        return STEP_S * min(1.0, edge / STEP_EDGE_MM, float(self._thickness.min()) / STEP_THICKNESS_MM)

    @property
    def _thickness(self) -> FloatArray:
        """Thickness of each triangle to a tenth of a millimetre: one shell domain each [mm], shape (m,)."""
        return np.maximum(np.round(self.valve.thickness_mm, _THICKNESS_DIGITS), 10.0**-_THICKNESS_DIGITS)

    def to_text(self) -> str:
        """The deck."""
        return "\n".join([*self._head(), *self._mesh(), *self._boundary(), *self._discrete(), *self._tail(), ""])

    def _head(self) -> Iterator[str]:
        material, steps = self.material, round(SCHEDULE[-1][0] / self.step_s)
        yield '<?xml version="1.0" encoding="ISO-8859-1"?>'
        for line in self.title:
            yield f"<!-- {line.encode('ascii', 'replace').decode().replace('--', '-')} -->"
        yield '<febio_spec version="4.0">'
        yield '<Module type="solid"/>'
        yield (
            f"<Control><analysis>DYNAMIC</analysis><time_steps>{steps}</time_steps>"
            f"<step_size>{self.step_s:.9g}</step_size>"
        )
        yield (
            "<plot_level>PLOT_FINAL</plot_level><output_level>OUTPUT_MAJOR_ITRS</output_level>"
            "<output_stride>1000</output_stride>"
        )
        yield (
            f'<solver type="explicit-solid"><mass_lumping>1</mass_lumping><dyn_damping>{DAMPING:g}</dyn_damping>'
            "</solver></Control>"
        )
        yield "<Globals><Constants><T>0</T><R>0</R><Fc>0</Fc></Constants></Globals>"
        yield (
            '<Material><material id="1" name="leaf" type="uncoupled isotropic Lee-Sacks">'
            f"<density>{DENSITY_T_PER_MM3:.9g}</density><k>{BULK_OVER_C0 * material.c0_mpa:.9g}</k>"
            f"<c0>{material.c0_mpa:.9g}</c0><c1>{material.c1_mpa:.9g}</c1><c2>{material.c2:.9g}</c2>"
            "</material></Material>"
        )

    def _mesh(self) -> Iterator[str]:
        valve = self.valve
        triangles, n = valve.surface.triangles, len(valve.surface.points)
        yield '<Mesh><Nodes name="all">'
        for number, point in enumerate(np.vstack([self.top, self._tips]), start=1):
            yield f'<node id="{number}">{_numbers(point)}</node>'
        yield "</Nodes>"
        for name, rows, _ in self._domains:
            yield f'<Elements type="tri3" name="{name}">'
            yield from (f'<elem id="{row + 1}">{_ids(triangles[row])}</elem>' for row in rows)
            yield "</Elements>"
        yield f'<NodeSet name="annulus">{_ids(valve.hinge)}</NodeSet>'
        for number in range(len(valve.tips)):
            yield f'<NodeSet name="tip{number}">{n + number + 1}</NodeSet>'
        if self.hinge_moves is not None:
            yield from (f'<NodeSet name="hinge{at}">{node + 1}</NodeSet>' for at, node in enumerate(valve.hinge))
        meeting = self._meeting
        surfaces = (
            ("all_top", np.arange(len(triangles))),
            ("all_top2", np.arange(len(triangles))),
            ("ant", np.flatnonzero(meeting & (valve.leaflet == ANTERIOR))),
            ("post", np.flatnonzero(meeting & (valve.leaflet == POSTERIOR))),
        )
        for name, rows in surfaces:
            yield f'<Surface name="{name}">'
            yield from (f'<tri3 id="{at}">{_ids(triangles[row])}</tri3>' for at, row in enumerate(rows, start=1))
            yield "</Surface>"
        yield '<SurfacePair name="AP"><primary>ant</primary><secondary>post</secondary></SurfacePair>'
        for number, (node, tip) in enumerate(zip(self._inserted, valve.chordae.tip, strict=True)):
            yield f'<DiscreteSet name="ch{number}"><delem>{node + 1},{n + tip + 1}</delem></DiscreteSet>'
        yield "</Mesh>"
        yield "<MeshDomains>"
        for name, _, thickness in self._domains:
            yield (
                f'<ShellDomain name="{name}" mat="leaf" type="three-field-shell">'
                f"<shell_thickness>{thickness:g}</shell_thickness></ShellDomain>"
            )
        yield "</MeshDomains>"

    def _boundary(self) -> Iterator[str]:
        yield "<Boundary>"
        for number, step in enumerate(self.valve.tips - self._tips):
            yield from _moved(f"tip{number}", step)
        if self.hinge_moves is None:
            yield (
                '<bc type="zero displacement" node_set="annulus"><x_dof>1</x_dof><y_dof>1</y_dof><z_dof>1</z_dof></bc>'
            )
            yield (
                '<bc type="zero shell displacement" node_set="annulus"><sx_dof>1</sx_dof><sy_dof>1</sy_dof>'
                "<sz_dof>1</sz_dof></bc>"
            )
        else:
            # Both faces: the hinge moves and does not turn.
            for number, step in enumerate(self.hinge_moves):
                yield from _moved(f"hinge{number}", step)
                yield from _moved(f"hinge{number}", step, shell=True)
        yield "</Boundary><Loads>"
        half = 0.5 * self.pressure_mpa
        yield (
            f'<surface_load type="pressure" surface="all_top"><pressure lc="2">{-half:.9g}</pressure>'
            "<symmetric_stiffness>1</symmetric_stiffness></surface_load>"
        )
        yield (
            f'<surface_load type="pressure" surface="all_top2"><pressure lc="2">{half:.9g}</pressure>'
            "<symmetric_stiffness>1</symmetric_stiffness><shell_bottom>1</shell_bottom></surface_load>"
        )
        yield '<body_load type="mass damping"><C>0</C></body_load>'
        yield "</Loads>"
        yield (
            '<Contact><contact type="sliding-elastic" surface_pair="AP"><laugon>PENALTY</laugon>'
            f"<penalty>{_CONTACT_MPA_PER_MM:g}</penalty><auto_penalty>0</auto_penalty><two_pass>1</two_pass>"
            "<gaptol>0</gaptol><search_tol>0.01</search_tol><seg_up>0</seg_up>"
            f"<search_radius>{_REACH_MM:g}</search_radius><symmetric_stiffness>1</symmetric_stiffness>"
            "<fric_coeff>0</fric_coeff></contact></Contact>"
        )

    def _discrete(self) -> Iterator[str]:
        chordae = self.valve.chordae
        if not len(chordae):
            return
        top, tips = self.top, self._tips
        yield "<Discrete>"
        # FEBio measures elongation from the distance at the start: tension begins at the slack length.
        slack = chordae.length_mm - np.linalg.norm(top[self._inserted] - tips[chordae.tip], axis=1)
        for number, (begin, stiffness) in enumerate(zip(slack, chordae.stiffness_n_per_mm, strict=True)):
            yield (
                f'<discrete_material id="{number + 1}" name="chm{number}" type="nonlinear spring"><scale>1</scale>'
                '<measure>elongation</measure><force type="point"><interpolate>linear</interpolate>'
                f"<extend>extrapolate</extend><points><pt>{begin - _FAR_MM:.9g},0</pt><pt>{begin:.9g},0</pt>"
                f"<pt>{begin + _FAR_MM:.9g},{_FAR_MM * stiffness:.9g}</pt></points></force></discrete_material>"
            )
        for number in range(len(chordae)):
            yield f'<discrete dmat="{number + 1}" discrete_set="ch{number}"/>'
        yield "</Discrete>"

    def _tail(self) -> Iterator[str]:
        curves = (((0.0, 0.0), (MOVE_S, 1.0), (SCHEDULE[-1][0], 1.0)), SCHEDULE)
        texts = ("".join(f"<pt>{t:g},{value:g}</pt>" for t, value in points) for points in curves)
        yield "<LoadData>"
        for number, points in enumerate(texts, start=1):
            yield (
                f'<load_controller id="{number}" type="loadcurve"><interpolate>LINEAR</interpolate>'
                f"<extend>CONSTANT</extend><points>{points}</points></load_controller>"
            )
        yield "</LoadData>"
        yield '<Output><logfile><node_data data="x;y;z;sx;sy;sz" file="nodes.txt" delim=","/></logfile>'
        yield (
            '<plotfile type="febio"><var type="displacement"/><var type="shell displacement"/></plotfile></Output>'
            "</febio_spec>"
        )

    @property
    def _tips(self) -> FloatArray:
        return self.valve.tips if self.tips_start is None else self.tips_start

    @property
    def _inserted(self) -> IntArray:
        return _inserted(self.valve)

    @property
    def _domains(self) -> list[tuple[str, IntArray, float]]:
        """Name, triangles and thickness of each shell domain."""
        values = np.unique(self._thickness)
        names = ["leaflet"] if len(values) == 1 else [f"leaflet{number}" for number in range(len(values))]
        return [
            (name, np.flatnonzero(self._thickness == value), float(value))
            for name, value in zip(names, values, strict=True)
        ]

    @property
    def _meeting(self) -> np.ndarray:
        """Triangles that may touch the other leaflet: not the two rows beside a commissure, which always do."""
        triangles, leaflet = self.valve.surface.triangles, self.valve.leaflet
        near = np.intersect1d(triangles[leaflet == ANTERIOR], triangles[leaflet == POSTERIOR])
        beside = np.isin(triangles, near).any(axis=1)
        return np.asarray(~np.isin(triangles, triangles[beside]).any(axis=1))


def write_case(case: Case, path: Path) -> None:
    """The valve of the case at rest, to be closed by its pressure on its own annulus.

    Raises
    ------
    InputError
        The case has no leaflets, or impossible ones.
    """
    deck, _ = _deck(case)
    write_text(deck.to_text(), path)


def write_deformed(state: Deformed, path: Path) -> None:
    """The valve of the simulated case at rest, its hinge moved to where the therapy left it, then closed."""
    deck, places = _deck(state.before)
    moves = state.case.annulus.loop.at(places) - state.before.annulus.loop.at(places)
    title = (*deck.title, f"hinge moved to its place after the therapy: {state.case.id}")
    write_text(FebDeck(title, deck.valve, deck.pressure_mpa, hinge_moves=moves).to_text(), path)


def _deck(case: Case) -> tuple[FebDeck, FloatArray]:
    """The deck, and the places of the hinge on the case's loop."""
    valve, lines = valve_of_case(case)
    beat, more = beat_of_case(case)
    assumed = "; ".join(f"{line.name} {line.value} {line.unit}".strip() for line in (*lines, *more))
    title = (
        f"leaflets of case {case.id}, made by annulus for FEBio 4; mm, N, MPa, s, tonne. Research use only",
        "not fitted to the echo; no bending law of its own, a solid shell; chordae at the nearest vertex; thickness to "
        "0.1 mm",
        f"assumed: {assumed or 'nothing'}",
    )
    deck = FebDeck(title, valve, beat.gradient_mmhg * MMHG)
    places, _ = case.annulus.loop.closest(valve.surface.points[valve.hinge])
    return deck, places


def _slack_tips(valve: Valve, top: FloatArray) -> FloatArray:
    """The papillary tips, moved until every chorda of theirs is slack [mm], shape (p, 3).

    Each ball around an insertion holds the places where that chorda is slack; going to the surface of the farthest one
    again and again ends near the first common place. Where the balls have none in common, the shortest chordae stay
    taut at first and shorten as the leaflets close.
    """
    chordae, tips = valve.chordae, np.array(valve.tips)
    places = top[_inserted(valve)]
    for number in range(len(tips)):
        mine = chordae.tip == number
        for _ in range(_MAX_PROJECTIONS if mine.any() else 0):
            way = places[mine] - tips[number]
            apart = np.linalg.norm(way, axis=1)
            beyond = apart - (chordae.length_mm[mine] - _SLACK_MM)
            worst = int(beyond.argmax())
            if beyond[worst] <= 0.1 * _SLACK_MM:
                break
            tips[number] += beyond[worst] / apart[worst] * way[worst]
    return tips


def _inserted(valve: Valve) -> IntArray:
    """Vertex nearest to where each chorda inserts, shape (c,)."""
    chordae = valve.chordae
    return chordae.corners[np.arange(len(chordae)), chordae.weights.argmax(axis=1)]


def _moved(node_set: str, step: FloatArray, *, shell: bool = False) -> Iterator[str]:
    kind, letter = ("prescribed shell displacement", "s") if shell else ("prescribed displacement", "")
    for axis, value in zip("xyz", step.tolist(), strict=True):
        yield (
            f'<bc type="{kind}" node_set="{node_set}"><dof>{letter}{axis}</dof>'
            f'<value lc="1">{value + 0.0:.9g}</value><relative>0</relative></bc>'
        )


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:.9g}" for value in values)


def _ids(nodes: Iterable[int]) -> str:
    return ",".join(str(node + 1) for node in nodes)
