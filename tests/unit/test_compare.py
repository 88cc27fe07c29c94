"""Comparisons: equal worlds, paired differences, what cannot be done, the verb's table, file and plot."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus import compare, simulate
from annulus.anatomy.parametric import preset
from annulus.cli import main
from annulus.errors import InputError, SolveError
from annulus.io import save_case, validate_result
from annulus.planning import Comparison
from annulus.prediction import Samples
from leaky_heart import leaky_heart

THREE = ("carillon-8-14-60", "rods-2", "none")
AP = "annulus.after.ap_mm"


@cache
def three() -> Comparison:
    return compare(preset("fmr"), THREE, samples=20)


def test_each_is_what_simulate_gives() -> None:
    for name, result in three().results.items():
        alone = simulate(preset("fmr"), name, samples=20)
        assert alone.values[AP] == result.values[AP]
        assert alone.interval(AP) == result.interval(AP)


def test_differences_are_paired_world_by_world() -> None:
    """Against the definition, and sharper than two intervals that know nothing of each other."""
    found = {(each.therapy, each.less, each.key): each for each in three().differences}
    each = found["rods-2", "carillon-8-14-60", AP]
    rods, device = (three().results[name].samples for name in ("rods-2", "carillon-8-14-60"))
    assert rods is not None and device is not None
    common = sorted(set(rods.worlds) & set(device.worlds))
    columns = [[float(s.values[AP][s.worlds.index(world)]) for world in common] for s in (rods, device)]
    by_hand = np.quantile(np.subtract(*columns), (0.05, 0.95), method="weibull")
    assert each.interval == pytest.approx(tuple(by_hand), abs=1e-12)
    assert each.n_worlds == len(common)
    assert each.value == three().results["rods-2"].values[AP] - three().results["carillon-8-14-60"].values[AP]
    none = found["none", "carillon-8-14-60", AP]
    assert none.interval is not None and none.interval[0] > 0.0
    apart = sum(np.diff(three().results[name].interval(AP) or (0.0, 0.0))[0] for name in ("none", "carillon-8-14-60"))
    assert np.diff(none.interval)[0] < 0.8 * apart


def test_differences_need_worlds_in_common() -> None:
    one = Samples({"x": np.arange(20.0)}, {"x": 0.0}, 0.9, 0, {}, tuple(range(20)))
    other = replace(one, worlds=tuple(range(10, 30)))
    with pytest.raises(SolveError, match="needs 19 worlds that both predictions have; 10 of seeds 0 and 0"):
        one.difference(other)
    assert one.difference(replace(one, values={"x": np.arange(20.0) - 2.0})).intervals["x"] == (2.0, 2.0)


def test_carillon_alone_is_the_size_by_rule() -> None:
    """Vein of 155 mm: the longest ribbon; both anchors near the middle of 1.2 to 2 times the vein."""
    found = compare(preset("fmr"), "carillon,none", samples=0, closure="none")
    name = next(iter(found.results))
    assert name.startswith("carillon-") and name.endswith("-80")
    ratios = [found.results[name][f"therapy.{end}_oversize"] for end in ("distal", "proximal")]
    assert ratios == pytest.approx([1.6, 1.6], abs=0.15)
    assert f"carillon was taken as {name}" in found.notes[0]
    assert all(each.interval is None for each in found.differences)


def test_what_a_heart_does_not_allow_is_told() -> None:
    case = replace(preset("fmr"), coronary_sinus=None, arteries=())
    found = compare(case, "carillon-8-14-60,ring-32,none", samples=0, closure="none")
    assert "coronary sinus" in found.failures["carillon-8-14-60"]
    assert list(found.results) == ["ring-32-saddle-complete", "none"]
    with pytest.raises(InputError, match="none of the therapies can be done"):
        compare(case, "carillon-8-14-60", samples=0)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="twice: leave one out"):
        compare(preset("fmr"), "none,none", samples=0, closure="none")
    with pytest.raises(InputError, match="must be named"):
        compare(preset("fmr"), "glue", samples=0)
    with pytest.raises(InputError, match="at least one name"):
        compare(preset("fmr"), [], samples=0)


def test_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    save_case(preset("fmr"), tmp_path / "case.json")
    file, plot = tmp_path / "c.json", tmp_path / "c.png"
    words = ("--therapies", "carillon-8-14-60,none", "--samples", "20", "--workers", "1")
    with pytest.raises(SystemExit) as left:
        main(["compare", str(tmp_path / "case.json"), *words, "--json", str(file), "--plot", str(plot)])
    assert not left.value.code
    out = " ".join(capsys.readouterr().out.split())
    for told in ("less carillon-8-14-60, world by world", "anteroposterior AP", "Research use only"):
        assert told in out
    document = json.loads(file.read_text())
    validate_result(document)
    assert [each["therapy"] for each in document["therapies"]] == ["carillon-8-14-60", "none"]
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("wrong", "told"), [({"samples": 1}, "an interval of level"), ({"level": 2.0}, "level must")])
def test_what_no_heart_could_answer_is_not_blamed_on_the_heart(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=f"^{told}"):
        compare(preset("fmr"), "none", closure="none", **wrong)


def test_a_valve_that_the_fast_closure_does_not_know_is_closed_fully() -> None:
    """As `simulate` does where nobody asked for a closure: papillary tips 43 mm away from any that it was fitted to."""
    case = leaky_heart()
    case = replace(case, papillary_tips={name: tip + 25.0 for name, tip in case.papillary_tips.items()})
    with pytest.raises(InputError, match="the fast closure knows no valve like this"):
        compare(case, "none", samples=0, closure="fast")
    found = compare(case, "none", samples=0)
    assert "closed fully" in found.notes[0] and found.to_dict()["closure"] == "full"


def test_verb_refuses_a_plot_of_another_kind_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_case(preset("fmr"), tmp_path / "case.json")
    with pytest.raises(SystemExit) as left:
        main(["compare", str(tmp_path / "case.json"), "--therapies", "none", "--plot", str(tmp_path / "c.xyz")])
    assert left.value.code == 2 and "suffix must be one of .png, .svg, .pdf; got '.xyz'" in capsys.readouterr().err
