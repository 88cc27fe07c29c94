"""`annulus measure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.anatomy.measures import Measures
    from annulus.prediction import Samples

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("measure")
    def _measure(
        context: typer.Context,
        cases: Annotated[
            list[Path],
            typer.Argument(
                metavar="CASE...", help="case.json, or a CSV table of contours by frame; several with --csv."
            ),
        ],
        json: Annotated[
            Path | None,
            typer.Option("--json", metavar="FILE|-", help="Write them as JSON; - prints only JSON."),
        ] = None,
        csv: Annotated[
            Path | None,
            typer.Option("--csv", metavar="FILE|-", help="Write one table: a row a case, or a frame of a sequence."),
        ] = None,
        unit: Annotated[str | None, typer.Option("--unit", help="CSV only: unit of the coordinates (mm).")] = None,
        coordinate_system: Annotated[
            str | None, typer.Option("--coordinate-system", help="CSV only: where +x, +y, +z point, such as LPS.")
        ] = None,
        valve: Annotated[str, typer.Option("--valve", help="CSV only: which valve.")] = "mitral",
        define: Annotated[bool, typer.Option("--define", help="Add each measure's definition to the tables.")] = False,
        samples: Annotated[int, typer.Option(help="Draws of contour and landmark error; 0 gives no intervals.")] = 0,
        seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
        level: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.9,
        priors: Annotated[Path | None, typer.Option(help="TOML file with distributions of your own.")] = None,
    ) -> None:
        """Measure annulus, coronary sinus and circumflex of cases, or the annulus in each frame of a sequence."""
        from annulus.errors import InputError
        from annulus.io import require_outputs

        require_outputs(json, csv, inputs=(*cases, priors))
        if csv is None and len(cases) > 1:
            raise InputError(f"one case must be given without --csv; got {len(cases)}: add --csv FILE for one table.")
        case = cases[0]
        table = any(path.suffix.lower() == ".csv" for path in cases)
        if csv is not None:
            _refuse(context, ("json", "define", "samples", "seed", "level", "priors"), "without --csv, for one case")
        # What would be ignored is refused.
        if table:
            what = "with a case; got a CSV table: import a frame as a case first"
            _refuse(context, ("samples", "seed", "level", "priors", "define"), what)
        else:
            what = "with a CSV table; got a case file, which states its own (LPS, mm): leave it out"
            _refuse(context, ("unit", "coordinate_system", "valve"), what)
        if csv is not None:
            from annulus.io import is_standard_output, measure_rows, write_rows

            columns, rows = measure_rows(cases, valve=valve, unit=unit, coordinate_system=coordinate_system)
            write_rows(rows, csv, columns=columns)
            if not is_standard_output(csv):
                print(f"written: {csv} ({len(rows)} rows)")
            return
        if table:
            from annulus.anatomy import HANDEDNESS_DOUBT, ODD_SIZE
            from annulus.io import measure_loops

            document: dict[str, Any] = measure_loops(case, valve=valve, unit=unit, coordinate_system=coordinate_system)
            odd = [
                f"! {line['why']}" for line in document["assumptions"] if line["name"] in (ODD_SIZE, HANDEDNESS_DOUBT)
            ]
            _deliver(json, document, lambda: [*odd, _sequence_table(document)])
            return
        from annulus.anatomy.measures import measure
        from annulus.io import load_case, load_priors
        from annulus.planning import measure_samples
        from annulus.prediction import Priors

        heart = load_case(case)
        measures = measure(heart)
        drawn = None
        document = measures.to_dict()
        if samples:
            known = Priors() if priors is None else load_priors(priors)
            drawn = measure_samples(heart, samples=samples, seed=seed, level=level, priors=known)
            document["intervals"] = drawn.to_dict()
            lines = known.measurement_assumptions()
            document["assumptions"] = [line.to_dict() for line in (*measures.assumptions, *lines)]
        _deliver(json, document, lambda: _tables(measures, define, drawn))


def _refuse(context: typer.Context, names: tuple[str, ...], what: str) -> None:
    from annulus.errors import InputError

    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise InputError(f"--{name.replace('_', '-')} must be given {what}.")


def _deliver(json: Path | None, document: dict[str, Any], tables: Any) -> None:
    from annulus.io import is_standard_output, write_document

    if json is not None:
        write_document(document, json)
    if is_standard_output(json):
        return
    from rich.console import Console

    console = Console(markup=False, emoji=False)
    for table in tables():
        console.print(table)
    if json is not None:
        print(f"written: {json}")


def _tables(measures: Measures, define: bool, drawn: Samples | None) -> list[Table | str]:
    from rich.table import Table

    from annulus.anatomy import HANDEDNESS_DOUBT, ODD_SIZE
    from annulus.anatomy.measures import MEASURES

    document = measures.to_dict()
    tables: list[Table | str] = [
        f"! {line.why}" for line in measures.assumptions if line.name in (ODD_SIZE, HANDEDNESS_DOUBT)
    ]
    for group in ("annulus", "coronary_sinus", "circumflex"):
        values = document.get(group)
        if not isinstance(values, dict):
            continue
        columns = ["measure", "value", "unit"]
        if drawn is not None:
            columns.append(f"{100.0 * drawn.level:g} % interval of {drawn.n} draws")
        if define:
            columns.append("definition")
        table = _new(f"{measures.case_id}: {group.replace('_', ' ')}", tuple(columns))
        for item in MEASURES:
            value = values.get(item.key)
            if item.group == group and isinstance(value, (int, float)) and not isinstance(value, bool):
                unit = "" if item.unit in ("1", "n") else item.unit
                ends = [] if drawn is None else [_interval(drawn, f"{group}.{item.key}")]
                table.add_row(item.id, f"{value:.4g}", unit, *ends, *([item.definition] if define else []))
        if table.row_count:
            tables.append(table)
        if group == "circumflex" and values.get("crossings"):
            tables.append(_crossings(values["crossings"], drawn))
    notes = Table(title="assumptions", title_justify="left", show_header=False)
    for line in measures.assumptions:
        value = "" if line.value is None else f"{line.value} {line.unit}".strip()
        notes.add_row(line.name, value, line.why)
    if notes.row_count:
        tables.append(notes)
    return tables


def _interval(drawn: Samples, key: str) -> str:
    ends = drawn.intervals.get(key)
    return "" if ends is None else f"{ends[0]:.4g} to {ends[1]:.4g}"


def _new(title: str, columns: tuple[str, ...]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right" if name == "value" else "left", overflow="fold")
    return table


def _crossings(crossings: list[dict[str, Any]], drawn: Samples | None) -> Table:
    columns = ["artery", "s on vein mm", "theta deg", "side", "wall gap mm", "axis distance mm"]
    keys = {} if drawn is None else {"s interval": "cs_s_mm", "gap interval": "gap_before_mm"}
    table = _new("crossings", (*columns, *keys))
    for number, one in enumerate(crossings):
        gap = one.get("gap_before_mm")
        table.add_row(
            one["artery"],
            f"{one['cs_s_mm']:.1f}",
            f"{one['theta_deg']:.0f}",
            str(one.get("side", "")),
            "unknown" if gap is None else f"{gap:.2f}{' (overlap)' if gap < 0.0 else ''}",
            f"{one['axis_distance_mm']:.2f}",
            *(
                []
                if drawn is None
                else [_interval(drawn, f"circumflex.crossings[{number}].{k}") for k in keys.values()]
            ),
        )
    return table


_SEQUENCE_KEYS = ("area_2d_mm2", "area_3d_mm2", "perimeter_3d_mm", "ap_mm", "alpm_mm", "height_mm")


def _sequence_table(document: dict[str, Any]) -> Table:
    columns = [key for key in _SEQUENCE_KEYS if key in document["annulus"]]
    table = _new(f"{document['source']}: {document['valve']} annulus by frame", ("frame", *columns))
    for row, frame in enumerate(document["frames"]):
        values = (document["annulus"][key][row] for key in columns)
        table.add_row(str(frame), *("" if value is None else f"{value:.4g}" for value in values))
    return table
