"""Shares of variance between hearts and worlds that are crossed: Sobol indices of two groups, patients and the rest.

Every heart was predicted in the same worlds: a two-way layout with one value in each cell. Its analysis of variance
gives unbiased parts for hearts, for worlds and for both together [searle1992]; over their sum they are the first-order
indices of the two groups and of their interaction. Which heart it is and which world are independent by construction,
whatever is correlated within either group.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annulus._typing import FloatArray
from annulus.study._table import Table

__all__ = ["variance_parts", "variance_shares"]

_LEAST = 3
"""Fewer hearts or worlds share nothing out."""


def variance_parts(table: FloatArray) -> tuple[float, float, float]:
    """Variance of rows, of columns, and of both together, of a table without gaps, shape (n, m); none is negative."""
    n, m = table.shape
    mean, rows, columns = table.mean(), table.mean(axis=1), table.mean(axis=0)
    left = table - rows[:, None] - columns[None, :] + mean
    together = float((left**2).sum() / ((n - 1) * (m - 1)))
    of_rows = float(rows.var(ddof=1)) - together / m
    of_columns = float(columns.var(ddof=1)) - together / n
    return max(of_rows, 0.0), max(of_columns, 0.0), together


def variance_shares(frame: Table, keys: Sequence[str]) -> Table:
    """Shares of each quantity's variance by therapy, landing and load; hearts without a value in some world left out.

    Returns
    -------
    DataFrame
        Columns ``therapy``, ``landing``, ``load``, ``quantity``, ``hearts``, ``worlds``, ``sd``, and the shares
        ``between_hearts``, ``between_worlds``, ``together`` [1]; empty without nested worlds.
    """
    import pandas as pd

    rows = []
    known = frame.dropna(subset=["world"])
    # Joint sampling: a world of its own for each heart crosses nothing.
    if known.empty or known.groupby("heart")["world"].nunique().max() < _LEAST:
        return pd.DataFrame()
    for names, part in known.groupby(["therapy", "landing", "load"], sort=False):
        for key in keys:
            table = part.pivot_table(index="heart", columns="world", values=key).dropna().to_numpy(dtype=float)
            if min(table.shape) < _LEAST:
                continue
            parts = np.array(variance_parts(table))
            if parts.sum() > 0.0:
                shares = dict(zip(("between_hearts", "between_worlds", "together"), parts / parts.sum(), strict=True))
                rows.append(
                    {
                        **dict(zip(("therapy", "landing", "load"), names, strict=True)),
                        "quantity": key,
                        "hearts": table.shape[0],
                        "worlds": table.shape[1],
                        "sd": float(parts.sum() ** 0.5),
                        **shares,
                    }
                )
    return pd.DataFrame(rows)
