"""The folder of a study: ``study.json`` and ``rows/chunk-NUMBER-CHECKSUM.parquet``; each file whole or not there.

The checksum of a chunk's bytes stands in its name: one rename makes it count, and what was damaged later is found.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from annulus import __version__
from annulus.errors import DependencyError, FileError, MissingFileError
from annulus.io import files_read, read_json, write_bytes, write_json
from annulus.study._columns import FIT_COLUMNS, ROW_COLUMNS, SOBOL_COLUMNS
from annulus.study._design import StudyDesign
from annulus.study._sizing import size_assumptions

__all__ = ["STUDY_SCHEMA", "StudyStore", "chunk_bytes", "manifest_of", "pyarrow", "read_manifest", "source_digest"]

STUDY_SCHEMA = "annulus.study/1"

_CHUNK = re.compile(r"chunk-(\d{6})-([0-9a-f]{16})\.parquet")
_PART = ".annulus-part-"
_BEGUN_WITH = MappingProxyType(
    {
        "input_digests": "its input files have changed",
        "version": "the package is of another version",
        "source_digest": "the package's sources have changed",
        "libraries": "numpy, scipy, numba or pyarrow are of other versions",
    }
)
"""Part of the provenance to what is told where it is not what the study was begun with."""

_LIBRARIES = ("numpy", "scipy", "numba", "pyarrow")


def pyarrow() -> Any:
    """The module, where it is installed.

    Raises
    ------
    DependencyError
        It is not.
    """
    try:
        import pyarrow as arrow
        import pyarrow.parquet
    except ImportError as error:
        raise DependencyError("studies need pyarrow and pandas: pip install 'annulus[study]'.") from error
    return arrow


def source_digest() -> str:
    """Digest of every file of the package but compiled ones: what computed a row."""
    package = Path(__file__).resolve().parents[1]
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.is_file() and path.suffix not in (".pyc", ".nbi", ".nbc") and not path.name.startswith("."):
            whole.update(path.relative_to(package).as_posix().encode() + b"\0")
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def manifest_of(design: StudyDesign) -> dict[str, Any]:
    """``study.json``: what is asked, by what, from what; nothing of when or how fast, so that runs can be compared."""
    inputs = {path.name: _digest(path.read_bytes()) for path in files_read(*design.inputs)}
    meanings = {name: text for name, (_, text) in (*ROW_COLUMNS.items(), *FIT_COLUMNS.items(), *SOBOL_COLUMNS.items())}
    known = {key: f"{row.definition} [{row.unit}]" for key, row in design.quantities.items()}
    worlds = design.worlds
    every = [one for item in design.combinations for one in item.choices]
    lines = [line for one in every for line in size_assumptions(one)]
    lines += [] if worlds is None else worlds.priors.assumptions()
    return {
        "schema": STUDY_SCHEMA,
        "name": design.name,
        "kind": design.kind,
        "study": dict(design.document),
        "n_hearts": design.n_hearts,
        "n_rows": design.n_rows,
        "n_chunks": design.n_chunks,
        "rows_per_heart": design.rows_per_heart,
        "therapies": list(dict.fromkeys(one.name for item in design.combinations for one in item.choices)),
        "seeds": {
            "population": design.seed,
            "worlds": None if worlds is None else worlds.seed,
            "sobol": None if design.sobol is None else design.sobol.seed,
            "rule": "patient i is child i of the population's seed; world k is draw k of the worlds' seed, the same "
            "for all that is done to a heart",
        },
        "geometry": "measured with the error of the priors"
        if worlds is not None and worlds.measurement_error
        else "taken as the truth",
        "columns": {name: meanings.get(name) or known[name] for name in design.columns},
        "assumptions": [
            {"name": row.name, "value": row.value, "unit": row.unit, "why": row.why, "source": row.source}
            for row in dict.fromkeys(lines)
        ],
        "provenance": {
            "version": __version__,
            "source_digest": source_digest(),
            "input_digests": inputs,
            "platform": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
            "libraries": {name: metadata.version(name) for name in _LIBRARIES},
            "research_use_only": True,
        },
    }


def read_manifest(folder: Path | str) -> dict[str, Any]:
    """``study.json`` of a folder.

    Raises
    ------
    FileError
        The folder holds no study.
    """
    file = Path(folder) / "study.json"
    if not file.is_file():
        raise MissingFileError(
            folder, "", "must be the folder of a study; it has no study.json: name what `annulus study run -o` wrote."
        )
    document = read_json(file)
    if not isinstance(document, dict) or document.get("schema") != STUDY_SCHEMA:
        raise FileError(file, "schema", f"must be {STUDY_SCHEMA}; it is another file: name the folder of a study.")
    return document


class StudyStore:
    """The folder that a study is written into; only one run at a time.

    Parameters
    ----------
    folder
        New, empty, or of the same study.
    design
        The study.

    Raises
    ------
    FileError
        It holds something else or another study; nothing is changed then.
    """

    def __init__(self, folder: Path | str, design: StudyDesign) -> None:
        self.folder, self._design = Path(folder), design
        self.manifest = manifest_of(design)
        self._require_ours()

    @property
    def rows(self) -> Path:
        """Folder of the chunks."""
        return self.folder / "rows"

    @contextmanager
    def opened(self) -> Iterator[int]:
        """The folder made where missing, and locked; gives the lock's descriptor, which no other process may keep.

        Raises
        ------
        FileError
            Another run works on it, or it cannot be written.
        """
        file = self.folder / "study.json"
        if not file.is_file():
            write_json(self.manifest, file)
        descriptor = os.open(file, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FileError(
                    self.folder, "", "is being worked on by another run of this study: wait for it, or stop it first."
                ) from None
            for litter in self.rows.glob(f"{_PART}*"):
                litter.unlink(missing_ok=True)
            yield descriptor
        finally:
            os.close(descriptor)

    def finished(self) -> tuple[set[int], list[str]]:
        """Numbers of the chunks that are whole, and the names of those that were damaged, which are taken away."""
        done: set[int] = set()
        damaged: list[str] = []
        for path in sorted(self.rows.iterdir()) if self.rows.is_dir() else ():
            match = _CHUNK.fullmatch(path.name)
            if match is None:
                continue
            number = int(match[1])
            if number < self._design.n_chunks and number not in done and _digest(path.read_bytes()) == match[2]:
                done.add(number)
                continue
            damaged.append(path.name)
            path.unlink()
        return done, damaged

    def write(self, chunk: int, data: bytes) -> None:
        """Write a chunk; it is there as a whole or not at all.

        Raises
        ------
        FileError
            The disk is full or the folder cannot be written.
        """
        write_bytes(data, self.rows / f"chunk-{chunk:06d}-{_digest(data)}.parquet")

    def _require_ours(self) -> None:
        file = self.folder / "study.json"
        if file.is_file():
            there = read_manifest(self.folder)
            if any(there.get(key) != self.manifest[key] for key in ("study", "n_rows", "therapies", "columns")):
                told = _change(there, self.manifest)
                raise FileError(self.folder, "", f"holds another study ({told}): name another folder.")
            old, new = there.get("provenance", {}), self.manifest["provenance"]
            for key, what in _BEGUN_WITH.items():
                if old.get(key) != new[key]:
                    raise FileError(
                        self.folder,
                        "",
                        f"holds a run of this study that cannot be gone on with: since it began {what}, and its rows "
                        "would not agree with each other: name another folder, or go back to what it began with.",
                    )
            return
        if self.folder.is_dir():
            for child in self.folder.iterdir():
                if not child.name.startswith(_PART):
                    raise FileError(
                        self.folder,
                        "",
                        f"must be a new or empty folder, or one that holds this study; it holds {child.name}: name "
                        "another folder.",
                    )


def chunk_bytes(design: StudyDesign, lines: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as a Parquet file, the same bytes for the same rows; each chunk has all columns."""
    arrow = pyarrow()
    types = {"int": arrow.int64(), "float": arrow.float64(), "text": arrow.string(), "flag": arrow.bool_()}
    schema = arrow.schema([(name, types[kind]) for name, kind in design.columns.items()])
    # An array of floats is made many times faster than one of objects; not-a-number becomes empty.
    columns = [
        arrow.array(np.array([line.get(name, np.nan) for line in lines], dtype=float), from_pandas=True)
        if kind == "float"
        else arrow.array([line.get(name) for line in lines], types[kind], from_pandas=True)
        for name, kind in design.columns.items()
    ]
    table = arrow.Table.from_arrays(columns, schema=schema)
    out = io.BytesIO()
    texts = [name for name, kind in design.columns.items() if kind == "text"]
    arrow.parquet.write_table(table, out, compression="zstd", use_dictionary=texts)
    return out.getvalue()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _change(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What differs, in some words."""
    one, other = old.get("study", {}), new["study"]
    keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
    return f"{old.get('name')}; they differ in {', '.join(keys) or 'what follows from the file'}"
