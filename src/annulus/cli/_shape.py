"""`annulus shape`: a parametric heart from the numbers of a report."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from annulus.anatomy.parametric import ShapedCase

__all__ = ["register"]


class _Side(Enum):
    BETWEEN = "between"
    UNDER = "under"
    OVER = "over"
    NONE = "none"


class _Dominance(Enum):
    RIGHT = "right"
    LEFT = "left"


def _number(text: str) -> Any:
    """An option that is unknown where it is left out."""
    return typer.Option(help=text, show_default=False)


def _print_presets(asked: bool) -> None:
    if not asked:
        return
    from annulus.anatomy.parametric import Preset, preset_about, preset_parameters

    for which in Preset:
        values = {item.name: item.value for item in preset_parameters(which)}
        sizes = ", ".join(f"{name.upper()} {values[f'annulus.{name}_mm']:.4g}" for name in ("ap", "alpm"))
        print(f"{which.value:10s} {preset_about(which)}; {sizes} mm")
    raise typer.Exit


# The numbers' names are those of `annulus.anatomy.parametric.ClinicalNumbers`; a test compares them.
def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("shape")
    def _shape(
        context: typer.Context,
        preset: Annotated[str, typer.Argument(metavar="PRESET", help="normal, fmr, ischaemic or afmr; see --list.")],
        output: Annotated[Path, typer.Option("--output", "-o", metavar="CASE.json", help="Case to write.")],
        presets: Annotated[
            bool, typer.Option("--list", help="Print the presets and exit.", callback=_print_presets, is_eager=True)
        ] = False,
        id: Annotated[  # noqa: A002
            str | None, typer.Option("--id", help="Name of the case; the output file's if left out.")
        ] = None,
        phase: Annotated[
            str | None, typer.Option("--phase", help="Phase of the numbers given; mid-systole if left out.")
        ] = None,
        ap_mm: Annotated[float | None, _number("Annulus: anteroposterior (septolateral) diameter.")] = None,
        alpm_mm: Annotated[float | None, _number("Annulus: anterolateral-posteromedial diameter.")] = None,
        height_mm: Annotated[float | None, _number("Annulus: height of the saddle.")] = None,
        intertrigonal_mm: Annotated[float | None, _number("Annulus: distance between the trigones.")] = None,
        commissural_width_mm: Annotated[
            float | None, _number("Annulus: distance between the commissures; fitted with the others.")
        ] = None,
        perimeter_mm: Annotated[
            float | None, _number("Annulus: perimeter in 3D (not projected); fitted with the others.")
        ] = None,
        area_2d_mm2: Annotated[float | None, _number("Annulus: projected area; fitted with the others.")] = None,
        cs_length_mm: Annotated[
            float | None, _number("Coronary sinus: ostium to the end of the great cardiac vein, along the vein.")
        ] = None,
        cs_ostium_distance_mm: Annotated[float | None, _number("Vein's axis to the annulus at the ostium.")] = None,
        cs_p2_distance_mm: Annotated[float | None, _number("Vein's axis to the annulus behind P2.")] = None,
        cs_gcv_distance_mm: Annotated[
            float | None, _number("Vein's axis to the annulus at the end of the great cardiac vein.")
        ] = None,
        cs_ostium_height_mm: Annotated[
            float | None,
            _number("Vein's axis above the annulus plane at the ostium; negative on the ventricular side."),
        ] = None,
        cs_p2_height_mm: Annotated[float | None, _number("The same behind P2.")] = None,
        cs_gcv_height_mm: Annotated[float | None, _number("The same at the end of the great cardiac vein.")] = None,
        cs_ostium_diameter_mm: Annotated[float | None, _number("Lumen diameter of the vein at the ostium.")] = None,
        cs_proximal_diameter_mm: Annotated[float | None, _number("The same 20 mm from the ostium.")] = None,
        cs_gcv_diameter_mm: Annotated[float | None, _number("The same at the end of the great cardiac vein.")] = None,
        lcx_crossing_mm: Annotated[
            float | None, _number("Circumflex: ostium of the vein to where the artery crosses it, along the vein.")
        ] = None,
        lcx_gap_mm: Annotated[float | None, _number("Circumflex: wall to wall at the crossing.")] = None,
        lcx_diameter_mm: Annotated[float | None, _number("Circumflex: lumen diameter at its origin.")] = None,
        lcx_side: Annotated[
            _Side | None,
            _number(
                "Circumflex runs between vein and annulus, crosses under (ventricular) or over (atrial) the vein, or "
                "ends before it."
            ),
        ] = None,
        dominance: Annotated[
            _Dominance | None, _number("Coronary dominance; left gives a larger circumflex that reaches the crux.")
        ] = None,
        no_lcx: Annotated[
            bool, typer.Option("--no-lcx", help="Circumflex unknown: left out, with its crossings and gaps.")
        ] = False,
        anterior_leaflet_mm: Annotated[
            float | None, _number("Anterior leaflet length in A2, hinge to free edge.")
        ] = None,
        posterior_leaflet_mm: Annotated[
            float | None, _number("Posterior leaflet length in P2, hinge to free edge.")
        ] = None,
        al_tip_lateral_mm: Annotated[
            float | None, _number("Anterolateral papillary tip: to the side of the plane through A and P.")
        ] = None,
        al_tip_posterior_mm: Annotated[
            float | None, _number("Anterolateral papillary tip: behind the annulus' centre, towards P.")
        ] = None,
        al_tip_depth_mm: Annotated[
            float | None, _number("Anterolateral papillary tip: below the annulus plane (tethering depth).")
        ] = None,
        pm_tip_lateral_mm: Annotated[float | None, _number("Posteromedial papillary tip: to the side.")] = None,
        pm_tip_posterior_mm: Annotated[float | None, _number("Posteromedial papillary tip: towards P.")] = None,
        pm_tip_depth_mm: Annotated[float | None, _number("Posteromedial papillary tip: depth.")] = None,
        eroa_mm2: Annotated[float | None, _number("Echo: effective regurgitant orifice area.")] = None,
        regurgitant_volume_ml: Annotated[float | None, _number("Echo: regurgitant volume of a beat.")] = None,
        vena_contracta_mm: Annotated[float | None, _number("Echo: width of the vena contracta.")] = None,
        tenting_height_mm: Annotated[float | None, _number("Echo: coaptation depth below the annulus.")] = None,
        ejection_fraction_percent: Annotated[float | None, _number("Left ventricular ejection fraction.")] = None,
        end_diastolic_volume_ml: Annotated[float | None, _number("Left ventricular end-diastolic volume.")] = None,
        heart_rate_bpm: Annotated[float | None, _number("Heart rate.")] = None,
        lv_pressure_mmhg: Annotated[float | None, _number("Left ventricular pressure in systole.")] = None,
        la_pressure_mmhg: Annotated[float | None, _number("Left atrial pressure in systole.")] = None,
    ) -> None:
        """Make a heart from the numbers of a report; a preset fills in what is left out, and the case lists it."""
        from annulus.anatomy.parametric import ClinicalNumbers, CrossingSide, Dominance, shaped_case
        from annulus.io import require_outputs, save_case

        require_outputs(output)
        numbers = ClinicalNumbers(**{item.name: context.params[item.name] for item in fields(ClinicalNumbers)})
        shaped = shaped_case(
            preset,
            numbers,
            crossing_side=None if lcx_side is None else CrossingSide(lcx_side.value),
            dominance=None if dominance is None else Dominance(dominance.value),
            circumflex=not no_lcx,
            id=id or output.stem,
            phase=None if phase is None else _phase(phase),
        )
        save_case(shaped.case, output)

        from rich.console import Console

        Console(markup=False, emoji=False).print(_table(shaped))
        if shaped.fit is not None:
            missed = ", ".join(
                f"{name} {shaped.found[name] - shaped.asked[name]:+.2g}" for name in _ALWAYS if name in shaped.asked
            )
            print(f"nearest annulus by least squares; got less asked: {missed}")
        print(f"{len(shaped.case.assumptions)} assumptions are listed in the case. Research use only.")
        print(f"written: {output}")


def _phase(name: str) -> Any:
    from annulus.anatomy import Phase
    from annulus.errors import InputError

    known = {item.value: item for item in Phase}
    if name not in known:
        raise InputError(f"--phase must be one of {', '.join(known)}; got {name!r}.")
    return known[name]


_ALWAYS = ("ap_mm", "alpm_mm", "height_mm", "intertrigonal_mm", "commissural_width_mm", "perimeter_mm", "area_2d_mm2")


def _table(shaped: ShapedCase) -> Table:
    from rich.table import Table

    table = Table(title=f"{shaped.case.id}: asked and got", title_justify="left")
    for name in ("number", "asked", "got"):
        table.add_column(name, justify="left" if name == "number" else "right", overflow="fold")
    for name in (*_ALWAYS, *(name for name in shaped.asked if name not in _ALWAYS)):
        values = (shaped.asked.get(name), shaped.found.get(name))
        table.add_row(name, *("" if value is None else f"{value:.5g}" for value in values))
    return table
