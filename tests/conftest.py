"""Fixtures shared by all tests: the working copy, the shared anatomy where present, a renderer that works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


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
