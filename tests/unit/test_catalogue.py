"""One catalogue of every number: what a result writes is in it, its unit stands in the key, and the pages agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Lead
from annulus.anatomy.measures import MEASURES, measure
from annulus.anatomy.parametric import preset
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.heart import ClosureSettings, Heart
from annulus.prediction import Priors, Result, by_key, catalogue, quantities_page, quantity_of
from annulus.prediction._blocks import BLOCKS
from annulus.quantity import SUFFIXES, Quantity, plain_key
from annulus.therapies import ALL_THERAPIES
from annulus.therapies._page import therapies_page
from leaky_heart import leaky_heart

UNITLESS = [unit for unit, suffix in SUFFIXES.items() if not suffix]


@cache
def heart() -> Heart:
    """Coarse, graded, with a stroke volume, a lead through its vein: every number that there is."""
    case = leaky_heart()
    assert case.coronary_sinus is not None
    lead = Lead("lv lead", Curve(case.coronary_sinus.curve.at(np.linspace(0.0, 130.0, 60))), 1.7)
    echo = replace(case.echo, ejection_fraction_percent=60.0, end_diastolic_volume_ml=500.0)
    settings = ClosureSettings(n_columns=40, n_rows=6, scheme="ESC 2021 secondary", fit=False)
    return Heart(replace(case, echo=echo, leads=(lead,)), settings)


@cache
def results() -> tuple[Result, ...]:
    return tuple(simulate(heart(), kind.catalogue()[-1]) for kind in ALL_THERAPIES)


def leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Keys with the numbers of rows and places, and what stands there."""
    if isinstance(value, dict):
        for word, inside in value.items():
            yield from leaves(inside, f"{key}.{word}")
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from leaves(inside, f"{key}[{number}]")
    else:
        yield key, value


def written(result: Result) -> dict[str, Any]:
    return {key: value for name, block in result.blocks.items() for key, value in leaves(block, name)}


def test_every_key_that_a_result_writes_is_in_the_catalogue() -> None:
    types = {"text": str, "flag": bool, "n": int}
    seen: set[Quantity] = set()
    # A valve without a hole has numbers as well.
    tight = simulate(preset("normal"), "none", closure="full")
    assert tight["regurgitation.after.roa_mm2"] == 0.0
    for result in (*results(), tight):
        for key, value in written(result).items():
            quantity = quantity_of(key)
            seen.add(quantity)
            # A whole number in a measured quantity would be left out of the draws; a place in a list may be unknown.
            assert type(value) is types.get(quantity.unit, float) or value is None, key
    # And nothing is promised that no result has: the shipped cases give no aortic annulus.
    assert {row.key for row in catalogue() if row not in seen} <= {"ma_angle_deg", "roa_spread_mm2"}


def test_every_key_of_the_measures_is_in_the_registry() -> None:
    known = {path for row in MEASURES for path in row.paths}
    document = measure(leaky_heart()).to_dict()
    for name in ("annulus", "coronary_sinus", "circumflex"):
        for key, _ in leaves(document[name], name):
            assert plain_key(key) in known or plain_key(key).removesuffix("[]") in known, key


def test_keys_are_unique_and_end_with_their_unit() -> None:
    paths = [path for row in catalogue() for path in row.paths]
    assert len(paths) == len(set(paths)) == len(by_key()) > 250
    for row in catalogue():
        assert row.unit in SUFFIXES, row.id
        assert row.key.endswith(SUFFIXES[row.unit]), row.key
        assert row.group.split(".")[0] in {*BLOCKS, "safety[]"}, row.group
        assert row.definition, row.id
        if row.unit in UNITLESS:
            # No key claims a unit that its number does not have.
            assert not re.search("(" + "|".join(filter(None, SUFFIXES.values())) + ")$", row.key), row.key


def test_costly_is_what_no_draw_has() -> None:
    """Each way round, by the point's own cheap numbers: those of a draw are the same ones."""
    for result in results():
        cheap = result.prediction.numbers()
        assert not [key for key in cheap if quantity_of(key).costly]
        told = {key: value for key, value in written(result).items() if isinstance(value, float)}
        assert {key for key in told if not quantity_of(key).costly} == cheap.keys()
    device = simulate(leaky_heart(), "carillon-9-18-60")
    cheap, drawn = device.prediction.numbers(), device.question.numbers(Priors().draw(1, 0))
    # A tent need not close, and a crossing need not be there, in every world.
    assert {key for key in cheap.keys() ^ drawn.keys() if "crossings[" not in key} <= {
        f"coaptation.{state}.tent.tenting_area_mm2" for state in ("before", "after")
    }


def test_keys_with_numbers_of_rows_and_places() -> None:
    assert quantity_of("circumflex.crossings[12].gap_after_mm").key == "gap_after_mm"
    assert quantity_of("therapy.locked_tension_range_n[1]").id == "locked_tension_range"
    assert quantity_of("annulus.change_percent.ap_mm").id == "ap"
    for key in ("annulus.after.ap", "annulus.sideways.ap_mm", "therapy.clips[].size_mm", ""):
        with pytest.raises(InputError, match="there is no quantity"):
            quantity_of(key)


def test_pages_are_in_step(repository: Path) -> None:
    """`docs/measures.md` has a test of its own."""
    for name, text, command in (
        ("quantities", quantities_page(), "annulus.prediction"),
        ("therapies", therapies_page(ALL_THERAPIES), "annulus.therapies"),
    ):
        page = repository / "docs" / f"{name}.md"
        assert page.read_text(encoding="utf-8") == text, f"run: python -m {command} > docs/{name}.md"


def test_page_names_every_quantity_and_therapy() -> None:
    page = quantities_page()
    for row in catalogue():
        assert f"{row.key}" in page
    text = therapies_page(ALL_THERAPIES)
    for kind in ALL_THERAPIES:
        assert kind.forms in text and kind.catalogue()[0] in text
        for row in kind.quantities:
            assert f"`{row.paths[0]}`" in text
