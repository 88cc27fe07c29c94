"""Cerclage: the loop's load on the wall, what the arch takes from it, the published direction of the effect."""

from __future__ import annotations

import numpy as np
import pytest

import annulus
from annulus.anatomy import Case
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.io import validate_result
from annulus.kernels.cables import cable_gradient
from annulus.mechanics.network import TensionLoop, loop_load, loop_solve
from annulus.mechanics.network._loop import loop_cable
from annulus.therapies.cerclage import Cerclage
from cinch_hearts import half_ellipse, model_for


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def _loop(tension_n: float, arch: tuple[float, float] | None = None) -> TensionLoop:
    return TensionLoop(tension_n, 90.0, 5.0, np.array([-40.0, 10.0, 0.0]), np.array([40.0, 10.0, 0.0]), arch)


def test_load_is_tension_times_curvature() -> None:
    """At next to no tension the vein keeps its shape; curvature by finite differences of the case's own curve."""
    model, loop = model_for(half_ellipse()), _loop(1e-3)
    state = loop_solve(model, loop)
    curve = half_ellipse().coronary_sinus.curve  # type: ignore[union-attr]
    s = model.strip.vein_spacing * np.arange(len(model.strip.vein))
    inside = (s > 10.0) & (s < 85.0)
    step = 1.5
    second = (curve.at(s[inside] + step) - 2.0 * curve.at(s[inside]) + curve.at(s[inside] - step)) / step**2
    np.testing.assert_allclose(
        loop_load(loop, state)[inside] / loop.tension_n, np.linalg.norm(second, axis=1), rtol=0.05, atol=1e-3
    )


def test_an_arch_takes_the_load_to_its_feet() -> None:
    """Nothing presses between the feet, and the sum of all forces on the vein is that without an arch."""
    model = model_for(half_ellipse())
    x = model.strip.reference
    sums = []
    for loop in (_loop(1.0), _loop(1.0, (40.0, 55.0))):
        gradient = np.zeros_like(x)
        cable_gradient(loop_cable(model.strip, loop), x, gradient)
        sums.append(gradient.sum(axis=0))
    np.testing.assert_allclose(sums[1], sums[0], atol=0.08)
    load = loop_load(_loop(1.0, (40.0, 55.0)), loop_solve(model, _loop(1.0, (40.0, 55.0))))
    s = model.strip.vein_spacing * np.arange(len(load))
    assert np.all(load[(s > 42.0) & (s < 53.0)] == 0.0)
    assert load[np.abs(s - 40.0) < 2.0].max() > 10.0 * load[(s > 20.0) & (s < 35.0)].max()


def test_a_tighter_loop_shortens_the_annulus_all_round(case: Case) -> None:
    """Cerclage reduces the annulus, septal-lateral above all, the more the tighter [cerclage-pmc3034128]."""
    results = [annulus.simulate(case, f"cerclage-{n}", closure="none") for n in (1, 2, 4)]
    for key in ("ap_mm", "alpm_mm", "area_2d_mm2"):
        assert (np.diff([result.change_percent[key] for result in results]) < 0.0).all() and results[0].converged
    assert results[-1].change_percent["ap_mm"] < results[-1].change_percent["alpm_mm"] < 0.0
    loads = [result["therapy.cerclage.max_load_n_per_m"] for result in results]
    # Line load T / R of mechanics-notes 2.9: 1 N on radii of 18 to 30 mm is 33 to 56 N/m; the preset's vein is tighter.
    assert 33.0 < loads[0] < 100.0 and loads == sorted(loads)
    assert results[1]["therapy.cerclage.path_after_mm"] < results[1]["therapy.cerclage.path_before_mm"]


def test_the_bare_cable_presses_where_an_artery_crosses(case: Case) -> None:
    """With the arch no load on the artery, without it one that a sentence tells [cerclage-pmc3034128]."""
    with_arch, bare = (annulus.simulate(case, f"cerclage-4{end}", closure="none") for end in ("", "-bare"))
    assert any("crosses om2 at" in flag and "without an arch" in flag for flag in bare.flags)
    assert not any("without an arch" in flag for flag in with_arch.flags)
    assert {line.name for line in with_arch.assumptions} - {line.name for line in bare.assumptions} == {
        "cerclage_arch_mm"
    }
    shapes = with_arch.to_dict()["shapes"]
    assert {"cerclage", "arch"} <= shapes["device_mm"].keys()  # type: ignore[index, call-overload, union-attr]
    validate_result(with_arch.to_dict())


def test_works_in_worlds(case: Case) -> None:
    result = annulus.simulate(case, "cerclage", closure="none", samples=24, seed=3)
    low, high = result.interval("annulus.after.ap_mm")  # type: ignore[misc]
    assert low < high < 34.5 and result.interval("therapy.cerclage.max_load_n_per_m") is not None


def test_names() -> None:
    assert annulus.therapy("cerclage") == Cerclage() and Cerclage().name == "cerclage-2"
    assert annulus.therapy("Cerclage-2.5-Bare") == Cerclage(2.5, arch=False)


@pytest.mark.parametrize(
    ("name", "wish", "told"),
    [
        ("cerclage-x", {}, "cerclage-N"),
        ("cerclage-0", {}, r"\(0, 20\] N"),
        ("cerclage-2", {"traction_n": 2.0}, "traction_n is nothing that cerclage-2 can be asked for"),
        ("cerclage-2", {"distal_at_mm": 300.0}, "the cable must leave the vein 0 to"),
    ],
)
def test_impossible_wishes(case: Case, name: str, wish: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        annulus.simulate(case, name, **wish)  # type: ignore[arg-type]


def test_an_artery_is_pressed_by_the_bare_cable_and_not_under_the_arch(case: Case) -> None:
    """Such a cable halved the coronary pressure at 3.9 N, and did nothing under an arch [cerclage-pmc3034128]."""
    with_arch, bare = (annulus.simulate(case, f"cerclage-3.9{end}", closure="none") for end in ("", "-bare"))
    assert float(bare["circumflex.diameter_stenosis_percent"]) > 50.0
    loop = with_arch.prediction.after.loop
    assert loop is not None and loop.arch_s_mm is not None
    low, high = loop.arch_s_mm
    spanned = 0.0
    for here, there in zip(
        with_arch.prediction.after.artery_loads or (), bare.prediction.after.artery_loads or (), strict=True
    ):
        under = (here.cs_s_mm > low) & (here.cs_s_mm < high)
        assert not here.shared(1.0)[under].any()
        spanned += float(there.shared(1.0)[under].sum())
    assert spanned > 0.0
