"""The page of all therapies: what each does, needs, tells and assumes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from annulus.errors import InputError
from annulus.therapies._therapy import Therapy

__all__ = ["therapies_page"]

_PARTS = {
    "coronary_sinus": "a coronary sinus",
    "vein_radius": "its radius",
    "arteries": "an artery",
    "leaflets": "leaflets",
}


def therapies_page(kinds: Iterable[type[Therapy]]) -> str:
    """Text of ``docs/therapies.md`` for the table of therapies."""
    lines = [
        "# Therapies",
        "",
        "What can be done to a heart, with `annulus simulate CASE --device NAME` or `annulus.simulate(case, name)`:",
        "the same call and the same result for all. Made from the table `annulus.therapies.ALL_THERAPIES` by",
        "`python -m annulus.therapies > docs/therapies.md`; a test keeps both in step. A class of your own, derived",
        "from `annulus.Therapy`, works like these; [CONTRIBUTING](../CONTRIBUTING.md) says how one joins the table.",
    ]
    for kind in kinds:
        lines += _section(kind)
    return "\n".join(lines) + "\n"


def _section(kind: type[Therapy]) -> list[str]:
    first = kind.named(kind.catalogue()[0].lower())
    if first is None:
        raise InputError(f"{kind.__name__} must know the names of its own catalogue; got {kind.catalogue()[0]!r}.")
    title, _, rest = inspect.cleandoc(kind.__doc__ or "").partition("\n")
    body = rest.partition("Parameters\n-------")[0].strip()
    needs = ", ".join(_PARTS[part] for part in kind.needs) or "the annulus alone"
    lines = [
        "",
        f"## {title.rstrip('.')}",
        "",
        *([body, ""] if body else []),
        f"- Name: {kind.forms}.",
        f"- Needs {needs}; the valve is closed by the {kind.closure} closure where nothing else is asked for.",
        f"- In the catalogue: {_listed(kind.catalogue())}.",
    ]
    if kind.quantities:
        lines += ["", "| in the result | unit | meaning |", "|---|---|---|"]
        for row in kind.quantities:
            unit = {"1": "ratio", "n": "count"}.get(row.unit, row.unit)
            lines.append(f"| `{row.paths[0]}` | {unit} | {row.definition} |")
    if first.assumptions():
        lines += ["", f"Assumed, of `{first.name}`:", ""]
        for line in first.assumptions():
            value = f"{line.value:g}" if isinstance(line.value, float) else line.value
            lines.append(f"- `{line.name}` {f'{value} {line.unit}'.strip()}: {line.why} ({line.source})")
    return lines


def _listed(names: tuple[str, ...]) -> str:
    shown = names if len(names) <= 12 else (*names[:3], "...", names[-1])
    return ", ".join(f"`{name}`" if name != "..." else name for name in shown)
