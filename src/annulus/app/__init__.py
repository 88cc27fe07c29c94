"""The live planner: a warm heart, sliders, and a page that follows them. trame loads on first use."""

from annulus.app._planner import Choice, Planner, Seen
from annulus.app._server import HOST, serve

__all__ = ["HOST", "Choice", "Planner", "Seen", "serve"]
