"""Arteries under a device: all of them in the network, the tube law, its probability, and what a result tells of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from annulus import Case, simulate
from annulus.anatomy import Artery
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.heart import Heart
from annulus.kernels.network import energy, linearise
from annulus.mechanics.network import ArteryLoad, Equilibrium, Ribbon, artery_loads
from annulus.outcomes import TubeLaw, compressions, risk_class
from annulus.prediction import Priors, World, predict
from annulus.sources import Distribution, Parameter
from annulus.therapies import Wish
from annulus.therapies.double_anchor import DoubleAnchor
from annulus.units import MMHG
from artery_hearts import drawn_artery, with_arteries
from cinch_hearts import model_for

LAW = TubeLaw(100.0)
CARILLON = "carillon-9-18-60"


def load(line_n_per_mm: float, *, radius_mm: float = 1.7) -> ArteryLoad:
    ones = np.ones(3)
    return ArteryLoad(0, 50.0 * ones, ones, line_n_per_mm * ones, 0.0 * ones, radius_mm * ones)


def pulled(case: Case, force_n: float) -> tuple[ArteryLoad, ...]:
    """A cable through the whole vein, pulled at the ostium."""
    model = model_for(case)
    distal = model.strip.vein_length - 1.0
    state = model.pull(distal, force_n).checked()
    return artery_loads(model, state, Ribbon(distal, None, 1.0))


class TestTubeLaw:
    @pytest.mark.parametrize("lost", [0.1, 0.5, 0.9])
    def test_a_stadium_of_the_same_perimeter_bears_the_load_and_has_the_area(self, lost: float) -> None:
        """Area and perimeter of the flattened section by drawing it; force: pressure on the flat part."""
        diameter, pressure = 3.4, (LAW.pressure_mmhg + LAW.wall_mmhg) * MMHG
        height, width = (1.0 - lost) * diameter, 0.5 * np.pi * lost * diameter
        angle = np.linspace(-np.pi / 2, np.pi / 2, 20001)
        right = np.column_stack([0.5 * width + 0.5 * height * np.cos(angle), 0.5 * height * np.sin(angle)])
        outline = np.vstack([right, -right])
        x, y = np.vstack([outline, outline[:1]]).T
        area = 0.5 * abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
        assert np.hypot(np.diff(x), np.diff(y)).sum() == pytest.approx(np.pi * diameter, rel=1e-8)
        (found,) = compressions((load(pressure * width),), LAW)
        assert found.stenosis_percent == pytest.approx(100.0 * lost, rel=1e-12)
        assert found.width_mm == pytest.approx(width, rel=1e-12)
        assert 1.0 - 0.01 * found.area_reduction_percent == pytest.approx(area / (np.pi * diameter**2 / 4), rel=1e-6)

    @pytest.mark.parametrize(("radius", "pressure"), [(18.0, 544.0), (30.0, 327.0)])
    def test_the_cable_of_cerclage_closes_an_artery_that_bears_it_all(self, radius: float, pressure: float) -> None:
        """3.92 N over a radius of curvature, on 3 mm: the notes' table [mechanics-notes]; FFR fell below 0.5."""
        (found,) = compressions((load(3.92 / radius, radius_mm=1.5),), LAW)
        assert found.pressure_mmhg == pytest.approx(pressure, abs=1.0)
        assert found.stenosis_percent == 100.0

    def test_half_a_newton_over_a_wide_bend_does_not(self) -> None:
        (found,) = compressions((load(0.5 / 30.0),), LAW)
        assert 0.0 < found.stenosis_percent < 20.0

    def test_the_probability_is_that_of_draws(self) -> None:
        law = replace(LAW, wall_spread=0.6, load_spread=0.4, share_range=(0.0, 1.0))
        one = replace(load(0.02), direct_n_per_mm=np.full(3, 0.06))
        rng = np.random.default_rng(0)
        n = 200_000
        line = np.maximum(0.02, rng.uniform(size=n) * 0.06) * np.exp(0.4 * rng.normal(size=n))
        closing = (100.0 + 50.0 * np.exp(0.6 * rng.normal(size=n))) * MMHG * 0.5 * np.pi * 3.4
        assert law.probability((one,)) == pytest.approx(np.mean(line / closing >= 0.5), abs=0.01)

    def test_what_is_known_gives_nought_or_one(self) -> None:
        assert [LAW.probability((load(q),)) for q in (0.0, 0.02, 0.2)] == [0.0, 0.0, 1.0]
        assert replace(LAW, significant_percent=10.0).probability((load(0.02),)) == 1.0

    def test_classes(self) -> None:
        found = [risk_class(p) for p in (0.0, 0.019, 0.02, 0.1, 0.3, 1.0)]
        assert found == ["none", "none", "low", "moderate", "high", "high"]


class TestNetwork:
    def test_the_tension_that_halved_distal_pressure_is_significant(self) -> None:
        """Cerclage at 400 g, 3.9 N [mechanics-notes]: an artery in its bed between vein and annulus."""
        loads = pulled(with_arteries(drawn_artery("lcx", 0.3)), 3.9)
        (found,) = compressions(loads, LAW)
        assert found.stenosis_percent >= 50.0
        assert TubeLaw(100.0, wall_spread=0.6, load_spread=0.4, share_range=(0.0, 1.0)).probability(loads) > 0.3

    def test_an_artery_ten_millimetres_away_bears_nothing(self) -> None:
        assert all(
            item.stenosis_percent == 0.0
            for item in compressions(pulled(with_arteries(drawn_artery("lcx", 10.0, side=-1.0)), 3.9), LAW)
        )

    def test_between_vein_and_annulus_is_pressed_and_outside_is_not(self) -> None:
        cases = (with_arteries(drawn_artery("lcx", 0.3, side=side)) for side in (1.0, -1.0))
        inside, outside = (compressions(pulled(case, 2.0), LAW)[0] for case in cases)
        assert inside.stenosis_percent > 20.0
        assert outside.stenosis_percent == 0.0

    def test_no_artery_bears_more_than_the_ribbon_gives(self) -> None:
        (found,) = pulled(with_arteries(drawn_artery("lcx", 0.3)), 2.0)
        # Tension over the radius of the vein's tightest bend along the artery, some 20 mm.
        assert 0.02 < found.direct_n_per_mm.max() < 2.0 / 15.0
        assert found.force_n > 0.0

    def test_every_artery_takes_part_whatever_its_place_in_the_list(self) -> None:
        near = drawn_artery("lcx", 0.3, start_mm=25.0, end_mm=45.0)
        other = drawn_artery("om1", 0.5, start_mm=60.0, end_mm=80.0)
        both, swapped = pulled(with_arteries(near, other), 2.0), pulled(with_arteries(other, near), 2.0)
        assert [item.force_n > 0.01 for item in both] == [True, True]
        assert [item.force_n for item in both] == pytest.approx([item.force_n for item in swapped[::-1]], rel=1e-6)
        alone = pulled(with_arteries(near), 2.0)
        assert both[0].force_n == pytest.approx(alone[0].force_n, rel=0.1)

    def test_a_far_artery_leaves_every_bit_as_it_was(self) -> None:
        """One that is not near the vein adds no node, first or last in the list."""
        near, far = drawn_artery("lcx", 0.3), drawn_artery("om1", 30.0, side=-1.0)
        states = []
        for arteries in ((near,), (near, far), (far, near)):
            model = model_for(with_arteries(*arteries))
            states.append(model.pull(90.0, 2.0).positions)
        assert np.array_equal(states[0], states[1])
        assert np.array_equal(states[0], states[2])

    def test_a_branch_begins_where_it_leaves_the_trunk(self) -> None:
        trunk = drawn_artery("lcx", 0.5)
        start = trunk.curve.at([15.0])[0]
        end = start + np.array([0.0, 0.0, -12.0])
        branch = Artery("om1", Curve(np.linspace(start, end, 30), np.full(30, 1.0)))
        strip = model_for(with_arteries(trunk, branch)).strip
        nodes = strip.artery[strip.artery_slices[1]]
        _, away = trunk.curve.closest(nodes)
        assert len(nodes) >= 3 and away.min() >= 1.7 - 1e-9

    def test_gradient_and_hessian_of_two_arteries_by_differences(self) -> None:
        near = drawn_artery("lcx", 0.3, start_mm=25.0, end_mm=45.0)
        other = drawn_artery("om1", 0.5, start_mm=60.0, end_mm=80.0)
        model = model_for(with_arteries(near, other))
        network, n = model.network, model.strip.n_nodes
        rng = np.random.default_rng(0)
        x = model.pull(90.0, 2.0).positions + rng.normal(0.0, 0.01, (n, 3))
        work, gradient = np.empty((2, n, 3)), np.empty((n, 3))
        hessian = type(network.constant)(
            *(np.zeros_like(part) for part in network.constant[:3]), network.constant.height
        )
        linearise(network, x, gradient, hessian, work)
        for _ in range(5):
            way = rng.normal(size=(n, 3))
            h = 1e-5
            slope = (energy(network, x + h * way, work) - energy(network, x - h * way, work)) / (2.0 * h)
            assert np.sum(gradient * way) == pytest.approx(slope, rel=1e-6)

    def test_loads_are_the_forces_on_the_artery(self) -> None:
        """What the contact pushes is what bed, bending and stretch of the artery hold: their sum with it is zero."""
        case = with_arteries(drawn_artery("lcx", 0.3))
        model = model_for(case)
        state: Equilibrium = model.pull(90.0, 2.0).checked()
        (found,) = artery_loads(model, state, None)
        strip = model.strip
        moved = state.artery - strip.artery
        bed = model.parameters.artery_bed_kpa * 1e-3
        # The bed stiffens: k u (1 + |u|^2 / s^2) [cinch-prototype].
        stiff = 1.0 + np.sum(moved**2, axis=1) / model.parameters.stiffening_length_mm**2
        held = np.linalg.norm((bed * found.length_mm * stiff)[:, None] * moved, axis=1).sum()
        assert found.force_n == pytest.approx(held, rel=0.1)


class TestResult:
    def test_it_tells_every_artery_and_the_worst(self) -> None:
        near = drawn_artery("lcx", 0.3, start_mm=30.0, end_mm=60.0)
        result = simulate(with_arteries(near, drawn_artery("om1", 30.0, side=-1.0)), CARILLON)
        block = result.circumflex
        rows = {row["artery"]: row for row in block["arteries"]}
        assert rows["lcx"]["diameter_stenosis_percent"] == block["diameter_stenosis_percent"] > 0.0
        assert block["lumen_area_reduction_percent"] == pytest.approx(0.01 * block["diameter_stenosis_percent"] ** 2)
        assert rows["lcx"]["contact_cs_s_mm"][0] >= 25.0
        # Not near enough to belong to the model: nothing is said, not zero.
        assert "diameter_stenosis_percent" not in rows["om1"]
        assert block["risk"]["class"] == risk_class(block["risk"]["probability"])
        assert "lcx" in block["risk"]["advice"]
        assert len(rows["lcx"]["profile"]["gap_after_mm"]) == len(rows["lcx"]["profile"]["cs_s_mm"])
        names = {line.name for line in result.assumptions}
        assert {"prior of artery_wall_mmhg", "prior of artery_load_share", "anchored_vein"} <= names

    def test_without_an_artery_or_its_radius_there_is_no_risk(self) -> None:
        bare = drawn_artery("lcx", 0.3)
        for case in (with_arteries(), with_arteries(Artery("lcx", Curve(bare.curve.points)))):
            found = simulate(case, CARILLON)
            assert "risk" not in found.circumflex
            assert "diameter_stenosis_percent" not in found.circumflex

    def test_a_clip_or_ring_in_no_vein_has_none(self) -> None:
        found = simulate(with_arteries(drawn_artery("lcx", 0.3)), "ring-28", closure="none")
        assert "risk" not in found.circumflex

    def test_over_worlds_it_is_their_share(self) -> None:
        case = with_arteries(drawn_artery("lcx", 0.2, radius_mm=1.2))
        result = simulate(case, CARILLON, plication_mm=15.0, samples=40, seed=3)
        assert result.samples is not None
        drawn = result.samples.values["circumflex.risk.probability"]
        assert set(np.unique(drawn)) <= {0.0, 1.0}
        assert 0.0 < drawn.mean() < 1.0
        assert result["circumflex.risk.probability"] == pytest.approx(drawn.mean())
        assert "40 worlds" in result["circumflex.risk.basis"]
        assert result.interval("circumflex.risk.probability") is None
        low, high = result.interval("circumflex.diameter_stenosis_percent") or (0.0, 0.0)
        assert low < high

    def test_what_the_advice_says_lowers_the_load(self) -> None:
        heart = Heart(with_arteries(drawn_artery("lcx", 0.3, start_mm=55.0, end_mm=85.0)))
        device = DoubleAnchor.named(CARILLON)
        assert device is not None

        def stenosis(device: DoubleAnchor, wish: Wish) -> float:
            placed = device.site(heart, wish)
            found = predict(heart, device, placed.site, placed.load)
            return found.numbers(("circumflex",))["circumflex.diameter_stenosis_percent"]

        base = stenosis(device, Wish(distal_at_mm=85.0, plication_mm=12.0))
        assert base > 10.0
        assert stenosis(device, Wish(distal_at_mm=85.0, plication_mm=6.0)) < base
        short = DoubleAnchor(7.0, 18.0, 30.0)
        assert stenosis(short, Wish(distal_at_mm=43.0, plication_mm=4.0)) < 0.5 * base

    def test_the_threshold_is_the_users(self) -> None:
        row = Parameter(
            "significant_stenosis_percent",
            20.0,
            "percent",
            Distribution.FIXED,
            0.0,
            (1.0, 100.0),
            "user",
            False,
            "mine",
        )
        case = with_arteries(drawn_artery("lcx", 0.3))
        strict = simulate(case, CARILLON, priors=Priors({row.name: row}))
        usual = simulate(case, CARILLON)
        assert strict["circumflex.risk.probability"] > usual["circumflex.risk.probability"]

    def test_a_band_of_another_shape_is_refused(self) -> None:
        row = Parameter(
            "artery_wall_mmhg", 50.0, "mmHg", Distribution.NORMAL, 5.0, (1.0, 1000.0), "user", False, "mine"
        )
        with pytest.raises(InputError, match="artery_wall_mmhg must be lognormal or fixed"):
            Priors({row.name: row})

    def test_the_means_are_the_default_world(self) -> None:
        assert Priors().means() == World()
        drawn = Priors().draw(5, 3)
        assert drawn.artery_wall_spread == drawn.artery_load_spread == 0.0
        assert drawn.artery_share_range is None
