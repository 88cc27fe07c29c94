"""What a heart is made of, by name: its curves, loops and surfaces, and each of them as a surface."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import InputError
from annulus.geometry import Curve, Loop, Surface, swept_tube
from annulus.io._schema import nearest_of

__all__ = ["LINE_RADIUS_MM", "Part", "as_surface", "case_parts", "chosen_parts", "joined"]

Part: TypeAlias = Curve | Loop | Surface
"""A part of a heart."""

LINE_RADIUS_MM = 0.5
"""A line without a radius (annulus, ribbon) becomes a tube of this radius where a file holds surfaces only: a drawing
aid, no measure [mm]."""


def case_parts(case: Case, device: Mapping[str, FloatArray] = MappingProxyType({})) -> dict[str, Part]:
    """Parts of a case by name.

    ``annulus``, ``aortic_annulus``, ``coronary_sinus``, arteries and leads by their names, ``device_<name>``,
    ``leaflet_anterior``, ``leaflet_posterior``, and surfaces by their names.

    Parameters
    ----------
    case
        The heart.
    device
        Name to line of a device [mm], shape (n, 3).
    """
    parts: dict[str, Part] = {"annulus": case.annulus.loop}
    if case.aortic_annulus is not None:
        parts["aortic_annulus"] = case.aortic_annulus
    if case.coronary_sinus is not None:
        parts["coronary_sinus"] = case.coronary_sinus.curve
    named: list[tuple[str, Part]] = [(artery.name, artery.curve) for artery in case.arteries]
    named += [(lead.name, lead.curve) for lead in case.leads]
    named += [(f"device_{name}", Curve(rows)) for name, rows in device.items()]
    if case.leaflets is not None:
        sheets = (("leaflet_anterior", case.leaflets.anterior), ("leaflet_posterior", case.leaflets.posterior))
        named += [(name, sheet) for name, sheet in sheets if sheet is not None]
    named += list(case.surfaces.items())
    for name, part in named:
        word = re.sub(r"\W+", "_", name)
        # Two things may bear one name in two lists of a case.
        parts[word if word not in parts else f"{word}_{len(parts)}"] = part
    return parts


def chosen_parts(parts: Mapping[str, Part], names: Iterable[str], *, case_id: str) -> dict[str, Part]:
    """The named ones.

    Raises
    ------
    InputError
        The case has no such part, or none is named.
    """
    chosen: dict[str, Part] = {}
    for name in names:
        if name not in parts:
            close = nearest_of(name, parts)
            advice = f"did you mean {close!r}?" if close else f"use one of {', '.join(parts)}."
            raise InputError(f"part {name!r} must be one that case {case_id!r} has; it has none of that name: {advice}")
        chosen[name] = parts[name]
    if not chosen:
        raise InputError(f"a part must be named; got none: use one of {', '.join(parts)}.")
    return chosen


def as_surface(part: Part) -> Surface:
    """The part as triangles: a curve as the tube of its radius, a line without one as a thin tube."""
    if isinstance(part, Surface):
        return part
    if isinstance(part, Loop):
        points = np.vstack([part.points, part.points[:1]])
        return swept_tube(Curve(points, np.full(len(points), LINE_RADIUS_MM)), n_around=12)
    radius = part.radius if part.radius is not None else part.mis_radius
    return swept_tube(Curve(part.points, np.full(len(part), LINE_RADIUS_MM) if radius is None else radius))


def joined(surfaces: Iterable[Surface]) -> Surface:
    """Several surfaces as one; nothing is welded."""
    all_of = list(surfaces)
    first = np.cumsum([0, *(len(item.points) for item in all_of)])
    return Surface(
        np.vstack([item.points for item in all_of]),
        np.vstack([item.triangles + at for item, at in zip(all_of, first, strict=False)]),
    )
