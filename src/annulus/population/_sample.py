"""Many virtual patients from one seed, the same ones whatever the number of workers."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing import get_context
from threading import Thread
from types import MappingProxyType

import numpy as np

from annulus._arrays import locked, whole_number
from annulus._typing import FloatArray
from annulus.anatomy._case import Case
from annulus.anatomy.parametric._presets import Preset
from annulus.errors import InputError
from annulus.outcomes import ValveOutcome
from annulus.population._copula import Copula
from annulus.population._echo import with_closed_valve
from annulus.population._measured import COLUMNS, measured_row
from annulus.population._patient import REDRAWN, ImpossibleHeartError, Rejection, patient_case, patient_values
from annulus.population._preset import PopulationPreset, population_preset

__all__ = ["Patient", "Population", "sample_patient", "sample_population"]

_MAX_DRAWS = 400
"""Draws of one patient before the priors count as contradicting each other."""

_CHUNK = 25
"""Patients that a worker takes at a time."""


@dataclass(frozen=True, eq=False)
class Patient:
    """One virtual patient.

    Parameters
    ----------
    index
        Number in the population, from 0.
    case
        The heart.
    values
        Its drawn and fixed parameters, by name "part.field", and choices.
    first
        The first draw, which was the heart too where nothing was rejected.
    rejections
        Reasons of the draws before, in order, and a sentence for each.
    closed
        Its valve, closed by the fast closure: what the case's echo states; None where it was left open.
    """

    index: int
    case: Case
    values: Mapping[str, float]
    first: Mapping[str, float]
    rejections: tuple[tuple[Rejection, str], ...]
    closed: ValveOutcome | None


@dataclass(frozen=True, eq=False)
class Population:
    """Virtual patients as a table.

    Parameters
    ----------
    preset, seed
        What they were drawn from.
    names
        Columns of `measured`.
    measured
        Measured on each heart, not-a-number where there is nothing to measure, shape (n, columns).
    driver_names
        Columns of `drawn` and `first`.
    drawn, first
        Driving variables of the accepted and of the first draw of each patient, shape (n, drivers): their difference
        is the shift that rejection causes.
    draws
        Draws that each patient took, shape (n,).
    rejected
        Draws rejected by reason.
    examples
        The first rejection of each reason, as a sentence.
    """

    preset: PopulationPreset
    seed: int
    names: tuple[str, ...]
    measured: FloatArray
    driver_names: tuple[str, ...]
    drawn: FloatArray
    first: FloatArray
    draws: np.ndarray
    rejected: Mapping[Rejection, int]
    examples: Mapping[Rejection, str]

    def __post_init__(self) -> None:
        for name in ("measured", "drawn", "first", "draws"):
            locked(getattr(self, name))
        object.__setattr__(self, "rejected", MappingProxyType(dict(self.rejected)))
        object.__setattr__(self, "examples", MappingProxyType(dict(self.examples)))

    def __reduce__(self) -> tuple[object, ...]:
        arrays = (self.names, self.measured, self.driver_names, self.drawn, self.first, self.draws)
        return type(self), (self.preset, self.seed, *arrays, dict(self.rejected), dict(self.examples))

    def __len__(self) -> int:
        return len(self.measured)

    def __str__(self) -> str:
        share = self.rejected_share
        return f"{len(self)} virtual patients, {self.preset.name}, seed {self.seed}; {share:.1%} of the draws rejected"

    @property
    def rejected_share(self) -> float:
        """Share of all draws that was rejected [1]."""
        return 1.0 - len(self) / float(self.draws.sum())

    @cached_property
    def columns(self) -> Mapping[str, FloatArray]:
        """Measured columns by name, each of shape (n,)."""
        return MappingProxyType({name: self.measured[:, i] for i, name in enumerate(self.names)})


def sample_patient(preset: PopulationPreset | Preset | str, *, seed: int, index: int, close: bool = True) -> Patient:
    """Patient number `index` of the population with this seed; draws that are no heart are drawn again.

    Parameters
    ----------
    preset
        As in `sample_population`.
    seed, index
        Which.
    close
        False leaves the valve open and the echo unknown, as for patients that the fast closure is fitted to; only
        without a selection by the leak.

    Raises
    ------
    InputError
        No such preset, priors that contradict each other, a negative seed or index, or a selection by the leak of a
        valve that is not closed.
    """
    population = _resolved(preset)
    if not close and population.selection is not None:
        raise InputError(
            f"close must be true for preset {population.name}, which selects patients by the leak of the closed valve; "
            "got false: take its selection off first."
        )
    return _patient(population, Copula.from_preset(population), _checked_seed(seed), index, close=close)


def sample_population(
    preset: PopulationPreset | Preset | str,
    *,
    n: int,
    seed: int = 0,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Population:
    """Draw `n` virtual patients and measure them.

    Parameters
    ----------
    preset
        normal, fmr, ischaemic or afmr, or a preset of one's own (`annulus.io.read_population_preset`).
    n
        How many.
    seed
        Patient i depends on seed and i alone, not on `n` or `workers`.
    workers
        Processes.
    progress
        Called with the number of patients done.

    Raises
    ------
    InputError
        No such preset, priors that contradict each other, or numbers that are not positive.
    """
    population = _resolved(preset)
    whole_number("n", n, at_least=1)
    whole_number("workers", workers, at_least=1)
    copula = Copula.from_preset(population)
    work = partial(_rows, population, copula, _checked_seed(seed))
    starts = range(0, n, _CHUNK)
    chunks = [range(start, min(start + _CHUNK, n)) for start in starts]
    rows: list[tuple[list[float], list[float], list[float], tuple[tuple[Rejection, str], ...]]] = []
    with _mapping(workers) as mapped:
        for part in mapped(work, chunks):
            rows += part
            if progress is not None:
                progress(len(rows))
    rejected: Counter[Rejection] = Counter()
    examples: dict[Rejection, str] = {}
    for *_, rejections in rows:
        for reason, detail in rejections:
            rejected[reason] += 1
            examples.setdefault(reason, detail)
    return Population(
        preset=population,
        seed=seed,
        names=tuple(COLUMNS),
        measured=np.array([row[0] for row in rows]),
        driver_names=copula.names,
        drawn=np.array([row[1] for row in rows]),
        first=np.array([row[2] for row in rows]),
        draws=np.array([1 + len(row[3]) for row in rows]),
        rejected={reason: rejected[reason] for reason in Rejection if rejected[reason]},
        examples=examples,
    )


_PATIENCE_S = 10.0
"""How long a pool may take to end."""


@contextmanager
def _mapping(workers: int) -> Iterator[Callable]:
    if workers == 1:
        yield map
        return
    # Ctrl-C reaches the workers too; the first process answers it.
    ignore = {"initializer": signal.signal, "initargs": (signal.SIGINT, signal.SIG_IGN)}
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), **ignore)
    try:
        yield pool.map
    finally:
        # A pool whose workers were stopped while work was on its way to them may never end: nobody waits for ever.
        processes = list((pool._processes or {}).values())
        ending = Thread(target=partial(pool.shutdown, cancel_futures=True), daemon=True)
        ending.start()
        ending.join(_PATIENCE_S)
        if ending.is_alive():
            # Compiling kernels takes a worker a minute, and nothing else ends it.
            for process in processes:
                process.kill()


def _rows(preset: PopulationPreset, copula: Copula, seed: int, indices: range) -> list:
    rows = []
    for index in indices:
        patient = _patient(preset, copula, seed, index)
        drivers = ([values[name] for name in copula.names] for values in (patient.values, patient.first))
        rows.append((list(measured_row(patient.case, patient.closed).values()), *drivers, patient.rejections))
    return rows


def _patient(preset: PopulationPreset, copula: Copula, seed: int, index: int, *, close: bool = True) -> Patient:
    if index < 0:
        raise InputError(f"index must be at least 0; got {index}.")
    # Child number `index` of the seed, as SeedSequence(seed).spawn makes it.
    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
    rejections: list[tuple[Rejection, str]] = []
    first: dict[str, float] = {}
    closed = None
    for _ in range(_MAX_DRAWS):
        values = patient_values(preset, copula, generator)
        first = first or values
        again = copula.redraws(REDRAWN, generator) if REDRAWN in copula.names else ()
        try:
            case, values = patient_case(preset, values, id=f"{preset.name}-{seed}-{index:06d}", redraws=again)
            if close:
                case, closed = with_closed_valve(case, preset.selection)
        except ImpossibleHeartError as error:
            rejections.append((error.reason, error.detail))
            continue
        return Patient(index, case, MappingProxyType(values), MappingProxyType(first), tuple(rejections), closed)
    (reason, count), *_ = Counter(reason for reason, _ in rejections).most_common(1)
    detail = next(text for why, text in rejections if why is reason)
    raise InputError(
        f"preset {preset.name}: its priors contradict each other: none of {_MAX_DRAWS} draws was a heart, in {count} "
        f"of them {reason.value} ({detail.rstrip('.')}); bring these rows nearer to each other."
    )


def _resolved(preset: PopulationPreset | Preset | str) -> PopulationPreset:
    return preset if isinstance(preset, PopulationPreset) else population_preset(preset)


def _checked_seed(seed: int) -> int:
    if seed < 0:
        raise InputError(f"seed must be at least 0; got {seed}.")
    return seed
