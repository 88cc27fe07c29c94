"""The planner's server: loopback by default, one port after another until one is free, no trace when it ends."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from annulus.app._page import Page
from annulus.app._planner import Planner
from annulus.errors import DependencyError, InputError

__all__ = ["HOST", "free_port", "serve"]

HOST = "127.0.0.1"
"""Only this machine reaches the planner unless another address is asked for."""

_PORT, _TRIES = 8080, 100
_READY_WORDS = "WSLINK_READY_MSG"


def serve(
    cases: Sequence[Path],
    *,
    host: str = HOST,
    port: int = _PORT,
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve the planner until the process is told to end.

    Parameters
    ----------
    cases
        Files of the cases to choose from.
    host
        Address to listen at.
    port
        First port that is tried; the next free one is taken.
    ready
        Called once with the planner's address, when it answers.

    Raises
    ------
    InputError
        No port is free, or an address that is not this machine's.
    DependencyError
        trame is not installed.
    """
    try:
        from trame.app import get_server
    except ImportError as error:
        raise DependencyError(
            f"the planner needs trame, which cannot be imported ({error}): pip install 'annulus[viz]'."
        ) from error
    taken = free_port(host, port)
    server: Any = get_server("annulus planner", client_type="vue3")
    page = Page(server, Planner(cases))
    server.controller.on_server_ready.add(lambda **_: ready(f"http://{host}:{taken}/"))
    with _quiet():
        asyncio.run(_served(server, page, host, taken))


async def _served(server: Any, page: Page, host: str, port: int) -> None:
    running = server.start(
        host=host,
        port=port,
        timeout=0,
        open_browser=False,
        show_connection_info=False,
        disable_logging=True,
        thread=True,  # signals stay with the command, which knows how to end
        exec_mode="coroutine",
    )
    try:
        await running
    finally:
        page.close()


def free_port(host: str, first: int) -> int:
    """The first free port from `first` on.

    Raises
    ------
    InputError
        None of a hundred is free, or the address is not this machine's.
    """
    if not 1 <= first <= 65535:
        raise InputError(f"--port must lie in [1, 65535]; got {first}.")
    last = min(first + _TRIES, 65536)
    for port in range(first, last):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind((host, port))
            except PermissionError:
                raise InputError(f"port {port} needs more rights than this user has: choose one above 1023.") from None
            except OSError as error:
                if isinstance(error, socket.gaierror) or error.errno not in _IN_USE:
                    raise InputError(f"--host must be an address of this machine; got {host!r} ({error}).") from None
                continue
        return port
    raise InputError(f"ports {first} to {last - 1} of {host} are all in use: free one, or name another with --port.")


_IN_USE = (errno.EADDRINUSE,)
"""What the system answers where somebody else listens."""


@contextmanager
def _quiet() -> Iterator[None]:
    """The ready line is the command's own: the library below prints none."""
    before = os.environ.get(_READY_WORDS)
    os.environ[_READY_WORDS] = ""
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_READY_WORDS, None)
        else:
            os.environ[_READY_WORDS] = before
