"""All measures of one case."""

from __future__ import annotations

from dataclasses import dataclass

from annulus.anatomy._case import Case, Phase
from annulus.anatomy._handedness import handedness_assumptions, require_handedness
from annulus.anatomy._parts import require_parts
from annulus.anatomy._plausibility import plausibility
from annulus.anatomy.measures._annulus import AnnulusMeasures, measure_annulus
from annulus.anatomy.measures._circumflex import CircumflexMeasures, measure_circumflex
from annulus.anatomy.measures._coronary_sinus import CoronarySinusMeasures, measure_coronary_sinus
from annulus.errors import InputError
from annulus.sources import Assumption

__all__ = ["MEASURES_SCHEMA", "Measures", "measure"]

MEASURES_SCHEMA = "annulus.measures/1"
"""Name and version of the document that `Measures.to_dict` makes."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Measures:
    """Measures of one case in one phase; None where the anatomy is unknown.

    Parameters
    ----------
    case_id, case_digest, phase
        Which geometry was measured.
    annulus, coronary_sinus, circumflex
        Measures by structure.
    assumptions
        What stands in for something that was not measured, and what is absent and why.
    """

    case_id: str
    case_digest: str
    phase: Phase
    annulus: AnnulusMeasures
    coronary_sinus: CoronarySinusMeasures | None
    circumflex: CircumflexMeasures | None
    assumptions: tuple[Assumption, ...]

    def __str__(self) -> str:
        lines = [f"{self.case_id} ({self.phase.value})", str(self.annulus)]
        if self.coronary_sinus is not None:
            lines.append(f"{'coronary sinus length_mm':24s} {self.coronary_sinus.length_mm:10.4g}")
        if self.circumflex is not None:
            for crossing in self.circumflex.crossings:
                gap = "unknown" if crossing.gap_mm is None else f"{crossing.gap_mm:.2f} mm"
                lines.append(
                    f"{crossing.artery} crosses at {crossing.cs_s_mm:.1f} mm from the ostium, "
                    f"{crossing.side} side, wall gap {gap}"
                )
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Document ``annulus.measures/1``; what is unknown has no key."""
        out: dict[str, object] = {
            "schema": MEASURES_SCHEMA,
            "case": {"id": self.case_id, "digest": self.case_digest, "phase": self.phase.value},
            "annulus": self.annulus.to_dict(),
        }
        if self.coronary_sinus is not None:
            out["coronary_sinus"] = self.coronary_sinus.to_dict()
        if self.circumflex is not None:
            out["circumflex"] = self.circumflex.to_dict()
        out["assumptions"] = [line.to_dict() for line in self.assumptions]
        return out


def measure(case: Case) -> Measures:
    """All measures of a case that need one phase and no device.

    Raises
    ------
    InputError
        The coronary sinus cannot be this annulus' one; points of a part lie far away or out of order; or the
        parts do not fit together as in a heart: a mirror image, swapped landmarks or ends.
    SolveError
        The minimal surface of the annulus was not found.
    """
    if not isinstance(case, Case):
        raise InputError(
            f"case must be a Case, as annulus.load_case gives it; got {type(case).__name__}: load it first."
        )
    require_parts(case)
    absent = [*handedness_assumptions(require_handedness(case))]
    absent += plausibility(case.annulus, case.coronary_sinus)
    annulus = measure_annulus(case.annulus, aortic=case.aortic_annulus)
    sinus = circumflex = None
    if case.coronary_sinus is None:
        absent.append(_absent("coronary_sinus", "the case has no coronary sinus: its measures are absent"))
    else:
        sinus = measure_coronary_sinus(case.coronary_sinus, case.annulus)
        circumflex = measure_circumflex(case.coronary_sinus, case.arteries, case.annulus)
    if not case.arteries:
        absent.append(_absent("circumflex", "the case has no artery: crossings and gaps are absent"))
    # A case read from a file says itself what it lacks.
    known = {line.name for line in case.assumptions}
    new = [line for line in (*annulus.assumptions, *absent) if line.name not in known]
    return Measures(
        case_id=case.id,
        case_digest=case.digest,
        phase=case.phase,
        annulus=annulus,
        coronary_sinus=sinus,
        circumflex=circumflex,
        assumptions=(*case.assumptions, *new),
    )


def _absent(name: str, why: str) -> Assumption:
    return Assumption(name=name, value=None, unit="", why=why, source="case")
