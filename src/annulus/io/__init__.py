"""Files in and out: cases, meshes, curves, sequences, recipes, results.

Readers give LPS millimetres. Where a file does not state its unit or its axes, the caller must; nothing is guessed.
Everything wrong in a file is one sentence: file, place, rule, what came, what to do.
"""

from annulus.io._case_file import load_case, save_case
from annulus.io._json import write_json
from annulus.io._mesh_read import MESH_SUFFIXES, read_mesh
from annulus.io._sanity import missing_parts

__all__ = ["MESH_SUFFIXES", "load_case", "missing_parts", "read_mesh", "save_case", "write_json"]
