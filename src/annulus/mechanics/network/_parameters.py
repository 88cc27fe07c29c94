"""Stiffnesses and other numbers that the cinching equilibrium rests on, each with prior, unit and source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from types import MappingProxyType

from annulus._arrays import real_number
from annulus.errors import InputError
from annulus.mechanics.network._calibration import CALIBRATION_SOURCE, calibrated_value, calibration
from annulus.sources import Assumption, Distribution, Parameter

__all__ = ["CINCH_PRIORS", "CinchParameters", "posterior_draws"]

_PROTOTYPE = "cinch-prototype"
_POSITIVE = (1.0e-9, float("inf"))
_NOT_NEGATIVE = (0.0, float("inf"))


def _lognormal(name: str, value: float, unit: str, spread: float, source: str, why: str) -> Parameter:
    return Parameter(name, value, unit, Distribution.LOGNORMAL, spread, _POSITIVE, source, True, why)


_ROWS = (
    _lognormal("annulus_axial_n", 6.0, "N", 0.6, _PROTOTYPE, "axial stiffness EA of the posterior annulus"),
    _lognormal(
        "annulus_bending_nmm2", 30.0, "N mm2", 0.7, _PROTOTYPE, "bending stiffness B of the wall-embedded annulus"
    ),
    _lognormal(
        "anterior_factor", 10.0, "1", 0.5, _PROTOTYPE, "EA and B between the trigones over those of the posterior arc"
    ),
    _lognormal("vein_axial_n", 3.0, "N", 0.7, "mechanics-notes", "axial stiffness EA of the free vein, 1.5 to 12 N"),
    _lognormal("vein_bending_nmm2", 10.0, "N mm2", 0.7, _PROTOTYPE, "bending stiffness B of the vein with its sleeve"),
    _lognormal(
        "strap_link_n_per_mm", 0.3, "N/mm", 0.8, _PROTOTYPE, "atrial wall strap along the link from vein to annulus"
    ),
    _lognormal(
        "strap_vector_n_per_mm", 0.5, "N/mm", 0.8, _PROTOTYPE, "atrial wall strap as a vector; no experiment fixes it"
    ),
    # An epicardial spring of 0.2 kPa/mm (quoted from memory in the notes) over 10 mm of wall, and wide: the prior must
    # not repeat estimates that were themselves drawn from the ovine suture.
    _lognormal("foundation_kpa", 2.0, "kPa", 1.2, "assumed", "support by the atrial and ventricular wall"),
    _lognormal("tangential_ratio", 1.0, "1", 0.5, _PROTOTYPE, "support along the annulus over support across it"),
    _lognormal("normal_ratio", 4.0, "1", 0.5, _PROTOTYPE, "support along the annulus normal over support in its plane"),
    _lognormal(
        "stiffening_length_mm",
        8.0,
        "mm",
        0.5,
        _PROTOTYPE,
        "displacement at which the support's force is twice that of the linear support",
    ),
    # Annulus tissue of 2.4 to 3.8 MPa over vein wall of 0.1 to 0.15 MPa [mechanics-notes] gives about 25.
    _lognormal(
        "trigone_factor", 30.0, "1", 1.0, "assumed", "extra support at the trigones over that of the posterior arc"
    ),
    _lognormal("trigone_width_mm", 16.0, "mm", 0.4, _PROTOTYPE, "decay of the trigones' support along the annulus"),
    # No value is published. The ostium opens beside the septum and the fibrous body, tissue as at the trigones.
    Parameter(
        "ostium_factor",
        30.0,
        "1",
        Distribution.LOGNORMAL,
        1.0,
        (0.0, 1.0e4),
        "assumed",
        True,
        "extra support of the vein at its ostium over that of its free course; the ostium opens beside septum and "
        "fibrous body, tissue as at the trigones",
    ),
    Parameter(
        "ostium_width_mm",
        15.0,
        "mm",
        Distribution.LOGNORMAL,
        0.4,
        (1.0e-9, 100.0),
        "assumed",
        True,
        "decay of the ostium's support along the vein",
    ),
    _lognormal(
        "human_stiffness_factor",
        1.4,
        "1",
        0.35,
        "assumed",
        "tissue of a human heart with functional regurgitation over the sheep's, likely 1 to 2: scales every force and "
        "leaves the shape at a given plication; forces are known to a factor of 2",
    ),
    _lognormal("ribbon_axial_n_per_mm", 40.0, "N/mm", 0.7, _PROTOTYPE, "EA/L of the ribbon between the anchors"),
    Parameter(
        "ribbon_bending_nmm2",
        16.0,
        "N mm2",
        Distribution.LOGNORMAL,
        0.8,
        _NOT_NEGATIVE,
        _PROTOTYPE,
        True,
        "bending stiffness EI of the ribbon; no public value for the Carillon",
    ),
    Parameter(
        "friction_coefficient",
        0.2,
        "1",
        Distribution.NORMAL,
        0.05,
        (0.0, 1.0),
        "mechanics-notes",
        True,
        "ribbon on vein wall, 0.1 to 0.3",
    ),
    _lognormal("artery_axial_n", 3.0, "N", 0.7, "assumed", "axial stiffness EA of the artery"),
    _lognormal("artery_bending_nmm2", 2.0, "N mm2", 0.7, "assumed", "bending stiffness B of the artery"),
    _lognormal(
        "artery_bed_kpa",
        20.0,
        "kPa",
        1.0,
        _PROTOTYPE,
        "support of the artery by the myocardium behind it, 20 to 1000 kPa",
    ),
    Parameter(
        "artery_pressure_mmhg",
        100.0,
        "mmHg",
        Distribution.NORMAL,
        10.0,
        (1.0, 300.0),
        "assumed",
        True,
        "mean pressure in the artery",
    ),
)

CINCH_PRIORS: Mapping[str, Parameter] = MappingProxyType({row.name: row for row in _ROWS})
"""Prior of every field of `CinchParameters`, by name.

What the calibration knows beyond them, for the stiffnesses together, is in `posterior_draws`.
"""


def _default(name: str) -> float:
    return CINCH_PRIORS[name].value


@dataclass(frozen=True, slots=True)
class CinchParameters:
    """Numbers of the cinching equilibrium; meaning, unit, prior and source of each in `CINCH_PRIORS`.

    Defaults are the calibrated values where there are any (`calibration`), else the centres of the priors.

    Raises
    ------
    InputError
        A value outside its bounds (a stiffness that is zero or negative, for one).
    """

    annulus_axial_n: float = _default("annulus_axial_n")
    annulus_bending_nmm2: float = _default("annulus_bending_nmm2")
    anterior_factor: float = _default("anterior_factor")
    vein_axial_n: float = _default("vein_axial_n")
    vein_bending_nmm2: float = _default("vein_bending_nmm2")
    strap_link_n_per_mm: float = _default("strap_link_n_per_mm")
    strap_vector_n_per_mm: float = _default("strap_vector_n_per_mm")
    foundation_kpa: float = field(default_factory=partial(calibrated_value, "foundation_kpa"))
    tangential_ratio: float = _default("tangential_ratio")
    normal_ratio: float = _default("normal_ratio")
    stiffening_length_mm: float = _default("stiffening_length_mm")
    trigone_factor: float = field(default_factory=partial(calibrated_value, "trigone_factor"))
    trigone_width_mm: float = _default("trigone_width_mm")
    ostium_factor: float = _default("ostium_factor")
    ostium_width_mm: float = _default("ostium_width_mm")
    human_stiffness_factor: float = _default("human_stiffness_factor")
    ribbon_axial_n_per_mm: float = _default("ribbon_axial_n_per_mm")
    ribbon_bending_nmm2: float = _default("ribbon_bending_nmm2")
    friction_coefficient: float = _default("friction_coefficient")
    artery_axial_n: float = _default("artery_axial_n")
    artery_bending_nmm2: float = _default("artery_bending_nmm2")
    artery_bed_kpa: float = _default("artery_bed_kpa")
    artery_pressure_mmhg: float = _default("artery_pressure_mmhg")

    def __post_init__(self) -> None:
        for item in fields(self):
            value = real_number(item.name, getattr(self, item.name))
            prior = CINCH_PRIORS[item.name]
            low, high = prior.bounds
            if not low <= value <= high:
                raise InputError(
                    f"{item.name} must be a number in [{low:g}, {high:g}] {prior.unit}; got {value}: give one inside."
                )

    def assumptions(self) -> tuple[Assumption, ...]:
        """One line for every number that no datum of the case pins."""
        return tuple(self._line(row) for row in CINCH_PRIORS.values() if row.assumed)

    def _line(self, row: Parameter) -> Assumption:
        value = getattr(self, row.name)
        if value == calibration().fitted.get(row.name):
            why = f"{row.why}; fitted to the pull on a suture in the coronary sinus of sheep"
            return Assumption(row.name, value, row.unit, why, CALIBRATION_SOURCE)
        return Assumption(row.name, value, row.unit, row.why, row.source)


def posterior_draws() -> tuple[CinchParameters, ...]:
    """Parameter sets of equal weight from the calibration's joint posterior, in random order.

    The stiffnesses, the ostium's support and the friction vary together as the ovine suture allows, the factor from
    sheep to human by its prior; ribbon and artery keep their defaults.
    """
    shipped = calibration()
    return tuple(CinchParameters(**dict(zip(shipped.names, row, strict=True))) for row in shipped.draws.tolist())
