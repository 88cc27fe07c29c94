"""`annulus plan`: which size, where, how hard; for one heart or many."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annulus.cli._progress import counting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from annulus.planning import Candidate, Compression, FitMatrix, Plan

__all__ = ["register"]

_SHOWN = 12
"""Rows of the shorter tables."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("plan")
    def _plan(
        context: typer.Context,
        cases: Annotated[
            list[Path],
            typer.Argument(
                metavar="CASE...",
                help="Case files; those of one id are one heart in different phases, checked in each.",
            ),
        ],
        devices: Annotated[
            str, typer.Option(help="carillon for its whole catalogue, or names of double anchors, with commas.")
        ] = "carillon",
        candidates: Annotated[
            int | None,
            typer.Option(
                min=1, help="Sizes x sites x loads to screen. [default: 1000; 100 for each of several hearts]"
            ),
        ] = None,
        samples: Annotated[
            int | None,
            typer.Option(min=1, help="Worlds of the best few. [default: 200; 30 for each of several hearts]"),
        ] = None,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the worlds.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        max_compression: Annotated[
            float, typer.Option(help="Probability of circumflex compression that is accepted.")
        ] = 0.1,
        max_traction_n: Annotated[float, typer.Option(help="Largest pull at the ostium, N.")] = 3.1,
        min_ap_reduction_percent: Annotated[
            float, typer.Option(help="Less than this is no effect worth an implant, %.")
        ] = 5.0,
        min_oversize: Annotated[
            float | None, typer.Option(help="Least anchor over vein diameter. [default: the catalogue's]")
        ] = None,
        max_oversize: Annotated[
            float | None, typer.Option(help="Largest anchor over vein diameter. [default: the catalogue's]")
        ] = None,
        distal_from_mm: Annotated[
            float | None, typer.Option(help="The distal end lands no nearer to the ostium, mm. [default: GCV]")
        ] = None,
        distal_to_mm: Annotated[
            float | None, typer.Option(help="The distal end lands no further from the ostium, mm. [default: GCV]")
        ] = None,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
        workers: Annotated[int, typer.Option(min=1, help="Processes; the plan does not depend on it.")] = 2,
        json: Annotated[Path | None, typer.Option(help="Write the plan here; - for standard output.")] = None,
        csv: Annotated[
            Path | None, typer.Option(help="Write the matrix of hearts x sizes here; - for standard output.")
        ] = None,
    ) -> int:
        """Which device, where, how hard: best effect at an accepted risk to the circumflex; why the others lost."""
        from dataclasses import replace

        from annulus.cli._app import EXIT_DONE
        from annulus.errors import InputError
        from annulus.io import is_standard_output, load_case, load_priors, require_outputs, write_document, write_rows
        from annulus.planning import MATRIX_COLUMNS, PlanRules, PlanSearch, plan

        require_outputs(json, csv, inputs=(*cases, priors))
        if is_standard_output(json) and is_standard_output(csv):
            raise InputError("--json and --csv must not both be standard output; got - twice: name a file.")
        rules = PlanRules(
            min_oversize=min_oversize,
            max_oversize=max_oversize,
            max_traction_n=max_traction_n,
            max_compression=max_compression,
            min_ap_reduction_percent=min_ap_reduction_percent,
            distal_from_mm=distal_from_mm,
            distal_to_mm=distal_to_mm,
        )
        hearts = [load_case(path) for path in cases]
        several = len({heart.id for heart in hearts}) > 1
        search = PlanSearch.of_many(seed=seed, level=level) if several else PlanSearch(seed=seed, level=level)
        search = replace(search, candidates=candidates or search.candidates, worlds=samples or search.worlds)
        with counting(context, "plan: steps", 3) as progress:
            found = plan(
                hearts,
                devices,
                rules=rules,
                search=search,
                priors=None if priors is None else load_priors(priors),
                workers=workers,
                progress=progress,
            )
        if json is not None:
            write_document(found.to_dict(), json)
        if csv is not None:
            write_rows(found.rows, csv, columns=MATRIX_COLUMNS)
        if not is_standard_output(json) and not is_standard_output(csv):
            _print(found)
            for path in (json, csv):
                if path is not None:
                    print(f"written: {path}")
        return EXIT_DONE


def _print(found: FitMatrix) -> None:
    from rich.console import Console

    console = Console(markup=False, emoji=False, highlight=False)
    if len(found.plans) == 1 and not found.failures:
        _print_plan(console, found.plans[0])
    else:
        _print_matrix(console, found)
    rules = "; ".join(f"{line.name} {line.value:g}" if isinstance(line.value, float) else f"{line.name} {line.value}"
                      for line in found.assumptions)  # fmt: skip
    console.print(f"assumed limits: {rules}. Research use only.", style="dim")


def _print_plan(console: Console, found: Plan) -> None:
    from annulus.planning import risk_of

    console.print(found.line, style="bold")
    second = found.runner_up
    if second is not None:
        console.print(f"runner-up: {second.name}: {found.told(second)}")
    if found.other_phases:
        console.print(f"checked in {', '.join(found.other_phases)} too: the worst risk counts.")
    basis = next((risk.basis for each in found.best if (risk := risk_of(each)) is not None), "")
    if basis:
        console.print(f"compression is the probability over worlds of: {basis}")
    if found.best:
        console.print(_candidates(f"the best, in {found.search.worlds} worlds", found.best))
    if found.front:
        front = [each for each in found.front if each not in found.best][:_SHOWN]
        if front:
            title = f"what more effect costs: the rest of the front, in {found.search.short_worlds} worlds"
            console.print(_candidates(title, front))
    _print_sizes(console, found)
    out = sum(bool(candidate.problem) for candidate in found.screened)
    console.print(f"{len(found.screened)} candidates were screened, {out} of them out by a rule.")


def _candidates(title: str, rows: Sequence[Candidate]) -> Table:
    from rich.table import Table

    from annulus.planning import change_interval, effect_of, risk_of

    # Distal end and plication [mm], traction [N], EROA [mm2].
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("device", "at", "plic", "pull", "EROA (change)", "AP % (interval)", "compressed"):
        table.add_column(name, justify="left" if name == "device" else "right", no_wrap=True)
    ap_key, eroa_key = "annulus.after.ap_mm", "regurgitation.after.eroa_mm2"
    for each in rows:
        leak, ap = effect_of(each)
        before = each.numbers["annulus.before.ap_mm"]
        ends, leaks, risk = change_interval(each, ap_key), change_interval(each, eroa_key), risk_of(each)
        shares = None if ends is None else (100.0 * ends[0] / before, 100.0 * ends[1] / before)
        table.add_row(
            each.therapy.name,
            f"{each.site.distal_s_mm:.0f}",
            f"{each.plication_mm:.0f}",
            f"{each.numbers['therapy.traction_n']:.1f}",
            f"{leak:.0f}{_ends(leaks)}" if eroa_key in each.numbers else "",
            f"{100.0 * (ap / before - 1.0):+.1f}{_ends(shares)}",
            "" if risk is None else _share(risk),
        )
    return table


def _share(risk: Compression) -> str:
    return f"{100.0 * risk.probability:.0f} % ({100.0 * risk.low:.0f}-{100.0 * risk.high:.0f})"


def _ends(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f" ({round(ends[0]) + 0:d} to {round(ends[1]) + 0:d})"


def _print_sizes(console: Console, found: Plan) -> None:
    """Sizes that were not taken, by reason."""
    from rich.table import Table

    groups: dict[str, list[tuple[str, str]]] = {}
    for verdict in found.verdicts:
        if verdict.reason:
            kind, _, rest = verdict.reason.partition(":")
            groups.setdefault(kind, []).append((verdict.therapy.name, rest.strip()))
    table = Table(title="why the other sizes lost", title_justify="left", box=None, pad_edge=False)
    for name in ("reason", "sizes", "such as"):
        table.add_column(name, justify="right" if name == "sizes" else "left", overflow="fold")
    for kind, rows in sorted(groups.items(), key=lambda item: -len(item[1])):
        table.add_row(kind, str(len(rows)), f"{rows[0][0]}: {rows[0][1]}")
    if table.row_count:
        console.print(table)


def _print_matrix(console: Console, found: FitMatrix) -> None:
    from rich.table import Table

    from annulus.planning import effect_of, risk_of

    suited = sum(each.recommended is not None for each in found.plans)
    total = len(found.plans) + len(found.failures)
    console.print(f"{suited} of {total} hearts can take one of {len(found.sizes)} sizes", style="bold")
    table = Table(box=None, pad_edge=False)
    for name in ("case", "device", "distal mm", "plication", "EROA mm2", "AP", "compression", "sizes fit", "remark"):
        left = name in ("case", "device", "remark")
        table.add_column(name, justify="left" if left else "right", overflow="fold", no_wrap=name == "device")
    for each in found.plans:
        best, fits = each.recommended, sum(verdict.status != "unfit" for verdict in each.verdicts)
        note = "; ".join(each.notes)
        if best is None:
            nearest = each.best[0].problem if each.best else each.line.partition("no device suits: ")[2]
            table.add_row(each.heart.case.id, "none suits", "", "", "", "", "", str(fits), _joined(note, nearest))
            continue
        leak, ap = effect_of(best)
        before, risk = best.numbers["annulus.before.ap_mm"], risk_of(best)
        eroa = best.numbers.get("regurgitation.before.eroa_mm2")
        table.add_row(
            each.heart.case.id,
            best.therapy.name,
            f"{best.site.distal_s_mm:.0f}",
            f"{best.plication_mm:.0f}",
            "" if eroa is None else f"{eroa:.0f} -> {leak:.0f}",
            f"{100.0 * (ap / before - 1.0):+.1f} %",
            "" if risk is None else str(risk),
            str(fits),
            note,
        )
    for name, why in found.failures.items():
        table.add_row(name, "not planned", "", "", "", "", "", "", why)
    console.print(table)
    served = sorted(found.served.items(), key=lambda item: (-item[1][1], -item[1][0]))[:_SHOWN]
    table = Table(title="what each size serves, the most wanted first", title_justify="left", box=None, pad_edge=False)
    for name in ("device", "fits hearts", "recommended"):
        table.add_column(name, justify="left" if name == "device" else "right")
    for name, (fits, best) in served:
        table.add_row(name, str(fits), str(best))
    if served:
        console.print(table)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
