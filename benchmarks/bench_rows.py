"""The rows of `annulus bench`, each bench once: in small as `--quick` runs it, and in full."""

from __future__ import annotations

import pytest

from annulus.bench import BENCHES


@pytest.mark.parametrize(
    ("name", "quick"),
    [
        *(pytest.param(name, True, id=name.replace(" ", "-")) for name in BENCHES),
        *(pytest.param(name, False, id=f"large-{name.replace(' ', '-')}") for name in BENCHES),
    ],
)
def test_rows(benchmark, name: str, quick: bool) -> None:
    bench = BENCHES[name]
    rows = benchmark.pedantic(bench.rows, kwargs=dict(bench.quick) if quick else {}, rounds=1)
    benchmark.extra_info.update({f"{row.work} / {row.baseline}": row.ratio for row in rows if row.ratio is not None})
    print(f"\n{bench.title}")
    for row in rows:
        ratio = "" if row.ratio is None else f", {row.ratio:.1f} times as fast as {row.baseline}"
        floor = "" if row.floor_seconds is None else f", {row.seconds / row.floor_seconds:.1f} times its floor"
        print(f"{row.work}: {1e3 * row.seconds:.3f} ms{ratio}{floor}; {row.note}")
    assert all(row.seconds > 0.0 for row in rows)
    assert not any("did not converge" in row.note for row in rows)
    # What is below its floor was measured or counted wrongly.
    assert all(row.seconds > row.floor_seconds for row in rows if row.floor_seconds is not None)
