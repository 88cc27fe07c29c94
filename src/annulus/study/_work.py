"""Chunks computed: here, in local processes, or on a Dask cluster; the same bytes from each."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from itertools import islice
from multiprocessing import get_context
from queue import Empty, Queue
from typing import Any

from annulus.errors import AnnulusError, DependencyError, InputError
from annulus.study._design import StudyDesign
from annulus.study._rows import HeartSource, heart_rows, sources
from annulus.study._store import chunk_bytes, source_digest

__all__ = ["LostWorkersError", "chunk_of", "here", "in_processes", "on_cluster", "usable_cores"]

_IN_FLIGHT = 2
"""Chunks that are with each worker or on their way: so much waits in memory, whatever the study's size."""

_LOSSES = 3
"""So many times the worker of a chunk may be lost before a study stops."""

_TIMEOUT_S = 20

Chunk = tuple[int, bytes]


class LostWorkersError(AnnulusError, RuntimeError):
    """What computed for the study is gone; finished chunks are kept."""


def chunk_of(design: StudyDesign, chunk: int, given: tuple[HeartSource, ...], digest: str = "") -> bytes:
    """The bytes of a chunk.

    Raises
    ------
    InputError
        The package here is not the one whose sources have `digest`.
    """
    if digest and digest != _own_digest():
        raise InputError(
            f"workers must have the package that the study is run with; a worker has another (sources {_own_digest()} "
            f"instead of {digest}): install the same version there."
        )
    lines = []
    for number, one in zip(design.hearts(chunk), given, strict=True):
        with _undisturbed():
            lines += heart_rows(design, number, one)
    return chunk_bytes(design, lines)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A signal that comes within is answered at the end.

    What its handler raises in compiled code may become an error of another kind, which would pass for the heart's.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    # One that is ignored, or ends the process at once, raises nothing.
    before = {number: signal.getsignal(number) for number in numbers if callable(signal.getsignal(number))}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)
        if came:
            signal.raise_signal(came[0])


@cache
def _own_digest() -> str:
    return source_digest()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else os.cpu_count() or 1


def here(design: StudyDesign, chunks: Iterable[int]) -> Iterator[Chunk]:
    """One after the other in this process."""
    for chunk in chunks:
        yield chunk, chunk_of(design, chunk, sources(design, chunk))


def in_processes(design: StudyDesign, chunks: list[int], *, workers: int, lock: int) -> Iterator[Chunk]:
    """In local processes, as they are done; a lost process is replaced and its chunk begun again.

    Raises
    ------
    LostWorkersError
        The same work lost its process again and again.
    """
    # A forked child has everything that is loaded and compiled here: paid once.
    first = sources(design, chunks[0])[0]
    with _undisturbed():
        heart_rows(design, design.hearts(chunks[0])[0], first)
    left, losses = list(chunks), 0
    while left:
        try:
            with _pool(workers, lock) as pool:
                for chunk, data in _flowing(design, left, workers, lambda *work: pool.submit(chunk_of, *work)):
                    left.remove(chunk)
                    losses = 0
                    yield chunk, data
        except BrokenProcessPool:
            losses += 1
            if losses >= _LOSSES:
                raise LostWorkersError(
                    "worker processes were ended from outside again and again, as where memory runs out: run the same "
                    "command again with fewer workers; finished chunks are kept."
                ) from None


def _flowing(
    design: StudyDesign, chunks: list[int], workers: int, submit: Callable[..., Future[bytes]]
) -> Iterator[Chunk]:
    todo = iter(list(chunks))
    running: dict[Future[bytes], int] = {}
    while True:
        for chunk in islice(todo, _IN_FLIGHT * workers - len(running)):
            running[submit(design, chunk, sources(design, chunk))] = chunk
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), future.result()


@contextmanager
def _pool(workers: int, lock: int) -> Iterator[ProcessPoolExecutor]:
    context = get_context("fork" if sys.platform.startswith("linux") else "spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(os.getpid(), lock))
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        # Stopped or failed: nobody waits for what is still being worked on.
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def _begin(parent: int, lock: int) -> None:
    """In a worker: Ctrl-C is the first process's to answer, the lock is its own, and its end is this one's too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        os.close(lock)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def on_cluster(design: StudyDesign, chunks: list[int], *, address: str) -> Iterator[Chunk]:
    """On the workers of a Dask scheduler, as they are done; what a lost worker had is given to another by Dask.

    Raises
    ------
    DependencyError
        distributed is not installed.
    LostWorkersError
        The scheduler cannot be reached, or is lost on the way, or a chunk's workers were lost too often.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise DependencyError("a Dask cluster needs dask and distributed: pip install 'annulus[study]'.") from error
    try:
        client: Any = Client(address, timeout=_TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise LostWorkersError(
            f"no Dask scheduler answers at {address!r} ({error}): start it, or correct it."
        ) from None
    with _closing(client):
        try:
            client.wait_for_workers(1, timeout=_TIMEOUT_S)
        except TimeoutError:
            raise LostWorkersError(f"the Dask scheduler at {address} has no workers: start some.") from None
        digest, todo = source_digest(), iter(chunks)
        done: Queue[Any] = Queue()
        numbers: dict[Any, int] = {}
        while True:
            threads = _threads(client)
            for chunk in islice(todo, max(_IN_FLIGHT * threads - len(numbers), 0)):
                work = (design, chunk, sources(design, chunk), digest)
                future = client.submit(chunk_of, *work, key=f"annulus-{os.getpid()}-{chunk}", pure=False)
                numbers[future] = chunk
                future.add_done_callback(done.put)
            if not numbers:
                return
            future = _next(done, client)
            yield numbers.pop(future), _result(future)


def _threads(client: Any) -> int:
    """Threads of all workers; at least one, where workers come and go."""
    try:
        return max(sum(client.nthreads().values()), 1)
    except (*_cancelled(), OSError, TimeoutError):
        raise _lost() from None


def _cancelled() -> tuple[type[BaseException], ...]:
    """What a future raises whose scheduler forgot it: of either of Python's two kinds."""
    return asyncio.CancelledError, CancelledError


def _next(done: Queue[Any], client: Any) -> Any:
    """The next future that ended; a scheduler that is gone would never say so."""
    while True:
        try:
            return done.get(timeout=0.5)
        except Empty:
            if client.status != "running":
                raise _lost() from None


def _result(future: Any) -> bytes:
    from distributed import KilledWorker

    try:
        return future.result(timeout=_TIMEOUT_S)
    except KilledWorker:
        raise LostWorkersError(
            "the Dask workers that had a chunk were lost again and again: see their logs; finished chunks are kept, "
            "run the same command again."
        ) from None
    except (*_cancelled(), OSError, TimeoutError):
        raise _lost() from None


def _lost() -> LostWorkersError:
    return LostWorkersError(
        "the Dask scheduler was lost; finished chunks are kept: start it and run the same command again, with or "
        "without --dask."
    )


@contextmanager
def _closing(client: Any) -> Iterator[None]:
    try:
        yield
    finally:
        client.close(timeout=2)
