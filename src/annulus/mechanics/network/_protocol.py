"""The clinical protocol: traction, lock, and the path of states between.

The distal anchor holds at one place of the vein; the ribbon is pulled through the ostium, against the catheter that
stands there (traction); the proximal anchor opens where the ribbon ends; on release the tissue recoils until the ribbon
alone carries the load (lock).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.mechanics._solution import Status
from annulus.mechanics.network._actions import TractionReaction
from annulus.mechanics.network._cinch import CinchModel
from annulus.mechanics.network._equilibrium import Equilibrium
from annulus.mechanics.network._landing import Landing

__all__ = ["Cinch"]


@dataclass(frozen=True, eq=False)
class Cinch:
    """A double-anchor device implanted: before, under traction, locked.

    Parameters
    ----------
    model
        The model that was cinched.
    landing
        Where the ribbon ends.
    device_length_mm
        Ribbon length [mm].
    slack_free_path_mm, centreline_arc_mm
        Path along the inner wall and arc of the axis between the ribbon's ends, before any load [mm].
    traction, locked
        The two states.
    """

    model: CinchModel
    landing: Landing
    device_length_mm: float
    slack_free_path_mm: float
    centreline_arc_mm: float
    traction: Equilibrium
    locked: Equilibrium

    @property
    def plication_mm(self) -> float:
        """Slack-free path less device length [mm]; not positive where the device does not cinch."""
        return self.slack_free_path_mm - self.device_length_mm

    @property
    def status(self) -> Status:
        """Converged, slack, or the first failure."""
        return self.locked.status if self.traction.status.converged else self.traction.status

    @classmethod
    def by_plication(
        cls,
        model: CinchModel,
        landing: Landing,
        length_mm: float,
        *,
        reaction: TractionReaction = TractionReaction.OSTIUM,
    ) -> Cinch:
        """Pull until the path between the landing sites equals the device, then lock."""
        path = model.slack_free_path(landing)
        locked = model.lock(landing, length_mm)
        if path <= length_mm:
            traction = model.pull(landing.distal_s_mm, 0.0, reaction=reaction)
        else:
            # The locked state has that path too, so the pull that gives it is near.
            near = locked.positions if locked.status.converged else None
            traction = model.pull_to(landing, length_mm, start=near, tension_n=locked.tension_n, reaction=reaction)
        return cls(model, landing, length_mm, path, model.centreline_arc(landing), traction, locked)

    @classmethod
    def by_traction(
        cls,
        model: CinchModel,
        distal_s_mm: float,
        length_mm: float,
        traction_n: float,
        *,
        reaction: TractionReaction = TractionReaction.OSTIUM,
    ) -> Cinch:
        """Pull with a force, open the proximal anchor where the ribbon then ends, lock."""
        traction = model.pull(distal_s_mm, traction_n, reaction=reaction)
        landing = Landing(distal_s_mm, model.proximal_end(distal_s_mm, length_mm, positions=traction.positions))
        path = model.slack_free_path(landing)
        start = traction.positions if traction.status.converged else None
        locked = model.lock(landing, length_mm, start=start)
        return cls(model, landing, length_mm, path, model.centreline_arc(landing), traction, locked)

    def net_force(self) -> FloatArray:
        """Sum of all forces on the nodes in the locked state [N], shape (3,): zero in equilibrium."""
        law = self.model.ribbon_law(self.device_length_mm)
        cable = self.model.strip.cable(self.landing.distal_s_mm, self.landing.proximal_s_mm)
        return self.model.net_force(self.locked, cable=cable, law=law)

    def load_path(self, n_states: int = 20) -> tuple[Equilibrium, ...]:
        """Locked states from no plication to the full one, each started where the three before it point to."""
        states: list[Equilibrium] = []
        start, recent = None, list[FloatArray]()
        for share in np.linspace(0.0, 1.0, n_states):
            state = self.model.lock(self.landing, self.slack_free_path_mm - share * self.plication_mm, start=start)
            states.append(state)
            recent = [*recent[-2:], state.positions] if state.status.converged else []
            start = _continued(recent)
        return tuple(states)


def _continued(recent: list[FloatArray]) -> FloatArray | None:
    """Next of up to three equally spaced states, by the polynomial through them."""
    if len(recent) == 3:
        return 3.0 * (recent[2] - recent[1]) + recent[0]
    if len(recent) == 2:
        return 2.0 * recent[1] - recent[0]
    return recent[0] if recent else None
