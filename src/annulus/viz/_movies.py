"""Movies: the heart along the load path of a device, and the leaflets closing under pressure; MP4 or GIF."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from annulus._typing import FloatArray
from annulus.anatomy import Case
from annulus.errors import DependencyError, FileError, InputError
from annulus.io import replaced_file
from annulus.planning import simulate
from annulus.viz._paths import movie_path
from annulus.viz._rendering import rendering_window
from annulus.viz._scene import scene

__all__ = ["cinch_frames", "cinch_movie", "closing_movie", "write_movie"]

_N_STATES, _N_BETWEEN = 12, 3
"""States solved along the load path, and frames between two of them."""

_FPS, _HOLD_S = 15, 1.0
SIZE = (960, 720)
_LEAFLET_KEYS = ("leaflet_triangles", "leaflet_of_triangle", "chordae_tip", "papillary_tips_mm")


def cinch_frames(
    case: Case, result: Mapping[str, Any], *, n_states: int = _N_STATES
) -> tuple[list[dict[str, Any]], str]:
    """Results from before to after, and a sentence on how they were found.

    A device with a landing is locked at rising plication, each state solved anew (closure left out); of any other
    therapy the states that the result tells are joined by straight lines, which is a drawing and no load path.

    Raises
    ------
    InputError
        The result has no state after, or fewer than two states are asked for.
    """
    shapes = result.get("shapes") or {}
    if shapes.get("annulus_after_mm") is None:
        raise InputError("a movie of a therapy needs a result with an annulus after it; this one has none.")
    if n_states < 2:
        raise InputError(f"n_states must be at least 2; got {n_states}.")
    therapy = result.get("therapy") or {}
    landing, plication = therapy.get("landing") or {}, therapy.get("plication_mm")
    name, distal = therapy.get("device"), landing.get("distal_s_mm")
    if name and distal is not None and (plication or 0.0) > 0.0:
        load = [float(share * plication) for share in np.linspace(0.0, 1.0, n_states)[:-1]]
        try:
            frames = [
                simulate(case, str(name), distal_at_mm=float(distal), plication_mm=dose, closure="none").to_dict()
                for dose in load
            ]
        except InputError:
            # A therapy that cannot be asked for a plication, or one that no name stands for.
            frames = []
        if frames:
            return [*frames, dict(result)], "each state solved at its plication, distal end held"
    shares = np.linspace(0.0, 1.0, n_states)
    return [{**result, "shapes": _between(shapes, shapes, share)} for share in shares], "straight lines between states"


def cinch_movie(
    case: Case,
    result: Mapping[str, Any],
    path: str | Path,
    *,
    view: str = "surgeon",
    size: tuple[int, int] = SIZE,
    n_states: int = _N_STATES,
    file: object = "result",
) -> Path:
    """Write a movie of the annulus and its neighbours from before to after; there and back in a GIF's loop.

    Raises
    ------
    FileError, InputError, DependencyError
        The suffix is none of .mp4 and .gif, the result has no state after or is of another case, no graphics.
    """
    path = movie_path(path)
    keys, _ = cinch_frames(case, result, n_states=n_states)
    documents = [_held(keys[0], result, 0.0)]
    n_steps = _N_BETWEEN * (len(keys) - 1)
    for first, second in pairwise(keys):
        for share in np.arange(1, _N_BETWEEN + 1) / _N_BETWEEN:
            shapes = _blend(first.get("shapes") or {}, second.get("shapes") or {}, float(share))
            documents.append(_held({**second, "shapes": shapes}, result, len(documents) / n_steps))
    documents[-1] = dict(result)
    pictures = (_picture(case, document, view, size, file) for document in documents)
    return write_movie(pictures, path)


def closing_movie(
    case: Case,
    path: str | Path,
    *,
    view: str = "surgeon",
    size: tuple[int, int] = SIZE,
    pressures_mmhg: Sequence[float] = (0.1, 1.0, 3.0, 8.0, 20.0, 45.0, 75.0, 105.0),
) -> Path:
    """Write a movie of the leaflets closing under rising pressure, each state of the full closure at rest.

    A sequence of balances, no dynamics: how long a real valve takes is not in it.

    Raises
    ------
    FileError, InputError, DependencyError
        The suffix is none of .mp4 and .gif, the case has no leaflets to close, no graphics.
    """
    from annulus.heart import ClosureSettings, Heart

    path = movie_path(path)
    valve = Heart(case, ClosureSettings("full")).valve
    if valve is None:
        raise InputError(f"a movie of the closing needs leaflets; case {case.id!r} has none: add heights or meshes.")
    model = valve.valve
    shapes: dict[str, Any] = {
        "leaflet_triangles": model.surface.triangles, "leaflet_of_triangle": model.leaflet,
        "chordae_tip": model.chordae.tip, "papillary_tips_mm": model.tips if valve.tips is None else valve.tips,
    }  # fmt: skip
    documents = []
    for pressure in pressures_mmhg:
        outcome = valve.closed(pressure_mmhg=float(pressure))
        if outcome.points is None or not outcome.measured:
            continue
        told = {
            **shapes,
            "leaflets_before_mm": outcome.points,
            "chordae_before_mm": model.chordae.ends(outcome.points),
        }
        documents.append(
            {
                "case": {"digest": case.digest},
                "coaptation": {"before": outcome.to_dict()},
                "therapy": {"device": f"{pressure:g} mmHg across the valve"},
                "shapes": told,
            }
        )
    if len(documents) < 2:
        raise InputError(f"the leaflets of {case.id!r} came to rest at fewer than two pressures: no movie.")
    keys = []
    for first, second in pairwise(documents):
        for share in np.arange(_N_BETWEEN) / _N_BETWEEN:
            keys.append({**first, "shapes": _blend(first["shapes"], second["shapes"], float(share))})
    pictures = (_picture(case, document, view, size, "closing") for document in [*keys, documents[-1]])
    return write_movie(pictures, path)


def write_movie(pictures: Iterable[np.ndarray], path: str | Path, *, fps: int = _FPS) -> Path:
    """Write pictures, each of shape (height, width, 3) with values 0 to 255, as a movie that rests at its end.

    Raises
    ------
    FileError
        The suffix is none of .mp4 and .gif, or the file cannot be written.
    DependencyError
        An MP4 needs imageio-ffmpeg, which is not installed.
    InputError
        No pictures.
    """
    path = movie_path(path)
    frames = [np.ascontiguousarray(picture[..., :3]) for picture in pictures]
    if not frames:
        raise InputError("a movie needs pictures; got none.")
    frames += [frames[-1]] * round(_HOLD_S * fps)
    with replaced_file(path) as part:
        if path.suffix.lower() == ".gif":
            first, *rest = _indexed(frames)
            first.save(part, format="GIF", save_all=True, append_images=rest, duration=round(1000 / fps), loop=0)
        else:
            _write_mp4(frames, part, fps)
    return path


def _indexed(frames: list[np.ndarray]) -> list[Any]:
    from PIL import Image

    # One palette for all frames: colours that mean something must not flicker.
    moving = len(frames) - sum(frame is frames[-1] for frame in frames)
    chosen = [frames[k] for k in np.unique(np.linspace(0, moving, 8).astype(int))]
    palette = Image.fromarray(np.vstack([frame[::2, ::2] for frame in chosen])).quantize(255, kmeans=2)
    return [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


def _write_mp4(frames: list[np.ndarray], part: Path, fps: int) -> None:
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise DependencyError(
            "an MP4 needs imageio-ffmpeg, which is not installed: pip install 'annulus[viz]', or write a .gif."
        ) from error
    high, wide = frames[0].shape[:2]
    # Chroma is stored at half resolution: both sides must be even.
    wide, high = wide - wide % 2, high - high % 2
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        *("-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{wide}x{high}", "-r", str(fps)),
        *("-i", "-", "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-movflags", "+faststart"),
        *("-f", "mp4", str(part)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as coder:
        _, told = coder.communicate(b"".join(frame[:high, :wide].tobytes() for frame in frames))
    if coder.returncode:
        words = told.decode(errors="replace").strip().splitlines()
        raise FileError(part, "", f"the movie could not be coded ({words[-1] if words else 'no message'}): try a .gif.")


def _picture(case: Case, document: Mapping[str, Any], view: str, size: tuple[int, int], file: object) -> np.ndarray:
    plotter = scene(case, document, view=view, size=size, off_screen=True, file=file)
    try:
        with rendering_window():
            return np.asarray(plotter.screenshot(return_img=True))
    finally:
        plotter.close()


def _held(document: Mapping[str, Any], result: Mapping[str, Any], share: float) -> dict[str, Any]:
    """A state between, without what was computed for the last one alone: leak, intervals, flags.

    Leaflets closed before and after are drawn on the straight way from one to the other, and the card says so.
    """
    shapes = {
        key: value
        for key, value in (document.get("shapes") or {}).items()
        if not key.startswith(("leaflet", "chordae"))
    }
    dropped = ("coaptation", "regurgitation", "intervals", "flags", "fit")
    out = {**{key: value for key, value in document.items() if key not in dropped}, "shapes": shapes}
    ends = result.get("shapes") or {}
    if ends.get("leaflets_before_mm") is not None and ends.get("leaflets_after_mm") is not None:
        for name in ("leaflets", "chordae"):
            start, end = ends.get(f"{name}_before_mm"), ends.get(f"{name}_after_mm")
            if start is not None and end is not None:
                shapes[f"{name}_after_mm"] = _mixed(start, end, share)
        shapes |= {key: ends[key] for key in _LEAFLET_KEYS if key in ends}
        out["flags"] = ["Leaflets: drawn on the straight way between the two computed closures."]
    return out


def _between(before: Mapping[str, Any], after: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Shapes of a result on the straight way from its state before to the one after."""
    out = dict(after)
    for name in ("annulus", "coronary_sinus"):
        start, end = before.get(f"{name}_before_mm"), after.get(f"{name}_after_mm")
        if start is not None and end is not None:
            out[f"{name}_after_mm"] = _mixed(start, end, share)
    arteries = after.get("arteries_after_mm") or {}
    starts = before.get("arteries_before_mm") or {}
    out["arteries_after_mm"] = {
        name: _mixed(starts[name], points, share) if name in starts else points for name, points in arteries.items()
    }
    if share < 1.0:
        # The device lies where it is, not on its way there.
        out.pop("device_mm", None)
        out.pop("anchors_mm", None)
        out.pop("coronary_sinus_after_radius_mm", None)
    return out


def _blend(first: Any, second: Any, share: float) -> Any:
    """Points of two results mixed where they correspond, else those of the second."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return {key: _blend(first.get(key), value, share) for key, value in second.items()}
    try:
        start, end = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    except (TypeError, ValueError):
        return second
    whole = np.asarray(second).dtype.kind in "iu"
    return second if start.shape != end.shape or not end.ndim or whole else _mixed(start, end, share)


def _mixed(first: Any, second: Any, share: float) -> FloatArray:
    start, end = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    return end if start.shape != end.shape else (1.0 - share) * start + share * end
