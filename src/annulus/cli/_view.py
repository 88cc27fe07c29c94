"""`annulus view`: a case, and a prediction on it, as a picture or in a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from annulus.errors import InputError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("view")
    def _view(
        case: Annotated[
            list[Path],
            typer.Argument(metavar="CASE", help="Case file (case.json); with --web several.", show_default=False),
        ],
        result: Annotated[
            Path | None, typer.Option("--result", help="Result of 'annulus simulate' to draw on the case.")
        ] = None,
        screenshot: Annotated[
            Path | None, typer.Option("--screenshot", help="Write a picture (PNG, JPEG, TIFF) instead of a window.")
        ] = None,
        view: Annotated[
            str, typer.Option("--view", help="atrium (surgeon's view), posterior, left, or all.")
        ] = "atrium",
        size: Annotated[str, typer.Option("--size", help="Width x height of the picture [pixel].")] = "1600x1200",
        web: Annotated[
            bool, typer.Option("--web", help="Serve the live planner to a browser on this machine until Ctrl-C.")
        ] = False,
        port: Annotated[
            int | None, typer.Option("--port", help="First port that the planner tries. [default: 8080]")
        ] = None,
    ) -> None:
        """Show a case: annulus, vein, circumflex coloured by its gap to the vein, device, before and after."""
        from annulus import viz
        from annulus.io import load_case, require_outputs
        from annulus.viz import read_result, views_named

        if web:
            if result is not None or screenshot is not None:
                raise InputError("--web shows cases, and its page exports: leave --result and --screenshot out.")
            _serve(case, port)
            return
        if port is not None:
            raise InputError("--port belongs to --web: give both, or none.")
        if len(case) > 1:
            raise InputError(f"a picture is of one case; got {len(case)}: give one, or several with --web.")
        views_named(view)
        pixels = _pixels(size)
        require_outputs(screenshot, inputs=(*case, result))
        heart = load_case(case[0])
        told = None if result is None else read_result(result)
        file = "result" if result is None else result
        if screenshot is None:
            viz.show(heart, told, view=view, file=file)
        else:
            written = viz.screenshot(heart, screenshot, told, view=view, size=pixels, file=file)
            print(f"Picture: {written}")


def _serve(cases: list[Path], port: int | None) -> None:
    from annulus.app import serve

    serve(cases, port=8080 if port is None else port, ready=lambda address: print(f"Planner: {address}", flush=True))


def _pixels(size: str) -> tuple[int, int]:
    parts = size.lower().split("x")
    if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
        raise InputError(f"--size must be WIDTHxHEIGHT in pixels, such as 1600x1200; got {size!r}.")
    return int(parts[0]), int(parts[1])
