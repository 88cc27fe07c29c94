"""A trial as people write it: TRIAL.toml, or one that is shipped."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from annulus.errors import FileError, InputError
from annulus.io._reading import existing, read_toml
from annulus.io._schema import FileModel, Number, nearest_of, unknown_text, validated
from annulus.prediction import catalogue
from annulus.quantity import Quantity
from annulus.study._design import StudyDesign
from annulus.study._file import read_study
from annulus.therapies import ALL_THERAPIES

__all__ = ["TrialDesign", "read_trial", "shipped_trials", "trial_template"]

_Words = Annotated[list[str], Field(min_length=1)]
_Count = Annotated[int, Field(strict=True, ge=2)]
_Positive = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]


class _Note(FileModel):
    """Where a row comes from."""

    source: str = "assumed"
    why: str = ""


class _Context(FileModel):
    """What the virtual trial is for."""

    question: str
    use: str
    not_for: str = ""


class _Population(FileModel):
    """Who is screened."""

    preset: str
    n: Annotated[int, Field(strict=True, ge=1)] = 100
    seed: Annotated[int, Field(strict=True, ge=0)] = 0


class _Range(_Note):
    """A range of a quantity."""

    key: str
    min: Number | None = None
    max: Number | None = None


class _Rule(_Range):
    """What a predicted number must be, or the device is taken out again."""

    reason: str
    published_percent: tuple[Number, Number] | None = None


class _Device(_Note):
    """What is implanted, and which size."""

    therapies: _Words
    allocation: Literal["size by the rule", "one size"] = "size by the rule"
    landing: Literal["ostium", "anchored"] | None = None
    plication_mm: Number | None = None
    traction_n: Number | None = None


class _Endpoint(FileModel):
    """What the trial asks for."""

    quantity: str
    change: Literal["percent", "absolute"] = "percent"
    reading_sd: Number = 0.0
    reading_why: str = ""


class _Baseline(_Note):
    """A published row of the patients before."""

    key: str
    mean: Number
    sd: _Positive | None = None
    n: _Count | None = None
    unit: str


class _Outcome(_Note):
    """A published change: a mean, or the range in which the means of several measures lie."""

    quantity: str
    change: Literal["percent", "absolute"] = "percent"
    mean: Number | None = None
    low: Number | None = None
    high: Number | None = None
    sd: _Positive | None = None
    n: _Count


class _Flow(_Note):
    """Published numbers of patients."""

    enrolled: _Count
    implanted: _Count


class _TrialModel(FileModel):
    """The whole file."""

    name: str
    title: str = ""
    source: str
    context: _Context
    population: _Population
    inclusion: list[_Range] = Field(default_factory=list)
    exclusion: list[_Range] = Field(default_factory=list)
    device: _Device
    success: list[_Rule] = Field(default_factory=list)
    endpoint: _Endpoint
    baseline: list[_Baseline] = Field(default_factory=list)
    outcomes: Annotated[list[_Outcome], Field(min_length=1)]
    flow: _Flow | None = None
    outside: list[str] = Field(default_factory=list)


@dataclass(frozen=True, eq=False)
class TrialDesign:
    """A trial, checked.

    Parameters
    ----------
    model
        The file's content by key.
    study
        What is done to each patient.
    file
        Where it came from, for messages.
    """

    model: _TrialModel
    study: Mapping[str, Any]
    file: Path

    def patients(self, n: int, seed: int, worlds: int = 0) -> StudyDesign:
        """The study of `n` patients, in the world of means or in `worlds` worlds that all patients share."""
        content = {**self.study, "population": {**self.study["population"], "n": n, "seed": seed}}
        if worlds:
            content["worlds"] = {"n": worlds, "seed": seed}
        return read_study(content)


def shipped_trials() -> tuple[str, ...]:
    """Names of the trials in the package."""
    folder = resources.files("annulus.study").joinpath("trials")
    names = (item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(sorted(name for name in names if name != "template"))


def trial_template() -> str:
    """A file to begin with, every key explained."""
    return _shipped("template")


def _shipped(name: str) -> str:
    return resources.files("annulus.study").joinpath("trials", f"{name}.toml").read_text("utf-8")


def read_trial(trial: Path | str | Mapping[str, Any]) -> TrialDesign:
    """A trial by its name, from its file, or from its content.

    Raises
    ------
    InputError
        No trial of this name.
    FileError
        No such file, an unknown key or quantity (the nearest one is named), a value of another kind, criteria that
        contradict each other.
    """
    if isinstance(trial, Mapping):
        file, root, data = Path("trial"), Path(), dict(trial)
    elif (word := str(trial)).lower().endswith(".toml"):
        file = existing(Path(word))
        root, data = file.parent, read_toml(file)
    elif word.lower() in shipped_trials():
        file, root, data = Path(f"{word.lower()}.toml"), Path(), tomllib.loads(_shipped(word.lower()))
    else:
        raise InputError(f"{unknown_text('trial', word, shipped_trials())} A file of your own ends in .toml.")
    model = validated(_TrialModel, data, file=file)
    known = _known()
    keys = list(_checked_keys(model, known, file))
    _require_agreement(model, file)
    study = _study(model, keys, root)
    design = TrialDesign(model, study, file)
    try:
        combinations = design.patients(1, 0).combinations
        n_sizes = sum(len(item.choices) for item in combinations)
    except FileError as error:
        if 'size = "chosen among"' in error.message:
            n_sizes = 1
        else:
            place = "population.preset" if "population" in error.place else f"device.{error.place}".rstrip(".")
            raise FileError(file, place, error.message) from None
    if (model.device.allocation == "one size") != (n_sizes == 1):
        raise FileError(
            file,
            "device.allocation",
            f'"one size" needs one therapy and "size by the rule" several; got {model.device.allocation!r} and '
            f"{n_sizes} of them: correct one.",
        )
    return design


def _known() -> Mapping[str, Quantity]:
    rows = [*catalogue(), *(row for kind in ALL_THERAPIES for row in kind.quantities)]
    return {
        path: row
        for row in rows
        for path in row.paths
        if row.unit not in ("text", "flag") and not row.many and "[" not in path
    }


def states_of(quantity: str) -> tuple[str, str]:
    """Keys of a quantity before and after: ``regurgitation.eroa_mm2`` is ``regurgitation.before.eroa_mm2``, ..."""
    block, _, rest = quantity.partition(".")
    return f"{block}.before.{rest}", f"{block}.after.{rest}"


def _checked_keys(model: _TrialModel, known: Mapping[str, Quantity], file: Path) -> Iterator[str]:
    """Every quantity that the trial needs."""
    blocks = ("inclusion", "exclusion", "success", "baseline")
    for block in blocks:
        for number, row in enumerate(getattr(model, block)):
            place = f"{block}[{number}]"
            if row.key not in known:
                raise FileError(file, f"{place}.key", _unknown(row.key, known))
            if block != "success" and not _is_before(row.key):
                told = f"must be known before anything is done; {row.key!r} is not: name a .before. quantity."
                raise FileError(file, f"{place}.key", told)
            if block == "baseline" and row.unit != known[row.key].unit:
                raise FileError(
                    file, f"{place}.unit", f"must be that of {row.key}, {known[row.key].unit!r}; got {row.unit!r}."
                )
            yield row.key
    changed = {path.replace(".before.", ".", 1) for path in known if ".before." in path}
    for place, row in (("endpoint", model.endpoint), *((f"outcomes[{i}]", o) for i, o in enumerate(model.outcomes))):
        before, after = states_of(row.quantity)
        if before not in known or after not in known:
            raise FileError(file, f"{place}.quantity", _unknown(row.quantity, changed))
        yield from (before, after)


def _is_before(key: str) -> bool:
    return ".before." in key or "_before_" in key or key.startswith("coronary_sinus.")


def _unknown(word: str, known: Mapping[str, Any] | set[str]) -> str:
    near = nearest_of(word, known)
    return f"unknown quantity {word!r}: " + (f"did you mean {near!r}?" if near else "docs/quantities.md lists them.")


def _require_agreement(model: _TrialModel, file: Path) -> None:
    for block in ("inclusion", "exclusion", "success"):
        for number, row in enumerate(getattr(model, block)):
            place = f"{block}[{number}]"
            if row.min is None and row.max is None:
                raise FileError(file, place, "needs min, max or both; got neither: give one.")
            if row.min is not None and row.max is not None and row.min > row.max:
                raise FileError(file, place, f"min must not exceed max; got {row.min:g} and {row.max:g}.")
    for key in dict.fromkeys(row.key for row in model.inclusion):
        low, high = _joint([row for row in model.inclusion if row.key == key])
        if low > high:
            raise FileError(file, "inclusion", f"{key} would have to be at least {low:g} and at most {high:g}.")
        for row in (row for row in model.exclusion if row.key == key):
            if (row.min is None or row.min <= low) and (row.max is None or row.max >= high):
                raise FileError(file, "exclusion", f"{key} is excluded wherever inclusion asks for it: correct one.")
    for number, row in enumerate(model.outcomes):
        ends = (row.low is not None) + (row.high is not None)
        if (row.mean is not None) == (ends > 0) or ends == 1:
            raise FileError(file, f"outcomes[{number}]", "needs either a mean, or both low and high: give one of them.")
        if row.low is not None and row.high is not None and row.low > row.high:
            raise FileError(file, f"outcomes[{number}]", f"low must not exceed high; got {row.low:g} and {row.high:g}.")
    if model.flow is not None and model.flow.implanted > model.flow.enrolled:
        flow = model.flow
        raise FileError(file, "flow", f"implanted must not exceed enrolled; got {flow.implanted} and {flow.enrolled}.")
    if model.device.plication_mm is not None and model.device.traction_n is not None:
        raise FileError(file, "device", "plication_mm and traction_n contradict each other; got both: give one.")
    if model.endpoint.reading_sd < 0.0:
        raise FileError(file, "endpoint.reading_sd", f"must be >= 0; got {model.endpoint.reading_sd:g}.")


def _joint(rows: Sequence[_Range]) -> tuple[float, float]:
    low = max((row.min for row in rows if row.min is not None), default=float("-inf"))
    return low, min((row.max for row in rows if row.max is not None), default=float("inf"))


def _study(model: _TrialModel, keys: Sequence[str], root: Path) -> dict[str, Any]:
    """The study that does it."""
    device = model.device
    landing: dict[str, Any] = {} if device.landing is None else {"distal": device.landing}
    if device.allocation == "size by the rule":
        landing["size"] = "chosen among"
    load = {key: value for key in ("plication_mm", "traction_n") if (value := getattr(device, key)) is not None}
    preset = model.population.preset
    return {
        "therapies": [str(root / word) if word.endswith(".toml") else word for word in device.therapies],
        "population": {"preset": str(root / preset) if preset.endswith(".toml") else preset},
        "landings": [landing],
        "loads": [load],
        "columns": list(dict.fromkeys(keys)),
    }
