"""Keys of leaflets that case files and recipes share: heights, thickness, chordae; and what they mean."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from pydantic import Field

from annulus.anatomy import ChordaeLengths, ChordaeParameters, LeafletThickness
from annulus.io._schema import FileModel, Number

__all__ = ["ChordaeModel", "HeightsModel", "ThicknessModel"]


class HeightsModel(FileModel):
    """Leaflet height around the annulus."""

    theta_deg: list[Number]
    height_mm: list[Number]


class ThicknessModel(FileModel):
    """Leaflet thickness by region; what is left out is the default."""

    anterior_mm: Number | None = Field(default=None, description="Anterior leaflet's body [mm].")
    posterior_mm: Number | None = Field(default=None, description="Posterior leaflet's body [mm].")
    rough_zone_factor: Number | None = Field(default=None, description="Rough zone over body [1].")
    rough_zone_share: Number | None = Field(default=None, description="Rough zone over height, from the edge [1].")

    def to_thickness(self) -> LeafletThickness:
        """What the keys mean; raises `InputError` for a value out of range."""
        return LeafletThickness(**self.model_dump(exclude_none=True))

    @classmethod
    def of(cls, thickness: LeafletThickness) -> ThicknessModel:
        """The keys of a thickness."""
        return cls(**asdict(thickness))


class ChordaeModel(FileModel):
    """Chordae fanned from the papillary tips; what is left out is the default."""

    n_marginal: int | None = Field(default=None, description="Chordae of each tip to the free edge.")
    n_basal: int | None = Field(default=None, description="Chordae of each tip to the leaflets' body.")
    n_strut: int | None = Field(default=None, description="Chordae of each tip to the anterior middle, 0 or 1.")
    marginal_slack_mm: Number | None = Field(default=None, description="Added to the slack length [mm].")
    basal_slack_mm: Number | None = Field(default=None, description="Added to the slack length [mm].")
    strut_slack_mm: Number | None = Field(default=None, description="Added to the slack length [mm].")
    marginal_area_mm2: Number | None = None
    basal_area_mm2: Number | None = None
    strut_area_mm2: Number | None = None
    modulus_mpa: Number | None = None
    closing_stretch: Number | None = Field(default=None, description="Expected stretch of the closed leaflet [1].")
    closing_depth_mm: Number | None = Field(
        default=None, description="Expected depth of the coaptation line below the line from A to P [mm]."
    )
    min_slack_mm: Number | None = Field(default=None, description="Slack at the half-open start [mm].")
    min_length_mm: Number | None = Field(default=None, description="Least slack length [mm].")
    lengths: Literal["own-tips", "up-to-normal"] | None = Field(
        default=None, description="Slack lengths from this valve's own tips, or no longer than in the normal preset."
    )

    def to_chordae(self) -> ChordaeParameters:
        """What the keys mean; raises `InputError` for a value out of range."""
        values = self.model_dump(exclude_none=True)
        if self.lengths is not None:
            values["lengths"] = ChordaeLengths(self.lengths)
        return ChordaeParameters(**values)

    @classmethod
    def of(cls, chordae: ChordaeParameters) -> ChordaeModel:
        """The keys of chordae."""
        return cls(**{**asdict(chordae), "lengths": chordae.lengths.value})
