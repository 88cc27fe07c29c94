"""The command line: thin verbs over the package."""

from annulus.cli._app import main

__all__ = ["main"]
