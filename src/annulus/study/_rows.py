"""The rows of one heart: everything that a study does to it, in its worlds; what goes wrong is a row with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from annulus.anatomy import Case
from annulus.errors import AnnulusError, InputError
from annulus.heart import ClosureSettings, Heart, closure_settings
from annulus.population import PATIENT_CLOSURE, sample_patient
from annulus.prediction import (
    GEOMETRY_PRIORS,
    OUTPUTS,
    Prediction,
    Priors,
    Question,
    World,
    importance,
    input_groups,
    predict,
)
from annulus.study._design import Combination, StudyDesign
from annulus.study._fit import Fit, chosen
from annulus.therapies import Load, Site, therapy

__all__ = ["FAULTS", "HeartSource", "heart_rows", "sources"]

FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, np.linalg.LinAlgError)
"""What a fault of the package would raise: one heart must not end a study of thousands."""

Row = dict[str, Any]

HeartSource = Case | str | None
"""What a worker is given of a heart: its case, or why there is none; None for a patient, whom it draws itself."""


def sources(design: StudyDesign, chunk: int) -> tuple[HeartSource, ...]:
    """What the hearts of a chunk are made from, so that a worker on another machine needs no files."""
    from annulus.io import load_case

    def loaded(number: int) -> HeartSource:
        try:
            return load_case(design.cases[number])
        except AnnulusError as error:
            return str(error)

    return tuple(loaded(number) if design.cases else None for number in design.hearts(chunk))


def heart_rows(design: StudyDesign, number: int, source: HeartSource) -> list[Row]:
    """Every row of heart `number`, in their order."""
    name = design.cases[number].stem if design.cases else f"patient-{number:06d}"
    try:
        if isinstance(source, str):
            raise InputError(source)
        ready = _Ready(design, number, source)
    except AnnulusError as error:
        return [row | {"status": "refused", "reason": str(error)} for row in _blank(design, number, name)]
    except FAULTS as error:
        return [row | _fault(error) for row in _blank(design, number, name)]
    return ready.rows()


def _blank(design: StudyDesign, number: int, name: str) -> list[Row]:
    """The rows with what they are and nothing that is known of them."""
    worlds = design.worlds
    numbers: tuple[int | None, ...] = (None,)
    if worlds is not None and design.kind == "outcomes":
        numbers = worlds.numbers(number)
    first = number * design.rows_per_heart
    return [
        {
            "row": first + i * len(numbers) + j,
            "heart": number,
            "case": name,
            "therapy": item.choices[0].name if len(item.choices) == 1 else "",
            "landing": item.landing.name,
            "load": item.load.name,
            "world": world,
        }
        for i, item in enumerate(design.combinations)
        for j, world in enumerate(numbers)
    ]


def _fault(error: Exception) -> Row:
    return {"status": "error", "reason": f"{type(error).__name__}: {error}"}


@dataclass(frozen=True, eq=False)
class _Question:
    """One thing that is done to this heart, with where and how it fits."""

    what: Combination
    fit: Fit
    question: Question | None


class _Ready:
    """One heart, made ready once for all that is done to it."""

    def __init__(self, design: StudyDesign, number: int, source: Case | None) -> None:
        self._design, self._number = design, number
        self._is_patient = source is None
        if source is None:
            source = sample_patient(_preset(design), seed=design.seed, index=number).case
        self._case = source
        self._hearts: dict[str, Heart] = {}
        self._kept: dict[Any, Any] = {}
        self._before: Mapping[str, float] | None = None

    def rows(self) -> list[Row]:
        """Every row."""
        design = self._design
        asked = [self._asked(item) for item in design.combinations]
        blank = _blank(design, self._number, self._case.id)
        if design.kind == "fit":
            return [row | self._fit_row(item) for row, item in zip(blank, asked, strict=True)]
        if design.kind == "sobol":
            return [line for row, item in zip(blank, asked, strict=True) for line in self._indices(row, item)]
        n = len(blank) // len(asked)
        out: list[Row] = [{}] * len(blank)
        # World by world: all that is done to a heart shares what the heart is in that world.
        for j, world in enumerate(self._worlds()):
            for i, item in enumerate(asked):
                out[i * n + j] = blank[i * n + j] | self._fit_row(item) | self._outcome(item, world)
        return out

    def _worlds(self) -> Iterator[World | None]:
        worlds = self._design.worlds
        if worlds is None:
            yield None
            return
        for number in worlds.numbers(self._number):
            world = worlds.priors.draw(worlds.seed, number)
            yield world if worlds.measurement_error else world.with_error_times(0.0)

    def _asked(self, what: Combination) -> _Question | str:
        """What is asked, or the fault that asking met."""
        try:
            heart = self._heart(what.choices[0].closure)
            fit = chosen(heart, what, self._kept)
            if fit.placement is None:
                return _Question(what, fit, None)
            heart = self._heart(fit.therapy.closure)
            blocks = tuple(dict.fromkeys(key.split(".")[0] for key in self._design.quantities))
            blocks = tuple(name for name in blocks if name != "coronary_sinus")
            placed = fit.placement
            question = Question(heart, fit.therapy, placed.site, placed.load, blocks=blocks, costly=self._design.costly)
            return _Question(what, fit, question)
        except FAULTS as error:
            return _fault(error)["reason"]

    def _heart(self, kind: str) -> Heart:
        kind = self._design.closure or ("none" if self._case.leaflets is None and kind != "full" else kind)
        if kind not in self._hearts:
            settings: ClosureSettings | None = closure_settings(kind)
            if settings is not None and self._is_patient:
                settings = replace(PATIENT_CLOSURE if kind == "fast" else settings, fit=False)
            other = next(iter(self._hearts.values()), None)
            self._hearts[kind] = Heart(self._case, settings) if other is None else other.with_settings(settings)
        return self._hearts[kind]

    def _fit_row(self, item: _Question | str) -> Row:
        if isinstance(item, str):
            return {"status": "error", "reason": item}
        fit = item.fit
        name = fit.therapy.name if fit.placement is not None or len(item.what.choices) == 1 else ""
        done = {"status": "done", "reason": ""}
        told = done if fit.placement is not None else {"status": "refused", "reason": fit.sentence}
        return {"therapy": name, "fit.fits": fit.fits, "fit.reason": fit.reason, **fit.numbers, **told}

    def _outcome(self, item: _Question | str, world: World | None) -> Row:
        """Numbers of one row; of one that cannot be predicted what the heart is before."""
        if isinstance(item, str):
            return {}
        told: Row = {}
        try:
            if item.question is not None:
                return self._predicted(item.question, world)
        except InputError as error:
            told = {"status": "refused", "reason": str(error)}
        except AnnulusError as error:
            told = {"status": "failed", "reason": str(error)}
        except FAULTS as error:
            told = _fault(error)
        try:
            return dict(self._numbers_before()) | told
        except FAULTS as error:
            return told or {"status": "refused", "reason": str(error)}

    def _predicted(self, question: Question, world: World | None) -> Row:
        world = _means() if world is None else world
        point = question.predicted(world).checked()
        told: Row = {}
        if point.refusal:
            told = {"status": "valve open", "reason": point.refusal}
            question = replace(question, heart=question.heart.with_settings(None))
            point = question.predicted(world).checked()
        return told | self._wanted({**point.numbers(question.blocks, costly=question.costly), **self._vein(point)})

    def _numbers_before(self) -> Mapping[str, float]:
        """What the heart is, whatever is done to it."""
        if self._before is None:
            heart = self._heart("fast")
            point = predict(heart, therapy("none"), Site(), Load())
            if point.refusal:
                point = predict(heart.with_settings(None), therapy("none"), Site(), Load())
            found = {key: value for key, value in point.numbers().items() if ".before." in key or "_before_" in key}
            self._before = self._wanted({**found, **self._vein(point)})
        return self._before

    def _vein(self, point: Prediction) -> Mapping[str, float]:
        """The measured vein's numbers, once for all rows."""
        if "vein" not in self._kept:
            wanted = any(key.startswith("coronary_sinus.") for key in self._design.quantities)
            measured = point.heart.measured is None
            if not (wanted and measured):
                return (
                    {} if wanted is False else self._vein(predict(self._heart("fast"), therapy("none"), Site(), Load()))
                )
            block = point.block("coronary_sinus", costly=True)
            self._kept["vein"] = {f"coronary_sinus.{k}": v for k, v in block.items() if isinstance(v, float)}
        return self._kept["vein"]

    def _wanted(self, numbers: Mapping[str, float]) -> dict[str, float]:
        known = self._design.quantities
        return {key: value for key, value in numbers.items() if key in known}

    def _indices(self, row: Row, item: _Question | str) -> list[Row]:
        told = self._fit_row(item)
        kept = {"status": told["status"], "reason": told["reason"], "therapy": told.get("therapy", row["therapy"])}
        if isinstance(item, str) or item.question is None or self._design.sobol is None:
            return [row | kept]
        asked, worlds = self._design.sobol, self._design.worlds
        priors = Priors() if worlds is None else worlds.priors
        if not (self._design.cases if worlds is None else worlds.measurement_error):
            priors = _without_error(priors)
        try:
            found = importance(
                item.question,
                base=asked.base,
                seed=asked.seed,
                priors=priors,
                outputs=asked.outputs or OUTPUTS,
                groups=input_groups() if asked.grouped else None,
            )
        except AnnulusError as error:
            return [row | kept | {"status": "failed", "reason": str(error)}]
        except FAULTS as error:
            return [row | kept | _fault(error)]
        return [
            row
            | kept
            | {
                "output": key,
                "input": share.name,
                "first_order": share.first_order,
                "first_order_error": share.first_order_error,
                "total": share.total,
                "total_error": share.total_error,
            }
            for key, shares in found.shares.items()
            for share in shares
        ]


@cache
def _means() -> World:
    return Priors().means()


def _preset(design: StudyDesign) -> Any:
    return design.preset


def _without_error(priors: Priors) -> Priors:
    """The same priors for a geometry that is the truth."""
    exact = [name for name, group in input_groups().items() if group == "measurement" and name in GEOMETRY_PRIORS]
    fixed = {name: replace(priors.row(name), spread=0.0) for name in exact}
    return Priors({**priors.replaced, **fixed})
