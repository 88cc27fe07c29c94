"""Set-up shared by all tests: compiled kernels by digest of the source, no windows, shared anatomy where present."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# numba's cache does not see a change in a helper of another file, so each state of the source gets its own folder.
# This must happen before numba is imported; an explicit setting wins.
os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".numba-cache" / _source_digest()))
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("PYVISTA_OFF_SCREEN", "true")


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root folder of the working copy."""
    return ROOT


@pytest.fixture(scope="session")
def shared_anatomy() -> Path:
    """Folder of the shared anatomy, which is never part of the project (share-alike licences)."""
    folder = ROOT.parent / "shared" / "anatomy"
    if not folder.is_dir():
        pytest.skip(f"shared anatomy not found at ../shared/anatomy beside the working copy ({folder})")
    return folder


@pytest.fixture(scope="session")
def renderer() -> None:
    """Asked for by every test that draws with VTK: skips where the machine cannot.

    Without the system's EGL library VTK does not raise, it crashes; so a child process tries first.
    """
    probe = "import pyvista; pyvista.Plotter(off_screen=True).screenshot(return_img=True)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, timeout=300, check=False)
    if done.returncode != 0:
        pytest.skip("VTK cannot draw here: install the Debian packages libegl1 and libgl1-mesa-dri")
