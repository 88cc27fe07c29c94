"""Who is served by what: the share of hearts that a size fits, that it alone fits, and that the whole list serves."""

from __future__ import annotations

from typing import Any

from annulus.study._table import Table
from annulus.therapies import ALL_THERAPIES

__all__ = ["served"]

ANY = "any of them"


def served(frame: Table, by: str) -> Table:
    """Table of a size's column, such as ``therapy`` or ``fit.length_mm``.

    Parameters
    ----------
    frame
        Rows of a study.
    by
        The column.

    Returns
    -------
    DataFrame
        For each size: ``hearts`` that it was tried in, those that it ``fits`` and their ``share``; those that it
        ``only`` fits, which its loss would leave without a device; those that it ``adds`` to the shipped catalogues,
        where it is not of one; and the ``main_reason`` of the others. The last line stands for the whole list. Empty
        where nothing was to be fitted.
    """
    import pandas as pd

    rows = frame.dropna(subset=["fit.fits"])
    if rows["fit.length_mm"].notna().any():
        # Beside devices of several sizes what has none says nothing on sizes.
        rows = rows[rows["fit.length_mm"].notna()]
    elif by != "therapy":
        return pd.DataFrame()
    chosen: Any = rows["therapy"].eq("") | rows["therapy"].isna()
    sizes = rows[~chosen]
    n_all = int(rows["heart"].nunique())
    if by not in sizes or sizes[by].nunique() < 2:
        return pd.DataFrame()
    fits = sizes.assign(ok=sizes["fit.fits"].astype(bool)).groupby(["heart", by])["ok"].any().unstack(fill_value=False)
    tried = sizes.groupby(by)["heart"].nunique()
    # Where sizes are chosen for each heart every heart is one of the whole list's.
    whole = chosen.any() or fits.isna().to_numpy().any() or int(tried.min()) < n_all
    fits = fits.fillna(False).astype(bool)
    alone = fits.sum(axis=1) == 1
    made = {name for kind in ALL_THERAPIES for name in kind.catalogue()}
    by_catalogue = set(sizes.loc[sizes["therapy"].isin(made) & sizes["fit.fits"].astype(bool), "heart"])
    reasons = sizes[~sizes["fit.fits"].astype(bool)].groupby(by)["fit.reason"]
    main = reasons.agg(lambda words: words.value_counts().index[0]) if reasons.ngroups else {}
    hypothetical = {size for size, part in sizes.groupby(by) if not set(part["therapy"].unique()) & made}
    out = []
    for size in fits.columns:
        hearts = n_all if whole else int(tried[size])
        mine = fits.index[fits[size]]
        row = {by.removeprefix("fit."): size, "hearts": hearts, "fits": len(mine), "share": len(mine) / hearts,
               "only": int((fits[size] & alone).sum())}  # fmt: skip
        if hypothetical and made and len(hypothetical) < len(fits.columns):
            row["adds"] = len(set(mine) - by_catalogue) if size in hypothetical else 0
        row["main_reason"] = main.get(size, "") if hasattr(main, "get") else ""
        out.append(row)
    total = int(fits.any(axis=1).sum())
    last = {by.removeprefix("fit."): ANY, "hearts": n_all, "fits": total, "share": total / n_all}
    return pd.DataFrame([*out, last])
