"""Results that CalculiX prints, ``.dat``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annulus._typing import FloatArray
from annulus.errors import FileError

__all__ = ["read_dat_displacements"]


def read_dat_displacements(path: str | Path, n_nodes: int) -> FloatArray:
    """Displacements [mm], shape (n_nodes, 3), of the last increment in CalculiX's printed results.

    Raises
    ------
    FileError
        The file holds no displacements of all nodes: the run stopped early.
    """
    rows: list[list[float]] = []
    for line in Path(path).read_text(encoding="ascii", errors="replace").splitlines():
        words = line.split()
        if words[:1] == ["displacements"]:
            rows = []
        elif len(words) == 4 and words[0].isdigit():
            rows.append([float(word) for word in words])
    table = np.array(rows)
    displacements = np.full((n_nodes, 3), np.nan)
    if len(table):
        own = table[table[:, 0] <= n_nodes]
        displacements[own[:, 0].astype(np.int64) - 1] = own[:, 1:]
    if not np.isfinite(displacements).all():
        raise FileError(path, "", f"must hold displacements of {n_nodes} nodes; it does not: the run stopped early.")
    return displacements
