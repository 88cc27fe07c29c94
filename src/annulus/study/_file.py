"""STUDY.toml as people write it: a strict model, and the design that follows."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from annulus.anatomy.parametric import preset
from annulus.errors import FileError, InputError
from annulus.heart import Heart
from annulus.io import load_priors, read_population_preset
from annulus.io._reading import existing, read_toml
from annulus.io._schema import FileModel, Number, nearest_of, placed, validated
from annulus.population import PopulationPreset, population_preset
from annulus.prediction import Priors
from annulus.study._design import Combination, Landing, LoadRule, Sobol, StudyDesign, Worlds
from annulus.therapies import ALL_THERAPIES, Therapy, Wish, WishError, therapy

__all__ = ["read_study"]

_CHUNK = 50
"""Hearts of one file, where the study does not say: what a kill may cost, some seconds of work."""

_PARTS = 8
"""Files at least, so that a small study has work for several processes."""

_Count = Annotated[int, Field(strict=True, ge=1)]
_Seed = Annotated[int, Field(strict=True, ge=0)]
_Words = Annotated[list[str], Field(min_length=1)]


class _Population(FileModel):
    """Virtual patients."""

    preset: str
    n: _Count
    seed: _Seed = 0


class _Landing(FileModel):
    """Where, and which size."""

    name: str = ""
    size: Literal["each", "chosen among"] = "each"
    distal: Literal["ostium", "anchored"] | None = None
    distal_at_mm: Number | None = None
    therapies: _Words | None = None


class _Load(FileModel):
    """How hard."""

    name: str = ""
    plication_mm: Number | None = None
    traction_n: Number | None = None
    traction_reaction: Literal["ostium", "outside"] | None = None
    therapies: _Words | None = None


class _Worlds(FileModel):
    """Draws of what is uncertain."""

    n: _Count | None = None
    seed: _Seed = 0
    sampling: Literal["nested", "joint"] = "nested"
    measurement_error: bool | None = None
    priors: str | None = None


class _Sobol(FileModel):
    """Indices of each row."""

    base: _Count = 64
    seed: _Seed = 0
    grouped: bool = False
    outputs: _Words | None = None


class _StudyModel(FileModel):
    """The whole file."""

    name: str = ""
    kind: Literal["outcomes", "fit", "sobol"] = "outcomes"
    cases: _Words | None = None
    population: _Population | None = None
    therapies: _Words
    landings: Annotated[list[_Landing], Field(min_length=1, default_factory=lambda: [_Landing()])]
    loads: Annotated[list[_Load], Field(min_length=1, default_factory=lambda: [_Load()])]
    worlds: _Worlds | None = None
    sobol: _Sobol | None = None
    closure: Literal["fast", "full", "none"] | None = None
    columns: _Words | None = None
    costly: bool = False
    chunk: _Count | None = None


def read_study(study: Path | str | Mapping[str, Any]) -> StudyDesign:
    """The design of a study file.

    Parameters
    ----------
    study
        STUDY.toml, or its content; paths in a file start from its folder, those in a content from the working folder.

    Raises
    ------
    FileError
        No such file, an unknown key (the nearest one is named), a value of another kind, factors that contradict each
        other.
    """
    if isinstance(study, Mapping):
        file, root, data = Path("study"), Path(), dict(study)
    else:
        file = existing(Path(study))
        root, data = file.parent, read_toml(file)
    model = validated(_StudyModel, data, file=file)
    _require_agreement(model, file)
    chosen = _therapies(model.therapies, root, file)
    inputs: list[Path] = []
    cases = _cases(model.cases, root, file)
    inputs += cases
    drawn, n, seed = None, 0, 0
    if model.population is not None:
        with placed(file, "population.preset"):
            drawn = _preset(model.population.preset, root, inputs)
        n, seed = model.population.n, model.population.seed
    priors = None
    if model.worlds is not None and model.worlds.priors is not None:
        inputs.append(root / model.worlds.priors)
        priors = load_priors(root / model.worlds.priors)
    inputs += [path for word in model.therapies if (path := root / word).suffix == ".toml"]
    with placed(file, ""):
        return StudyDesign(
            name=model.name or file.stem,
            kind=model.kind,
            cases=tuple(cases),
            preset=drawn,
            n_patients=n,
            seed=seed,
            combinations=_combinations(model, chosen, file),
            worlds=_worlds(model, priors),
            sobol=_sobol(model.sobol) if model.kind == "sobol" else None,
            closure=model.closure,
            patterns=tuple(model.columns or ()),
            costly=model.costly,
            chunk=model.chunk or min(max(-(-(n or len(cases)) // _PARTS), 1), _CHUNK),
            document=model.model_dump(mode="json", exclude_defaults=True),
            inputs=tuple(dict.fromkeys(inputs)),
        )


def _require_agreement(model: _StudyModel, file: Path) -> None:
    """Raise where factors contradict each other."""
    if (model.cases is None) == (model.population is None):
        came = "neither" if model.cases is None else "both"
        raise FileError(file, "cases", f"either cases or a population must be given; got {came}: give one of them.")
    for number, load in enumerate(model.loads):
        if load.plication_mm is not None and load.traction_n is not None:
            raise FileError(
                file, f"loads[{number}]", "plication_mm and traction_n contradict each other; got both: give one."
            )
    for number, landing in enumerate(model.landings):
        if landing.distal is not None and landing.distal_at_mm is not None:
            raise FileError(
                file, f"landings[{number}]", "distal and distal_at_mm contradict each other; got both: give one."
            )
    for block in ("landings", "loads"):
        names = [item.name for item in getattr(model, block)]
        if len(names) > 1 and (len(set(names)) < len(names) or "" in names):
            raise FileError(file, block, f"several {block} must each have a name of their own; got {names}: name them.")
    if model.kind != "sobol" and model.sobol is not None:
        raise FileError(file, "sobol", f'belongs to kind = "sobol"; the kind is {model.kind!r}: leave one of them out.')
    if model.kind != "outcomes" and model.worlds is not None and model.worlds.n is not None:
        raise FileError(file, "worlds.n", f'a study of kind "{model.kind}" draws no worlds of its own: leave n out.')
    if model.kind == "outcomes" and model.worlds is not None:
        if model.worlds.sampling == "nested" and model.worlds.n is None:
            raise FileError(file, "worlds.n", "nested sampling needs a number of worlds; it is missing: add n.")
        if model.worlds.sampling == "joint" and model.worlds.n is not None:
            raise FileError(file, "worlds.n", "joint sampling gives each heart one world; got n too: leave it out.")


def _therapies(words: Sequence[str], root: Path, file: Path) -> tuple[Therapy, ...]:
    every = [name for kind in ALL_THERAPIES for name in kind.catalogue()]
    found: dict[str, Therapy] = {}
    for number, word in enumerate(words):
        place = f"therapies[{number}]"
        if any(letter in word for letter in "*?["):
            names = fnmatch.filter(every, word)
            if not names:
                raise FileError(file, place, f"must match sizes of a catalogue; {word!r} matches none: correct it.")
        else:
            names = [word]
        for name in names:
            with placed(file, place):
                one = therapy(str(root / name) if name.endswith(".toml") else name)
            found.setdefault(one.name, one)
    return tuple(found.values())


def _cases(words: Sequence[str] | None, root: Path, file: Path) -> list[Path]:
    found: list[Path] = []
    for number, word in enumerate(words or ()):
        matches = [path for path in sorted(root.glob(word)) if path.is_file()] if "*" in word else [root / word]
        if not matches:
            raise FileError(
                file, f"cases[{number}]", f"must match case files; {word!r} matches none: check the folder."
            )
        # What is named must be there; what is in it is found out case by case.
        found += [existing(path, place=f"cases[{number}]", named_in=file) for path in matches]
    return list(dict.fromkeys(found))


def _preset(word: str, root: Path, inputs: list[Path]) -> PopulationPreset:
    if word.endswith(".toml"):
        inputs.append(root / word)
        return read_population_preset(root / word)
    return population_preset(word)


def _combinations(model: _StudyModel, chosen: Sequence[Therapy], file: Path) -> tuple[Combination, ...]:
    """Every landing with every load and every therapy that both are for."""
    landings = _for(model.landings, chosen, "landings", file)
    loads = _for(model.loads, chosen, "loads", file)
    out: list[Combination] = []
    for landing, lands in landings:
        for load, loaded in loads:
            among = tuple(one for one in chosen if one.name in lands and one.name in loaded)
            rule = Landing(landing.name, landing.distal or "ostium", landing.distal_at_mm)
            pull = LoadRule(load.name, load.plication_mm, load.traction_n, load.traction_reaction)
            if landing.size == "each":
                out += [Combination((one,), rule, pull) for one in among]
            elif len(among) > 1:
                out.append(Combination(among, rule, pull))
            elif among:
                raise FileError(
                    file,
                    "landings",
                    f'size = "chosen among" needs at least two therapies; got {among[0].name}: add sizes.',
                )
    return tuple(out)


def _for(rules: Sequence[Any], chosen: Sequence[Therapy], block: str, file: Path) -> list[tuple[Any, set[str]]]:
    """Each rule with the therapies that it is for: those named, else those that can be asked for it.

    Those that no rule is for get the default one.
    """
    out: list[tuple[Any, set[str]]] = []
    names = [one.name for one in chosen]
    for number, rule in enumerate(rules):
        refused = {one.name: told for one in chosen if (told := _refused(one, rule))}
        mine: set[str] = set(names) - set(refused) if rule.therapies is None else set()
        for pattern in rule.therapies or ():
            found = fnmatch.filter(names, pattern.lower())
            if not found:
                near = nearest_of(pattern, names)
                advice = f"did you mean {near!r}?" if near else f"the study has {', '.join(names[:6])}."
                raise FileError(
                    file, f"{block}[{number}].therapies", f"{pattern!r} is no therapy of this study: {advice}"
                )
            for name in found:
                if name in refused:
                    raise FileError(file, f"{block}[{number}]", refused[name])
            mine |= set(found)
        if not mine:
            told = next(iter(refused.values()))
            raise FileError(file, f"{block}[{number}]", f"no therapy of this study can be asked for it: {told}")
        out.append((rule, mine))
    left = set(names) - {name for _, mine in out for name in mine}
    if left:
        out.append((_Landing() if block == "landings" else _Load(), left))
    return out


def _refused(one: Therapy, rule: _Landing | _Load) -> str:
    """Why a kind of therapy cannot be asked for a rule, in any heart; empty where it can."""
    asked = {name: getattr(rule, name, None) for name in _WISHES}
    if all(value is None for value in asked.values()):
        return ""
    try:
        one.site(_any_heart(), Wish(**asked))
    except WishError as error:
        return str(error)
    except InputError:
        # Not in this heart; another one may take it.
        return ""
    return ""


@cache
def _any_heart() -> Heart:
    return Heart(preset("fmr"))


_WISHES = ("distal_at_mm", "plication_mm", "traction_n", "traction_reaction")


def _worlds(model: _StudyModel, priors: Priors | None) -> Worlds | None:
    given = model.worlds
    if given is None:
        return None
    # A virtual patient's geometry is the truth; a measured one's is not.
    error = given.measurement_error
    return Worlds(
        given.n or 1,
        given.seed,
        given.sampling == "joint",
        model.cases is not None if error is None else error,
        priors or Priors(),
    )


def _sobol(given: _Sobol | None) -> Sobol:
    given = given or _Sobol()
    if given.base < 8 or given.base & (given.base - 1):
        raise InputError(f"sobol.base must be a power of two, at least 8; got {given.base}: take 64 or 128.")
    return Sobol(given.base, given.seed, given.grouped, tuple(given.outputs or ()))
