"""The same study on a Dask cluster: a scheduler and two workers on loopback, of which one is killed in mid-run."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from annulus.study import LostWorkersError, run_study
from study_samples import content, environment, small

pytest.importorskip("distributed")

STUDY = small(population={"preset": "fmr", "n": 20, "seed": 11}, chunk=2)


@contextmanager
def _cluster(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address, and the processes: the scheduler first."""
    file = folder / "scheduler.json"
    dask = [str(Path(sys.executable).with_name("dask"))]
    local = ["--no-dashboard", "--scheduler-file", str(file)]
    processes: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> None:
        log = (folder / f"log-{len(processes)}.txt").open("wb")
        with log:
            processes.append(subprocess.Popen([*dask, *words], stdout=log, stderr=log, env=environment(), cwd=folder))

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", "0", *local)
        deadline = time.monotonic() + 60.0
        while not file.is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(workers):
            start("worker", *local, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--death-timeout", "60")
        import json

        yield json.loads(file.read_text(encoding="utf-8"))["address"], processes
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_a_killed_worker_changes_no_byte(tmp_path: Path) -> None:
    killed: list[int] = []
    with _cluster(tmp_path) as (address, processes):

        def progress(done: int) -> None:
            if done >= 4 and not killed:
                killed.append(processes[2].pid)
                processes[2].kill()

        run_study(STUDY, tmp_path / "cluster", dask=address, progress=progress)
    assert killed
    run_study(STUDY, tmp_path / "here")
    assert content(tmp_path / "cluster") == content(tmp_path / "here")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_finished_chunks_survive_a_lost_scheduler(tmp_path: Path) -> None:
    with _cluster(tmp_path) as (address, processes):

        def progress(done: int) -> None:
            if done == 4:
                processes[0].kill()

        with pytest.raises(LostWorkersError, match=r"scheduler was lost; finished chunks are kept"):
            run_study(STUDY, tmp_path / "cluster", dask=address, progress=progress)
    kept = len(list((tmp_path / "cluster" / "rows").glob("chunk-*.parquet")))
    assert kept >= 2
    # Gone on with by local processes: how a chunk was computed does not show.
    done = run_study(STUDY, tmp_path / "cluster", workers=2)
    assert done.kept == kept
    run_study(STUDY, tmp_path / "here")
    assert content(tmp_path / "cluster") == content(tmp_path / "here")
