"""From the stages of a therapy to the states of a heart: actions in, equilibria out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import InputError
from annulus.heart import Heart, State, grasped
from annulus.kernels.cables import Cable
from annulus.kernels.laws import CableLaw
from annulus.mechanics.network import (
    Action,
    Attachments,
    Cinch,
    CinchModel,
    Equilibrium,
    Grasp,
    Landing,
    LineLoad,
    Prescribed,
    Reshape,
    Ribbon,
    Rod,
    StiffEdges,
    TensionLoop,
    Tie,
    TipMoves,
    Traction,
    loop_solve,
)
from annulus.outcomes import LeafletDraw
from annulus.prediction._world import World
from annulus.therapies import Stage

__all__ = ["states_of"]

_NETWORK = (Tie, Rod, Prescribed, LineLoad, StiffEdges, TensionLoop)

Kind = TypeVar("Kind", bound=Action)

_NO_CABLE = Cable(np.zeros((0, 2), dtype=np.int64), np.zeros((0, 2)), np.zeros((0, 3)))


def states_of(heart: Heart, stages: Sequence[Stage], world: World) -> tuple[State, ...]:
    """The states that stages lead to, one after the other; each starts from the heart as it is, under its own actions.

    A ribbon whose proximal end is not given opens where its length ends in the stage before. A traction without a force
    is what it takes until the next stage's ribbon fits.

    Raises
    ------
    InputError
        Actions that contradict each other, or a site off the vein.
    """
    _require_stages(stages)
    states: list[State] = []
    rest = list(stages)
    while rest:
        stage = rest.pop(0)
        pull = _one(stage, Traction)
        if pull is None:
            states.append(_state(heart, stage, world, states[-1] if states else None))
            continue
        ribbon = _one(rest[0], Ribbon) if rest else None
        if ribbon is None:
            states.append(_pulled(heart, stage, pull, world))
            continue
        states += _cinched(heart, stage, rest.pop(0), pull, ribbon, world)
    return tuple(_holding(state, stage, world) for state, stage in zip(states, stages, strict=True))


def _require_stages(stages: Sequence[Stage]) -> None:
    """Refuse what would be passed over in silence."""
    if not isinstance(stages, Sequence) or not stages or not all(isinstance(stage, Stage) for stage in stages):
        raise InputError(f"a therapy's stages must be a list of at least one Stage; got {stages!r}.")
    names = [stage.name for stage in stages]
    if len(set(names)) < len(names) or {"before", "after"} & set(names):
        raise InputError(f"stages must have names of their own, other than before and after; got {', '.join(names)}.")
    for stage in stages:
        strange = [action for action in stage.actions if not isinstance(action, Action)]
        if strange:
            raise InputError(
                f"stage {stage.name!r} must have actions of annulus.mechanics.network; got {strange[0]!r}."
            )
        kinds = {type(action) for action in stage.actions}
        if TensionLoop in kinds and kinds & {Traction, Ribbon}:
            raise InputError(f"stage {stage.name!r} has a loop and a ribbon: the network takes one cable at a time.")
        if {Traction, Ribbon} <= kinds:
            raise InputError(f"stage {stage.name!r} pulls and locks at once: the ribbon belongs in the next stage.")
        if Reshape in kinds and kinds & {Traction, Ribbon, *_NETWORK}:
            raise InputError(f"stage {stage.name!r} gives the annulus its shape: nothing else can move it there.")


def _cinched(
    heart: Heart, first: Stage, second: Stage, pull: Traction, ribbon: Ribbon, world: World
) -> tuple[State, State]:
    """Traction and lock together: whichever is known first is where the other starts."""
    ribbon = _in_world(ribbon, world)
    model = _model(heart, [*first.actions, *second.actions], world).with_anchors(ribbon.anchors)
    if pull.force_n is not None:
        cinch = Cinch.by_traction(model, ribbon.distal_s_mm, ribbon.length_mm, pull.force_n, reaction=pull.reaction)
    elif ribbon.proximal_s_mm is not None:
        landing = Landing(ribbon.distal_s_mm, ribbon.proximal_s_mm)
        cinch = Cinch.by_plication(model, landing, ribbon.length_mm, reaction=pull.reaction)
    else:
        raise InputError("a traction without a force needs a ribbon with both ends; its proximal end is not given.")
    held = replace(ribbon, distal_s_mm=cinch.landing.distal_s_mm, proximal_s_mm=cinch.landing.proximal_s_mm)
    base = _valve_part(heart, first, world.leaflets)
    pulled = replace(base, model=model, equilibrium=cinch.traction)
    locked = replace(_valve_part(heart, second, world.leaflets), model=model, equilibrium=cinch.locked, ribbon=held)
    return pulled, locked


def _pulled(heart: Heart, stage: Stage, pull: Traction, world: World) -> State:
    if pull.force_n is None:
        raise InputError("a traction without a force needs a ribbon in the stage after it.")
    model = _model(heart, stage.actions, world)
    found = model.pull(pull.distal_s_mm, pull.force_n, reaction=pull.reaction)
    return replace(_valve_part(heart, stage, world.leaflets), model=model, equilibrium=found)


def _state(heart: Heart, stage: Stage, world: World, before: State | None) -> State:
    state = _valve_part(heart, stage, world.leaflets)
    ribbon = _one(stage, Ribbon)
    if ribbon is None and not any(isinstance(action, _NETWORK) for action in stage.actions):
        return state
    model = _model(heart, stage.actions, world)
    loop = _one(stage, TensionLoop)
    if loop is not None:
        return replace(state, model=model, equilibrium=loop_solve(model, loop), loop=loop)
    if ribbon is None:
        return replace(state, model=model, equilibrium=model.solve(_NO_CABLE, CableLaw(0.0, 0.0, 0.0)))
    ribbon = _in_world(ribbon, world)
    model = model.with_anchors(ribbon.anchors)
    proximal, start = ribbon.proximal_s_mm, None
    if proximal is None:
        if before is None or before.equilibrium is None:
            raise InputError("a ribbon without a proximal end needs a stage before it, in which its length ends.")
        start = before.equilibrium.positions
        proximal = model.proximal_end(ribbon.distal_s_mm, ribbon.length_mm, positions=start)
    landing = Landing(ribbon.distal_s_mm, proximal)
    locked = model.lock(landing, ribbon.length_mm, start=start)
    held = replace(ribbon, proximal_s_mm=landing.proximal_s_mm)
    return replace(state, model=model, equilibrium=locked, ribbon=held)


def _holding(state: State, stage: Stage, world: World) -> State:
    """The state with what it grasps; the annulus gives way unless a ribbon or a ring gives it its shape."""
    heart, grasp, valve = state.heart, state.grasp, state.heart.valve
    if grasp is None or valve is None or not valve.is_full or state.fold:
        return state
    before = State.before(heart, state.leaflets).closed
    if before is None or before.solution is None:
        return state
    model = state.model

    def support(load: LineLoad, start: FloatArray | None) -> Equilibrium:
        nonlocal model
        model = _model(heart, [*stage.actions, load], world)
        return model.solve(_NO_CABLE, CableLaw(0.0, 0.0, 0.0), start=start)

    held = any(isinstance(action, Ribbon | Traction | Reshape) for action in stage.actions)
    found = grasped(
        heart,
        valve,
        grasp,
        before=before.solution,
        annulus=state.annulus if held else heart.case.annulus,
        support=None if held else support,
        tip_moves=None if state.tip_moves is None else state.tip_moves.by_mm,
        leaflets=state.leaflets,
    )
    return replace(
        state,
        model=model,
        equilibrium=state.equilibrium if held else found.equilibrium,
        tip_moves=found.tip_moves,
        grasped=found,
    )


def _model(heart: Heart, actions: Sequence[Action], world: World) -> CinchModel:
    """The network with what acts on it besides a ribbon."""
    ties = tuple(action for action in actions if isinstance(action, Tie))
    rods = tuple(action for action in actions if isinstance(action, Rod))
    loads = tuple(action for action in actions if isinstance(action, LineLoad))
    prescribed = next((action for action in actions if isinstance(action, Prescribed)), None)
    edges = next((action for action in actions if isinstance(action, StiffEdges)), None)
    attachments = None
    if ties or rods or loads or prescribed is not None:
        attachments = Attachments(ties, prescribed, loads, rods)
    model = heart.model(world.parameters, world.inner_wall_factor, attachments)
    return model if edges is None else replace(model, edge_factor=edges.factor)


def _in_world(ribbon: Ribbon, world: World) -> Ribbon:
    """The ribbon with its anchors' pressure as it is in the world."""
    anchors = ribbon.anchors
    if anchors is None or anchors.pressure_mmhg == world.anchor_pressure_mmhg:
        return ribbon
    return replace(ribbon, anchors=replace(anchors, pressure_mmhg=world.anchor_pressure_mmhg))


def _valve_part(heart: Heart, stage: Stage, leaflets: LeafletDraw | None) -> State:
    reshape = _one(stage, Reshape)
    return State(
        heart,
        stage.name,
        reshaped=None if reshape is None else reshape.annulus,
        grasp=_one(stage, Grasp),
        tip_moves=_one(stage, TipMoves),
        leaflets=leaflets,
    )


def _one(stage: Stage, kind: type[Kind]) -> Kind | None:
    """The stage's action of a kind.

    Raises
    ------
    InputError
        It has several.
    """
    found = [action for action in stage.actions if isinstance(action, kind)]
    if len(found) > 1:
        raise InputError(f"stage {stage.name!r} must have at most one {kind.__name__}; it has {len(found)}.")
    return found[0] if found else None
