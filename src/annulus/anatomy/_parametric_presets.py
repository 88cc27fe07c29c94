"""Preset hearts from published figures: every number with its source, the assumed ones labelled."""

from __future__ import annotations

from enum import Enum

from annulus.anatomy._case import Case
from annulus.anatomy._parametric_annulus import AnnulusParameters
from annulus.anatomy._parametric_case import PapillaryParameters, VentricleParameters, parametric_case
from annulus.anatomy._parametric_leaflets import LeafletParameters
from annulus.anatomy._parametric_vessels import CircumflexParameters, CoronarySinusParameters, CrossingSide, Dominance
from annulus.errors import InputError
from annulus.sources import Assumption, Distribution, Parameter

__all__ = ["Preset", "preset", "preset_parameters"]


class Preset(Enum):
    """A named group of patients."""

    NORMAL = "normal"
    FMR = "fmr"
    ISCHAEMIC = "ischaemic"
    AFMR = "afmr"


_INF = float("inf")


def _seen(
    name: str,
    value: float,
    source: str,
    why: str,
    *,
    sd: float = 0.0,
    unit: str = "mm",
    low: float = 0.0,
    high: float = _INF,
) -> Parameter:
    """A published figure; with its spread where one is published."""
    shape = Distribution.NORMAL if sd > 0.0 else Distribution.FIXED
    return Parameter(name, value, unit, shape, sd, (low, high), source, assumed=False, why=why)


def _assumed(name: str, value: float, why: str, *, unit: str = "mm", source: str = "assumed") -> Parameter:
    """A number that no datum of this group pins."""
    return Parameter(name, value, unit, source=source, assumed=True, why=why)


def preset_parameters(which: Preset | str) -> tuple[Parameter, ...]:
    """All parameters of a preset with prior and source; names are "part.field".

    The parts are annulus, coronary_sinus, circumflex, leaflets, papillary and ventricle.

    Raises
    ------
    InputError
        No such preset.
    """
    group = _preset_of(which)
    return (
        *_annulus_parameters(group),
        *_sinus_parameters(group),
        *_circumflex_parameters(),
        *_leaflet_parameters(),
        *_papillary_parameters(group),
        _assumed(
            "ventricle.lv_pressure_mmhg",
            120.0,
            "systolic left ventricular pressure",
            unit="mmHg",
            source="mechanics-notes",
        ),
        _assumed(
            "ventricle.la_pressure_mmhg",
            15.0,
            "middle of the usual 10 to 20 mmHg",
            unit="mmHg",
            source="mechanics-notes",
        ),
    )


def preset(which: Preset | str) -> Case:
    """The example heart of a preset: every parameter at its central value.

    The case's `assumptions` list each parameter that rests on no datum of the group, and each place
    where published figures disagree and one was chosen.

    Raises
    ------
    InputError
        No such preset.
    """
    group = _preset_of(which)
    parameters = preset_parameters(group)
    values = {item.name: item.value for item in parameters}

    def part(name: str) -> dict[str, float]:
        return {key.split(".")[1]: value for key, value in values.items() if key.startswith(name + ".")}

    assumed = tuple(item.to_assumption() for item in parameters if item.assumed)
    return parametric_case(
        AnnulusParameters(**part("annulus")),
        coronary_sinus=CoronarySinusParameters(**part("coronary_sinus")),
        circumflex=CircumflexParameters(
            **part("circumflex"), crossing_side=CrossingSide.UNDER, n_marginals=2, dominance=Dominance.RIGHT
        ),
        leaflets=LeafletParameters(**part("leaflets")),
        papillary=PapillaryParameters(**part("papillary")),
        ventricle=VentricleParameters(**part("ventricle")),
        id=group.value,
        assumptions=(*assumed, *_choices()),
    )


def _preset_of(which: Preset | str) -> Preset:
    try:
        return Preset(which)
    except ValueError:
        raise InputError(f"preset must be one of {', '.join(item.value for item in Preset)}; got {which!r}.") from None


def _annulus_parameters(group: Preset) -> tuple[Parameter, ...]:
    common = (
        _seen("annulus.it_mm", 26.2, "annulus-ratios-2019", "mean of control AP / 1.11 (25.2) and ALPM / 1.44 (27.1 mm); "
              "the intertrigonal distance is little changed by regurgitation"),
        _seen("annulus.commissure_share", 0.366, "annulus-anterior-share-scilit", "read as commissure to commissure: between the "
              "trigones it contradicts the intertrigonal distance", unit="1"),
        _assumed("annulus.anterior_flattening", 0.15, "D-shape; with it perimeter and area follow within 2 % of the "
                 "published means of normal and FMR", unit="1"),
        _assumed("annulus.fullness", 0.03, "as anterior_flattening", unit="1"),
    )  # fmt: skip
    echo = "fmr-annulus-2020"
    match group:
        case Preset.NORMAL:
            sizes = (
                _seen("annulus.ap_mm", 28.0, echo, "control, mid-systole", sd=4.0, low=15.0, high=60.0),
                _seen("annulus.alpm_mm", 39.0, echo, "control, mid-systole", sd=5.0, low=20.0, high=70.0),
                _seen(
                    "annulus.height_mm", 6.9, echo, "control, mid-systole; printed spread unusable", low=0.5, high=15.0
                ),
            )
        case Preset.AFMR:
            sizes = (
                _assumed(
                    "annulus.ap_mm",
                    39.55,
                    "from the published perimeter 147.3 mm at the FMR sphericity 0.80",
                    source="afmr-annulus-2024",
                ),
                _assumed(
                    "annulus.alpm_mm",
                    49.44,
                    "from the published perimeter 147.3 mm at the FMR sphericity 0.80",
                    source="afmr-annulus-2024",
                ),
                _assumed("annulus.height_mm", 5.9, "no datum for atrial FMR: as FMR", source=echo),
            )
        case _:
            sizes = (
                _seen("annulus.ap_mm", 34.0, echo, "FMR, mid-systole", sd=5.0, low=15.0, high=60.0),
                _seen("annulus.alpm_mm", 44.0, echo, "FMR, mid-systole", sd=5.0, low=20.0, high=70.0),
                _seen("annulus.height_mm", 5.9, echo, "FMR, mid-systole; printed spread unusable", low=0.5, high=15.0),
            )
    bulge = ()
    if group is Preset.ISCHAEMIC:
        bulge = (
            _assumed(
                "annulus.p3_bulge_mm", 3.0, "asymmetric dilation at P3; sizes as FMR, since no source separates them"
            ),
            _assumed("annulus.p3_drop_mm", 1.0, "flattening of the saddle on the P3 side"),
        )
    return (*sizes, *bulge, *common)


def _sinus_parameters(group: Preset) -> tuple[Parameter, ...]:
    regurgitant = group is not Preset.NORMAL
    plass, arch = "plass-cs-ct", "lansac2008"
    # Cadaver arch 11 / 17 / 10.5 mm, Simpson mean 14.92, scaled to the mean distance on CT.
    scale = (16.0 if regurgitant else 14.2) / 14.92
    spread = 4.1 if regurgitant else 3.6
    why = f"cadaver arch scaled to the CT mean {'16.0 (severe' if regurgitant else '14.2 (no'} MR)"
    length, length_sd = (125.4, 17.0) if regurgitant else (108.9, 18.0)
    ostium, ostium_sd = (11.0, 2.8) if regurgitant else (9.9, 2.5)
    proximal, proximal_sd = (8.2, 1.7) if regurgitant else (7.4, 2.3)
    heights = "fluoroscopic-angulation-macquarie"
    make_height = _assumed if group is Preset.NORMAL else _seen
    height_why = "FMR on CT" if regurgitant else "no datum for normal: as FMR"
    height_sd = ({"sd": 3.1, "low": -15.0}, {"sd": 3.7, "low": -15.0}) if regurgitant else ({}, {})
    return (
        _seen("coronary_sinus.length_mm", length, plass, "ostium to great cardiac vein", sd=length_sd, low=60.0, high=180.0),
        _seen("coronary_sinus.sinus_length_mm", 41.1, "dmitrieva-cs", "middle of 33.8 to 48.4 mm", low=20.0),
        _assumed("coronary_sinus.anterior_interventricular_mm", 30.0, "how much of this vein is drawn"),
        _assumed("coronary_sinus.ostium_theta_deg", 285.0, "ostium near PM, a little towards the septum", unit="deg"),
        _seen("coronary_sinus.ostium_distance_mm", 11.0 * scale, arch, why, sd=spread * 11.0 / 14.92, low=3.0, high=30.0),
        _seen("coronary_sinus.mid_distance_mm", 17.0 * scale, arch, why, sd=spread * 17.0 / 14.92, low=3.0, high=35.0),
        _seen("coronary_sinus.gcv_distance_mm", 10.5 * scale, arch, why, sd=spread * 10.5 / 14.92, low=3.0, high=30.0),
        make_height("coronary_sinus.ostium_height_mm", 1.4, *((heights, f"{height_why}; at the trigone line") if regurgitant else (height_why,)), **height_sd[0]),
        make_height("coronary_sinus.mid_height_mm", 13.2, *((heights, f"{height_why}; at P2") if regurgitant else (height_why,)), **height_sd[1]),
        make_height("coronary_sinus.gcv_height_mm", 1.4, *((heights, f"{height_why}; at the trigone line") if regurgitant else (height_why,)), **height_sd[0]),
        _seen("coronary_sinus.ostium_radius_mm", 0.5 * ostium, plass, "half the ostium diameter", sd=0.5 * ostium_sd, low=2.0, high=10.0),
        _seen("coronary_sinus.proximal_radius_mm", 0.5 * proximal, "cs-venography-pmid16475163", "half the proximal diameter", sd=0.5 * proximal_sd, low=1.5, high=8.0),
        _assumed("coronary_sinus.gcv_radius_mm", 2.5, "great cardiac vein diameter 4 to 6 mm, unverified"),
        _assumed("coronary_sinus.end_radius_mm", 1.25, "taper of the anterior interventricular vein"),
        _assumed("coronary_sinus.proximal_at_mm", 20.0, "where the published proximal diameter was taken is not said"),
        _assumed("coronary_sinus.inscribed_ratio", 0.877, "ostium 11.7 by 9.0 mm: 4.5 / sqrt(11.7 * 9.0 / 4), taken for the whole vein",
                 unit="1", source="cs-ostium-256ct"),
    )  # fmt: skip


def _circumflex_parameters() -> tuple[Parameter, ...]:
    return (
        _seen("circumflex.crossing_at_mm", 86.5, "choure2006", "along the vein from the ostium", sd=21.0, low=37.0, high=123.0),
        _seen("circumflex.near_from_mm", 53.0, "lcx-near-cs-pmid19800853", "artery within 5 mm of the vein from here"),
        _seen("circumflex.near_to_mm", 104.0, "lcx-near-cs-pmid19800853", "artery within 5 mm of the vein to here"),
        _assumed("circumflex.near_gap_mm", 5.0, "the published 5 mm are taken as wall to wall", source="lcx-near-cs-pmid19800853"),
        _assumed("circumflex.crossing_gap_mm", 0.5, "wall to wall at the crossing: no datum"),
        _assumed("circumflex.crossing_length_mm", 16.0, "vein length over which the artery changes sides"),
        _assumed("circumflex.end_at_mm", 40.0, "right-dominant: the artery ends short of the crux"),
        _assumed("circumflex.bifurcation_theta_deg", 25.0, "left main bifurcation beside the left trigone", unit="deg"),
        _assumed("circumflex.bifurcation_distance_mm", 5.0, "likewise"),
        _assumed("circumflex.bifurcation_height_mm", 10.0, "likewise, above the annulus plane"),
        _seen("circumflex.proximal_lumen_diameter_mm", 3.4, "coronary-lumen-1992", "right dominant", sd=0.5, low=1.5, high=6.0),
        _assumed("circumflex.distal_lumen_diameter_mm", 1.8, "taper"),
        _assumed("circumflex.wall_thickness_mm", 0.68, "wall over lumen radius 0.4; the curve's radius is lumen plus wall", source="mechanics-notes"),
        _assumed("circumflex.marginal_length_mm", 40.0, "as far as the marginals are drawn"),
        _assumed("circumflex.marginal_lumen_diameter_mm", 2.0, "obtuse marginals"),
    )  # fmt: skip


def _leaflet_parameters() -> tuple[Parameter, ...]:
    return (
        _seen(
            "leaflets.anterior_height_mm",
            24.2,
            "leaflet-dimensions-njbms4136",
            "cadaver, unloaded, no disease named; taken for every group",
        ),
        _seen(
            "leaflets.posterior_height_mm",
            12.8,
            "leaflet-dimensions-njbms4136",
            "cadaver, unloaded, no disease named; taken for every group",
        ),
        _assumed("leaflets.commissural_height_mm", 8.0, "leaflet height at the commissures"),
        _assumed("leaflets.opening_deg", 65.0, "drawn pose of the sheets", unit="deg"),
    )


def _papillary_parameters(group: Preset) -> tuple[Parameter, ...]:
    # FMR and ischaemic: AL tip towards the apex, PM tip lateral, posterior and towards the apex.
    shift = 5.0 if group in (Preset.FMR, Preset.ISCHAEMIC) else 0.0
    moved = f", displaced by {shift:g} mm (low end of 5 to 10 mm, unverified)" if shift else ""
    ct = "mean depth and half distance of one CT skeleton" + moved
    back = "posterior offset of an idealised valve" + moved
    return (
        _assumed("papillary.al_lateral_mm", 19.3, ct.replace(moved, ""), source="kaiser2019"),
        _assumed("papillary.al_posterior_mm", 9.7, back.replace(moved, "") + "; which tip lies further back is assumed", source="kaiser2019"),
        _assumed("papillary.al_depth_mm", 23.5 + shift, ct, source="kaiser2019"),
        _assumed("papillary.pm_lateral_mm", 19.3 + shift, ct, source="kaiser2019"),
        _assumed("papillary.pm_posterior_mm", 15.4 + shift, back + "; which tip lies further back is assumed", source="kaiser2019"),
        _assumed("papillary.pm_depth_mm", 24.4 + shift, ct, source="kaiser2019"),
    )  # fmt: skip


def _choices() -> tuple[Assumption, ...]:
    """Where sources disagree: which one was taken, and why."""
    return (
        Assumption("circumflex.crossing_site", 86.5, "mm", "arc length along the vein was taken, not the clock angle "
                   "(median 40 deg from 12 o'clock, lcx-crossing-pmid23978368): on this geometry they disagree", "choure2006"),
        Assumption("circumflex.crossing_side", "under", "", "the artery lies under the vein in 0.76 of hearts (lcx-crossing-pmid23978368)", "lcx-crossing-pmid23978368"),
        Assumption("circumflex.dominance", "right", "", "left dominance in 0.16 of hearts", "assumed"),
        Assumption("circumflex.marginals", 2.0, "1", "number of obtuse marginals drawn", "assumed"),
        Assumption("coronary_sinus.radius", "lumen", "", "published diameters are lumen diameters; no wall was added to the vein", "assumed"),
        Assumption("phase", "mid-systole", "", "annulus figures are mid-systolic; vein, artery and leaflet figures come "
                   "from other or unstated phases", "fmr-annulus-2020"),
    )  # fmt: skip
