"""`annulus export`: a heart, before or after a therapy, in the files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("export")
    def _export(
        case: Annotated[Path, typer.Argument(metavar="CASE", help="Case file (case.json).", show_default=False)],
        output: Annotated[
            Path,
            typer.Option(
                "--output",
                "-o",
                metavar="FILE",
                help="File to write; its name says the format: .mrk.json (Slicer), .vtp (VMTK centrelines), .glb, "
                ".stl, .ply, .json, .feb (FEBio), .inp (CalculiX), and SlicerHeart's AnnulusContourPoints.csv, "
                "ValveLandmarkPoints.csv, QuantificationResults_wide.csv, _long.csv, _hybrid.csv, "
                "QuantificationUnits.csv.",
                show_default=False,
            ),
        ],
        result: Annotated[
            Path | None, typer.Option("--result", help="Result of 'annulus simulate': write the state after it.")
        ] = None,
        part: Annotated[
            str | None,
            typer.Option(
                "--part",
                metavar="NAMES",
                help="Only these parts, with commas: annulus, coronary_sinus, lcx, leaflet_anterior, ... STL and PLY "
                "need them.",
            ),
        ] = None,
    ) -> None:
        """Write a heart for another program: annulus export case.json -o heart.glb --result result.json."""
        from annulus.io import export, load_case, read_result, require_exportable, require_outputs

        parts = () if part is None else tuple(name.strip() for name in part.split(",") if name.strip())
        require_exportable(output, parts=parts)
        require_outputs(output, inputs=(case, result))
        heart = load_case(case)
        document = None if result is None else read_result(result)
        export(heart, output, result=document, parts=parts, result_file="result" if result is None else result)
        print(f"written: {output}")
