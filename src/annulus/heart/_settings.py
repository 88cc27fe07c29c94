"""How a heart's valve is closed and its leak is graded."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annulus.errors import InputError
from annulus.mechanics.valve import ClosureOptions, LeafletMaterial
from annulus.outcomes import Beat, ClosureKind, closure_kind, grade

__all__ = ["ClosureSettings", "closure_settings"]


@dataclass(frozen=True, slots=True)
class ClosureSettings:
    """How the valve of a case is closed and its leak is graded.

    Parameters
    ----------
    kind
        `annulus.outcomes.ClosureKind`, or its name.
    n_columns, n_rows
        Mesh of the valve: columns round the annulus (even), rows of each leaflet.
    scheme
        Grading scheme of `annulus.outcomes.grading_schemes`; None grades nothing.
    conditions
        Of ``elliptical`` and ``low_flow``, see `annulus.outcomes.grade`.
    beat
        Pressures and times; None takes those of the case.
    material, options
        Tissue and solver of the full closure; None for the defaults.
    fit
        Fit chordal slack and papillary tips to the case's baseline echo first; None does so where it gives EROA or
        regurgitant volume.
    fit_members, fit_polish, fit_seed
        As in `annulus.outcomes.fit_valve`.

    Raises
    ------
    InputError
        Unknown kind, scheme or condition.
    """

    kind: ClosureKind | str = ClosureKind.FULL
    n_columns: int = 80
    n_rows: int = 10
    scheme: str | None = None
    conditions: frozenset[str] = frozenset()
    beat: Beat | None = None
    material: LeafletMaterial | None = None
    options: ClosureOptions | None = None
    fit: bool | None = None
    fit_members: int = 100
    fit_polish: int = 6
    fit_seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", closure_kind(self.kind))
        if self.scheme is not None:
            grade({}, self.scheme, conditions=self.conditions)


def closure_settings(
    closure: ClosureSettings | ClosureKind | str, *, scheme: str | None = None
) -> ClosureSettings | None:
    """Settings from their short forms: ``"none"`` gives None, ``"full"`` and ``"fast"`` the defaults of that kind.

    Raises
    ------
    InputError
        Unknown kind or scheme, or a scheme without a closure.
    """
    if isinstance(closure, ClosureSettings):
        return closure if scheme is None else replace(closure, scheme=scheme)
    if closure == "none":
        if scheme is not None:
            raise InputError("a grading scheme needs a closure, full or fast; got none.")
        return None
    if closure not in ("fast", "full") and not isinstance(closure, ClosureKind):
        raise InputError(f"closure must be none, fast or full; got {closure!r}.")
    return ClosureSettings(closure, scheme=scheme)
