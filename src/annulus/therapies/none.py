"""No therapy: the heart as it is, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from annulus.heart import Heart
from annulus.therapies._therapy import Load, Site, Stage, Therapy

__all__ = ["NoTherapy"]


@dataclass(frozen=True)
class NoTherapy(Therapy):
    """None: nothing is done, to compare with."""

    kind: ClassVar[str] = "none"
    forms: ClassVar[str] = "none"

    @classmethod
    def named(cls, text: str) -> NoTherapy | None:
        """``none``."""
        return cls() if text == "none" else None

    @classmethod
    def catalogue(cls) -> tuple[str, ...]:
        """Its one name."""
        return ("none",)

    @property
    def name(self) -> str:
        """``none``."""
        return "none"

    def stages(self, heart: Heart, site: Site, load: Load) -> Sequence[Stage]:
        """One stage in which nothing acts."""
        return (Stage("untouched"),)
