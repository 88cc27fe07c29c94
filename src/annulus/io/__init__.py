"""Files in and out: cases, meshes, curves, sequences, recipes, results.

Readers give LPS millimetres. Where a file does not state its unit or its axes, the caller must; nothing is guessed.
Everything wrong in a file is one sentence: file, place, rule, what came, what to do.
"""

from annulus.io._atomic import is_standard_output, replaced_file, replaced_folder, write_bytes, write_text
from annulus.io._curves import read_contour, read_curve, read_markups, read_points
from annulus.io._deformed import Deformed, deformed_case, read_result, require_same_case
from annulus.io._document import write_document
from annulus.io._export import EXPORTED, export, require_exportable
from annulus.io._json import json_text, read_json, write_json
from annulus.io._markup import MARKUP_KINDS, Markup
from annulus.io._measure_loops import measure_loops
from annulus.io._measure_rows import MEASURE_ROW_COLUMNS, measure_rows
from annulus.io._mesh_read import read_mesh
from annulus.io._outputs import files_read, require_outputs
from annulus.io._population import (
    POPULATION_SCHEMA,
    population_document,
    read_population_preset,
    require_population_folder,
    write_population,
)
from annulus.io._priors_file import load_priors
from annulus.io._recipe import Finding, Imported, import_case, read_recipe
from annulus.io._registry import READERS, WRITERS, Content, suffixes
from annulus.io._result import SCHEMAS, schema_files, upgraded_result, validate_result
from annulus.io._rows_csv import write_rows
from annulus.io._sanity import missing_parts
from annulus.io._write import write
from annulus.io.exporters._case_json import save_case
from annulus.io.readers._case_json import load_case
from annulus.io.readers._tables import FrameLoop, read_landmark_table, read_loops

__all__ = [
    "EXPORTED",
    "MARKUP_KINDS",
    "MEASURE_ROW_COLUMNS",
    "POPULATION_SCHEMA",
    "READERS",
    "SCHEMAS",
    "WRITERS",
    "Content",
    "Deformed",
    "Finding",
    "FrameLoop",
    "Imported",
    "Markup",
    "deformed_case",
    "export",
    "files_read",
    "import_case",
    "is_standard_output",
    "json_text",
    "load_case",
    "load_priors",
    "measure_loops",
    "measure_rows",
    "missing_parts",
    "population_document",
    "read_contour",
    "read_curve",
    "read_json",
    "read_landmark_table",
    "read_loops",
    "read_markups",
    "read_mesh",
    "read_points",
    "read_population_preset",
    "read_recipe",
    "read_result",
    "replaced_file",
    "replaced_folder",
    "require_exportable",
    "require_outputs",
    "require_population_folder",
    "require_same_case",
    "save_case",
    "schema_files",
    "suffixes",
    "upgraded_result",
    "validate_result",
    "write",
    "write_bytes",
    "write_document",
    "write_json",
    "write_population",
    "write_rows",
    "write_text",
]
