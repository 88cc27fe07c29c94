"""The way to pyvista, which reads and writes VTK files and is no dependency of the core."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from annulus.errors import DependencyError

__all__ = ["load_pyvista"]


def load_pyvista(path: Path) -> ModuleType:
    """pyvista, loaded on first use.

    Raises
    ------
    DependencyError
        It is not installed.
    """
    try:
        import pyvista
    except ImportError:
        raise DependencyError(
            f"{path}: VTK files need the package pyvista, which is not installed: install annulus[viz], or use PLY."
        ) from None
    return pyvista
