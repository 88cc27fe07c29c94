"""The adverse events of percutaneous annuloplasty that public guidance names, and what is asked about each.

Thresholds: literature where there is one, named in the sentence; the others are assumed, chosen so that a size within
the rules of `docs/devices.md` under a usual plication is not high, and that what is plainly wrong is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf

__all__ = ["ADVERSE_EVENTS", "NOT_IN_THE_MODEL", "AdverseEvent", "Criterion"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One number that speaks about an event, and from where on it does.

    Parameters
    ----------
    key
        Of the number in the result.
    words
        What it is, in a few words.
    caution, high
        From where on it asks for caution, and is high; falling where `high` is the smaller, never high where infinite.
    basis
        What the two thresholds rest on, a sentence.
    """

    key: str
    words: str
    caution: float
    high: float
    basis: str

    def concern(self, value: float) -> float:
        """0 where caution begins, 1 where high does; below 0 all is well."""
        if isinf(self.high):
            return 0.0 if value >= self.caution else -1.0
        return (value - self.caution) / (self.high - self.caution)


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One event.

    Parameters
    ----------
    name, rate
        As the guidance names it, and how often it was seen; empty where no rate is given.
    criteria
        What is asked; the worst answer counts. Empty where `proxy_of` or `not_modelled` says why.
    proxy_of
        Event whose answer stands for this one.
    not_modelled
        Why this model has no answer.
    on_annulus, on_leaflets
        Why it has none for what is fixed to the annulus, or holds leaflets; empty where such a device cannot cause it.
    """

    name: str
    rate: str = ""
    criteria: tuple[Criterion, ...] = ()
    proxy_of: str = ""
    not_modelled: str = ""
    on_annulus: str = ""
    on_leaflets: str = ""


_ENDS = ("distal", "proximal")

_SUTURES = "sutures and anchors in the annulus itself are not modelled"

_FATIGUE = "fatigue of rings, bands and clips is not modelled"

_BEYOND = (
    "assumed: from 1.88, the widest that pigs' veins were ever inflated (80 mmHg) [cs-inflation-pmc3651900]; high from "
    "2.5; no stretch at rupture is published"
)

_STRETCHED = tuple(
    Criterion(f"indicators.oversize_{end}", f"{end} anchor over vein diameter", 1.88, 2.5, _BEYOND) for end in _ENDS
)

ADVERSE_EVENTS: tuple[AdverseEvent, ...] = (
    AdverseEvent(
        "coronary artery compression",
        "theoretical in the guidance; 14-25% compromise in device trials",
        (
            Criterion(
                "circumflex.risk.probability",
                "probability of significant compression",
                0.10,
                0.30,
                "classes of the risk block, assumed: moderate from 10 %, high from 30 %",
            ),
            Criterion(
                "circumflex.diameter_stenosis_percent",
                "diameter stenosis",
                30.0,
                50.0,
                "assumed: significant from 50 % of the diameter, caution from 30 %",
            ),
        ),
        on_annulus=_SUTURES,
    ),
    AdverseEvent(
        "myocardial infarction", "7% (3/46) within 24 h", proxy_of="coronary artery compression", on_annulus=_SUTURES
    ),
    AdverseEvent(
        "coronary sinus dissection",
        "1/48",
        (
            *(
                Criterion(
                    f"indicators.oversize_{end}",
                    f"{end} anchor over vein diameter",
                    1.5,
                    1.88,
                    "wall stretch where the anchor opens fully: the wall stiffens from 1.5, pigs' veins widened to "
                    "1.88 at 80 mmHg [mechanics-notes, cs-inflation-pmc3651900]; thresholds taken from these",
                )
                for end in _ENDS
            ),
            Criterion(
                "indicators.axial_stretch",
                "stretch of the vein along its axis",
                1.5,
                1.88,
                "assumed: as around the vein [cs-inflation-pmc3651900]; catheters and wires are not modelled",
            ),
        ),
    ),
    AdverseEvent(
        "coronary sinus perforation",
        "2/48",
        (
            Criterion(
                "indicators.vein_over_catheter",
                "narrowest vein over a 9 F catheter",
                1.2,
                1.0,
                "a vein narrower than the catheter, 3 mm [carillon-eij-2015], is high; caution below 1.2, assumed",
            ),
            Criterion(
                "indicators.anchor_bend_deg", "turn of the vein under an anchor", 45.0, 90.0, "assumed: no public value"
            ),
            *_STRETCHED,
        ),
    ),
    AdverseEvent(
        "anterior interventricular vein perforation",
        "1/5",
        (
            Criterion(
                "indicators.room_to_gcv_end_mm",
                "far end to the end of the great cardiac vein",
                10.0,
                -5.0,
                "the great cardiac vein ends where it leaves the annulus; caution from 10 mm before, where wires and "
                "catheter tips go beyond, high from 5 mm beyond, half of an anchor: assumed",
            ),
        ),
    ),
    AdverseEvent("pericardial effusion / cardiac tamponade", "anecdotal", proxy_of="coronary sinus perforation"),
    AdverseEvent(
        "transient atrial fibrillation during cannulation", "1/5", not_modelled="no electrical activity is modelled"
    ),
    AdverseEvent(
        "atrioventricular block",
        "1 case",
        (
            Criterion(
                "indicators.anchor_to_ostium_mm",
                "proximal anchor inside the ostium",
                -0.05,
                -5.0,
                "an anchor that reaches out of the ostium lies in the triangle of Koch; high from half of its length, "
                "assumed",
            ),
            Criterion(
                "indicators.anchor_to_av_node_mm",
                "proximal anchor to the right trigone",
                10.0,
                5.0,
                "assumed: the atrioventricular node lies beside the right trigone; no public threshold",
            ),
        ),
        on_annulus=_SUTURES,
    ),
    AdverseEvent(
        "erosion of the coronary sinus or its tributaries",
        "theoretical",
        (
            Criterion(
                "indicators.contact_pressure_mmhg",
                "pressure of ribbon or cable on the wall",
                825.0,
                2250.0,
                "stress that pigs' veins bear at 80 mmHg, about 110 kPa, and the 0.3 MPa at which annulus tissue "
                "failed [mechanics-notes]; what pressure over months erodes is not published: assumed",
            ),
            *_STRETCHED,
        ),
    ),
    AdverseEvent(
        "thrombosis of the coronary sinus",
        "theoretical",
        (
            Criterion(
                "indicators.residual_lumen_percent",
                "lumen left by device and leads",
                70.0,
                50.0,
                "assumed: no public threshold; flow and anticoagulation are not modelled",
            ),
        ),
    ),
    AdverseEvent(
        "progressive stenosis and deformation of the mitral orifice or chordal apparatus",
        "theoretical",
        (
            Criterion(
                "indicators.orifice_left_percent",
                "diastolic orifice over that before",
                50.0,
                15.0,
                "assumed: the model's open valve opens half and leaves a quarter after one clip where echo sees about "
                "half (from memory): caution below half, high below 15 %",
            ),
            Criterion(
                "filling.after.mean_gradient_mmhg",
                "mean gradient",
                5.0,
                float("inf"),
                "assumed: 5 mmHg as is common after clips, from memory; never high, for the model's valve opens half",
            ),
            Criterion(
                "annulus.after.area_2d_mm2",
                "area of the annulus",
                400.0,
                150.0,
                "assumed: an orifice is no larger than its annulus; severe below 1.5 cm2, from memory",
            ),
            Criterion(
                "annulus.after.sphericity_ap_alpm",
                "AP over AL-PM of the annulus",
                0.58,
                0.52,
                "2 and 3 standard deviations below controls, 0.70 with 0.06 [fmr-annulus-2020]",
            ),
            Criterion(
                "indicators.chordae_tension_change_percent",
                "change of the chordae's tension",
                25.0,
                50.0,
                "assumed: no public threshold",
            ),
        ),
    ),
    AdverseEvent(
        "inability to remove the device", "theoretical", not_modelled="recapture and ingrowth are not modelled"
    ),
    AdverseEvent(
        "device migration or embolisation",
        "theoretical",
        tuple(
            criterion
            for end in _ENDS
            for criterion in (
                Criterion(
                    f"indicators.oversize_{end}",
                    f"{end} anchor over vein diameter",
                    1.2,
                    1.0,
                    "an anchor narrower than the vein does not hold; caution below the sizing rule's 1.2, assumed",
                ),
                Criterion(
                    f"indicators.friction_needed_{end}",
                    f"holding force over wall force, {end} anchor",
                    2.0,
                    4.0,
                    "assumed: friction alone gives 0.1 to 0.3, the anchor's shape the rest; no pull-out force is "
                    "published",
                ),
            )
        ),
        on_annulus=_SUTURES,
        on_leaflets="detachment from the leaflets is not modelled",
    ),
    AdverseEvent(
        "device fracture",
        "theoretical in the guidance; seen at the proximal anchor of an early device",
        (
            Criterion(
                "indicators.ribbon_alternating_strain_percent",
                "alternating strain of the ribbon",
                0.2,
                0.4,
                "assumed: nitinol endures about 0.4 % in long series, from memory; what bending concentrates at the "
                "crimps, where the early device broke, is not modelled",
            ),
            Criterion(
                "indicators.ribbon_strain_percent",
                "bending strain of the ribbon",
                4.0,
                8.0,
                "assumed: nitinol recovers from about 8 %, from memory",
            ),
        ),
        on_annulus=_FATIGUE,
        on_leaflets=_FATIGUE,
    ),
    AdverseEvent(
        "interference with a pacing or defibrillator lead in the coronary sinus",
        "",
        (
            Criterion(
                "leads.in_vein[].jailed_length_mm",
                "lead beside the device",
                0.5,
                float("inf"),
                "assumed: caution beside the device, high where an anchor jails the lead against the wall",
            ),
        ),
    ),
    AdverseEvent(
        "rupture of the coronary sinus or its tributaries",
        "theoretical",
        (
            *_STRETCHED,
            Criterion("indicators.axial_stretch", "stretch of the vein along its axis", 1.88, 2.5, _BEYOND),
        ),
    ),
    AdverseEvent(
        "cardiac perforation", "theoretical", not_modelled="manipulation of wires and catheters is not modelled"
    ),
)
"""Rows 2.4 of the guidance and what trials add [nice-htg225], in its order."""

NOT_IN_THE_MODEL: tuple[AdverseEvent, ...] = (
    AdverseEvent(
        "colour jet area over left atrial area",
        not_modelled="echo reports it; this model computes orifices and pressures, no jet in the atrium",
    ),
)
"""What a reader may look for beside them, and does not find."""
