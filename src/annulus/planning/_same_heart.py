"""Whether two cases can be one heart before and after an implant: what an implant leaves alone must have stayed."""

from __future__ import annotations

import math

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Case, Phase
from annulus.errors import InputError
from annulus.heart import Heart

__all__ = ["LIMITS", "require_same_heart"]

LIMITS = {"anterior_shape_mm": 1.5, "alpm_mm": 5.0, "ostium_mm": 8.0, "vein_mm": 20.0}
"""How much each may differ [mm] (assumed). Of 120 measured pairs of virtual patients before and after a double anchor,
each drawn with the errors of the priors, none differs by more; of pairs of different patients of one disease about two
thirds do (``docs/planning.md``)."""

_HALF_MM, _SLIDE_MM = 20.0, 5.0


def require_same_heart(pre: Case, post: Case, *, through_vein: bool, trusted: bool = False) -> None:
    """Raise where PRE and POST cannot be one heart in one phase.

    Parameters
    ----------
    pre, post
        Before and after.
    through_vein
        The therapy lies in the vein: it leaves the width of the annulus nearly alone.
    trusted
        The user says that they are one heart: only what can never be compared is refused.

    Raises
    ------
    InputError
        The same geometry twice, two different known phases, or a part that no implant changes so much.
    """
    names = f"PRE {pre.id!r} and POST {post.id!r}"
    if pre.digest == post.digest:
        raise InputError(f"{names} must be imaged before and after the implant; they are one geometry: give another.")
    if pre.phase != post.phase and Phase.UNKNOWN not in (pre.phase, post.phase):
        raise InputError(
            f"{names} must be of one phase of the cycle; got {pre.phase.value} and {post.phase.value}: use one phase."
        )
    if trusted:
        return
    found = _differences(pre, post, through_vein)
    # Rounded up, for it exceeds the limit that stands beside it.
    wrong = [
        f"{words} by {math.ceil(100.0 * value) / 100.0:.2f} mm (at most {LIMITS[key]:g})"
        for key, (words, value) in found.items()
        if value > LIMITS[key]
    ]
    if wrong:
        raise InputError(
            f"{names} must be one heart; what an implant leaves alone differs: {', '.join(wrong)}: give the right "
            "pair, or say that they are one heart (same_heart=True, --same-heart)."
        )


def _differences(pre: Case, post: Case, through_vein: bool) -> dict[str, tuple[str, float]]:
    found = {"anterior_shape_mm": ("the shape of the anterior annulus", _shape(pre.annulus, post.annulus))}
    if through_vein:
        widths = [Heart(case).before_numbers["alpm_mm"] for case in (pre, post)]
        found["alpm_mm"] = ("the width AL-PM", abs(widths[1] - widths[0]))
    veins = [case.coronary_sinus for case in (pre, post)]
    if veins[0] is not None and veins[1] is not None:
        away = [
            float(np.linalg.norm(case.annulus.landmarks["A"] - vein.curve.points[0]))
            for case, vein in zip((pre, post), veins, strict=True)
            if vein is not None
        ]
        found["ostium_mm"] = ("the distance from A to the ostium of the coronary sinus", abs(away[1] - away[0]))
        found["vein_mm"] = ("the length of the vein", abs(veins[1].curve.length - veins[0].curve.length))
    return found


def _shape(one: Annulus, other: Annulus) -> float:
    """Root mean square distance of the arcs about A, laid on each other, the second slid along its annulus [mm]."""
    arc = _arc(one, 0.0)
    return min(_misfit(arc, _arc(other, slide)) for slide in np.linspace(-_SLIDE_MM, _SLIDE_MM, 11))


def _arc(annulus: Annulus, slide_mm: float) -> FloatArray:
    """Points of the annulus to either side of A, shape (33, 3)."""
    loop = annulus.oriented_loop
    s, points = np.append(loop.arc_lengths, loop.length), np.vstack([loop.points, loop.points[:1]])
    middle = loop.arc_lengths[np.argmin(np.linalg.norm(loop.points - annulus.landmarks["A"], axis=1))]
    at = (middle + slide_mm + np.linspace(-_HALF_MM, _HALF_MM, 33)) % loop.length
    return np.column_stack([np.interp(at, s, points[:, axis]) for axis in range(3)])


def _misfit(one: FloatArray, other: FloatArray) -> float:
    """After the best rigid motion [kabsch1976]."""
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    left, _, right = np.linalg.svd(a.T @ b)
    sign = np.sign(np.linalg.det(left @ right))
    turned = a @ (left @ np.diag([1.0, 1.0, sign]) @ right)
    return float(np.sqrt(((turned - b) ** 2).sum(axis=1).mean()))
