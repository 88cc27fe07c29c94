"""The fast closure: what it must keep whatever its calibration says, and that it is near the full one."""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
from dataclasses import replace
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from annulus.anatomy import ChordaeLengths, ChordaeParameters
from annulus.anatomy.parametric import (
    AnnulusParameters,
    LeafletParameters,
    parametric_annulus,
    preset,
    preset_parameters,
)
from annulus.anatomy.valve import NO_CHORDAE, Valve, parametric_valve, valve_of_case
from annulus.errors import InputError
from annulus.geometry import Surface
from annulus.mechanics.valve import LeafletMaterial, close_valve, fast_closure, fast_closure_record
from annulus.mechanics.valve._fast_closure import MAX_BEYOND
from annulus.mechanics.valve._fast_correction import (
    correction,
    in_tolerances,
    mirrored_outputs,
    out_of_tolerances,
    regressor_arrays,
)
from annulus.mechanics.valve._fast_regressors import (
    MARGIN,
    REACHES,
    STEPS,
    WINDOW_MODES,
    Regressors,
    regressor_values,
)
from annulus.mechanics.valve._fast_slices import MIRROR, SIZES
from annulus.outcomes import anatomic_orifice, closure_measures, fast_outcome, valve_outcome

TIPS = {"AL": (-19.0, -12.0, -24.0), "PM": (19.0, -12.0, -24.0)}


@pytest.fixture(scope="module")
def even() -> Valve:
    """A valve that is its own mirror image."""
    sizes = {p.name[8:]: p.value for p in preset_parameters("normal") if p.name.startswith("annulus.")}
    annulus = parametric_annulus(AnnulusParameters(**sizes))
    return parametric_valve(
        annulus,
        LeafletParameters(25.0, 14.0, 8.0),
        tips=TIPS,
        chordae=ChordaeParameters(lengths=ChordaeLengths.OWN_TIPS),
        n_columns=48,
        n_rows=6,
    )


@pytest.fixture(scope="module")
def tethered() -> Valve:
    return valve_of_case(preset("fmr"), n_columns=48, n_rows=6)[0]


def cinched(valve: Valve, share: float) -> np.ndarray:
    local = valve.frame.to_local(valve.surface.points[valve.hinge])
    back = (local[:, 1].max() - local[:, 1]) / np.ptp(local[:, 1])
    local[:, 1] += share * np.ptp(local[:, 1]) * back**2
    return np.asarray(valve.frame.to_world(local))


def test_parts_belong_together(even: Valve, tethered: Valve) -> None:
    for valve in (even, tethered):
        for pressure in (40.0, 100.0, 180.0):
            closed = fast_closure(valve, pressure_mmhg=pressure)
            m = closed.measures
            thirds = [m[f"roa_{name}_mm2"] for name in ("a1p1", "a2p2", "a3p3")]
            assert sum(thirds) == pytest.approx(m["roa_mm2"])
            assert 0.0 <= m["coapt_height_min_mm"] <= m["coapt_height_mean_mm"] <= m["coapt_height_max_mm"]
            assert all(np.isfinite(value) for value in m.values())
            assert closed.error.keys() == m.keys()
            assert closed.meeting.shape == (24, 3)


def test_rigid_motion_changes_nothing(tethered: Valve) -> None:
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    shift = np.array([30.0, -8.0, 5.0])
    moved = replace(
        tethered,
        surface=Surface(tethered.surface.points @ turn.T + shift, tethered.surface.triangles),
        tips=tethered.tips @ turn.T + shift,
    )
    one, two = fast_closure(tethered), fast_closure(moved)
    # The regressors count in single precision.
    for key, value in one.measures.items():
        assert two.measures[key] == pytest.approx(value, rel=1e-5, abs=1e-5), key
    np.testing.assert_allclose(two.meeting, one.meeting @ turn.T + shift, atol=1e-6)


def test_mirror_image_swaps_the_sides(even: Valve) -> None:
    """One tip displaced, or the other: the same valve seen in a mirror."""
    move = np.array([-4.0, -5.0, -3.0])
    first = fast_closure(even, tips=even.tips + [move, [0.0, 0.0, 0.0]])
    second = fast_closure(even, tips=even.tips + [[0.0, 0.0, 0.0], move * [-1.0, 1.0, 1.0]])
    for key, value in first.measures.items():
        other = key.replace("a1p1", "a3p3") if "a1p1" in key else key.replace("a3p3", "a1p1")
        assert second.measures[other] == pytest.approx(value, rel=0.02, abs=0.02), key


def test_mesh_matters_less_than_the_error() -> None:
    """Heights come from the mesh, and which columns the chordae go to."""
    one, two = (fast_closure(valve_of_case(preset("fmr"), n_columns=n, n_rows=m)[0]) for n, m in ((64, 8), (80, 10)))
    for key in ("roa_mm2", "coapt_height_mean_mm", "a2p2_tenting_height_mm"):
        assert abs(two.measures[key] - one.measures[key]) < one.error[key], key


def test_cinching_closes_and_tethering_opens(tethered: Valve) -> None:
    """Full closures on 1,600 triangles: orifice 8.3 mm2, cinched 7.4; tips pulled down 163, cinched 51 mm2."""
    before = fast_closure(tethered).measures
    ring = cinched(tethered, 0.2)
    after = fast_closure(tethered, hinge=ring).measures
    assert after["roa_mm2"] < before["roa_mm2"]
    assert after["coapt_height_mean_mm"] > before["coapt_height_mean_mm"]
    tips = tethered.tips + tethered.frame.vectors_to_world(np.array([[0.0, 0.0, -5.0], [0.0, 0.0, -5.0]]))
    pulled = fast_closure(tethered, tips=tips).measures
    assert pulled["roa_mm2"] > before["roa_mm2"]
    assert pulled["a2p2_tenting_height_mm"] > before["a2p2_tenting_height_mm"] + 1.0
    assert fast_closure(tethered, tips=tips, hinge=ring).roa_mm2 < 0.6 * pulled["roa_mm2"]
    slack = fast_closure(tethered, chordae_length_mm=tethered.chordae.length_mm + 3.0).measures
    assert slack["a2p2_tenting_height_mm"] < before["a2p2_tenting_height_mm"]


def test_near_the_full_closure() -> None:
    """On the mesh of the calibration, within three times the error on valves that were held out."""
    valve, _ = valve_of_case(preset("fmr"))
    closed = close_valve(valve, pressure_mmhg=100.0)
    full = closure_measures(valve, closed.points)
    full["roa_mm2"] = anatomic_orifice(valve, closed.points).area_mm2
    fast = fast_closure(valve, pressure_mmhg=100.0)
    for key in ("roa_mm2", "coapt_height_mean_mm", "a2p2_tenting_height_mm", "tenting_volume_ml"):
        assert abs(fast.measures[key] - full[key]) < 3.0 * fast.error[key], key


def test_one_more_is_one_tolerance_more() -> None:
    """Counting in tolerances has the slope 1 / max(absolute, relative size), and an inverse."""
    values = np.array([-300.0, -5.0, 0.0, 1.0, 30.0, 33.0, 34.0, 400.0])
    counts = in_tolerances(values, np.array(5.0), 0.15)
    np.testing.assert_allclose(out_of_tolerances(counts, np.array(5.0), 0.15), values, rtol=1e-12)
    step = 1e-6
    slope = (in_tolerances(values + step, np.array(5.0), 0.15) - in_tolerances(values - step, np.array(5.0), 0.15)) / (
        2.0 * step
    )
    np.testing.assert_allclose(1.0 / slope, np.maximum(5.0, 0.15 * np.abs(values)), rtol=1e-5)


def test_regressors_one_by_one() -> None:
    """Mean and scatter of three regressors, each asked for the valve and for its mirror image, window by window."""
    generator = np.random.default_rng(4)
    names = ("a1p1_x", "a2p2_x", "a3p3_x")
    slices, channels, inner = 24, 2, 4
    d = len(MIRROR)
    sizes = len(MIRROR[SIZES])
    along_sizes = [(3, REACHES[0] * channels, inner), (3, REACHES[1] * inner, inner)]
    along = [
        (generator.normal(size=s), generator.normal(size=(3, sizes, inner)), generator.normal(size=(3, inner)))
        for s in along_sizes
    ]
    dense = [
        (0.1 * generator.normal(size=(3, a, b)), generator.normal(size=(3, b)))
        for a, b in pairwise((WINDOW_MODES * inner + d, 5, 3))
    ]
    profiles, x = generator.normal(size=(2, slices, channels)), generator.normal(size=(2, d))

    def bent(z: np.ndarray) -> np.ndarray:
        return np.asarray(z / (1.0 + np.exp(-z)))

    def one(k: int, profile: np.ndarray, valve: np.ndarray) -> np.ndarray:
        for (weights, of_sizes, level), reach, step in zip(along, REACHES, STEPS, strict=True):
            found = []
            for start in range(-MARGIN, len(profile) + MARGIN - reach + 1, step):
                z = valve[SIZES] @ of_sizes[k] + level[k]
                for place in range(reach):
                    if 0 <= start + place < len(profile):
                        own = weights[k].reshape(reach, -1, inner)[place]
                        z = z + profile[start + place] @ own
                found.append(bent(z))
            profile = np.array(found)
        shares = (np.arange(len(profile)) + 0.5) / len(profile)
        modes = [
            (2.0 if n else 1.0) * (np.cos(np.pi * n * shares) @ profile) / len(profile) for n in range(WINDOW_MODES)
        ]
        values = np.concatenate([*modes, valve])
        for weights, level in dense[:-1]:
            values = bent(values @ weights[k] + level[k])
        return np.asarray(values @ dense[-1][0][k] + dense[-1][1][k])

    both = [
        [(one(k, p, v) + one(k, p[::-1], v * MIRROR)[::-1]) / 2.0 for p, v in zip(profiles, x, strict=True)]
        for k in range(3)
    ]
    regressors = Regressors(
        *(tuple(tuple(a.astype(np.float32) for a in layer) for layer in part) for part in (along, dense))
    )
    mean, spread = regressor_values(regressors, profiles, x, mirrored_outputs(names))
    np.testing.assert_allclose(mean, np.mean(both, axis=0), atol=2e-5)
    np.testing.assert_allclose(spread, np.std(both, axis=0, ddof=1), atol=2e-5)


def test_training_learns_a_sum_over_the_valve(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What exceeds one in each slice, summed: closer than the best line through the sums of what is seen."""
    monkeypatch.syspath_prepend(repository / "calibration" / "fast_closure")
    training = importlib.import_module("slice_regressors")
    generator = np.random.default_rng(8)
    profiles, x = generator.normal(size=(1200, 24, 2)), np.zeros((1200, len(MIRROR)))
    y = 3.0 * np.maximum(profiles[:, :, :1] - 1.0, 0.0).sum(axis=1)
    fitted, fresh = slice(1000), slice(1000, None)
    numbers = training.trained(profiles[fitted], x[fitted], y[fitted], y[fitted] < 0.0, np.random.default_rng(1))
    twice = [np.stack([own, own]) for own in numbers]
    regressors = Regressors((tuple(twice[:3]), tuple(twice[3:6])), tuple(zip(twice[6::2], twice[7::2], strict=True)))
    found, spread = regressor_values(regressors, profiles[fresh], x[fresh], np.array([0]))
    sums = np.column_stack([profiles.sum(axis=1), np.ones(len(x))])
    line = sums[fresh] @ np.linalg.lstsq(sums[fitted], y[fitted], rcond=None)[0]
    assert np.std(found - y[fresh]) < 0.6 * np.std(line - y[fresh])
    assert (spread == 0.0).all()


def test_error_is_larger_where_the_regressors_disagree(tethered: Valve) -> None:
    """Far outside of what they were fitted to, they do."""
    usual = fast_closure(tethered)
    far = fast_closure(tethered, tips=tethered.tips + [0.0, -25.0, -25.0])
    for name in ("roa_mm2", "coapt_height_mean_mm"):
        tolerance = {"roa_mm2": 5.0, "coapt_height_mean_mm": 0.3}[name]
        counts = [closed.error[name] / max(tolerance, 0.15 * closed.measures[name]) for closed in (usual, far)]
        assert counts[1] > 2.0 * counts[0] > 0.0, name


def test_says_when_it_extrapolates(tethered: Valve) -> None:
    assert fast_closure(tethered).outside == ()
    far = fast_closure(tethered, tips=tethered.tips + 25.0)
    assert far.outside
    assert far.beyond > MAX_BEYOND
    wide = fast_closure(tethered, pressure_mmhg=290.0)
    assert "pressure" in wide.outside


def test_an_outcome_far_outside_is_refused_and_names_the_way_out(tethered: Valve) -> None:
    """Of 250 virtual patients of each group one of the normal ones is that far outside, none of the others."""
    with pytest.raises(InputError, match=r"at most 0\.5 is answered: take the full closure \(closure=\"full\""):
        fast_outcome(tethered, pressure_mmhg=100.0, tips=tethered.tips + 25.0)
    between = tethered.tips + [0.0, 0.0, -15.0]
    assert 0.1 < fast_closure(tethered, tips=between).beyond < MAX_BEYOND
    assert fast_outcome(tethered, pressure_mmhg=100.0, tips=between).status == "extrapolated"


def test_record_says_where_it_comes_from(repository: Path) -> None:
    record = fast_closure_record()
    script = repository / record["script"]
    assert script.is_file() and script.with_name(record["table"]).is_file()
    assert record["held_out"] > 30 and record["valves"] > record["held_out"]


def test_numbers_are_those_of_the_record() -> None:
    """The two files were written together, by the digest that the fit put into the record."""
    folder = resources.files("annulus.mechanics.valve")
    about = json.loads(folder.joinpath("fast_closure.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(folder.joinpath("fast_closure.npz").read_bytes()).hexdigest() == about["numbers_sha256"]


def test_numbers_have_their_places() -> None:
    """Six regressors of two layers of windows and three dense ones, in single precision; all else is float64."""
    own = correction()
    arrays = regressor_arrays(own.regressors)
    assert [name for name in arrays if name.endswith("levels")] == [
        *("along_0_levels", "along_1_levels"),
        *("dense_0_levels", "dense_1_levels", "dense_2_levels"),
    ]
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}
    assert {len(array) for array in arrays.values()} == {6}
    assert arrays["along_0_windows"].shape[1] == REACHES[0] * len(own.profile_centre)
    assert arrays["dense_2_levels"].shape[1] == len(own.outputs) == own.error.shape[1]
    assert (own.min_counts < own.max_counts).all() and (own.min_features < own.max_features).all()
    assert own.centre.dtype == np.float64 and own.centre.shape == MIRROR.shape
    assert not own.centre.flags.writeable


def test_table_of_the_fit_can_be_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows are the closures that the record counts, and those that did not converge."""
    monkeypatch.syspath_prepend(repository / "calibration" / "fast_closure")
    fit = importlib.import_module("fit_fast_closure")
    with fit.opened(repository / "calibration" / "fast_closure" / "fast_closure_table.csv.xz") as file:
        rows = list(csv.DictReader(file))
    assert set(fit.NAMES) <= rows[0].keys()
    assert sum(row["outcome"] == "converged" for row in rows) == fast_closure_record()["valves"]
    assert list(correction().outputs) == fit.NAMES


def test_as_a_level_of_the_outcome(tethered: Valve) -> None:
    told = valve_outcome(tethered, pressure_mmhg=100.0, kind="fast", contraction=0.5)
    fast = fast_closure(tethered, pressure_mmhg=100.0)
    assert told.measures["roa_mm2"] == fast.roa_mm2
    assert told.measures["eroa_mm2"] == 0.5 * fast.roa_mm2
    # The orifice by thirds is in the jets.
    assert [key for key in told.measures if key.startswith("roa_")] == ["roa_mm2"]
    assert told.points is None and told.converged and told.status == "estimated"
    assert "fast_closure" in {line.name for line in told.assumptions}
    assert sum(jet.area_mm2 for jet in told.jets) == pytest.approx(fast.roa_mm2, abs=3.0)
    assert [jet.section for jet in told.jets] == sorted(jet.section for jet in told.jets)
    with pytest.raises(InputError, match="ties need the full closure"):
        valve_outcome(tethered, kind="fast", ties=[(1, 2)])
    with pytest.raises(InputError, match="default leaflet tissue"):
        valve_outcome(tethered, kind="fast", material=LeafletMaterial(c2=5.0))


def test_bad_input(tethered: Valve) -> None:
    with pytest.raises(InputError, match=r"pressure_mmhg must lie in \(0, 300\]"):
        fast_closure(tethered, pressure_mmhg=0.0)
    with pytest.raises(InputError, match="hinge must have shape"):
        fast_closure(tethered, hinge=np.zeros((3, 3)))
    with pytest.raises(InputError, match="structured valve with two papillary tips"):
        fast_closure(valve_without_tips(tethered))
    with pytest.raises(InputError, match="chordae_length_mm"):
        fast_closure(tethered, chordae_length_mm=[1.0])
    with pytest.raises(InputError, match="chordae_length_mm must be above 0; the least is -"):
        fast_closure(tethered, chordae_length_mm=-tethered.chordae.length_mm)


def valve_without_tips(valve: Valve) -> Valve:
    return replace(valve, tips=np.empty((0, 3)), chordae=NO_CHORDAE)


def test_hinge_drawn_to_a_point_has_numbers(tethered: Valve) -> None:
    hinge = tethered.surface.points[tethered.hinge].copy()
    hinge[30:36] = hinge[33]
    assert all(np.isfinite(value) for value in fast_closure(tethered, hinge=hinge).measures.values())


def test_valve_without_chordae_flails(even: Valve) -> None:
    loose = fast_closure(replace(even, chordae=NO_CHORDAE))
    assert loose.outside
    assert all(np.isfinite(value) for value in loose.measures.values())
