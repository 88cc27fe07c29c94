"""Start VTK's renderer, with or without a screen, or say in one sentence why it cannot start.

VTK ends the whole process where it finds no OpenGL, so what works is tried in a child process first.
"""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType

from annulus.errors import DependencyError

__all__ = ["display_is_present", "load_pyvista", "rendering_window"]

_VARIABLE = "VTK_DEFAULT_OPENGL_WINDOW"

_TRIAL = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
window = vtkRenderWindow()
window.SetOffScreenRendering(1)
window.SetSize(16, 16)
window.AddRenderer(vtkRenderer())
window.Render()
raise SystemExit(0 if window.SupportsOpenGL() else 1)
"""

_NO_OPENGL = (
    "pictures need OpenGL and VTK found none that works here (no screen, no EGL, no OSMesa): "
    "on Debian or Ubuntu install libegl1 and libgl1-mesa-dri, or libosmesa6."
)


_X_PORT, _X_WAIT_S = 6000, 3.0
"""First port of X displays reached by TCP, and how long one may take to answer [s]."""


def load_pyvista() -> ModuleType:
    """Return pyvista, imported on first use.

    Raises
    ------
    DependencyError
        pyvista is not installed.
    """
    try:
        return importlib.import_module("pyvista")
    except ImportError as error:
        raise DependencyError(
            f"pictures need pyvista, which cannot be imported ({error}): pip install 'annulus[viz]'."
        ) from error


def display_is_present() -> bool:
    """Whether a window can be opened: a screen is named and answers, and PyVista was not told to stay off it."""
    if os.environ.get("PYVISTA_OFF_SCREEN", "").lower() in {"1", "true", "yes", "on"}:
        return False
    return not sys.platform.startswith("linux") or _screen_answers(os.environ.get("DISPLAY", ""))


def _screen_answers(display: str) -> bool:
    """Whether somebody listens at an X display, such as ":0" or "host:10.0"; the screen of a closed session is gone."""
    host, _, number = display.rpartition(":")
    number = number.partition(".")[0]
    if not number.isdecimal():
        return False
    local = str(Path(os.sep, "tmp", ".X11-unix", f"X{number}"))
    if host in ("", "unix"):
        places: list[tuple[socket.AddressFamily, str | tuple[str, int]]] = [
            (socket.AF_UNIX, local),
            (socket.AF_UNIX, f"\0{local}"),
        ]
    else:
        places = [(socket.AF_INET, (host, _X_PORT + int(number)))]
    for family, address in places:
        with socket.socket(family) as door:
            door.settimeout(_X_WAIT_S)
            try:
                door.connect(address)
            except OSError:
                continue
            return True
    return False


@contextmanager
def rendering_window() -> Iterator[None]:
    """Within this context VTK makes windows of a kind that works here.

    Raises
    ------
    DependencyError
        No kind works; the sentence names the Debian packages.
    """
    kind = _working_kind(os.environ.get(_VARIABLE), os.environ.get("DISPLAY"))
    if kind is None:
        raise DependencyError(_NO_OPENGL)
    before = os.environ.get(_VARIABLE)
    if kind:
        os.environ[_VARIABLE] = kind
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = before


@cache
def _working_kind(wanted: str | None, display: str | None) -> str | None:
    """Name of VTK's window class that renders here, "" for VTK's own choice, None where none does."""
    if not sys.platform.startswith("linux"):
        return ""
    # VTK's own choice asks X first; without a screen that only costs a warning, or the process where X's libraries
    # are absent.
    kinds = [wanted] if wanted else [*([""] if display else []), "vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow"]
    for kind in kinds:
        if _renders(kind):
            return kind
    return None


def _renders(kind: str) -> bool:
    environment = {key: value for key, value in os.environ.items() if key != _VARIABLE}
    if kind:
        environment[_VARIABLE] = kind
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRIAL], env=environment, capture_output=True, timeout=120, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
