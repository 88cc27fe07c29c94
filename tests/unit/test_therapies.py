"""Every therapy of the table keeps the one interface: names, needs, wishes, numbers, words; then what each adds."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from annulus import simulate
from annulus.anatomy import Case, CoronarySinus
from annulus.errors import InputError
from annulus.geometry import Curve
from annulus.heart import ClosureSettings, Heart
from annulus.io import validate_result
from annulus.mechanics.network import Landing
from annulus.planning import require_parts
from annulus.prediction import Result, by_key, quantity_of
from annulus.sources import PLAIN_SOURCES
from annulus.therapies import ALL_THERAPIES, Placement, Therapy, Wish, therapy
from annulus.therapies.clip import EdgeToEdge, EdgeToEdgeClip
from annulus.therapies.double_anchor import DoubleAnchor
from annulus.therapies.ring import RingExtent, RingShape, SurgicalRing
from leaky_heart import leaky_heart

WITHOUT: dict[str, Callable[[Case], Case]] = {
    "coronary_sinus": lambda case: replace(case, coronary_sinus=None),
    "vein_radius": lambda case: replace(case, coronary_sinus=CoronarySinus(Curve(case.coronary_sinus.curve.points))),
    "arteries": lambda case: replace(case, arteries=()),
    "leaflets": lambda case: replace(case, leaflets=None),
}
"""Part that a therapy may need to a case without it."""

WISHES = (
    {"distal_at_mm": 95.0},
    {"landing": Landing(95.0, 20.0)},
    {"distal_at_mm": 95.0, "traction_n": 1.0},
    {"plication_mm": 8.0},
    {"plication_mm": 8.0, "traction_reaction": "outside"},
)

every_kind = pytest.mark.parametrize("kind", ALL_THERAPIES, ids=lambda kind: kind.kind)


@cache
def heart() -> Heart:
    """A coarse valve: bookkeeping, not predictions."""
    return Heart(leaky_heart(), ClosureSettings(n_columns=40, n_rows=6))


@cache
def done(kind: type[Therapy]) -> Result:
    """The first of the catalogue, by its defaults."""
    return simulate(heart(), kind.catalogue()[0])


@every_kind
class TestEveryTherapy:
    def test_each_name_of_the_catalogue_is_its_own(self, kind: type[Therapy]) -> None:
        names = kind.catalogue()
        assert names and len(names) == len(set(names))
        for name in names:
            found = therapy(name)
            assert type(found) is kind
            assert therapy(f" {name.upper()} ") == therapy(found.name) == therapy(found) == found
            assert [other for other in ALL_THERAPIES if other.named(name.lower()) is not None] == [kind]

    def test_tells_which_part_a_case_lacks_and_how_to_add_it(self, kind: type[Therapy]) -> None:
        one = therapy(kind.catalogue()[0])
        assert set(kind.needs) <= WITHOUT.keys()
        for part, without in WITHOUT.items():
            case = without(leaky_heart())
            if part in kind.needs:
                sentence = f"{one.name} needs a case with .*: add .*; case '{case.id}' has none"
                with pytest.raises(InputError, match=sentence):
                    simulate(case, one)
            elif part not in ("coronary_sinus", "vein_radius") or "vein_radius" not in kind.needs:
                require_parts(case, one)

    def test_a_wish_is_fulfilled_or_refused_by_name(self, kind: type[Therapy]) -> None:
        one = therapy(kind.catalogue()[0])
        for wish in WISHES:
            try:
                placed = one.site(heart(), Wish(**wish))
            except InputError:
                words = f"^({'|'.join(wish)}) is nothing that {one.name} can be asked for: .*; leave it out.$"
                with pytest.raises(InputError, match=words):
                    one.site(heart(), Wish(**wish))
            else:
                _holds(placed, wish)

    def test_survives_pickling_and_serves_as_a_key(self, kind: type[Therapy]) -> None:
        one = therapy(kind.catalogue()[-1])
        again = pickle.loads(pickle.dumps(one))
        assert again == one and again.name == one.name
        assert {one: 1}[again] == 1

    def test_assumptions_have_sources(self, kind: type[Therapy]) -> None:
        lines = [*therapy(kind.catalogue()[0]).assumptions(), *done(kind).assumptions]
        assert len({line.name for line in done(kind).assumptions}) == len(done(kind).assumptions)
        for line in lines:
            assert line.source and line.why, line.name
        cited = done(kind).citations()
        assert cited and not set(cited) & set(PLAIN_SOURCES)

    def test_its_numbers_stand_in_the_catalogue(self, kind: type[Therapy]) -> None:
        own = {path: row for row in kind.quantities for path in row.paths}
        assert own.keys() <= by_key().keys()
        assert all(row.group.split(".")[0] == "therapy" for row in kind.quantities)
        result = done(kind)
        written = {f"therapy.{key}" for key in _leaves(result.to_dict()["therapy"])}
        assert written
        for key in written:
            quantity_of(key)
        p = result.prediction
        drawn = {quantity_of(f"therapy.{key}") for key in p.therapy.numbers(p.heart, p.site, p.by_name)}
        told = _leaves(dict(p.therapy.costly_numbers(p.heart, p.site, p.by_name)))
        assert not any(row.costly for row in drawn)
        assert all(row.costly or row.unit in ("text", "n") for row in (quantity_of(f"therapy.{key}") for key in told))
        # What it says to have, it has.
        assert set(kind.quantities) <= {quantity_of(key) for key in written}

    def test_result_validates_and_is_a_line(self, kind: type[Therapy]) -> None:
        result = done(kind)
        document = result.to_dict()
        validate_result(document)
        assert json.loads(json.dumps(document, allow_nan=False)) == document
        assert document["therapy"]["kind"] == kind.kind
        assert document["therapy"]["device"] == kind.catalogue()[0] or therapy(kind.catalogue()[0]).name
        assert result.prediction.therapy.name in str(result)
        assert "\n" not in str(result) and len(str(result)) < 140
        assert repr(result) == f"<Result {result}>"
        page = result._repr_html_()
        assert page.count("<table>") == 1 and page.count("<tr>") == len(result.rows()) + 1
        assert all(sentence.endswith(".") for sentence in result.flags)

    def test_stages_have_names_and_the_last_one_stays(self, kind: type[Therapy]) -> None:
        p = done(kind).prediction
        names = [stage.name for stage in p.therapy.stages(p.heart, p.site, p.load)]
        assert names and len(names) == len(set(names)) == len(p.states)
        assert [state.name for state in p.states] == names
        assert not {"before", "after"} & set(names)
        assert p.after is p.states[-1]

    def test_shapes_are_points(self, kind: type[Therapy]) -> None:
        p = done(kind).prediction
        for rows in p.therapy.shapes(p.heart, p.site, p.by_name).values():
            array = np.asarray(rows)
            assert array.shape[-1] == 3 and array.ndim in (1, 2) and np.isfinite(array).all()


def _holds(placed: Placement, wish: dict[str, Any]) -> None:
    """The placement is what was wished for, and nothing that was given is assumed."""
    landing = wish.get("landing")
    if landing is not None:
        assert (placed.site.distal_s_mm, placed.site.proximal_s_mm) == (landing.distal_s_mm, landing.proximal_s_mm)
    if "distal_at_mm" in wish:
        assert placed.site.distal_s_mm == wish["distal_at_mm"]
    for name in ("traction_n", "plication_mm"):
        assert name not in wish or getattr(placed.load, name) == wish[name]
    if "traction_reaction" in wish:
        assert placed.load.traction_reaction.value == wish["traction_reaction"]
    assert not {line.name for line in placed.assumptions} & wish.keys()


def _leaves(block: dict[str, Any], head: str = "") -> list[str]:
    out = []
    for key, value in block.items():
        rows = value if isinstance(value, list) else [value]
        for number, row in enumerate(rows):
            place = f"{head}{key}[{number}]" if isinstance(value, list) else f"{head}{key}"
            out += _leaves(row, f"{place}.") if isinstance(row, dict) else [place]
    return out


def test_kinds_differ() -> None:
    assert len({kind.kind for kind in ALL_THERAPIES}) == len(ALL_THERAPIES)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("carillon", "must be named carillon-D-P-L"),
        ("carillon-9-18", "must be named"),
        ("carillon-1.2.3-18-60", "must be named"),
        ("carillon-30-18-60", "distal anchor must be 7 to 14 mm"),
        ("carillon-9-30-60", "proximal anchor must be 12 to 20 mm"),
        ("carillon-9-18-65", "length must be 60, 70, 80 mm"),
        ("double-anchor-0-18-60", "must be positive"),
        ("clip-ZT", "a clip must be named clip-NT"),
        ("clip-NT@1.2.3", "a clip must be named clip-NT"),
        ("ring-28-flat", "a ring must be named ring-SIZE"),
        ("ring-27", "ring size_mm must be one of"),
        ("ringg-28", "a ring must be named ring-SIZE"),
        ("rng-28", "^a therapy must be named ring-SIZE[^;]*; got 'rng-28'. Did you mean ring-"),
        ("carilon-9-18-60", "Did you mean carillon-"),
        ("clp-XTW", "Did you mean clip-"),
        ("stent-9-18-60", r"a therapy must be named .*; none; got 'stent-9-18-60'\.$"),
        ("", "a therapy must be named"),
    ],
)
def test_names_that_are_none(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        therapy(name)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (["ring-28", "clip-XTW"], "must be one name .*got a list of 2: simulate them one by one"),
        (("ring-28",), "got a tuple of 1: simulate them one by one"),
        (28, "one object derived from annulus.Therapy; got int"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_therapy(wish: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        simulate(leaky_heart(), wish)


def test_names_of_double_anchors() -> None:
    device = therapy("carillon-9-18-60")
    assert device == DoubleAnchor(9.0, 18.0, 60.0, family="carillon")
    assert device.name == "carillon-9-18-60"
    assert therapy("double-anchor-9.5-18-65").name == "double-anchor-9.5-18-65"


def test_whole_numbers_are_the_same_device() -> None:
    """A kernel would compile anew for whole numbers."""
    device = DoubleAnchor(9, 18, 60)
    assert device == DoubleAnchor(9.0, 18.0, 60.0)
    assert isinstance(device.length_mm, float) and isinstance(device.distal_diameter_mm, float)


@pytest.mark.parametrize(
    ("name", "ring"),
    [
        ("ring-28", SurgicalRing(28.0, RingShape.SADDLE, RingExtent.COMPLETE)),
        ("Ring-30-planar-partial", SurgicalRing(30.0, RingShape.PLANAR, RingExtent.PARTIAL)),
        ("ring-32-complete", SurgicalRing(32.0)),
    ],
)
def test_names_of_rings(name: str, ring: SurgicalRing) -> None:
    assert therapy(name) == ring


def test_names_of_clips() -> None:
    assert therapy("clip-XTW") == EdgeToEdge((EdgeToEdgeClip(12.0, 6.0),)) == EdgeToEdge(EdgeToEdgeClip(12.0, 6.0))
    two = therapy("clip-NT@-4.5 + clip-nt@4")
    assert two == EdgeToEdge((EdgeToEdgeClip(at_mm=-4.5), EdgeToEdgeClip(at_mm=4.0)))
    assert two.name == "clip-NT@-4.5+clip-NT@4"


@pytest.mark.parametrize(
    ("name", "dose"),
    [
        ("bridge", "bridge-8"),
        ("rods", "rods-2"),
        ("clip", "clip-NT"),
        ("cerclage", "cerclage-2"),
        ("band", "band-20"),
        ("foreshortening", "foreshortening-10"),
    ],
)
def test_a_name_alone_has_a_dose_that_its_forms_state(name: str, dose: str) -> None:
    assert therapy(name) == therapy(dose) and therapy(name).name == dose
    assert f"{name} alone" in type(therapy(name)).forms


def test_footprints_are_assumed() -> None:
    assert {line.source for line in therapy("carillon-9-18-60").assumptions()} == {"assumed"}
