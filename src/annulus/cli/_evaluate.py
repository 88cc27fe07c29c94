"""`annulus evaluate`: a prediction beside the anatomy imaged after an implant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.planning import Evaluation, EvaluationPair

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("evaluate")
    def _evaluate(
        context: typer.Context,
        cases: Annotated[
            list[Path], typer.Argument(metavar="PRE POST...", help="Case files: before and after, pair by pair.")
        ],
        device: Annotated[
            list[str], typer.Option(help="What was implanted; one for all, or repeated, one for each pair.")
        ],
        distal_at_mm: Annotated[
            list[float] | None, typer.Option(help="Site on the vein of PRE, mm; repeated likewise.")
        ] = None,
        traction_n: Annotated[
            list[float] | None, typer.Option(help="Pull at the ostium, N; repeated likewise.")
        ] = None,
        plication_mm: Annotated[
            list[float] | None, typer.Option(help="Slack-free path less device length, mm; repeated likewise.")
        ] = None,
        samples: Annotated[int, typer.Option(help="Worlds of the prediction; 0 gives no intervals.")] = 100,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the worlds.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
        workers: Annotated[int, typer.Option(min=1, help="Processes that share the worlds.")] = 2,
        same_heart: Annotated[
            bool, typer.Option("--same-heart", help="Each pair is one heart, whatever its geometry says.")
        ] = False,
        json: Annotated[Path | None, typer.Option(help="Write the evaluation here; - for standard output.")] = None,
    ) -> int:
        """The error of the prediction measure by measure, and whether the outcome lies in its interval."""
        from annulus.cli._app import EXIT_DONE
        from annulus.errors import InputError
        from annulus.io import is_standard_output, load_case, load_priors, require_outputs, write_document
        from annulus.planning import evaluate

        require_outputs(json, inputs=(*cases, priors))
        n = len(cases) // 2
        if len(cases) % 2:
            raise InputError(f"cases must come in pairs, PRE and POST; got {len(cases)} files: add the missing one.")
        given = {"distal_at_mm": distal_at_mm, "traction_n": traction_n, "plication_mm": plication_mm}
        wishes: list[dict[str, float]] = [{} for _ in range(n)]
        for name, values in given.items():
            if values and len(values) not in (1, n):
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"{option} must be given once or for each of {n} pairs; got {len(values)} times.")
            for number in range(n if values else 0):
                wishes[number][name] = (values or [])[number % len(values or [])]
        hearts = [load_case(path) for path in cases]
        with counting(context, "pairs", n) as progress:
            found = evaluate(
                hearts[::2],
                hearts[1::2],
                device,
                wishes=wishes,
                samples=samples,
                seed=seed,
                level=level,
                priors=None if priors is None else load_priors(priors),
                workers=workers,
                same_heart=same_heart,
                progress=progress,
            )
        if json is not None:
            write_document(found.to_dict(), json)
        if not is_standard_output(json):
            _print(found)
            if json is not None:
                print(f"written: {json}")
        return EXIT_DONE


def _print(found: Evaluation) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    for pair in found.pairs:
        console.print(pair.line, style="bold")
        for flag in pair.result.flags if len(found.pairs) == 1 else ():
            console.print(f"! {flag}")
    for name, why in found.failures.items():
        console.print(f"! {name}: {why}")
    if len(found.pairs) == 1:
        console.print(_errors(found.pairs[0], found.level))
    elif found.pairs:
        console.print(_summary(found))
    console.print("Intervals hold the error of measuring POST too. Research use only.", style="dim")


def _errors(pair: EvaluationPair, level: float) -> Table:
    from rich.table import Table

    from annulus.prediction import by_key

    table = Table(box=None, pad_edge=False)
    for name in ("measure", "before", "predicted", "measured", "error", f"{100.0 * level:g} % interval", "inside"):
        table.add_column(name, justify="left" if name == "measure" else "right")
    for row in pair.errors:
        quantity = by_key().get(row.key)
        if quantity is None or not quantity.label:
            continue
        digits = quantity.digits
        ends = "" if row.interval is None else f"{row.interval[0]:.{digits}f} to {row.interval[1]:.{digits}f}"
        table.add_row(
            f"{quantity.label} [{quantity.unit}]",
            "" if row.before is None else f"{row.before:.{digits}f}",
            f"{row.predicted:.{digits}f}",
            f"{row.measured:.{digits}f}",
            f"{row.error:+.{digits}f}",
            ends,
            {None: "", True: "yes", False: "no"}[row.inside],
        )
    return table


def _summary(found: Evaluation) -> Table:
    from rich.table import Table

    from annulus.prediction import by_key

    table = Table(title=f"over {len(found.pairs)} pairs: predicted less measured", title_justify="left", box=None)
    for name in ("measure", "n", "bias", "sd", "rms", "in their interval", "95 % of that share"):
        table.add_column(name, justify="left" if name == "measure" else "right")
    for row in found.summary:
        quantity, ends = by_key().get(row.key), row.coverage_interval
        if quantity is None or not quantity.label:
            continue
        digits = quantity.digits
        table.add_row(
            f"{quantity.label} [{quantity.unit}]",
            str(row.n),
            f"{row.bias:+.{digits}f}",
            "" if row.sd is None else f"{row.sd:.{digits}f}",
            f"{row.rms:.{digits}f}",
            f"{row.n_inside} of {row.n_with_interval}" if row.n_with_interval else "",
            "" if ends is None else f"{100.0 * ends[0]:.0f} to {100.0 * ends[1]:.0f} %",
        )
    return table
