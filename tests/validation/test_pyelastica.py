"""The cantilever under a dead tip load in PyElastica, a Cosserat rod relaxed in time (extra `codes`)."""

from __future__ import annotations

import numpy as np
import pytest

from annulus.verification._rods import cantilever

LOAD = 2.0
N_ELEMENTS = 20


def _relaxed_tip() -> np.ndarray:
    """Tip from the clamp over the length; slender (length / radius 50, strain 2e-4), damped until at rest."""
    elastica = pytest.importorskip("elastica", reason="PyElastica is not installed: pip install 'annulus[codes]'")

    class Simulator(elastica.BaseSystemCollection, elastica.Constraints, elastica.Forcing, elastica.Damping):
        pass

    radius, young = 0.02, 1.0e6
    # The clamp holds the first element: its middle is where the tangent is fixed, and from there the rod is one long.
    element = 1.0 / (N_ELEMENTS - 0.5)
    along, across = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    simulator = Simulator()
    rod = elastica.CosseratRod.straight_rod(
        N_ELEMENTS,
        np.zeros(3),
        along,
        across,
        N_ELEMENTS * element,
        radius,
        1000.0,
        youngs_modulus=young,
        shear_modulus=young / 3.0,
    )
    simulator.append(rod)
    simulator.constrain(rod).using(elastica.OneEndFixedBC, constrained_position_idx=(0,), constrained_director_idx=(0,))
    tip_force = LOAD * young * np.pi * radius**4 / 4.0 * across
    simulator.add_forcing_to(rod).using(elastica.EndpointForces, np.zeros(3), tip_force, ramp_up_time=1.0)
    step = 2.0e-4
    simulator.dampen(rod).using(elastica.AnalyticalLinearDamper, damping_constant=0.5, time_step=step)
    simulator.finalize()
    elastica.integrate(elastica.PositionVerlet(), simulator, 20.0, round(20.0 / step), progress_bar=False)
    assert np.abs(rod.velocity_collection).max() < 1e-3
    return rod.position_collection[:, -1] - 0.5 * element * along


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # that package's own
def test_cantilever_tip_within_two_percent() -> None:
    theirs = _relaxed_tip()
    tip = cantilever(80, LOAD).positions[-1] / 100.0
    ours = np.array([tip[0], tip[1]])
    # Seen: 0.01 %. Two per cent is what is asked of other codes.
    assert np.abs(ours - theirs[:2]).max() < 0.02 * ours[1]
