"""`annulus measure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.anatomy import Measures

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("measure")
    def _measure(
        case: Annotated[Path, typer.Argument(metavar="CASE", help="case.json, or a CSV table of contours by frame.")],
        json: Annotated[
            str | None, typer.Option("--json", metavar="FILE|-", help="Write the measures as JSON; - prints only JSON.")
        ] = None,
        unit: Annotated[str | None, typer.Option("--unit", help="CSV only: unit of the coordinates (mm).")] = None,
        coordinate_system: Annotated[
            str | None, typer.Option("--coordinate-system", help="CSV only: where +x, +y, +z point, such as LPS.")
        ] = None,
        valve: Annotated[str, typer.Option("--valve", help="CSV only: which valve.")] = "mitral",
        define: Annotated[bool, typer.Option("--define", help="Add each measure's definition to the tables.")] = False,
    ) -> None:
        """Measure annulus, coronary sinus and circumflex of a case, or the annulus in each frame of a sequence."""
        if case.suffix.lower() == ".csv":
            from annulus.io import measure_loops

            document: dict[str, Any] = measure_loops(case, valve=valve, unit=unit, coordinate_system=coordinate_system)
            _deliver(json, document, lambda: [_sequence_table(document)])
            return
        from annulus.anatomy import measure
        from annulus.io import load_case

        measures = measure(load_case(case))
        _deliver(json, measures.to_dict(), lambda: _tables(measures, define))


def _deliver(json: str | None, document: dict[str, Any], tables: Any) -> None:
    if json is not None:
        from annulus.io import write_json

        write_json(document, json)
    if json == "-":
        return
    from rich.console import Console

    console = Console()
    for table in tables():
        console.print(table)
    if json is not None:
        console.print(f"written: {json}", highlight=False)


def _tables(measures: Measures, define: bool) -> list[Table]:
    from rich.table import Table

    from annulus.anatomy import MEASURES

    document = measures.to_dict()
    tables = []
    for group in ("annulus", "coronary_sinus", "circumflex"):
        values = document.get(group)
        if not isinstance(values, dict):
            continue
        table = _new(
            f"{measures.case_id}: {group.replace('_', ' ')}",
            ("measure", "value", "unit", "definition")[: 4 if define else 3],
        )
        for item in MEASURES:
            value = values.get(item.key)
            if item.group == group and isinstance(value, (int, float)) and not isinstance(value, bool):
                unit = "" if item.unit in ("1", "n") else item.unit
                table.add_row(item.id, f"{value:.4g}", unit, *([item.definition] if define else []))
        if table.row_count:
            tables.append(table)
        if group == "circumflex" and values.get("crossings"):
            tables.append(_crossings(values["crossings"]))
    notes = Table(title="assumptions", title_justify="left", show_header=False)
    for line in measures.assumptions:
        value = "" if line.value is None else f"{line.value} {line.unit}".strip()
        notes.add_row(line.name, value, line.why)
    if notes.row_count:
        tables.append(notes)
    return tables


def _new(title: str, columns: tuple[str, ...]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in columns:
        table.add_column(name, justify="right" if name == "value" else "left", overflow="fold")
    return table


def _crossings(crossings: list[dict[str, Any]]) -> Table:
    table = _new("crossings", ("artery", "s on vein mm", "theta deg", "side", "wall gap mm", "axis distance mm"))
    for one in crossings:
        gap = one.get("gap_before_mm")
        table.add_row(
            one["artery"],
            f"{one['cs_s_mm']:.1f}",
            f"{one['theta_deg']:.0f}",
            str(one.get("side", "")),
            "unknown" if gap is None else f"{gap:.2f}{' (overlap)' if gap < 0.0 else ''}",
            f"{one['axis_distance_mm']:.2f}",
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
