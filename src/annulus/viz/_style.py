"""How pictures look: one place for colours, sizes and words, so that a colour means the same in every picture.

The hues are told apart with the common kinds of colour blindness (Okabe and Ito's set, and a red to yellow to
teal scale whose ends differ in hue as well as in the direction from yellow).
"""

from __future__ import annotations

__all__ = [
    "ANNULUS",
    "ANNULUS_BEFORE",
    "ARTERY",
    "BACKGROUND",
    "CARD",
    "CHORDAE",
    "COAPTATION",
    "DEVICE",
    "FLAG",
    "GAP_LIMIT_MM",
    "GAP_STOPS",
    "GLASS",
    "HOLE",
    "INK",
    "LEAD",
    "LEAFLET",
    "LEAFLET_ANTERIOR",
    "LEAFLET_CUT",
    "LEAFLET_EDGE",
    "LEAFLET_POSTERIOR",
    "MUTED",
    "PAPILLARY",
    "SERIES",
    "SIZE",
    "TRACTION",
    "VEIN",
]

SIZE = (1600, 1200)
"""Default size of a picture [pixel]; texts scale with it."""

BACKGROUND = "#fcfcfa"
CARD = "#f1f2f0"
INK = "#1c2733"
MUTED = "#67727e"

ANNULUS = "#1c2733"
ANNULUS_BEFORE = "#a9b1ba"
TRACTION = "#56b4e9"
VEIN = "#7fa6d6"
ARTERY = "#b3404a"
DEVICE = "#e69f00"
LEAFLET = "#eadfce"
LEAFLET_EDGE = "#8a7358"
PAPILLARY = "#b58a6a"
LEAFLET_ANTERIOR = "#e3c49a"
LEAFLET_POSTERIOR = "#c9b6cf"
LEAFLET_CUT = {"anterior": "#b5701d", "posterior": "#7a4f8f"}
COAPTATION = "#009e73"
HOLE = "#e6007e"
GLASS = {"la": "#d9a0a0", "lv": "#c98a8a", "aorta": "#d58f8f"}
LEAD = "#505a66"
FLAG = "#a01a28"
CHORDAE = {"marginal": "#8a7358", "basal": "#009e73", "strut": "#0072b2"}

GAP_LIMIT_MM = 5.0
"""The gap colours end here on either side of 0 [mm]: the same gap has the same colour in every picture."""

GAP_STOPS = (
    (-1.0, "#7a0026"),
    (-0.5, "#c2202f"),
    (-0.12, "#ee7733"),
    (0.0, "#f5dc6b"),
    (0.3, "#a8d3a8"),
    (0.6, "#3f9f95"),
    (1.0, "#075a57"),
)
"""Share of `GAP_LIMIT_MM` and colour: overlapping walls red, touching yellow, clear teal."""

SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Lines of a plot, in order."""
