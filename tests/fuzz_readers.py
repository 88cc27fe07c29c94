"""Property fuzzing of every reader: whatever the bytes, an answer or one sentence, within bounded time and memory.

    .venv/bin/python tests/fuzz_readers.py --seconds 60 [--seed 0]

Good files of every kind are cut, spliced and given numbers that no file should hold; the files that break the rule are
kept in the folder that the last line names. `tests/properties/test_fuzz_readers.py` is a short run of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from annulus.errors import AnnulusError
from annulus.io import (
    load_case,
    read_contour,
    read_curve,
    read_landmark_table,
    read_loops,
    read_markups,
    read_mesh,
    read_points,
    read_recipe,
)
from annulus.io._registry import Content, contents_of
from file_writers import LINE, RADIUS, lines, surfaces

SECONDS_MOST = 20.0
"""For one file of some kilobytes, on a machine that others share."""

MEGABYTES_MOST = 1500.0
"""That the whole run may grow by."""

ASKED = {"unit": "mm", "coordinate_system": "LPS", "override": True}

NASTY = (
    b"nan", b"inf", b"-inf", b"1e309", b"-1", b"0", b"4294967295", b"9223372036854775807", b"99999999999999999999999",
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"[" * 5000, b'{"a":' * 3000, b"../../etc/passwd", b"=", b",", b"#",
    b"<", b"&lol;", b"binary_big_endian", b"BINARY", b"appended", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f",
)  # fmt: skip


def samples() -> Iterator[tuple[str, bytes]]:
    """File name and content of good files of every kind that is read."""
    with tempfile.TemporaryDirectory() as folder:
        for number, (_, name, write) in enumerate([*surfaces(), *lines()]):
            home = Path(folder) / str(number)
            home.mkdir()
            write(home / name)
            yield name, (home / name).read_bytes()
    points = [{"label": f"p{k}", "position": row.tolist()} for k, row in enumerate(LINE)]
    radius = [{"name": "Radius", "controlPointValues": RADIUS.tolist()}]
    markup = {"type": "Curve", "name": "cs", "coordinateSystem": "RAS", "controlPoints": points, "measurements": radius}
    yield "a.mrk.json", json.dumps({"@schema": "x", "markups": [markup]}).encode()
    rows = "\n".join(f"vtk_{k},{x},{y},{z},0,0,0,1,1,1,0,p{k},," for k, (x, y, z) in enumerate(LINE.tolist()))
    yield "a.fcsv", f"# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n{rows}\n".encode()
    table = "\n".join(f"0,mitral,{k},{x},{y},{z}" for k, (x, y, z) in enumerate(LINE.tolist()))
    yield "a.csv", f"frame,valve,index,x,y,z\n{table}\n".encode()
    head = "Filename, Phase, FrameNumber, Valve, AnnulusContourX, AnnulusContourY, AnnulusContourZ, AnnulusContourLabel"
    yield "b.csv", (head + "\n" + "\n".join(f"a, MS, 4, mitral, {x}, {y}, {z}, " for x, y, z in LINE)).encode()
    yield (
        "c.csv",
        b"Filename,Phase,Valve,FrameNumber,LandmarkLabel,LandmarkR,LandmarkA,LandmarkS\na,,mitral,4,PM,1,2,3",
    )
    table = "\n".join(f"{x},{y},{z},{r}" for (x, y, z), r in zip(LINE.tolist(), RADIUS.tolist(), strict=True))
    yield "d.csv", f"x_mm,y_mm,z_mm,radius_mm\n{table}\n".encode()
    yield "a.dat", f"X Y Z MaximumInscribedSphereRadius\n{table.replace(',', ' ')}\n".encode()
    annulus = [[20.0 * np.cos(t), 17.0 * np.sin(t), 0.0] for t in 2.0 * np.pi * np.arange(24) / 24]
    marks = {"A": annulus[6], "P": annulus[18], "AL": annulus[12], "PM": annulus[0]}
    case = {"schema": "annulus.case/1", "id": "x", "coordinate_system": "LPS",
            "annulus": {"points_mm": annulus, "landmarks": marks}, "surfaces": {"la": "la.ply"}}  # fmt: skip
    yield "case.json", json.dumps(case).encode()
    recipe = Path(__file__).resolve().parents[1] / "data" / "recipes" / "example-fmr.toml"
    yield "r.toml", recipe.read_bytes()


def reading(file: Path) -> Iterator[Callable[[], object]]:
    """All ways in which a file of this name may be read."""
    if file.suffix == ".toml":
        yield lambda: read_recipe(file)
        return
    held = contents_of(file)
    if Content.SURFACE in held:
        yield lambda: read_mesh(file, **ASKED)  # type: ignore[arg-type]
        yield lambda: read_mesh(file, node="0", **ASKED)  # type: ignore[arg-type]
    if Content.LINES in held or Content.MARKUPS in held:
        yield lambda: read_curve(file, **ASKED)  # type: ignore[arg-type]
    if Content.LINES in held or Content.MARKUPS in held or Content.LOOPS in held:
        yield lambda: read_contour(file, **ASKED)  # type: ignore[arg-type]
    if Content.LOOPS in held:
        yield lambda: read_loops(file, unit="mm", coordinate_system="LPS")
    if Content.LANDMARK_TABLE in held:
        yield lambda: read_landmark_table(file)
    if Content.MARKUPS in held:
        yield lambda: read_markups(file)
        yield lambda: read_points(file)
    if file.name == "case.json":
        yield lambda: load_case(file)


VALUES = (None, True, [], {}, "", "x", -1, 0.5, 1e308, 10**30, [[1]], {"a": [1]}, ["mm"], [None] * 3, "LPS", "../x")
"""What a JSON file may hold in a place that is meant for something else."""

edits = st.lists(
    st.one_of(
        st.tuples(st.just("cut"), st.floats(0.0, 1.0), st.just(0.0)),
        st.tuples(st.just("drop"), st.floats(0.0, 1.0), st.floats(0.0, 0.2)),
        st.tuples(st.just("twice"), st.floats(0.0, 1.0), st.floats(0.0, 0.2)),
        st.tuples(st.just("byte"), st.floats(0.0, 1.0), st.integers(0, 255)),
        st.tuples(st.just("put"), st.floats(0.0, 1.0), st.sampled_from(NASTY)),
        st.tuples(st.just("number"), st.floats(0.0, 1.0), st.sampled_from(NASTY)),
        st.tuples(st.just("json"), st.floats(0.0, 1.0), st.sampled_from(range(len(VALUES)))),
    ),
    min_size=1,
    max_size=4,
)
"""What is done to a file, and where: shares of its length."""


def other_value(content: bytes, share: float, value: object) -> bytes:
    """JSON text with one of its values replaced; other text as it is."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return content
    places: list[tuple[Any, Any]] = []
    waiting: list[Any] = [document]
    while waiting:
        one = waiting.pop()
        rows = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, item in [*rows][:40]:
            places.append((one, key))
            waiting.append(item)
    if not places:
        return content
    home, key = places[int(share * (len(places) - 1))]
    home[key] = value
    return json.dumps(document).encode()


def changed(content: bytes, some: list[tuple[str, float, object]]) -> bytes:
    for kind, share, what in some:
        # Heads of files are short and say how the rest is read: half of all edits are there.
        at = int(len(content) * (share * 2.0 - 1.0)) if share > 0.5 else int(min(len(content), 600) * share * 2.0)
        size = int(what * len(content)) if isinstance(what, float) else 0
        if kind == "json":
            content = other_value(content, share, VALUES[int(what)])  # type: ignore[call-overload]
        elif kind == "cut":
            content = content[:at]
        elif kind == "drop":
            content = content[:at] + content[at + size :]
        elif kind == "twice":
            content = content[:at] + content[at : at + size] * 2 + content[at + size :]
        elif kind == "byte" and content:
            content = content[:at] + bytes([what]) + content[at + 1 :]  # type: ignore[list-item]
        elif isinstance(what, bytes):
            end = at
            if kind == "number":
                while at < len(content) and not content[at : at + 1].isdigit():
                    at += 1
                end = at
                while end < len(content) and (content[end : end + 1].isdigit() or content[end : end + 1] == b"."):
                    end += 1
            content = content[:at] + what + content[end:]
    return content


@dataclass
class Run:
    """What a run found."""

    files: int = 0
    refused: int = 0
    slowest: float = 0.0
    broken: list[str] = field(default_factory=list)


def try_file(file: Path, run: Run) -> None:
    """Read a file in every way; anything but an answer or one sentence is kept."""
    for read in reading(file):
        began = time.perf_counter()
        try:
            read()
        except AnnulusError as error:
            run.refused += 1
            if "\n" in str(error) or len(str(error)) > 2000:
                run.broken.append(f"{file}: no single sentence: {str(error)[:300]!r}")
        except BaseException as error:
            run.broken.append(f"{file}: {type(error).__name__}: {str(error)[:200]}")
            if isinstance(error, KeyboardInterrupt):
                raise
        spent = time.perf_counter() - began
        run.slowest = max(run.slowest, spent)
        if spent > SECONDS_MOST:
            run.broken.append(f"{file}: took {spent:.1f} s")
    run.files += 1


def fuzz(seconds: float, *, first_seed: int = 0, keep: Path) -> Run:
    """Fuzz all readers for about so many seconds; `keep` holds the files that broke the rule."""
    known, run = [*samples()], Run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    end = time.perf_counter() + seconds
    # The kinds of files, not their many writers, get equal shares.
    kinds: dict[str, list[bytes]] = {}
    for name, content in known:
        kinds.setdefault(name, []).append(content)
    number = first_seed
    while time.perf_counter() < end:

        @seed(number)
        @settings(max_examples=20, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(st.sampled_from(sorted(kinds)), st.integers(0, 1000), edits)
        def one(name: str, which: int, some: list[tuple[str, float, object]]) -> None:
            if time.perf_counter() > end:
                return
            home = keep / f"{run.files}-{len(run.broken)}"
            home.mkdir(parents=True)
            content = changed(kinds[name][which % len(kinds[name])], some)
            (home / name).write_bytes(content)
            count = len(run.broken)
            try_file(home / name, run)
            if len(run.broken) == count:
                for file in home.iterdir():
                    file.unlink()
                home.rmdir()

        one()
        number += 1
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0 - before
    if grown > MEGABYTES_MOST:
        run.broken.append(f"memory grew by {grown:.0f} MB")
    return run


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=0)
    asked = words.parse_args()
    keep = Path(tempfile.mkdtemp(prefix="annulus-fuzz-"))
    run = fuzz(asked.seconds, first_seed=asked.seed, keep=keep)
    for line in dict.fromkeys(run.broken):
        print(line)
    print(f"{run.files} files, {run.refused} refusals, slowest {run.slowest:.2f} s, {len(run.broken)} faults in {keep}")
    return 1 if run.broken else 0


if __name__ == "__main__":
    sys.exit(main())
