"""Small studies for the tests: content of STUDY.toml, and a command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

DEVICES = ["carillon-9-18-60", "carillon-13-18-70", "carillon-9-18-80"]


def small(**changes: Any) -> dict[str, Any]:
    """Six patients and a device, one column; `changes` replace keys, None takes them away."""
    base = {
        "therapies": ["carillon-9-18-60"],
        "population": {"preset": "fmr", "n": 6, "seed": 3},
        "loads": [{"plication_mm": 8.0}],
        "columns": ["annulus.*.ap_mm", "regurgitation.*.eroa_mm2"],
        "chunk": 2,
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def toml(content: Mapping[str, Any]) -> str:
    """A content of the kinds that studies have, as TOML."""
    plain, tables = [], []
    for key, value in content.items():
        if isinstance(value, Mapping):
            tables.append(f"[{key}]\n" + "".join(f"{k} = {_value(v)}\n" for k, v in value.items()))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            tables += [f"[[{key}]]\n" + "".join(f"{k} = {_value(v)}\n" for k, v in row.items()) for row in value]
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "\n".join(["".join(plain), *tables])


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def environment() -> dict[str, str]:
    """Of a process that has this working copy's package, as this one has."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}


def started(study: Path, folder: Path, *words: str) -> subprocess.Popen[str]:
    """`annulus study run` in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "annulus", "study", "run", str(study), "-o", str(folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a study that a reader would see."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
