"""Names of therapies as on the command line: double anchors, rings, clips."""

from __future__ import annotations

import re

from annulus.devices._clip import EdgeToEdgeClip
from annulus.devices._double_anchor import DoubleAnchor, parse_device
from annulus.devices._ring import RingExtent, RingShape, SurgicalRing
from annulus.errors import InputError

__all__ = ["Therapy", "parse_therapy"]

Therapy = DoubleAnchor | SurgicalRing | tuple[EdgeToEdgeClip, ...]
"""A device, or the clips of one procedure."""

_RING = re.compile(r"ring-([0-9.]+)(?:-(planar|saddle))?(?:-(complete|partial))?")
_CLIP = re.compile(r"clip-(nt|xt)(w?)(?:@([+-]?[0-9.]+))?")


def parse_therapy(name: str) -> Therapy:
    """Therapy from its name.

    ``carillon-9-18-60`` and ``double-anchor-9-18-65``; ``ring-28``, ``ring-28-planar-partial``; ``clip-XTW``, a clip
    beside the middle ``clip-NT@-4`` [mm, positive to the posteromedial side], two clips ``clip-NT@-4+clip-NT@4``.

    Raises
    ------
    InputError
        The name has none of these forms, or names a size that is not made.
    """
    text = name.strip().lower()
    if text.startswith("ring-"):
        return _ring(name, text)
    if text.startswith("clip-"):
        return tuple(_clip(name, part.strip()) for part in text.split("+"))
    if text.startswith(("carillon-", "double-anchor-")):
        return parse_device(name)
    raise InputError(
        "device must be named carillon-D-P-L or double-anchor-D-P-L (such as carillon-9-18-60), ring-SIZE[-planar|"
        f"-saddle][-complete|-partial], or clip-NT|NTW|XT|XTW[@MM] (two joined by +); got {name!r}."
    )


def _ring(name: str, text: str) -> SurgicalRing:
    match = _RING.fullmatch(text)
    size = None if match is None else _number(match.group(1))
    if match is None or size is None:
        raise InputError(
            "a ring must be named ring-SIZE[-planar|-saddle][-complete|-partial], such as ring-28-planar; "
            f"got {name!r}."
        )
    shape, extent = match.group(2) or RingShape.SADDLE.value, match.group(3) or RingExtent.COMPLETE.value
    return SurgicalRing(size, RingShape(shape), RingExtent(extent))


def _clip(name: str, text: str) -> EdgeToEdgeClip:
    match = _CLIP.fullmatch(text)
    at = 0.0 if match is None or match.group(3) is None else _number(match.group(3))
    if match is None or at is None:
        raise InputError(
            f"a clip must be named clip-NT, clip-NTW, clip-XT or clip-XTW, with @MM for its place; got {name!r}."
        )
    return EdgeToEdgeClip(9.0 if match.group(1) == "nt" else 12.0, 6.0 if match.group(2) else 4.0, at)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
