"""A study run from its file into its folder; run again, it goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annulus._arrays import whole_number
from annulus.errors import FileError, InputError
from annulus.study._design import StudyDesign
from annulus.study._file import read_study
from annulus.study._store import StudyStore, pyarrow
from annulus.study._work import Chunk, here, in_processes, on_cluster, usable_cores

if TYPE_CHECKING:
    from annulus.study._table import Table

__all__ = ["StudyRun", "run_study"]


@dataclass(frozen=True)
class StudyRun:
    """A finished study.

    Parameters
    ----------
    folder
        Where its rows lie.
    name, n_hearts, n_rows, n_chunks
        What it is.
    kept
        Chunks that were there before.
    notes
        What a person should know: workers capped, damaged chunks computed anew.
    """

    folder: Path
    name: str
    n_hearts: int
    n_rows: int
    n_chunks: int
    kept: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        kept = f", {self.kept} of {self.n_chunks} files from before" if self.kept else ""
        return f"{self.name}: {self.n_rows} rows of {self.n_hearts} hearts in {self.folder}{kept}"

    def to_frame(self, columns: list[str] | None = None) -> Table:
        """The rows as a pandas table, in their order."""
        from annulus.study._table import study_frame

        return study_frame(self.folder, columns)


def run_study(
    study: Path | str | Mapping[str, Any],
    folder: Path | str,
    *,
    workers: int = 1,
    dask: str | None = None,
    progress: Callable[[int], None] | None = None,
    begun: Callable[[StudyDesign, tuple[str, ...]], None] | None = None,
) -> StudyRun:
    """Run a study, or go on with it.

    Parameters
    ----------
    study
        STUDY.toml, or its content (`annulus.study.read_study`).
    folder
        New, empty, or that of the same study, whose finished chunks are kept.
    workers
        Local processes; more than the machine has cores are not started.
    dask
        Address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``, whose workers compute instead; files are read and
        written here.
    progress
        Called with the number of hearts done.
    begun
        Called once before the work with the design and the notes.

    Returns
    -------
    StudyRun

    Raises
    ------
    FileError
        What is wrong in the file; a folder that holds something else; a full disk.
    LostWorkersError
        Workers or scheduler are gone; run again, finished chunks are kept.
    DependencyError
        The extra ``study`` is not installed.
    """
    pyarrow()
    whole_number("workers", workers, at_least=1)
    if dask is not None and workers != 1:
        raise InputError("workers are local processes and dask a cluster; got both: give one of them.")
    design = read_study(study)
    store = StudyStore(folder, design)
    notes: list[str] = []
    cores = usable_cores()
    if workers > cores:
        notes.append(f"{workers} workers were asked for; {cores} are used, as many as there are cores.")
        workers = cores
    with store.opened() as lock:
        done, damaged = store.finished()
        if damaged:
            files = f"{len(damaged)} files were" if len(damaged) > 1 else f"{damaged[0]} was"
            notes.append(f"{files} damaged (another checksum than in the name) and taken away: computed anew.")
        todo = [chunk for chunk in range(design.n_chunks) if chunk not in done]
        if begun is not None:
            begun(design, tuple(notes))
        hearts = sum(len(design.hearts(chunk)) for chunk in done)
        if progress is not None:
            progress(hearts)
        with _resumable(store, design):
            for chunk, data in _computed(design, todo, workers=workers, dask=dask, lock=lock):
                store.write(chunk, data)
                hearts += len(design.hearts(chunk))
                if progress is not None:
                    progress(hearts)
    return StudyRun(store.folder, design.name, design.n_hearts, design.n_rows, design.n_chunks, len(done), tuple(notes))


def _computed(design: StudyDesign, todo: list[int], *, workers: int, dask: str | None, lock: int) -> Iterator[Chunk]:
    if not todo:
        return iter(())
    if dask is not None:
        return on_cluster(design, todo, address=dask)
    workers = min(workers, len(todo))
    return here(design, todo) if workers == 1 else in_processes(design, todo, workers=workers, lock=lock)


@contextmanager
def _resumable(store: StudyStore, design: StudyDesign) -> Iterator[None]:
    """A disk that is full is told with what is kept."""
    try:
        yield
    except FileError as error:
        there = len(list(store.rows.glob("chunk-*.parquet"))) if store.rows.is_dir() else 0
        kept = f"{there} of {design.n_chunks} chunks are kept: run the same command again afterwards."
        raise FileError(error.file, error.place, f"{error.message} {kept}") from None
