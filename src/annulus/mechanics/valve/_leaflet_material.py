"""What leaflets are made of: law of the tissue, bending, contact."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from annulus.errors import InputError
from annulus.kernels.laws import LeeSacks
from annulus.sources import Assumption

__all__ = ["LeafletMaterial"]

_CAP = 12.0


@dataclass(frozen=True, slots=True)
class LeafletMaterial:
    """Incompressible Lee-Sacks sheet: W = c0/2 (I1 - 3) + c1/2 (w exp(c2 (I1 - 3)^2) + (1 - w) exp(c3 (I4 - 1)^2) - 1).

    Parameters
    ----------
    c0_mpa, c1_mpa, c2
        Isotropic law; the defaults are the atrioventricular set of mechanics-notes.
    isotropic_share
        w, 1 without fibres.
    c3
        Exponent of the fibre term; fibres run around the valve and bear no compression.
    bending_factor
        Bending stiffness over that of the law, as far as bends are small [1]: the two layers that stand for the
        thickness lie apart by its square root. By default the tissue bends with 75 kPa, the middle of what excised
        anterior leaflets have before their fibres straighten, 60 to 90 kPa [krishnamurthy2009]; the law has 30 kPa.
        The flexural stiffness of mitral leaflets has not been measured (assumed).
    contact_share
        Part of the leaflets' mean thickness by which two sheets approach under the full pressure.

    Raises
    ------
    InputError
        A stiffness that is not positive, a share out of range.
    """

    c0_mpa: float = 0.010
    c1_mpa: float = 0.209e-3
    c2: float = 9.046
    isotropic_share: float = 1.0
    c3: float = 9.046
    bending_factor: float = 2.5
    contact_share: float = 0.07

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not (np.isfinite(value) and value > 0.0):
                raise InputError(f"leaflet {item.name} must be a positive number; got {value}.")
        if self.isotropic_share > 1.0:
            raise InputError(f"leaflet isotropic_share must lie in (0, 1]; got {self.isotropic_share:g}.")
        if not 0.001 <= self.contact_share <= 0.5:
            raise InputError(f"leaflet contact_share must lie in [0.001, 0.5]; got {self.contact_share:g}.")

    @property
    def law(self) -> LeeSacks:
        """The law for kernels, its exponents capped at 12 (twice that of the published references' largest stretch)."""
        return LeeSacks(self.c0_mpa, self.c1_mpa, self.c2, self.isotropic_share, self.c3, _CAP)

    def bending_nmm(self, thickness_mm: float | np.ndarray) -> float | np.ndarray:
        """Bending stiffness D of a sheet of this thickness at rest [N mm], with nu = 1/2."""
        return self.bending_factor * 3.0 * self.c0_mpa * thickness_mm**3 / (12.0 * 0.75)

    def assumptions(self) -> tuple[Assumption, ...]:
        """What is assumed of the leaflets' tissue."""
        law = "one isotropic hyperelastic law for both leaflets; no patient's leaflets are ever tested"
        text = f"c0 {self.c0_mpa:g} MPa, c1 {self.c1_mpa:g} MPa, c2 {self.c2:g}"
        bend = (
            "bends with the stiffness that excised anterior leaflets have till their fibres straighten, 60 to 90 kPa, "
            "through the whole thickness; the flexural stiffness of mitral leaflets has not been measured"
        )
        return (
            Assumption("leaflet_material", text, "", law, "mechanics-notes"),
            Assumption("leaflet_bending_factor", self.bending_factor, "1", bend, "krishnamurthy2009"),
        )
