"""Hearts and surfaces as binary glTF: metres, +y up, a node and a colour for each part."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from annulus.anatomy import Case
from annulus.geometry import Surface
from annulus.io._atomic import write_bytes
from annulus.io._axes import GLTF_AXES, GLTF_UNIT, to_lps_matrix
from annulus.io._deformed import Deformed
from annulus.io._parts import Part, as_surface, case_parts

__all__ = ["write_case", "write_deformed", "write_parts", "write_surface"]

_COLOURS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {
        "annulus": (0xE6, 0x9F, 0x00),
        "aortic_annulus": (0xA6, 0xA6, 0xA6),
        "coronary_sinus": (0x33, 0x66, 0xB3),
        "lcx": (0xCC, 0x33, 0x33),
        "om": (0xCC, 0x33, 0x33),
        "leaflet_anterior": (0xE8, 0xB5, 0x9A),
        "leaflet_posterior": (0xD9, 0x8C, 0x78),
        "device": (0x59, 0x59, 0x59),
    }
)
"""sRGB, as a screen shows it, by the beginning of a part's name."""

_OTHER = (0xD0, 0xC4, 0xBC)


def write_surface(surface: Surface, path: Path) -> None:
    """One node, named after the file."""
    write_parts({path.stem: surface}, path)


def write_case(case: Case, path: Path) -> None:
    """A node for each part of the case: tubes of annulus, vein and arteries, leaflet meshes, surfaces."""
    write_parts(case_parts(case), path)


def write_deformed(state: Deformed, path: Path) -> None:
    """A node for each part of the state, the device among them."""
    write_parts(case_parts(state.case, state.device), path)


def write_parts(parts: Mapping[str, Part], path: Path) -> None:
    """A node for each part; lines are drawn as tubes (`as_surface`)."""
    from annulus.io._trimesh import glb_bytes

    turn = np.linalg.inv(to_lps_matrix(GLTF_AXES, GLTF_UNIT))
    surfaces = {name: as_surface(part) for name, part in parts.items()}
    arrays = {name: (item.points @ turn.T, item.triangles) for name, item in surfaces.items()}
    write_bytes(glb_bytes(arrays, {name: _linear(_colour(name)) for name in parts}), path)


def _colour(name: str) -> tuple[int, int, int]:
    return next((colour for start, colour in _COLOURS.items() if name.lower().startswith(start)), _OTHER)


def _linear(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Vertex colours of glTF are linear, what is named above is sRGB (IEC 61966-2-1)."""
    share = np.array(colour) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    red, green, blue = np.round(255.0 * linear).astype(int).tolist()
    return red, green, blue
