"""A heart from clinical numbers: what is given is kept, a preset fills in the rest and the case lists it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from annulus.anatomy._annulus import Annulus
from annulus.anatomy._case import Case, Echo, Phase
from annulus.anatomy._vessels import Artery, CoronarySinus
from annulus.anatomy.parametric._annulus import AnnulusParameters, parametric_annulus
from annulus.anatomy.parametric._case import PapillaryParameters, VentricleParameters, assembled_case
from annulus.anatomy.parametric._circumflex import CrossingSide, Dominance
from annulus.anatomy.parametric._clinical import ClinicalNumbers
from annulus.anatomy.parametric._clinical_of_case import clinical_numbers
from annulus.anatomy.parametric._filling import Filling, filled_by
from annulus.anatomy.parametric._fit import AnnulusFit, fit_annulus
from annulus.anatomy.parametric._fitting_circumflex import fitting_circumflex
from annulus.anatomy.parametric._leaflets import LeafletParameters, parametric_leaflets
from annulus.anatomy.parametric._presets import Preset, preset_choices, preset_of
from annulus.anatomy.parametric._sinus import CoronarySinusParameters, parametric_coronary_sinus
from annulus.anatomy.parametric._walls import annulus_clearance
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["ShapedCase", "shaped_case"]

_ANNULUS = MappingProxyType(
    {
        "ap_mm": "ap_mm",
        "alpm_mm": "alpm_mm",
        "height_mm": "height_mm",
        "intertrigonal_mm": "it_mm",
        "commissural_width_mm": "cw_mm",
        "perimeter_mm": "perimeter_3d_mm",
        "area_2d_mm2": "area_2d_mm2",
    }
)
"""Clinical number to the measure that it is."""

_REDUNDANT = frozenset({"commissural_width_mm", "perimeter_mm", "area_2d_mm2"})

_LARGEST_MISFIT = 0.2
"""Numbers that no annulus meets within this share are not of one annulus."""

_TOLERANCE = 0.05
"""Share of each number that counts as one in the fit."""

_DRAWN_SHARE, _STEEP_DEG = 0.4, 80.0
"""A drawn leaflet that covers more of the AP diameter hangs steeper [deg]."""


@dataclass(frozen=True, eq=False)
class ShapedCase:
    """A parametric heart, and how near it comes to what was asked.

    Parameters
    ----------
    case
        The heart.
    asked, found
        Clinical numbers by name: as given, and measured on `case`.
    fit
        Of the annulus, where redundant numbers were given; else None.
    """

    case: Case
    asked: Mapping[str, float]
    found: Mapping[str, float]
    fit: AnnulusFit | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", MappingProxyType(dict(self.asked)))
        object.__setattr__(self, "found", MappingProxyType(dict(self.found)))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.case, dict(self.asked), dict(self.found), self.fit)


def shaped_case(
    which: Preset | str,
    numbers: ClinicalNumbers | None = None,
    *,
    crossing_side: CrossingSide | None = None,
    dominance: Dominance | None = None,
    circumflex: bool = True,
    id: str | None = None,  # noqa: A002
    phase: Phase | None = None,
) -> ShapedCase:
    """A parametric heart that measures what it was asked to, filled in by a preset.

    What is given is no assumption. Each parameter that the preset filled in stands in the case's `assumptions` with
    the preset's source, each that follows from given ones with the rule. Without any number the geometry is the
    preset's own. Baseline echo is absent where it is not given.

    Parameters
    ----------
    which
        Preset that fills in, or its name.
    numbers
        What is known. Where the annulus has redundant numbers (commissural width, perimeter or area beside the
        diameters) the nearest annulus is taken by least squares, 5 % of each number counting alike.
    crossing_side
        Circumflex between vein and annulus, crossing under or over the vein, or ending before it would pass; where
        None, under where a crossing is given, else between.
    dominance
        Left gives a larger circumflex that reaches the crux; right where None.
    circumflex
        False where nothing is known of it: it is then absent, with its crossings and gaps.
    id
        Name of the case; the preset's where None.
    phase
        Phase that the given numbers belong to; mid-systole, as the presets' annuli, where None.

    Raises
    ------
    InputError
        No such preset, or numbers that no heart has together: the sentence names them and the rule.
    """
    group = preset_of(which)
    given = (numbers or ClinicalNumbers()).given()
    _check_choices(given, crossing_side, dominance, circumflex)
    filling = filled_by(group, given, dominance=dominance or Dominance.RIGHT)
    with filling.in_clinical_words():
        filling, fit = _fitted(filling, given)
        ring = parametric_annulus(AnnulusParameters(**filling.part("annulus")))
        sinus = parametric_coronary_sinus(ring, CoronarySinusParameters(**filling.part("coronary_sinus")))
        _check_vein(ring, sinus)
        arteries: tuple[Artery, ...] = ()
        if circumflex:
            side = crossing_side or (CrossingSide.UNDER if _crossing_in(given) else CrossingSide.BETWEEN)
            filling, arteries = fitting_circumflex(
                ring, sinus, filling, given, side=side, dominance=dominance or Dominance.RIGHT
            )
        filling = _opened(filling)
        leaflets = parametric_leaflets(ring, LeafletParameters(**filling.part("leaflets")))
    if not circumflex:
        filling = filling.without("circumflex")
    case = assembled_case(
        ring,
        coronary_sinus=sinus,
        arteries=arteries,
        leaflets=leaflets,
        papillary=PapillaryParameters(**filling.part("papillary")),
        ventricle=VentricleParameters(**filling.part("ventricle")),
        echo=Echo(**{item.name: given.get(item.name) for item in fields(Echo)}),
        id=id or group.value,
        assumptions=(
            *(filling.lines[name] for name in sorted(filling.lines)),
            *_choices(given, crossing_side, dominance, phase, arteries),
        ),
    )
    told = f"{case.source}, preset {group.value}"
    if given:
        told += f" with given {', '.join(given)}"
    case = replace(case, source=told, phase=phase or Phase.MID_SYSTOLE)
    return ShapedCase(case, given, clinical_numbers(case), fit)


def _check_choices(
    given: Mapping[str, float], side: CrossingSide | None, dominance: Dominance | None, circumflex: bool
) -> None:
    told = [name for name in given if name.startswith("lcx_")]
    told += ["crossing_side"] * (side is not None) + ["dominance"] * (dominance is not None)
    if told and not circumflex:
        raise InputError(f"{told[0]} must be left out where the circumflex is unknown: give one or the other.")
    at = _crossing_in(given)
    if at and side in (CrossingSide.NONE, CrossingSide.BETWEEN):
        raise InputError(f"{at[0]} must be left out where the circumflex does not cross; got {given[at[0]]:g} mm.")


def _crossing_in(given: Mapping[str, float]) -> list[str]:
    """Which of the given numbers are of a crossing."""
    return [name for name in ("lcx_crossing_mm", "lcx_gap_mm") if name in given]


def _fitted(filling: Filling, given: Mapping[str, float]) -> tuple[Filling, AnnulusFit | None]:
    """With the annulus that comes nearest to redundant numbers."""
    asked = {name: value for name, value in given.items() if name in _ANNULUS}
    if asked.keys().isdisjoint(_REDUNDANT):
        return filling, None
    fields_now = filling.part("annulus")
    # Where only one diameter is given, the fit starts from the other in the preset's proportion.
    whole = AnnulusParameters(**filled_by(filling.preset, {}).part("annulus"))
    for known, left_out in (("ap_mm", "alpm_mm"), ("alpm_mm", "ap_mm")):
        if known in given and left_out not in given:
            fields_now[left_out] = getattr(whole, left_out) * given[known] / getattr(whole, known)
    measures = {_ANNULUS[name]: value for name, value in asked.items()}
    tolerances = {key: _TOLERANCE * value for key, value in measures.items()}
    # A height or trigone distance that nobody gave is no way out of a contradiction between the others.
    for key in ("height_mm", "it_mm"):
        if key not in measures:
            measures[key], tolerances[key] = fields_now[key], 1e-3 * _TOLERANCE * fields_now[key]
    fit = fit_annulus(measures, tolerances=tolerances, start=AnnulusParameters(**fields_now))
    got = {name: value + fit.residuals[_ANNULUS[name]] for name, value in asked.items()}
    worst = max(asked, key=lambda name: abs(got[name] / asked[name] - 1.0))
    if abs(got[worst] / asked[worst] - 1.0) > _LARGEST_MISFIT:
        told = ", ".join(f"{name} {value:g}" for name, value in asked.items())
        raise InputError(
            f"the annulus must come within {100.0 * _LARGEST_MISFIT:.0f} % of each number given; no annulus has "
            f"{told}: in the nearest one {worst} is {got[worst]:.4g}."
        )
    found = {f"annulus.{name}": getattr(fit.parameters, name) for name in ("ap_mm", "alpm_mm")}
    follows = filling.with_rule(found, f"follows by least squares from {', '.join(asked)}, nearest to the preset's")
    fitted = {f"annulus.{name}": getattr(fit.parameters, name) for name in ("ap_mm", "alpm_mm", "height_mm", "it_mm")}
    return Filling(filling.preset, {**filling.values, **fitted}, {**follows.lines, **_fit_line(asked, got)}), fit


def _fit_line(asked: Mapping[str, float], got: Mapping[str, float]) -> dict[str, Assumption]:
    if max(abs(got[name] / asked[name] - 1.0) for name in asked) < 1e-6:
        return {}
    missed = ", ".join(f"{name} {got[name]:.4g} for {asked[name]:g}" for name in asked)
    why = f"the annulus numbers given contradict each other; the nearest annulus has {missed}"
    return {"annulus.fit": Assumption("annulus.fit", "least squares", "", why, "rule")}


def _opened(filling: Filling) -> Filling:
    """With leaflets drawn steeper where they would reach across a small orifice."""
    height, ap = filling.values["leaflets.anterior_height_mm"], filling.values["annulus.ap_mm"]
    fall = math.radians(filling.values["leaflets.opening_deg"])
    if height * math.cos(fall) < _DRAWN_SHARE * ap:
        return filling
    return filling.with_rule({"leaflets.opening_deg": _STEEP_DEG}, "so that the drawn leaflet clears the small orifice")


def _check_vein(ring: Annulus, sinus: CoronarySinus) -> None:
    clearance = annulus_clearance(ring, sinus.curve)
    worst = int(clearance.argmin())
    if clearance[worst] < 0.0:
        radius = float(sinus.curve.radius_at(sinus.curve.arc_lengths[worst]))
        raise InputError(
            f"the vein's wall must not cut the annulus; {sinus.curve.arc_lengths[worst]:.0f} mm from the ostium its "
            f"axis is {clearance[worst] + radius:.1f} mm from the annulus and its radius is {radius:.1f} mm: "
            "make it narrower or move it away."
        )


def _choices(
    given: Mapping[str, float],
    side: CrossingSide | None,
    dominance: Dominance | None,
    phase: Phase | None,
    arteries: tuple[Artery, ...],
) -> list[Assumption]:
    """What the presets chose and nobody gave."""
    made = {
        "circumflex.crossing_site": "lcx_crossing_mm" in given or side is CrossingSide.NONE,
        "circumflex.crossing_side": side is not None,
        "circumflex.dominance": dominance is not None,
    }
    lines = []
    for line in preset_choices():
        if made.get(line.name) or (line.name.startswith("circumflex.") and not arteries):
            continue
        if line.name == "circumflex.crossing_side" and _crossing_in(given):
            why = "a crossing is given: of those that cross, most do so under the vein"
            line = replace(line, value=CrossingSide.UNDER.value, why=why, source="lcx-crossing-pmid23978368")
        if line.name == "circumflex.marginals":
            line = replace(line, value=float(len(arteries) - 1))
        if line.name == "phase" and phase not in (None, Phase.MID_SYSTOLE):
            why = f"the given numbers are of {phase.value}; what the preset filled in is not, annulus and saddle"
            why += " are mid-systolic, vein, artery and leaflets of other or unstated phases"
            line = replace(line, why=why)
        lines.append(line)
    return lines
