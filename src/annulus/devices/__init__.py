"""Devices: their parameters and their rules."""

from annulus.devices._double_anchor import CARILLON_RANGES, DoubleAnchor, parse_device

__all__ = ["CARILLON_RANGES", "DoubleAnchor", "parse_device"]
