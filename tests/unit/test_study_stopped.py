"""Studies that are stopped in every way, and end as if they had not been."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from annulus.study import run_study
from study_samples import DEVICES, content, small, started, toml

pytest.importorskip("pyarrow")


def _ended(study: Path, folder: Path, *words: str) -> str:
    process = started(study, folder, *words)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out + err


def _chunks(folder: Path) -> int:
    return len(list((folder / "rows").glob("chunk-*.parquet")))


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _killed(study: Path, folder: Path, generator: random.Random, *words: str) -> bool:
    """Kill a run, workers and all, at a random moment after its next chunk; whether it was still running."""
    before = _chunks(folder)
    process = started(study, folder, *words)
    deadline = time.monotonic() + 240.0
    while _chunks(folder) == before and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2 * generator.random())
    alive = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    if alive:
        # At most the chunks in work are lost: what was there stays.
        assert _chunks(folder) >= before
    return alive


def _survives(tmp_path: Path, content_of: dict[str, Any], kills: int, *words: str) -> None:
    study, whole, broken = tmp_path / "study.toml", tmp_path / "whole", tmp_path / "broken"
    study.write_text(toml(content_of), encoding="utf-8")
    generator = random.Random(7)
    done = sum(_killed(study, broken, generator, *words) for _ in range(kills))
    assert done >= kills // 2, "the runs ended before they could be killed: make the study larger"
    _ended(study, broken, *words)
    run_study(study, whole, workers=2)
    assert content(broken) == content(whole)


@pytest.mark.slow
def test_killed_and_resumed_it_is_bit_identical(tmp_path: Path) -> None:
    population = {"preset": "fmr", "n": 24, "seed": 11}
    _survives(tmp_path, small(population=population, chunk=2, therapies=DEVICES[:1]), 2, "--workers", "2")


@pytest.mark.study
def test_a_thousand_patients_killed_twenty_times(tmp_path: Path) -> None:
    population = {"preset": "fmr", "n": 1000, "seed": 11}
    _survives(tmp_path, small(population=population, chunk=20, therapies=DEVICES, columns=None), 20, "--workers", "2")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_ends_cleanly(tmp_path: Path, workers: str) -> None:
    """As a terminal does: the signal reaches the whole process group."""
    study, folder = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(toml(small(population={"preset": "fmr", "n": 2000, "seed": 1})), encoding="utf-8")
    process = started(study, folder, "--workers", workers)
    deadline = time.monotonic() + 240.0
    while _chunks(folder) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped" in err and "run the same command again" in err and "Traceback" not in err
    deadline = time.monotonic() + 20.0
    while (there := _group_exists(process.pid)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not there, "a worker was left behind"
    assert not list((folder / "rows").glob(".annulus-part-*"))


def test_a_signal_within_a_heart_is_answered_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Ctrl-C raises must not pass for a fault of the heart that was being worked on."""
    import annulus.study._rows as rows

    real = rows.sample_patient

    def interrupted(preset: Any, *, seed: int, index: int) -> Any:
        if index == 3:
            signal.raise_signal(signal.SIGINT)
        return real(preset, seed=seed, index=index)

    monkeypatch.setattr(rows, "sample_patient", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_study(small(), tmp_path / "out")
    monkeypatch.setattr(rows, "sample_patient", real)
    run_study(small(), tmp_path / "out")
    run_study(small(), tmp_path / "whole")
    assert content(tmp_path / "out") == content(tmp_path / "whole")


def test_a_lost_worker_is_replaced(tmp_path: Path) -> None:
    """One worker is killed in mid-run, as where memory runs out: the run goes on, and its rows are the same."""
    import multiprocessing

    study = small(population={"preset": "fmr", "n": 16, "seed": 11}, chunk=2)
    killed: list[int] = []

    def progress(done: int) -> None:
        children = multiprocessing.active_children()
        if done >= 4 and not killed and children:
            killed.append(children[0].pid or 0)
            os.kill(killed[0], signal.SIGKILL)

    run_study(study, tmp_path / "lossy", workers=2, progress=progress)
    run_study(study, tmp_path / "whole")
    assert killed
    assert content(tmp_path / "lossy") == content(tmp_path / "whole")


def test_quiet_where_nobody_looks(tmp_path: Path) -> None:
    """Progress is for terminals only."""
    study = tmp_path / "study.toml"
    study.write_text(toml(small()), encoding="utf-8")
    process = started(study, tmp_path / "out")
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0 and err == ""
    assert "6 rows of 6 hearts" in out
