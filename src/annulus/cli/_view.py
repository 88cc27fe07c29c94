"""`annulus view`."""

from __future__ import annotations

import typer

from annulus.errors import DependencyError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("view")
    def _view() -> None:
        """Not built yet."""
        raise DependencyError("'annulus view' is not part of this version.")
