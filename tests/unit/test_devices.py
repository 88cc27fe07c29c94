"""Double anchors: names, catalogue, rules."""

from __future__ import annotations

import pytest

from annulus.devices import DoubleAnchor, parse_device
from annulus.errors import InputError


def test_name_round_trip() -> None:
    device = parse_device("carillon-9-18-60")
    assert device == DoubleAnchor(9.0, 18.0, 60.0, family="carillon")
    assert device.name == "carillon-9-18-60"
    assert parse_device("double-anchor-9.5-18-65").name == "double-anchor-9.5-18-65"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("carillon", "must be named carillon-D-P-L"),
        ("carillon-9-18", "must be named"),
        ("carillon-1.2.3-18-60", "must be named"),
        ("stent-9-18-60", "must be named"),
        ("carillon-30-18-60", "distal anchor must be 7 to 14 mm"),
        ("carillon-9-30-60", "proximal anchor must be 12 to 20 mm"),
        ("carillon-9-18-65", "length must be 60, 70, 80 mm"),
        ("double-anchor-0-18-60", "must be positive"),
    ],
)
def test_bad_names(name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_device(name)


def test_footprints_are_assumed() -> None:
    assert {line.source for line in parse_device("carillon-9-18-60").assumptions()} == {"assumed"}
