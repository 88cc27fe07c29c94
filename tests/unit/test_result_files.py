"""Result files: what their schema takes, and files of the version before read as today's."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from annulus import simulate
from annulus.anatomy.parametric import preset
from annulus.errors import FileError
from annulus.io import upgraded_result, validate_result
from annulus.prediction import quantity_of


def _old(**blocks: Any) -> dict[str, Any]:
    """A result as the version before wrote it, cut to what the schema asks for."""
    return {
        "schema": "annulus.result/1",
        "case": {"id": "fmr", "digest": 64 * "0", "phase": "mid-systole"},
        "therapy": {"kind": "double_anchor", "device": "carillon-9-18-60", "plication_mm": 10.0},
        "assumptions": [],
        "solver": {"status": "converged", "residual_n": 1e-9},
        "provenance": {"version": "0.1.0"},
        **blocks,
    }


TENT = {"model": "tent", "closes": True, "coapt_height_mm": 0.6, "tenting_height_mm": 8.6, "closing_ap_mm": 32.1}


def tent_only() -> dict[str, Any]:
    """Without a closure the tent stood for the closed valve, in the keys of the intervals too."""
    keys = {"coaptation.after.coapt_height_mm": [0.1, 1.2], "annulus.after.ap_mm": [29.0, 32.0]}
    intervals = {"level": 0.9, "by_key": keys, "standard_error": keys, "n_samples": 40, "seed": 3}
    shares = {"by_key": {"coaptation.after.coapt_height_mm": [], "annulus.change_percent.ap_mm": []}, "base": 64}
    return _old(coaptation={"before": TENT, "after": TENT}, intervals=intervals, importance=shares)


def closed() -> dict[str, Any]:
    """Beside a closure the tent had a place of its own; chordae were chords."""
    state = {
        "model": "full closure",
        "coapt_height_mean_mm": 4.6,
        "chord_tension_max_n": 1.5,
        "chord_tension_marginal_sum_n": 9.0,
        "tent": TENT,
    }
    intervals = {"level": 0.9, "by_key": {"coaptation.after.tent.coapt_height_mm": [0.1, 1.2]}}
    return _old(coaptation={"before": state, "after": state}, intervals=intervals)


def with_device() -> dict[str, Any]:
    """The device's path had a name of its own."""
    path = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    shapes = {"device_path_after_mm": path, "anchors_mm": {"distal": path[1], "proximal": path[0]}}
    return _old(shapes=shapes)


@pytest.mark.parametrize("make", [tent_only, closed, with_device])
def test_old_files_are_read_as_new_ones(make: Any, repository: Path) -> None:
    old = make()
    before = copy.deepcopy(old)
    new = json.loads(json.dumps(upgraded_result(old)))
    assert old == before
    assert new["schema"] == "annulus.result/2"
    validate_result(old)
    jsonschema.validate(new, json.loads((repository / "docs" / "schemas" / "annulus.result-2.json").read_text()))
    assert upgraded_result(new) is new
    for key in new.get("intervals", {}).get("by_key", {}):
        quantity_of(key)


def test_what_each_old_key_became() -> None:
    tent = upgraded_result(tent_only())
    assert tent["coaptation"]["after"] == {"tent": TENT}
    for table in (tent["intervals"]["by_key"], tent["intervals"]["standard_error"]):
        assert table == {"coaptation.after.tent.coapt_height_mm": [0.1, 1.2], "annulus.after.ap_mm": [29.0, 32.0]}
    assert (tent["intervals"]["level"], tent["intervals"]["seed"]) == (0.9, 3)
    assert list(tent["importance"]["by_key"]) == [
        "coaptation.after.tent.coapt_height_mm",
        "annulus.change_percent.ap_mm",
    ]
    state = upgraded_result(closed())["coaptation"]["after"]
    assert (state["chordae_tension_max_n"], state["chordae_tension_marginal_sum_n"]) == (1.5, 9.0)
    assert state["tent"] == TENT and state["model"] == "full closure"
    assert list(upgraded_result(closed())["intervals"]["by_key"]) == ["coaptation.after.tent.coapt_height_mm"]
    shapes = upgraded_result(with_device())["shapes"]
    assert shapes.keys() == {"device_mm", "anchors_mm"}
    assert shapes["device_mm"] == {"ribbon": [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]}


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"schema": "annulus.result/3"}, "schema", "must be one of annulus.result/2"),
        ({"anulus": {}}, "", "did you mean 'annulus'"),
        ({"coaptation": {"before": 3.0}}, "coaptation.before", "must be a table of keys"),
        ({"annulus": {"after": {"ap": 3.0}}}, "annulus.after", "unknown key 'ap'"),
        ({"annulus": {"after": {"ap_mm": "3"}}}, "annulus.after.ap_mm", "must be a number"),
    ],
)
def test_what_is_no_result(change: dict[str, Any], place: str, words: str) -> None:
    with pytest.raises(FileError, match=words) as told:
        validate_result(_old() | change, name="r.json")
    assert told.value.place == place


def test_result_obeys_the_published_schema(repository: Path) -> None:
    """The file that others read by, not only our own models."""
    schema = json.loads((repository / "docs" / "schemas" / "annulus.result-2.json").read_text())
    result = simulate(preset("fmr"), "carillon-9-18-60", samples=8, level=0.5, closure="fast")
    jsonschema.validate(json.loads(json.dumps(result.to_dict(), allow_nan=False)), schema)
