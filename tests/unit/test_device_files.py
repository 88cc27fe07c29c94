"""Double anchors as data: the sizing rule's flags, what must not lie at a landing, and devices of one's own."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

import annulus
from annulus.anatomy import Case, VeinBranch, VesselPart
from annulus.anatomy.parametric import preset
from annulus.errors import FileError, MissingFileError
from annulus.therapies.double_anchor import DoubleAnchor

OWN = """
name = "slim"
source = "our bench"
distal_mm = [6, 10]
proximal_mm = [12, 16]
length_mm = [55, 65]
[footprint]
distal_mm = 8
proximal_mm = 7
[sizing]
distal_oversize = [1.1, 1.4]
[size]
distal_mm = 9
proximal_mm = 16
length_mm = 65
"""


@pytest.fixture(scope="module")
def case() -> Case:
    return preset("fmr")


def _written(folder: Path, text: str) -> str:
    file = folder / "My-Device.toml"
    file.write_text(text)
    return str(file)


class TestSizing:
    """The vein is 6.1 mm wide at the distal anchor of a 60 mm device in the FMR preset, 10.2 mm at the proximal one."""

    @pytest.mark.parametrize(
        ("device", "told"),
        [
            ("carillon-9-18-60", ""),
            ("double-anchor-5-18-60", "distal anchor .5 mm. is smaller than the vein"),
            ("carillon-7-18-60", "distal anchor .7 mm. is 1.1. times .* less than the sizing rule's 1.2: it may slip"),
            ("carillon-13-18-60", "distal anchor .13 mm. is 2.1. times .* more than the sizing rule's 2"),
            ("double-anchor-9-9-60", "proximal anchor .9 mm. is smaller"),
            ("carillon-9-12-60", "proximal anchor .12 mm. is 1.18 times .* less than"),
            ("double-anchor-9-21-60", "proximal anchor .21 mm. is 2.0. times .* more than"),
        ],
    )
    def test_both_bounds_at_both_anchors(self, case: Case, device: str, told: str) -> None:
        flags = [
            flag
            for flag in annulus.simulate(case, device, closure="none").flags
            if re.match(r"the (distal|proximal) anchor", flag)
        ]
        assert len(flags) == bool(told)
        if told:
            assert re.search(told, flags[0])

    def test_length_rule(self, tmp_path: Path, case: Case) -> None:
        """A vein of 155.4 mm for a device of 65 mm: 90 mm longer, which serves a rule of 100 less 10, not of 101."""
        for asked, told in ((100.0, False), (101.0, True)):
            text = OWN.replace("[sizing]", f"[sizing]\nvein_longer_mm = {asked:g}")
            result = annulus.simulate(case, _written(tmp_path, text), closure="none")
            assert any("is only 90 mm longer than the device" in flag for flag in result.flags) == told

    def test_the_matrix_is_labelled(self, case: Case) -> None:
        lines = {line.name: line for line in annulus.therapy("carillon-9-18-60").assumptions()}
        assert "makers' 37 are not public" in lines["size_matrix"].why
        assert f"{len(DoubleAnchor.catalogue())} combinations" in lines["size_matrix"].why
        assert lines["oversize_bounds"].value == "1.2 to 2, 1.2 to 2"
        odd = annulus.simulate(case, "carillon-9-18-70", closure="none")
        assert any("not in the chosen matrix of sizes" in flag for flag in odd.flags)


class TestLanding:
    """The anchors of this device cover 0 to 10 and 86.3 to 96.3 mm of the vein."""

    @pytest.mark.parametrize(
        ("lies", "told"),
        [
            (
                {"branches": (VeinBranch("posterolateral", 90.0, 3.5),)},
                "covers the mouth of posterolateral",
            ),
            ({"branches": (VeinBranch("small", 90.0, 1.5),)}, ""),
            ({"branches": (VeinBranch("middle", 50.0, 5.0),)}, ""),
            ({"valves_mm": (88.0,)}, "distal anchor lands on the venous valve at 88.0 mm"),
            ({"valves_mm": (4.0,)}, "proximal anchor lands on the venous valve"),
            ({"valves_mm": (50.0,)}, ""),
            ({"stents": (VesselPart("lcx stent", 40.0, 55.0),)}, "the stent lcx stent lies at 40.0 to 55.0 mm"),
            ({"stents": (VesselPart("far", 110.0, 120.0),)}, ""),
        ],
    )
    def test_what_must_not_lie_there(self, case: Case, lies: dict[str, object], told: str) -> None:
        assert case.coronary_sinus is not None
        other = replace(case, coronary_sinus=replace(case.coronary_sinus, **lies))  # type: ignore[arg-type]
        before, flags = (annulus.simulate(heart, "carillon-9-18-60", closure="none").flags for heart in (case, other))
        new = [flag for flag in flags if flag not in before]
        assert len(new) == bool(told) and all(told in flag for flag in new)


class TestFiles:
    def test_a_device_of_ones_own(self, tmp_path: Path, case: Case) -> None:
        device = annulus.therapy(_written(tmp_path, OWN))
        assert isinstance(device, DoubleAnchor) and device.name == "slim-9-16-65"
        assert (device.distal_footprint_mm, device.proximal_footprint_mm) == (8.0, 7.0)
        assert pickle.loads(pickle.dumps(device)) == device
        result = annulus.simulate(case, _written(tmp_path, OWN), closure="none", samples=24, seed=1)
        assert result.to_dict()["therapy"]["device"] == "slim-9-16-65"  # type: ignore[index, call-overload]
        assert result["therapy.landing.proximal_s_mm"] == pytest.approx(7.0, abs=1e-6)
        # Its own bound of 1.4, not the Carillon's of 2; the other anchor's is the Carillon's.
        assert any("more than the sizing rule's 1.4" in flag for flag in result.flags)
        assert not any("proximal anchor (16 mm) is" in flag for flag in result.flags)
        told = {line.name: line for line in result.assumptions}
        assert told["oversize_bounds"].source == "user" and "size_matrix" not in told

    @pytest.mark.parametrize(
        ("old", "new", "told"),
        [
            ("distal_mm = 9", "distal_mm = 11", "size.distal_mm: slim distal anchor must be 6 to 10 mm; got 11"),
            ("distal_mm = 9", "distal_mm = 9.5", "slim distal anchor must be 6 to 10 mm in steps of 1; got 9.5"),
            ("length_mm = 65", "length_mm = 60", "size.length_mm: slim length must be 55, 65 mm; got 60"),
            ("[6, 10]", "[10, 6]", "distal_mm: must be a lower and an upper bound"),
            ("[1.1, 1.4]", "[1.4, 1.1]", "sizing.distal_oversize: must be a lower and an upper bound"),
            ("[55, 65]", "[65, 55]", "length_mm: must be increasing"),
            ("[55, 65]", "[]", "length_mm: must be a list of positive numbers"),
            ("[6, 10]", '"6 to 10"', "distal_mm: must be a list of positive numbers"),
            ("distal_mm = 8", "distal_mm = -8", "footprint.distal_mm: must be a positive number"),
            ('name = "slim"', "", "name: must be a text; got None"),
            ("[size]", "[sise]", "sise: is no key here .* did you mean 'size'"),
            ("proximal_mm = 7", "proximl_mm = 7", "footprint.proximl_mm: is no key here .* did you mean 'proximal_mm'"),
            (
                'name = "slim"',
                'name = "slim"\nlong_distal_mm = 12',
                "long_distal_mm: must be a distal anchor",
            ),
            ('name = "slim"', 'name = "slim"\nkind = "clip"', "kind: must be a kind of therapy that reads files"),
            ("[size]", "[size", "must be a TOML file that can be read"),
        ],
    )
    def test_what_contradicts_itself(self, tmp_path: Path, old: str, new: str, told: str) -> None:
        assert old in OWN
        with pytest.raises(FileError, match=told):
            annulus.therapy(
                _written(tmp_path, OWN.replace(old, new, 1) if old != "distal_mm = 9" else OWN.replace(old, new))
            )

    def test_no_size(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match="size: must say which size is meant"):
            annulus.therapy(_written(tmp_path, OWN.split("[size]")[0]))

    def test_no_file(self) -> None:
        with pytest.raises(MissingFileError, match="there is no such device file"):
            annulus.therapy("nowhere.toml")
