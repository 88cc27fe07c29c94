"""`annulus import`."""

from __future__ import annotations

import typer

from annulus.errors import DependencyError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""

    @app.command("import")
    def _import() -> None:
        """Not built yet."""
        raise DependencyError("'annulus import' is not part of this version.")
