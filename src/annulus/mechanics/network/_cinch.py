"""The cinching equilibrium: a case with stiffnesses, pulled or locked by one ribbon at a time (``docs/theory.md``)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from annulus._typing import ArrayLike, FloatArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.kernels.cables import Cable, cable_gradient, cable_length, capstan
from annulus.kernels.laws import CableLaw
from annulus.kernels.network import Network
from annulus.kernels.newton import Workspace, tangent
from annulus.kernels.paths import path_end
from annulus.kernels.traction import pull_to_length
from annulus.mechanics._solution import Status
from annulus.mechanics.network._actions import Anchors, TractionReaction
from annulus.mechanics.network._attachments import Attachments
from annulus.mechanics.network._equilibrium import Equilibrium, SolverOptions, minimum, status_of, workspace
from annulus.mechanics.network._landing import Landing
from annulus.mechanics.network._parameters import CinchParameters
from annulus.mechanics.network._strip import Resolution, Strip
from annulus.mechanics.network._strip_network import anchored_network, join_rods, strip_network, tie_border
from annulus.mechanics.network._tension_search import MAX_TRACTION_N, search_tension

__all__ = ["CATHETER_REACH_MM", "OSTIUM_REACH_MM", "CinchModel"]

CATHETER_REACH_MM = 30.0
"""A pull reacted outside leaves the ostium along the vein's axis towards a point this far out [mm] (assumed)."""

OSTIUM_REACH_MM = 10.0
"""The catheter that reacts a pull lies in the vein's mouth and leans on its first stretch, this long, evenly [mm]
(assumed: about the ostium's width). Leaning on the very end would squeeze the vein there to nothing."""

_PATH_TOLERANCE_MM = 1.0e-9
_FRICTION_TOLERANCE = 1.0e-9
_MAX_FRICTION_ROUNDS = 60
# From a near start it takes 3 to 8; a search of the tension is safer than more of the same.
_MAX_PULL_ITERATIONS = 25
_LOAD_STEPS = (2, 4, 8)
# A piece of path this short against its reference has met the kink of its length: no law for squeezed tissue.
_SQUEEZED_SHARE = 0.05
# The softest direction of the tissue gives about 0.004 N/mm: forces this small leave a path good to the above.
_PATH_TOLERANCE_N = 1.0e-9


@dataclass(frozen=True, eq=False)
class CinchModel:
    """A case with parameters, ready to be cinched by any number of devices.

    Parameters
    ----------
    strip
        Nodes of the case.
    parameters
        Stiffnesses.
    edge_factor
        Extra stiffness factor of each annulus edge (calcified or ringed stretches), shape (na,); None for none.
    attachments
        What else acts: ties, prescribed places, line loads, rods in the vein.
    anchors
        What holds the ribbon's ends, and widens the vein there against the artery; None for mere points.
    options
        Solver settings.
    """

    strip: Strip
    parameters: CinchParameters
    edge_factor: FloatArray | None = None
    attachments: Attachments = field(default_factory=Attachments)
    anchors: Anchors | None = None
    options: SolverOptions = field(default_factory=SolverOptions)

    def __post_init__(self) -> None:
        border = tie_border(self.strip, self.attachments)
        if border != self.strip.border:
            object.__setattr__(self, "strip", self.strip.with_border(border))

    def __reduce__(self) -> tuple[type[CinchModel], tuple[object, ...]]:
        return type(self), (
            self.strip, self.parameters, self.edge_factor, self.attachments, self.anchors, self.options,
        )  # fmt: skip

    @classmethod
    def from_case(
        cls,
        case: Case,
        *,
        trigones: ArrayLike,
        parameters: CinchParameters | None = None,
        resolution: Resolution | None = None,
    ) -> CinchModel:
        """Model of a case that has a coronary sinus; `trigones` are the points taken for them [mm], shape (2, 3)."""
        if case.coronary_sinus is None:
            raise InputError(f"case {case.id!r} must have a coronary sinus to be cinched; it has none: add its curve.")
        strip = Strip.from_case(case, trigones=trigones, resolution=resolution)
        return cls(strip, parameters or CinchParameters())

    @cached_property
    def network(self) -> Network:
        """Arrays of the network, without the ribbon."""
        return strip_network(self.strip, self.parameters, edge_factor=self.edge_factor, attachments=self.attachments)

    def with_anchors(self, anchors: Anchors | None) -> CinchModel:
        """The same model with other anchors; the network, which does not depend on them, is not made anew."""
        if anchors == self.anchors:
            return self
        other = replace(self, anchors=anchors)
        other.__dict__["network"] = self.network
        return other

    def anchored(self, distal_s_mm: float, proximal_s_mm: float | None) -> Network:
        """The network with anchors opened at the ribbon's ends [mm]; None while the proximal one is closed."""
        if self.anchors is None or not len(self.strip.artery):
            return self.network
        return anchored_network(self.network, self.strip, self.parameters, self.anchors, distal_s_mm, proximal_s_mm)

    @cached_property
    def outside(self) -> FloatArray:
        """Fixed point that a traction reacted outside pulls towards [mm], shape (3,)."""
        vein = self.strip.vein
        axis = vein[0] - vein[1]
        return vein[0] + CATHETER_REACH_MM * axis / np.linalg.norm(axis)

    def slack_free_path(self, landing: Landing) -> float:
        """Length of the ribbon's path along the inner wall before any load [mm]."""
        return float(cable_length(self._ribbon(landing), self.strip.reference))

    def centreline_arc(self, landing: Landing) -> float:
        """Arc of the vein's axis between the ribbon's ends [mm]."""
        return landing.distal_s_mm - landing.proximal_s_mm

    def proximal_end(self, distal_s_mm: float, length_mm: float, *, positions: FloatArray | None = None) -> float:
        """Arc length [mm] at which a ribbon of `length_mm` from `distal_s_mm` ends, measured along the path.

        Raises
        ------
        InputError
            The ribbon would reach out of the ostium.
        """
        end, left = self._path_end(distal_s_mm, length_mm, positions, outwards=False)
        if left > 0.0:
            raise InputError(
                f"ribbon and plication together must fit between distal anchor and ostium: the path from "
                f"{distal_s_mm:.1f} mm to the ostium is {length_mm - left:.1f} mm, {length_mm:.1f} mm are needed: "
                "move the distal anchor further in, pull less, or take a shorter device."
            )
        return end

    def distal_end(self, proximal_s_mm: float, length_mm: float, *, positions: FloatArray | None = None) -> float:
        """Arc length [mm] at which a path of `length_mm` from `proximal_s_mm` away from the ostium ends.

        Raises
        ------
        InputError
            The modelled vein ends before.
        """
        end, left = self._path_end(proximal_s_mm, length_mm, positions, outwards=True)
        if left > 0.0:
            raise InputError(
                f"ribbon and plication together must fit into the modelled vein: the path from {proximal_s_mm:.1f} mm "
                f"to its end is {length_mm - left:.1f} mm, {length_mm:.1f} mm are needed: take a shorter device or "
                "less plication."
            )
        return end

    def _path_end(
        self, start_s_mm: float, length_mm: float, positions: FloatArray | None, *, outwards: bool
    ) -> tuple[float, float]:
        """Arc length where a path ends [mm], and what of it does not fit on the vein [mm]."""
        strip = self.strip
        strip.require_on_vein(start_s_mm)
        vein = strip.vein if positions is None else positions[strip.vein_numbers]
        station, left = path_end(start_s_mm / strip.vein_spacing, length_mm, vein + strip.inner_wall, outwards)
        return station * strip.vein_spacing, left

    def solve(
        self,
        cable: Cable,
        law: CableLaw,
        *,
        start: FloatArray | None = None,
        rods: Landing | None = None,
        tolerance_n: float | None = None,
    ) -> Equilibrium:
        """Equilibrium under one cable, from `start` (positions by solver number) or the reference state.

        `tolerance_n` replaces the options' largest nodal force; `rods` is the stretch along which the ribbon's bending
        stiffness acts, None for a limp ribbon.
        """
        network = self.network if rods is None else self._with_ribbon(rods)[1]
        return self._solved(network, cable, law, start, workspace(network), tolerance_n)

    def _solved(
        self,
        network: Network,
        cable: Cable,
        law: CableLaw,
        start: FloatArray | None,
        space: Workspace,
        tolerance_n: float | None = None,
    ) -> Equilibrium:
        x = np.array(self.strip.reference if start is None else start)
        status, iterations, residual, energy, tension, length = minimum(
            network, cable, law, x, self.options, space, tolerance_n=tolerance_n
        )
        if not status.converged and residual <= self.options.tolerance_n:
            # More was asked for than rounding leaves (very stiff stretches): the options' tolerance is met.
            status = Status.CONVERGED
        elif not status.converged and self._squeezed(cable, x):
            status = Status.SQUEEZED
        return Equilibrium(status, iterations, residual, self.strip, x, energy, tension, length)

    def pull(
        self,
        distal_s_mm: float,
        traction_n: float,
        *,
        start: FloatArray | None = None,
        reaction: TractionReaction = TractionReaction.OSTIUM,
    ) -> Equilibrium:
        """Equilibrium under a traction at the ostium, the distal anchor holding at `distal_s_mm`.

        The catheter at the ostium takes the ribbon's tension over the last `OSTIUM_REACH_MM` of its path, evenly.
        With Coulomb friction the ribbon slides outwards everywhere and its tension falls inwards as
        T exp(-mu phi), phi the angle turned from the ostium or from outside (the capstan). The shares are taken from
        the last state and the state solved again until they stay: friction is no energy.

        Raises
        ------
        InputError
            Traction outside [0, 20] N.
        """
        if not 0.0 <= traction_n <= MAX_TRACTION_N:
            raise InputError(
                f"traction must lie in [0, {MAX_TRACTION_N:g}] N, what the model supports; got {traction_n:g} N."
            )
        cable = self._traction_cable(distal_s_mm, reaction)
        network = self.anchored(distal_s_mm, None)
        state = self._pulled(network, cable, float(traction_n), start, workspace(network))
        return self._with_path(state, distal_s_mm)

    def _pulled(
        self,
        network: Network,
        cable: Cable,
        traction_n: float,
        start: FloatArray | None,
        space: Workspace,
        tolerance_n: float | None = None,
    ) -> Equilibrium:
        law, friction = CableLaw(traction_n, 0.0, 0.0), self.parameters.friction_coefficient
        if friction == 0.0 or traction_n == 0.0:
            return self._solved(network, cable, law, start, space, tolerance_n)
        pulled = Cable(cable.nodes, np.array(cable.weights), np.array(cable.offset))
        x, share, iterations = self.strip.reference if start is None else start, np.ones(len(cable.nodes)), 0
        capstan(cable, x, friction, share, pulled)
        for _ in range(_MAX_FRICTION_ROUNDS):
            state = self._solved(network, pulled, law, x, space)
            iterations, x = iterations + state.iterations, state.positions
            change = capstan(cable, x, friction, share, pulled)
            if tolerance_n is not None and change <= _FRICTION_TOLERANCE and state.converged:
                state = self._solved(network, pulled, law, x, space, tolerance_n)
            if change <= _FRICTION_TOLERANCE or not state.converged:
                return replace(state, iterations=iterations)
        return replace(state, status=Status.ITERATION_LIMIT, iterations=iterations)

    def pull_to(
        self,
        landing: Landing,
        length_mm: float,
        *,
        start: FloatArray | None = None,
        tension_n: float = 0.0,
        reaction: TractionReaction = TractionReaction.OSTIUM,
    ) -> Equilibrium:
        """Traction state in which the path between the landing sites has become `length_mm`: its tension is unknown.

        Newton on shape and tension at once, from `start` (positions by solver number) and `tension_n`; where that finds
        none, or no start is given, the tension is searched (`search_tension`).
        """
        ribbon, traction = self._ribbon(landing), self._traction_cable(landing.distal_s_mm, reaction)
        network = self.anchored(landing.distal_s_mm, None)
        space = workspace(network)
        if start is not None:
            x = np.array(start)
            code, iterations, residual, energy, tension, reach = pull_to_length(
                network,
                traction,
                ribbon,
                float(length_mm),
                x,
                (tension_n, self.parameters.friction_coefficient),
                (_PATH_TOLERANCE_N, _PATH_TOLERANCE_MM),
                (_MAX_PULL_ITERATIONS, self.options.longest_step_mm),
                space,
            )
            if status_of(code).converged and 0.0 < tension <= MAX_TRACTION_N:
                found = Equilibrium(Status.CONVERGED, iterations, residual, self.strip, x, energy, tension, reach)
                return self._with_path(found, landing.distal_s_mm)

        def pulled(tension: float, begin: FloatArray | None) -> Equilibrium:
            return self._pulled(network, traction, tension, begin, space, _PATH_TOLERANCE_N)

        found = search_tension(pulled, network, ribbon, traction, length_mm, space)
        return self._with_path(found, landing.distal_s_mm)

    def _with_path(self, state: Equilibrium, distal_s_mm: float) -> Equilibrium:
        """The pulled state with the length of the ribbon's path from the distal anchor to the ostium."""
        path = cable_length(self.strip.cable(distal_s_mm, 0.0), state.positions)
        return replace(state, path_length_mm=float(path))

    def lock(self, landing: Landing, length_mm: float, *, start: FloatArray | None = None) -> Equilibrium:
        """Equilibrium with the ribbon alone between its two anchors; a ribbon that is too long is left slack.

        Where one step fails, the ribbon is shortened in 2, 4, then 8 steps; where these fail too, the state of the
        one step is given.
        """
        ribbon, network = self._with_ribbon(landing)
        space = workspace(network)

        def shortened(to: float, begin: FloatArray | None) -> Equilibrium:
            return self._solved(network, ribbon, self.ribbon_law(to), begin, space)

        state = at_once = shortened(length_mm, start)
        iterations = state.iterations
        for n_steps in _LOAD_STEPS:
            path = length_mm if state.converged else self.slack_free_path(landing)
            if path <= length_mm:
                break
            begin = None
            for step in range(1, n_steps + 1):
                state = shortened(path - (path - length_mm) * step / n_steps, begin)
                iterations += state.iterations
                if not state.converged:
                    break
                begin = state.positions
        state = state if state.converged else at_once
        status = Status.SLACK if state.converged and state.tension_n == 0.0 else state.status
        return replace(state, status=status, iterations=iterations)

    def ribbon_law(self, length_mm: float) -> CableLaw:
        """Law of a ribbon of this length between the anchors."""
        return CableLaw(0.0, self.parameters.ribbon_axial_n_per_mm, float(length_mm))

    def wall_load(self, state: Equilibrium, landing: Landing) -> FloatArray:
        """Radial load of the ribbon on the inner wall at the vein nodes [N/mm], shape (nc,): tension x curvature."""
        gradient = np.zeros_like(state.positions)
        cable_gradient(self._ribbon(landing), state.positions, gradient)
        force = np.linalg.norm(self.strip.to_natural(gradient)[1], axis=1) * state.tension_n
        spacing = self.strip.vein_spacing
        s = spacing * np.arange(len(force))
        inside = (s > landing.proximal_s_mm + spacing) & (s < landing.distal_s_mm - spacing)
        return np.where(inside, force / spacing, 0.0)

    def turning_angle(self, state: Equilibrium, landing: Landing) -> float:
        """Total angle by which the ribbon's path turns between the anchors [rad]."""
        edges = np.diff(self.strip.path(state.vein, landing.distal_s_mm, landing.proximal_s_mm), axis=0)
        edges = edges / np.linalg.norm(edges, axis=1, keepdims=True)
        return float(np.arccos(np.clip(np.sum(edges[1:] * edges[:-1], axis=1), -1.0, 1.0)).sum())

    def net_force(self, state: Equilibrium, *, cable: Cable, law: CableLaw) -> FloatArray:
        """Sum of all nodal forces [N], shape (3,): zero in equilibrium, a check that is not the solver's own norm."""
        hessian, vectors = workspace(self.network)
        gradient, along, work = vectors[0], vectors[1], vectors[4:6]
        tangent(self.network, cable, law, np.array(state.positions), gradient, along, hessian, work)
        return gradient.sum(axis=0)

    def _with_ribbon(self, landing: Landing) -> tuple[Cable, Network]:
        """The ribbon's path, and the network with its bending."""
        network = self.anchored(landing.distal_s_mm, landing.proximal_s_mm)
        bending = self.parameters.ribbon_bending_nmm2
        cable, rods = self.strip.ribbon(landing.distal_s_mm, landing.proximal_s_mm, bending)
        if bending == 0.0:
            return cable, network
        return cable, network._replace(rods=join_rods([network.rods, rods]) if len(network.rods.nodes) else rods)

    def _squeezed(self, cable: Cable, positions: FloatArray) -> bool:
        now, before = (
            np.linalg.norm(cable.offset + np.einsum("ek,ekc->ec", cable.weights, x[cable.nodes]), axis=1)
            for x in (positions, self.strip.reference)
        )
        return bool((now < _SQUEEZED_SHARE * before).any())

    def _ribbon(self, landing: Landing) -> Cable:
        return self.strip.cable(landing.distal_s_mm, landing.proximal_s_mm)

    def _traction_cable(self, distal_s_mm: float, reaction: TractionReaction) -> Cable:
        """The pulled path: through the ostium to the point outside, or to the ostium.

        There the catheter takes over the tension: what the vein bears of it falls to nothing over `OSTIUM_REACH_MM`.
        """
        if reaction is TractionReaction.OUTSIDE:
            return self.strip.cable(distal_s_mm, None, outside=self.outside)
        cable, s = self.strip.cable(distal_s_mm, None), self.strip.vein_spacing * self.strip.stations(distal_s_mm, 0.0)
        share = np.minimum(0.5 * (s[1:] + s[:-1]) / OSTIUM_REACH_MM, 1.0)[:, None]
        return Cable(cable.nodes, cable.weights * share, cable.offset * share)
