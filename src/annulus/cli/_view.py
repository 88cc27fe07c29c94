"""`annulus view`: a case, and a prediction on it, as a picture, a C-arm view, a movie or in a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from annulus.errors import InputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("view")
    def _view(
        case: Annotated[Path, typer.Argument(metavar="CASE", help="Case file (case.json).", show_default=False)],
        result: Annotated[
            Path | None, typer.Option("--result", help="Result of 'annulus simulate' to draw on the case.")
        ] = None,
        screenshot: Annotated[
            Path | None, typer.Option("--screenshot", help="Write a picture (PNG, JPEG, TIFF) instead of a window.")
        ] = None,
        movie: Annotated[
            Path | None,
            typer.Option(
                "--movie",
                help="Write a movie (MP4, GIF): with a result, from before to after; else the leaflets closing.",
            ),
        ] = None,
        carm: Annotated[
            str | None,
            typer.Option(
                "--carm",
                help="C-arm view: LAO30/CAU20, or edge (annulus edge-on), landing, crossing (least foreshortened).",
            ),
        ] = None,
        view: Annotated[
            str | None,
            typer.Option("--view", help="surgeon, posterior, left, section-ap, section-alpm, inside, or all."),
        ] = None,
        size: Annotated[str | None, typer.Option("--size", help="Width x height of the picture [pixel].")] = None,
    ) -> None:
        """Show a case: annulus, vein with its millimetres, circumflex coloured by its gap, device, before and after."""
        from annulus.io import load_case, require_outputs
        from annulus.viz import read_result, views_named

        if screenshot is not None and movie is not None:
            raise InputError("--screenshot and --movie must not both be given; got both: call twice.")
        if carm is not None and (movie is not None or view is not None):
            other = "--movie" if movie is not None else "--view"
            raise InputError(f"--carm and {other} must not both be given; got both: leave one out.")
        view = view or "surgeon"
        views_named(view)
        pixels = None if size is None else _pixels(size)
        require_outputs(screenshot, movie, inputs=(case, result))
        heart = load_case(case)
        told = None if result is None else read_result(result)
        file = "result" if result is None else result
        if carm is not None:
            _carm(heart, told, carm, screenshot, pixels, file)
        elif movie is not None:
            _movie(heart, told, movie, view, pixels, file)
        else:
            _scene(heart, told, screenshot, view, pixels, file)


def _scene(heart: Any, told: Any, path: Path | None, view: str, pixels: tuple[int, int] | None, file: object) -> None:
    from annulus import viz

    if path is None:
        viz.show(heart, told, view=view, file=file)
    elif pixels is None:
        print(f"Picture: {viz.screenshot(heart, path, told, view=view, file=file)}")
    else:
        print(f"Picture: {viz.screenshot(heart, path, told, view=view, size=pixels, file=file)}")


def _carm(heart: Any, told: Any, text: str, path: Path | None, pixels: tuple[int, int] | None, file: object) -> None:
    from annulus import viz

    machine = viz.wanted_carm(text, heart, told)
    print(f"C-arm: {machine.name}, magnification {machine.magnification:.2f} (assumed distances)")
    for name, (offered, words) in viz.offered_angulations(heart, told).items():
        print(f"--carm {name}: {offered.name}, {words}")
    if path is None:
        viz.show_fluoroscopy(heart, told, carm=machine, file=file)
        return
    written = viz.fluoroscopy_screenshot(heart, path, told, carm=machine, size=pixels or (1200, 1200), file=file)
    print(f"Picture: {written}")


def _movie(heart: Any, told: Any, path: Path, view: str, pixels: tuple[int, int] | None, file: object) -> None:
    from annulus import viz

    size = pixels or (960, 720)
    if told is None:
        written = viz.closing_movie(heart, path, view=view, size=size)
    else:
        written = viz.cinch_movie(heart, told, path, view=view, size=size, file=file)
    print(f"Movie: {written}")


def _pixels(size: str) -> tuple[int, int]:
    parts = size.lower().split("x")
    if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
        raise InputError(f"--size must be WIDTHxHEIGHT in pixels, such as 1600x1200; got {size!r}.")
    return int(parts[0]), int(parts[1])
