"""`annulus bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from annulus.verification.closure_speed import ClosureParts, ClosureSpeed
    from annulus.verification.sampling_speed import SamplingRow

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("bench")
    def _bench(
        quick: Annotated[bool, typer.Option("--quick", help="Few rounds and small sizes: shows that it runs.")] = False,
        json: Annotated[Path | None, typer.Option(help="Write the figures here; - for standard output.")] = None,
    ) -> int:
        """Measure cinching and closure on this machine, against SciPy, CalculiX and the machine's limits."""
        from dataclasses import asdict

        from annulus.cli._app import EXIT_DONE
        from annulus.io import require_outputs, write_document
        from annulus.verification.closure_speed import closure_parts, closure_speed
        from annulus.verification.sampling_speed import sampling_speed
        from annulus.verification.speed import SIZES, speed_report

        require_outputs(json)
        report = speed_report(rounds=3, batch=40, sizes=SIZES[:2]) if quick else speed_report()
        draws, exponent = sampling_speed((20, 40), (1,), rounds=1) if quick else sampling_speed()
        closures = closure_speed(((40, 6),), rounds=1) if quick else closure_speed()
        parts = closure_parts(40, 6, rounds=2) if quick else closure_parts()
        if json is not None:
            closing = {"closure": [asdict(row) for row in closures], "closure_parts": asdict(parts)}
            rows = [{**asdict(row), "per_second": row.per_second} for row in draws]
            write_document({**report.to_dict(), "sampling": rows, "sampling_exponent": exponent, **closing}, json)
        if json is None or str(json) != "-":
            _print_table(report)
            _print_sampling(draws, exponent)
            _print_closure(closures, parts)
        return EXIT_DONE


def _print_table(report: object) -> None:
    from rich.console import Console
    from rich.table import Table

    from annulus.verification.speed import SpeedReport

    if not isinstance(report, SpeedReport):
        raise TypeError("report must be a SpeedReport.")
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    r = report
    table = Table(box=None, pad_edge=False)
    for column, side in (("work", "left"), ("time", "right"), ("ratio", "right"), ("aim", "right"), ("", "left")):
        table.add_column(column, justify="right" if side == "right" else "left")
    solve = f"one equilibrium, {r.n_nodes} nodes, {r.iterations} Newton iterations"
    table.add_row(solve + ": compiled solve", _ms(r.kernel_ms), "", "1 ms", "")
    tangent = f"{r.tangent_limp_us:.0f} us without the ribbon's bending"
    table.add_row("  of it, energy, gradient and Hessian once", f"{r.tangent_us:.0f} us", "", "", tangent)
    table.add_row("  of it, factorisation and two solves once", f"{r.floor.measured_us:.0f} us", "", "", "")
    table.add_row("  the same through the Python interface", _ms(r.cold_ms), "", "", "")
    table.add_row(
        "  building its model from the case", _ms(r.build_ms), f"{r.build_ms / r.cold_ms:.1f}", "1", "of a solve"
    )
    table.add_row("  one state of a path of 20, warm-started", _ms(r.path_state_ms), "", "0.4 ms", "")
    table.add_row(f"{r.batch_size} equilibria, one process", _ms(r.batch_one_ms), "", "", "")
    table.add_row("  two processes", _ms(r.batch_two_ms), f"{r.batch_one_ms / r.batch_two_ms:.2f}", "2", "speed-up")
    sparse = f"differs by {r.sparse_difference_mm:.0e} mm"
    table.add_row("same Newton, SciPy SuperLU", _ms(r.sparse_ms), f"{r.sparse_ms / r.kernel_ms:.0f}", "20", sparse)
    left = (
        f"{r.lbfgs_iterations} iterations, {r.lbfgs_residual_n:.0e} N left, differs by {r.lbfgs_difference_mm:.0e} mm"
    )
    table.add_row("SciPy L-BFGS", _ms(r.lbfgs_ms), f"{r.lbfgs_ms / r.kernel_ms:.0f}", "100", left)
    free = f"{r.lbfgs_free_ms / r.kernel_ms:.0f}"
    table.add_row("  its own work alone, were the energy free", _ms(r.lbfgs_free_ms), free, "", "")
    if r.calculix_ms is not None and r.calculix_own_ms is not None:
        ratio = f"{r.calculix_ms / r.calculix_own_ms:.0f}"
        table.add_row(
            "CalculiX, process", _ms(r.calculix_ms), ratio, "500", f"of {_ms(r.calculix_own_ms)}; {r.calculix_note}"
        )
    else:
        table.add_row("CalculiX", "not run", "", "500", r.calculix_note)
    table.add_row("annulus --help, cold", f"{r.help_s:.2f} s", "", "0.5 s", "")
    console.print(table, highlight=False)
    console.print()
    sizes = Table(box=None, pad_edge=False)
    for column in ("nodes", "iterations", "solve", "SuperLU", "ratio", "linear step", "SuperLU", "ratio"):
        sizes.add_column(column, justify="right")
    for row in r.growth:
        sizes.add_row(
            str(row.n_nodes),
            str(row.iterations),
            _ms(row.cold_ms),
            _ms(row.sparse_ms),
            f"{row.ratio:.0f}",
            f"{row.step_us:.0f} us",
            f"{row.sparse_step_us:.0f} us",
            f"{row.step_ratio:.0f}",
        )
    console.print(sizes, highlight=False)
    console.print(f"time of a linear step grows with the nodes to the power {r.exponent:.2f}", highlight=False)
    f = r.floor
    console.print(
        f"floor of a linear step at {r.n_nodes} nodes: {f.flops / 1e6:.2f} Mflop and {f.bytes / 1e6:.2f} MB; "
        f"{f.flops_us:.0f} us at an axpy's {f.gflops_axpy:.1f} Gflop/s, {f.dgemm_us:.0f} us at a matrix product's "
        f"{f.gflops_dgemm:.0f} Gflop/s, {f.bytes_us:.0f} us at {f.gbytes_per_s:.0f} GB/s of cache; measured "
        f"{f.measured_us:.0f} us, {f.measured_us / max(f.flops_us, f.bytes_us):.1f} times the larger "
        f"of axpy and cache, "
        f"{f.measured_us / f.dgemm_us:.1f} times the matrix product",
        highlight=False,
    )


def _print_sampling(rows: Sequence[SamplingRow], exponent: float) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="draws of one plan", title_justify="left", box=None, pad_edge=False)
    for column in ("samples", "processes", "time", "samples per s", "a draw over a prediction"):
        table.add_column(column, justify="right")
    for row in rows:
        numbers = (f"{row.seconds:.2f} s", f"{row.per_second:.0f}", f"{row.ratio:.2f}")
        table.add_row(str(row.samples), str(row.workers), *numbers)
    console = Console()
    console.print(table, highlight=False)
    console.print(f"aim: 200 samples within 1 s on two; time grows with the samples to the power {exponent:.2f}")


def _print_closure(rows: Sequence[ClosureSpeed], parts: ClosureParts) -> None:
    from rich.console import Console
    from rich.table import Table

    title = "full closure of the FMR valve, processor time"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("triangles", "iterations", "time", "without the coarser mesh"):
        table.add_column(column, justify="right")
    for row in rows:
        found = f"{row.iterations}" if row.converged else f"{row.iterations}, not at rest"
        table.add_row(str(row.triangles), found, f"{row.seconds:.2f} s", f"{row.single_level_seconds:.2f} s")
    console = Console()
    console.print(table, highlight=False)
    console.print("aim: 0.5 s at 1,600 triangles, 1 s at 3,000", highlight=False)
    each = 1e3 / parts.triangles
    numbers = (parts.energy_us * each, parts.forces_us * each, parts.tangent_us * each)
    console.print("a triangle: energy {:.0f} ns, forces {:.0f} ns, tangent {:.0f} ns".format(*numbers), highlight=False)
    once = (parts.triangles, parts.factor_us / 1e3, parts.pairs_us / 1e3)
    console.print("once of {} triangles: factor {:.1f} ms, near pairs {:.1f} ms".format(*once), highlight=False)


def _ms(value: float) -> str:
    return f"{value:.2f} ms" if value < 100.0 else f"{value:.0f} ms"
