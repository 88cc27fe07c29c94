"""What a study asks: hearts, and what is done to each; numbered so that a row means the same however it is computed."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from annulus.errors import InputError
from annulus.io._schema import nearest_of
from annulus.population import PopulationPreset
from annulus.prediction import Priors, catalogue, quantity_of
from annulus.quantity import Quantity
from annulus.study._columns import FIT_COLUMNS, ROW_COLUMNS, SOBOL_COLUMNS
from annulus.therapies import ALL_THERAPIES, Therapy

__all__ = ["Combination", "Landing", "LoadRule", "Sobol", "StudyDesign", "Worlds"]


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a therapy is placed.

    Parameters
    ----------
    name
        Of the rule.
    distal
        ``ostium``: the therapy's default, the proximal anchor just inside the ostium; ``anchored``: the most proximal
        site at which both anchors obey the sizing rule.
    distal_at_mm
        Distal end, arc length from the ostium [mm]; comes before `distal`.
    """

    name: str = ""
    distal: str = "ostium"
    distal_at_mm: float | None = None


@dataclass(frozen=True, slots=True)
class LoadRule:
    """How hard it is pulled; None is left to the therapy.

    Parameters
    ----------
    name
        Of the rule.
    plication_mm, traction_n, traction_reaction
        As in `annulus.therapies.Wish`.
    """

    name: str = ""
    plication_mm: float | None = None
    traction_n: float | None = None
    traction_reaction: str | None = None


@dataclass(frozen=True)
class Combination:
    """One thing that is done to every heart.

    Parameters
    ----------
    choices
        The therapy; several where each heart gets the one that suits it.
    landing, load
        Where and how hard.
    """

    choices: tuple[Therapy, ...]
    landing: Landing
    load: LoadRule


@dataclass(frozen=True)
class Worlds:
    """Worlds in which every heart is predicted.

    Parameters
    ----------
    n, seed
        Worlds of one heart, and their seed.
    joint
        Each heart has one world of its own, numbered as the heart; else all hearts share worlds 0 to n.
    measurement_error
        The geometry is measured with an error; false where it is the truth, as a virtual patient's.
    priors
        Distributions.
    """

    n: int
    seed: int
    joint: bool
    measurement_error: bool
    priors: Priors

    def numbers(self, heart: int) -> tuple[int, ...]:
        """Numbers of a heart's worlds: the same for all that is done to it."""
        return (heart,) if self.joint else tuple(range(self.n))


@dataclass(frozen=True)
class Sobol:
    """Indices instead of outcomes; arguments as in `annulus.prediction.importance`."""

    base: int
    seed: int
    grouped: bool
    outputs: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class StudyDesign:
    """A study.

    Parameters
    ----------
    name
        Of the study.
    kind
        ``outcomes`` (predictions), ``fit`` (who can take what, nothing predicted) or ``sobol`` (indices).
    cases
        Case files; empty for a population.
    preset, n_patients, seed
        A population's.
    combinations
        What is done to every heart.
    worlds
        None for the world of means.
    sobol
        Settings of kind ``sobol``.
    closure
        How valves are closed; None as the therapy needs it.
    patterns
        Columns wanted; empty for all.
    costly
        The costly quantities too.
    chunk
        Hearts of one file.
    document
        The file's content, for the manifest.
    inputs
        Files that it reads.

    Raises
    ------
    InputError
        A pattern that no column matches.
    """

    name: str
    kind: str
    cases: tuple[Path, ...]
    preset: PopulationPreset | None
    n_patients: int
    seed: int
    combinations: tuple[Combination, ...]
    worlds: Worlds | None
    sobol: Sobol | None
    closure: str | None
    patterns: tuple[str, ...]
    costly: bool
    chunk: int
    document: Mapping[str, Any]
    inputs: tuple[Path, ...]

    def __post_init__(self) -> None:
        _ = self.quantities
        if self.sobol is not None:
            for key in self.sobol.outputs:
                quantity_of(key)

    @property
    def n_hearts(self) -> int:
        """Hearts."""
        return len(self.cases) or self.n_patients

    @property
    def rows_per_heart(self) -> int:
        """Rows of each heart; of kind ``sobol`` each stands for several lines."""
        return len(self.combinations) * (1 if self.worlds is None or self.kind != "outcomes" else self.worlds.n)

    @property
    def n_rows(self) -> int:
        """Rows of the whole study."""
        return self.n_hearts * self.rows_per_heart

    @property
    def n_chunks(self) -> int:
        """Files that it is written in."""
        return -(-self.n_hearts // self.chunk)

    def hearts(self, chunk: int) -> range:
        """Numbers of the hearts of a chunk."""
        return range(chunk * self.chunk, min((chunk + 1) * self.chunk, self.n_hearts))

    @cached_property
    def quantities(self) -> Mapping[str, Quantity]:
        """Predicted columns: key to quantity, in the order of the catalogue."""
        if self.kind != "outcomes":
            return {}
        mine = {type(one) for item in self.combinations for one in item.choices}
        own = {row for kind in mine for row in kind.quantities}
        foreign = {row for kind in ALL_THERAPIES for row in kind.quantities} - own
        known = {
            path: row
            for row in dict.fromkeys((*catalogue(), *own))
            for path in row.paths
            if row.unit not in ("text", "flag") and not row.many and "[" not in path and row not in foreign
        }
        if not self.patterns:
            # What the hearts are is measured once each, whatever it costs.
            return {
                path: row
                for path, row in known.items()
                if self.costly or not row.costly or path.startswith("coronary_sinus.")
            }
        wanted: set[str] = set()
        for pattern in self.patterns:
            found = fnmatch.filter(known, pattern)
            if not found:
                near = nearest_of(pattern, known)
                advice = f"did you mean {near!r}?" if near else "docs/quantities.md lists them."
                raise InputError(f"columns must match quantities of the catalogue; {pattern!r} matches none: {advice}")
            wanted |= {path for path in found if self.costly or not known[path].costly or path == pattern or
                       path.startswith("coronary_sinus.")}  # fmt: skip
        return {path: row for path, row in known.items() if path in wanted}

    @property
    def columns(self) -> Mapping[str, str]:
        """Column to the kind of its values: ``int``, ``float``, ``text``, ``flag``."""
        own = {name: kind for name, (kind, _) in ROW_COLUMNS.items()}
        if self.kind == "sobol":
            return own | {name: kind for name, (kind, _) in SOBOL_COLUMNS.items()}
        return own | {name: kind for name, (kind, _) in FIT_COLUMNS.items()} | dict.fromkeys(self.quantities, "float")
