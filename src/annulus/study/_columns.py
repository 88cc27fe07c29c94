"""Columns of a study's table besides the catalogue's quantities: which row it is, whether it fits, indices."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["FIT_COLUMNS", "ROW_COLUMNS", "SOBOL_COLUMNS"]

ROW_COLUMNS = MappingProxyType(
    {
        "row": ("int", "number of the row: heart, then combination, then world; a line of kind sobol shares it"),
        "heart": ("int", "number of the heart: the patient's in its population, or the case's in the list"),
        "case": ("text", "id of the case; its file's name where it cannot be read"),
        "therapy": ("text", "name of the therapy; of one that was to be chosen, the chosen one"),
        "landing": ("text", "name of the landing rule"),
        "load": ("text", "name of the load"),
        "world": ("int", "number of the world; empty in the world of means"),
        "status": (
            "text",
            "done; valve open (predicted, but its closure refuses); refused (it cannot be placed there); failed (no "
            "equilibrium); error (a fault of the package)",
        ),
        "reason": ("text", "why not done, in a sentence"),
    }
)
"""Column to kind of value and meaning."""

FIT_COLUMNS = MappingProxyType(
    {
        "fit.fits": ("flag", "the therapy can be placed and obeys its sizing rule"),
        "fit.reason": ("text", "the first thing that forbids it, in some words"),
        "fit.length_mm": ("float", "length of the ribbon [mm]"),
        "fit.distal_diameter_mm": ("float", "free diameter of the distal anchor [mm]"),
        "fit.proximal_diameter_mm": ("float", "free diameter of the proximal anchor [mm]"),
        "fit.distal_s_mm": ("float", "distal end of the ribbon, from the ostium [mm]"),
        "fit.proximal_s_mm": ("float", "proximal end of the ribbon, from the ostium [mm]"),
        "fit.distal_oversize": ("float", "distal anchor over vein diameter in the middle of its footprint [1]"),
        "fit.proximal_oversize": ("float", "proximal anchor over vein diameter likewise [1]"),
        "fit.vein_mm": ("float", "length of the vein from ostium to the end of the great cardiac vein, or all of it"),
    }
)
"""Column to kind of value and meaning."""

SOBOL_COLUMNS = MappingProxyType(
    {
        "output": ("text", "key of the prediction whose variance is shared out"),
        "input": ("text", "uncertain number, or group of them"),
        "first_order": ("float", "first-order index [1]"),
        "first_order_error": ("float", "half-width of its 95 % bootstrap interval [1]"),
        "total": ("float", "total index [1]"),
        "total_error": ("float", "half-width of its 95 % bootstrap interval [1]"),
    }
)
"""Column to kind of value and meaning."""
