"""The valve fitted to a case's baseline echo: the closest member to close, all of them for the spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Annulus, Case
from annulus.anatomy.valve import Valve
from annulus.outcomes import Beat, ValveFit, effective_orifice_mm2, fit_valve
from annulus.sources import Assumption

__all__ = ["FittedChange", "FittedValve", "fitted_valve"]

_LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class FittedChange:
    """Measures of every member before and after a therapy, by the fast closure.

    Parameters
    ----------
    before, after
        Measure to its value for each member, shape (m,).
    """

    before: Mapping[str, FloatArray]
    after: Mapping[str, FloatArray]

    def to_dict(self) -> dict[str, object]:
        """Central 90 percent of the members, by the keys of the result file."""
        return {"level": _LEVEL, "before": _intervals(self.before), "after": _intervals(self.after)}


@dataclass(frozen=True, eq=False)
class FittedValve:
    """A fit and its beat.

    Parameters
    ----------
    fit
        Members that match the baseline.
    """

    fit: ValveFit

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the fit rests on."""
        why = "one orifice does not determine the valve: the member closest to the echo is closed, all give the spread"
        return (*self.fit.assumptions, Assumption("fit_member", self.fit.closest, "", why, "rule"))

    def central(self, valve: Valve) -> tuple[Valve, FloatArray]:
        """The valve, of any mesh, as the closest member, and that member's tips [mm], shape (2, 3)."""
        member = self.fit.member(self.fit.closest)
        return member.valve(valve), member.tips

    def change(self, before: Annulus, after: Annulus) -> FittedChange:
        """Every member on the annulus before and on the same annulus after."""
        valve = self.fit.valve
        places, _ = before.loop.closest(valve.surface.points[valve.hinge])
        return FittedChange(self.fit.predict(), self.fit.predict(hinge=after.loop.at(places)))

    @property
    def targets(self) -> dict[str, float]:
        """What was fitted to, by the keys of the result file."""
        return _plain(self.fit.targets)

    def document(self, closed: Mapping[str, float], before: Annulus, after: Annulus | None) -> dict[str, object]:
        """Block ``fit`` of the result file.

        Parameters
        ----------
        closed
            Measures of the valve that was closed.
        before, after
            The annulus as it is, and vertex by vertex after a therapy; None where the leaflets are held.
        """
        missed = self.fit.missed(closed)
        told = {"reached": not missed, "closed": {key: closed[key] for key in self.targets if key in closed}}
        told |= {"sentence": missed} if missed else {}
        spread = {} if after is None else self.change(before, after).to_dict()
        return self.to_dict() | told | spread

    def to_dict(self) -> dict[str, object]:
        """Block ``fit`` of the result file, without the change."""
        fit = self.fit
        return {
            "targets": self.targets,
            "measured_error": _plain(fit.measured),
            "error": _plain(fit.error),
            "residual": _plain(fit.residual()),
            "reached": fit.reached,
            "sentence": fit.sentence,
            "n_members": len(fit.members),
            "effective_size": float(fit.effective_size),
            "central": dict(zip(fit.names, fit.members[fit.closest].tolist(), strict=True)),
        }


def fitted_valve(
    case: Case, beat: Beat, *, n_members: int, polish: int, seed: int, mesh: tuple[int, int]
) -> FittedValve:
    """Fit a case's valve to its baseline echo.

    Raises
    ------
    InputError
        The case's echo has nothing to fit to.
    """
    columns, rows = mesh
    fit = fit_valve(case, beat=beat, n_members=n_members, polish=polish, seed=seed, n_columns=columns, n_rows=rows)
    return FittedValve(fit)


def _plain(values: Mapping[str, float]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items()}


def _intervals(table: Mapping[str, FloatArray]) -> dict[str, list[float]]:
    ends = (0.5 * (1.0 - _LEVEL), 0.5 * (1.0 + _LEVEL))
    rows = {key: np.quantile(row, ends).tolist() for key, row in table.items()}
    return rows | {"eroa_mm2": [effective_orifice_mm2(end) for end in rows["roa_mm2"]]}
