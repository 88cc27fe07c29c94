"""Hearts turned, moved, scaled and renumbered at random: what is extracted from them must not know it.

Run ``python studies/turned_hearts.py --n 200 --root FOLDER``, where FOLDER holds the real hearts of the recipes;
without it the shipped example is turned. Each draw writes the meshes of a recipe anew: every point mapped by one
rotation, translation and scale, vertices and triangles in another order, in another unit; in a share of the draws also
mirrored. It imports them as any heart, the recipe's `scale` undoing the scale, and turns the case back. A draw can be
repeated from its seed and number: ``run_turn(heart, seed, index)``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import annulus
from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import AnnulusError
from annulus.geometry import Curve, Surface
from annulus.io import import_case, read_mesh, write
from marked_page import put_between

__all__ = [
    "HEARTS",
    "LIMITS",
    "Motion",
    "Turn",
    "TurnedHeart",
    "drawn_motion",
    "main",
    "run_turn",
    "to_markdown",
    "turns",
]

START, END = "<!-- turned hearts -->", "<!-- end of turned hearts -->"

REPOSITORY = Path(__file__).resolve().parents[1]

DEVICE = "double-anchor-9-18-25"
"""A ribbon so short that it cinches both real hearts; where it lands is left to the therapy's default."""

LIMITS = {
    "axis_mm": 0.5,
    "ostium_mm": 0.1,
    "annulus_mm": 0.1,
    "measures_percent": 0.2,
    "ap_points": 0.05,
}
"""What is promised, by column of the table."""

_SMALLEST_MM = 10.0
"""Lengths near zero (gaps, heights) are compared as a share of this."""
_UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0}
_SCALED_SHARE = 0.5
_PERMUTED_SHARE = 0.5
_MIRRORED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class TurnedHeart:
    """A recipe and the folder of its meshes."""

    recipe: Path
    root: Path


HEARTS = {
    "example-fmr": TurnedHeart(REPOSITORY / "data" / "recipes" / "example-fmr.toml", Path("data") / "meshes" / "fmr"),
    "bodyparts3d-heart5": TurnedHeart(
        REPOSITORY / "data" / "recipes" / "bodyparts3d-heart5.toml", Path("bodyparts3d-heart5")
    ),
    "hra-vh-female": TurnedHeart(REPOSITORY / "data" / "recipes" / "hra-vh-female.toml", Path("hra-vh-female")),
}
"""Recipes by name; roots relative to the repository for the shipped example, to ``--root`` for the others."""


@dataclass(frozen=True, eq=False)
class Motion:
    """What one draw does to every mesh: x to ``linear @ x + translation`` [mm], then `unit`, then renumbered."""

    rotation: FloatArray
    translation: FloatArray
    scale: float
    unit: str
    permuted: bool
    mirrored: bool

    @property
    def linear(self) -> FloatArray:
        """Rotation, mirror and scale in one matrix, shape (3, 3)."""
        mirror = np.diag([-1.0, 1.0, 1.0]) if self.mirrored else np.eye(3)
        return self.scale * self.rotation @ mirror


@dataclass(frozen=True, slots=True)
class Turn:
    """One draw of one heart: what moved.

    Parameters
    ----------
    heart, index
        Name and number of the draw.
    mirrored
        Whether the heart was mirrored: then it should be refused, and nothing else is compared.
    refusal
        The sentence it was refused with; empty where it was not.
    axis_mm, ostium_mm, annulus_mm
        Largest distance of the axes of vein and arteries, of the vein's start, of annulus and landmarks from those of
        the heart as it was [mm].
    measures_percent
        Largest change of a measure; of angles as a share of 180 degrees, of lengths near zero of 10 mm [%].
    measure
        Which measure that was.
    ap_points
        Change of the predicted change of AP [percentage points].
    seconds
        Time of the import [s].
    """

    heart: str
    index: int
    mirrored: bool
    refusal: str = ""
    axis_mm: float = 0.0
    ostium_mm: float = 0.0
    annulus_mm: float = 0.0
    measures_percent: float = 0.0
    measure: str = ""
    ap_points: float = 0.0
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether the draw keeps what is promised."""
        if self.mirrored:
            return bool(self.refusal)
        return not self.refusal and all(getattr(self, name) <= limit for name, limit in LIMITS.items())


def drawn_motion(generator: np.random.Generator, *, mirrored_share: float = _MIRRORED_SHARE) -> Motion:
    """A rotation uniform over all, up to half a metre away, half scaled by 0.75 to 1.35, half renumbered, any unit."""
    rotation, upper = np.linalg.qr(generator.normal(size=(3, 3)))
    rotation = rotation * np.sign(np.diag(upper))
    rotation[:, 0] *= np.sign(np.linalg.det(rotation))
    return Motion(
        rotation,
        generator.uniform(-500.0, 500.0, size=3),
        float(np.exp(generator.uniform(np.log(0.75), np.log(1.35)))) if generator.random() < _SCALED_SHARE else 1.0,
        str(generator.choice(list(_UNITS))),
        bool(generator.random() < _PERMUTED_SHARE),
        bool(generator.random() < mirrored_share),
    )


def run_turn(heart: str, seed: int, index: int, *, root: Path | None = None, simulated: bool = True) -> Turn:
    """One draw, from its numbers alone."""
    generator = np.random.default_rng([seed, index])
    motion = drawn_motion(generator)
    with tempfile.TemporaryDirectory() as folder:
        recipe = _written(heart, root, motion, Path(folder), generator)
        started = perf_counter()
        try:
            found = import_case(recipe, scale=1.0 / motion.scale).case
        except AnnulusError as error:
            return Turn(heart, index, motion.mirrored, str(error).removeprefix(folder))
        seconds = perf_counter() - started
    if motion.mirrored:
        return Turn(heart, index, True, seconds=seconds)
    true, measures, ap_change = _base(heart, root, simulated)
    name, share = _largest_change(measures, annulus.measure(found).to_dict())
    # The recipe's scale keeps the annulus centroid where it was.
    back = found.transformed(
        motion.rotation.T,
        true.annulus.loop.centroid
        - motion.rotation.T @ (motion.linear @ true.annulus.loop.centroid + motion.translation),
    )
    return Turn(
        heart,
        index,
        False,
        axis_mm=max(_apart(a, b) for a, b in zip(_axes(back), _axes(true), strict=True)),
        ostium_mm=float(np.linalg.norm(_axes(back)[0].points[0] - _axes(true)[0].points[0])),
        annulus_mm=_annulus_apart(back, true),
        measures_percent=100.0 * share,
        measure=name,
        ap_points=abs(_ap_change(found) - ap_change) if simulated else 0.0,
        seconds=seconds,
    )


def turns(
    hearts: Sequence[str], n: int, *, seed: int = 1, root: Path | None = None, workers: int = 1, simulated: bool = True
) -> Iterator[Turn]:
    """Draws 0 to n - 1 of each heart; the results do not depend on the number of processes."""
    for heart in hearts:
        one = partial(run_turn, heart, seed, root=root, simulated=simulated)
        if workers <= 1:
            yield from map(one, range(n))
            continue
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield from pool.map(one, range(n), chunksize=8)


def to_markdown(found: Sequence[Turn], *, seed: int, wall_s: float) -> str:
    """The table of a run."""
    hearts = list(dict.fromkeys(turn.heart for turn in found))
    lines = [
        f"{len(found)} draws, seed {seed}, {wall_s:.0f} s of wall time. Largest differences from the heart as it was:",
        "",
        "| heart | draws, not mirrored | axes of vein and arteries, mm | ostium, mm | annulus and landmarks, mm "
        "| measures, % | AP by `simulate`, percentage points | refused | mirrored: refused | import, s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for heart in hearts:
        own = [turn for turn in found if turn.heart == heart]
        plain = [turn for turn in own if not turn.mirrored]
        taken = [turn for turn in plain if not turn.refusal]
        mirrored = [turn for turn in own if turn.mirrored]
        most = [float(np.max([getattr(turn, name) for turn in taken] or [0.0])) for name in LIMITS]
        lines.append(
            f"| {heart} | {len(plain)} | "
            + " | ".join(f"{value:.2g}" for value in most)
            + f" | {len(plain) - len(taken)} | {sum(bool(turn.refusal) for turn in mirrored)} of {len(mirrored)} "
            f"| {float(np.median([turn.seconds for turn in taken] or [0.0])):.2f} |"
        )
    limits = ["", *(f"{limit:g}" for limit in LIMITS.values())]
    lines.append("| promised, at most | " + " | ".join(limits) + " | 0 | all | 5 |")
    accepted = Counter(turn.heart for turn in found if turn.mirrored and not turn.kept)
    broken = [f"- {heart}: {count} mirrored ones accepted" for heart, count in accepted.items()]
    broken += [
        f"- {turn.heart}, draw {turn.index}: {_broken(turn)}" for turn in found if not (turn.mirrored or turn.kept)
    ]
    lines += ["", "Draws that break the promise:", "", *(broken or ["- none"])]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the draws and write the table; exit code 1 where a promise was broken."""
    parser = argparse.ArgumentParser(description="Hearts turned at random through the extraction.")
    parser.add_argument("--n", type=int, default=200, help="draws of each heart")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--root", type=Path, help="folder of the real hearts; without it the shipped example is turned")
    parser.add_argument("--hearts", help=f"names with commas between, of {', '.join(HEARTS)}")
    parser.add_argument("--into", type=Path, help=f"put the table into this file, between its lines {START} and {END}")
    options = parser.parse_args(arguments)
    usual = "example-fmr" if options.root is None else "bodyparts3d-heart5,hra-vh-female"
    hearts = (options.hearts or usual).split(",")
    started = perf_counter()
    found = list(turns(hearts, options.n, seed=options.seed, root=options.root, workers=options.workers))
    text = to_markdown(found, seed=options.seed, wall_s=perf_counter() - started)
    sys.stdout.write(text)
    if options.into is not None:
        put_between(options.into, START, END, text)
    return 1 if any(not turn.kept for turn in found) else 0


def _source(heart: str, root: Path | None) -> TurnedHeart:
    base = REPOSITORY if heart == "example-fmr" else (Path() if root is None else root)
    return TurnedHeart(HEARTS[heart].recipe, base / HEARTS[heart].root)


@cache
def _recipe(heart: str, root: Path | None) -> tuple[dict[str, Any], dict[str, Surface]]:
    """The recipe's table, and every mesh that it names, in LPS mm."""
    source = _source(heart, root)
    table = tomllib.loads(source.recipe.read_text(encoding="utf-8"))
    unit, axes = table.get("unit"), table.get("coordinate_system")
    meshes = {
        text: read_mesh(
            source.root / text.partition("#")[0], node=text.partition("#")[2] or None, unit=unit, coordinate_system=axes
        )
        for text in _texts(table)
        if (source.root / text.partition("#")[0]).is_file()
    }
    return table, meshes


@cache
def _base(heart: str, root: Path | None, simulated: bool) -> tuple[Case, dict[str, Any], float]:
    """The heart as it is: its case, measures and predicted change of AP [%]."""
    source = _source(heart, root)
    case = import_case(source.recipe, root=source.root).case
    return case, annulus.measure(case).to_dict(), _ap_change(case) if simulated else 0.0


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _written(heart: str, root: Path | None, motion: Motion, folder: Path, generator: np.random.Generator) -> Path:
    """Recipe and meshes of the moved heart, in `folder`."""
    table, meshes = _recipe(heart, root)
    names: dict[str, str] = {}
    for number, (text, surface) in enumerate(meshes.items()):
        names[text] = f"mesh-{number}.ply"
        moved = surface.transformed(motion.linear / _UNITS[motion.unit], motion.translation / _UNITS[motion.unit])
        path = folder / names[text]
        write(_renumbered(moved, generator) if motion.permuted else moved, path)
        # Our writer takes coordinates for mm; these are in the unit drawn.
        path.write_bytes(path.read_bytes().replace(b"UNIT=mm", f"UNIT={motion.unit}".encode("ascii"), 1))
    turned = _mapped(table, names, motion) | {"unit": motion.unit, "coordinate_system": "LPS", "oriented": False}
    recipe = folder / "recipe.toml"
    recipe.write_text("\n".join(f"{key} = {_toml(value)}" for key, value in turned.items()), encoding="utf-8")
    return recipe


def _renumbered(surface: Surface, generator: np.random.Generator) -> Surface:
    """Same surface: vertices, triangles and the first corner of each in another order."""
    order = generator.permutation(len(surface.points))
    place = np.argsort(order)
    triangles = place[surface.triangles][generator.permutation(len(surface.triangles))]
    first = (generator.integers(0, 3, size=len(triangles))[:, None] + np.arange(3)) % 3
    return Surface(surface.points[order], np.take_along_axis(triangles, first, axis=1))


def _mapped(value: Any, names: Mapping[str, str], motion: Motion) -> Any:
    """The recipe with the new files' names, and its points moved: a list of three decimals is a point [mm]."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, Mapping):
        return {key: _mapped(one, names, motion) for key, one in value.items()}
    if isinstance(value, list):
        if len(value) == 3 and all(isinstance(one, float) for one in value):
            return (motion.linear @ np.array(value) + motion.translation).tolist()
        return [_mapped(one, names, motion) for one in value]
    return value


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)


def _axes(case: Case) -> list[Curve]:
    vein = [] if case.coronary_sinus is None else [case.coronary_sinus.curve]
    return vein + [artery.curve for artery in case.arteries]


def _apart(one: Curve, other: Curve) -> float:
    """Largest distance of either curve's vertices from the other curve [mm]."""
    return float(max(one.closest(other.points)[1].max(), other.closest(one.points)[1].max()))


def _annulus_apart(one: Case, other: Case) -> float:
    ring, true = one.annulus, other.annulus
    marks = [float(np.linalg.norm(ring.landmarks[name] - true.landmarks[name])) for name in true.landmarks]
    return float(
        max(ring.loop.closest(true.loop.points)[1].max(), true.loop.closest(ring.loop.points)[1].max(), *marks)
    )


def _largest_change(before: Mapping[str, Any], after: Mapping[str, Any], place: str = "") -> tuple[str, float]:
    """Largest change of a single measure, and which; a measure that only one of them has is a change of everything."""
    worst = ("", 0.0)
    for key in before.keys() | after.keys():
        one, other = before.get(key), after.get(key)
        name = f"{place}{key}"
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found = _largest_change(one, other, f"{name}.")
        elif key == "crossings" and isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            pairs = [_largest_change(a, b, f"{name}.") for a, b in zip(one, other, strict=True)]
            found = max(pairs, key=lambda pair: pair[1], default=("", 0.0))
        elif isinstance(one, float) and isinstance(other, float):
            least = 180.0 if key.endswith("_deg") else (_SMALLEST_MM if key.endswith("_mm") else 1e-9)
            found = (name, abs(one - other) / max(abs(one), least))
        elif (one is None) != (other is None):
            found = (name, np.inf)
        else:
            continue
        worst = max(worst, found, key=lambda pair: pair[1])
    return worst


def _ap_change(case: Case) -> float:
    """Change of AP after the lock [%]; not a number where the vein takes no device or the solve does not converge."""
    try:
        result = annulus.simulate(case, DEVICE, closure="none").to_dict()
    except AnnulusError:
        return np.nan
    if result["solver"]["status"] != "converged":
        return np.nan
    return float(result["annulus"]["change_percent"]["ap_mm"])


def _broken(turn: Turn) -> str:
    if turn.refusal:
        return f"refused: {turn.refusal}"
    over = [f"{name} {getattr(turn, name):.3g}" for name, limit in LIMITS.items() if not getattr(turn, name) <= limit]
    return ", ".join(over) + (f" ({turn.measure})" if turn.measures_percent > LIMITS["measures_percent"] else "")


if __name__ == "__main__":
    sys.exit(main())
