"""How fast the package is on this machine: what `annulus bench` runs.

Each bench returns rows: a piece of work, its time, the time of other means in the same run, the aim, and a lower bound
where one can be counted. ``docs/benchmarks.md`` says what the comparisons are.
"""

from annulus.bench._row import BenchRow
from annulus.bench._suite import BENCHES, Bench, BenchReport, run_benches
from annulus.bench._timing import interleaved, on_two_processes

__all__ = ["BENCHES", "Bench", "BenchReport", "BenchRow", "interleaved", "on_two_processes", "run_benches"]
