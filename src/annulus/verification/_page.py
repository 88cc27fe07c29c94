"""The page ``docs/validation.md``: a table of the suite between two marks; what stands outside them stays."""

from __future__ import annotations

from collections.abc import Iterator

from annulus.verification._case import CaseResult, Outcome
from annulus.verification._suite import VerificationResult

__all__ = ["validation_page"]

BEGIN = "<!-- annulus verify: begin -->"
END = "<!-- annulus verify: end -->"

HEAD = """# Verification and validation

"""


def validation_page(result: VerificationResult, present: str = "") -> str:
    """The page with the suite's table put in between the marks of the page as it is."""
    before, _, rest = present.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest:
        before, after = present or HEAD, "\n"
    return f"{before}{BEGIN}\n{_table(result)}{END}{after}"


def _table(result: VerificationResult) -> str:
    lines = [
        "## Exact cases and other codes",
        "",
        "Written by `python -m annulus.verification docs/validation.md`; the same table is printed by "
        "`annulus verify --full`. Errors are relative to the expected value where it is not zero; the quantity "
        "shown is the worst one at the finest size. Keys of references stand in `references.bib`.",
        "",
        f"{result.summary}.",
        "",
        "| case | what | reference | sizes | quantity | value | expected | error | allowed | order | outcome |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(_row(one) for one in result.results),
        "",
        "### What failed or did not run",
        "",
        *(_complaints(result) or ["Nothing."]),
        "",
        "### Notes on the comparisons",
        "",
        *(f"- {one.case.id}: {one.case.note}." for one in result.results if one.case.note),
        "",
    ]
    return "\n".join(lines)


def _complaints(result: VerificationResult) -> list[str]:
    return [
        f"- {one.case.id} {one.outcome.value}: {one.reason}."
        for one in result.results
        if one.outcome is not Outcome.PASSED
    ]


def _row(one: CaseResult) -> str:
    return "| " + " | ".join(_cells(one)) + " |"


def _cells(one: CaseResult) -> Iterator[str]:
    yield one.case.id
    yield one.case.what
    yield one.case.reference
    yield ", ".join(str(size) for size in one.sizes)
    if one.worst:
        yield one.worst
        yield f"{one.values[-1][one.worst]:.6g}"
        yield f"{one.case.expected[one.worst]:.6g}"
        yield f"{one.errors[-1][one.worst]:.1e}"
    else:
        yield from ("", "", "", "")
    yield f"{one.case.tolerance:.0e}"
    yield "" if one.order is None else f"{one.order:.2f}"
    yield one.outcome.value
