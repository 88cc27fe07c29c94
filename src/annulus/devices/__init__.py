"""Devices: their parameters and their rules."""

from annulus.devices._clip import CLIP_ARMS_MM, CLIP_WIDTHS_MM, EdgeToEdgeClip, grasped_pairs
from annulus.devices._double_anchor import CARILLON_RANGES, DoubleAnchor, parse_device
from annulus.devices._ring import RING_SIZES_MM, RingExtent, RingShape, SurgicalRing, ringed_annulus

__all__ = [
    "CARILLON_RANGES",
    "CLIP_ARMS_MM",
    "CLIP_WIDTHS_MM",
    "RING_SIZES_MM",
    "DoubleAnchor",
    "EdgeToEdgeClip",
    "RingExtent",
    "RingShape",
    "SurgicalRing",
    "grasped_pairs",
    "parse_device",
    "ringed_annulus",
]
