"""Devices: their parameters and their rules."""

from annulus.devices._clip import CLIP_ARMS_MM, CLIP_WIDTHS_MM, EdgeToEdgeClip, grasped_pairs, held_insertion_mm
from annulus.devices._double_anchor import CARILLON_RANGES, DoubleAnchor, parse_device
from annulus.devices._ring import RING_SIZES_MM, RingExtent, RingShape, SurgicalRing, ringed_annulus
from annulus.devices._therapy_names import Therapy, parse_therapy

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
    "Therapy",
    "grasped_pairs",
    "held_insertion_mm",
    "parse_device",
    "parse_therapy",
    "ringed_annulus",
]
