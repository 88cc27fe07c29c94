"""One therapy, at one site, under one load, in one heart, in one world: the states, and the numbers read off them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from annulus.errors import InputError, SolveError
from annulus.heart import Heart, State
from annulus.prediction._blocks import BLOCKS
from annulus.prediction._stages import states_of
from annulus.prediction._world import World
from annulus.therapies import Load, Site, Therapy

__all__ = ["Prediction", "predict"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """What follows from a therapy; numbers are computed when they are asked for.

    Parameters
    ----------
    heart
        The heart, as it is in the world.
    therapy
        What is done.
    site, load
        Where and how hard: the site is that on this heart's vein.
    world
        The draw of everything uncertain.
    states
        The heart after each stage; the last one is what stays.
    """

    heart: Heart
    therapy: Therapy
    site: Site
    load: Load
    world: World
    states: tuple[State, ...]

    @property
    def after(self) -> State:
        """The state that stays."""
        return self.states[-1]

    @cached_property
    def before(self) -> State:
        """The heart without the therapy."""
        return State.before(self.heart, self.world.leaflets)

    @cached_property
    def by_name(self) -> Mapping[str, State]:
        """States by the name of their stage."""
        return {state.name: state for state in self.states}

    @property
    def converged(self) -> bool:
        """Every state is an equilibrium whose annulus can be measured."""
        return all(state.converged for state in self.states)

    @cached_property
    def refusal(self) -> str:
        """Why the fast closure does not close this valve, before or after; empty where it does, or is not asked."""
        valve = self.heart.valve
        if valve is None or valve.is_full:
            return ""
        try:
            _ = self.before.closed, self.after.closed
        except InputError as error:
            return str(error)
        return ""

    def checked(self) -> Prediction:
        """This prediction.

        Raises
        ------
        SolveError
            A state is no equilibrium, or its annulus folds.
        """
        for state in self.states:
            if state.equilibrium is not None:
                state.equilibrium.checked()
            if state.fold:
                raise SolveError(state.fold)
        return self

    def block(self, name: str, *, costly: bool = False) -> Mapping[str, Any]:
        """Values of one block by dotted key; with `costly` also what no draw needs: tables, texts, slow numbers."""
        return BLOCKS[name](self, costly)

    def numbers(self, blocks: tuple[str, ...] = (), *, costly: bool = False) -> dict[str, float]:
        """Every number by its key in the result; of these blocks, all by default; the costly ones on request."""
        out = {}
        for name in blocks or tuple(BLOCKS):
            # With the costly ones rows stand in tables: the plain block has them number by number.
            values = {**(self.block(name, costly=True) if costly else {}), **self.block(name)}
            out |= {f"{name}.{key}": value for key, value in values.items() if isinstance(value, float)}
        return out


def predict(heart: Heart, therapy: Therapy, site: Site, load: Load, world: World | None = None) -> Prediction:
    """Do a therapy at a site under a load to a heart in a world.

    Parameters
    ----------
    heart
        The measured heart; a world that moves geometry makes its own, once.
    therapy, site, load
        What is done, where on the measured heart, how hard.
    world
        None for the world of means.

    Returns
    -------
    Prediction
        Its states carry their status; nothing is raised for one that is no equilibrium.

    Raises
    ------
    InputError
        A site off the vein, a world in which the geometry folds.
    """
    world = World() if world is None else world
    there = heart if heart.measured is not None else heart.in_truth(world.error)
    slips = (world.distal_slip_mm, world.proximal_slip_mm) if therapy.slips else (0.0, 0.0)
    here = _placed(there, site, load, slips)
    stages = therapy.stages(there, here, load)
    return Prediction(there, therapy, here, load, world, states_of(there, stages, world))


def _placed(heart: Heart, site: Site, load: Load, slips: tuple[float, float]) -> Site:
    """The site on this heart's vein, its distal and proximal anchor slipped towards each other [mm]."""
    distal, proximal = site.distal_s_mm, site.proximal_s_mm
    if distal is not None:
        # Of a vein that is shorter in truth the last modelled place.
        distal = min(heart.carried_s(distal), heart.strip.vein_length) - slips[0]
    if proximal is not None:
        proximal = heart.carried_s(proximal) + (0.0 if load.traction_n is not None else slips[1])
        if distal is not None and proximal >= distal:
            raise InputError(
                f"the anchors must not meet; after their slip the proximal one is at {proximal:.1f} mm, the distal one "
                f"at {distal:.1f} mm."
            )
    return replace(site, distal_s_mm=distal, proximal_s_mm=proximal)
