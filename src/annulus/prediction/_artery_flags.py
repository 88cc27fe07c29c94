"""What the arteries beside a device call for, before it and with it, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["NEAR_ANCHOR_MM", "artery_flags"]

NEAR_ANCHOR_MM = 5.0
"""A crossing this near to an anchor is told [mm]; no public distance threshold exists (assumed)."""


def artery_flags(circumflex: Mapping[str, Any]) -> tuple[str, ...]:
    """Sentences on block ``circumflex`` of a result: courses between vein and annulus in the span, walls that overlap
    before the device or touch with it, a moderate or high risk of compression, anchors beside a crossing."""
    lines = []
    for row in circumflex.get("arteries", ()):
        name = row["artery"]
        length = row.get("between_in_span_mm", 0.0)
        if length > 0.0:
            lines.append(
                f"{name} runs between vein and annulus along {length:.0f} mm inside the device's span: the cinch "
                "presses the vein towards it."
            )
        gap, after = row.get("min_gap_before_mm", 0.0), row.get("min_gap_after_mm", 1.0)
        if after <= 0.0 <= gap:
            lines.append(
                f"{name} and vein touch with the device, at {row['min_gap_after_cs_s_mm']:.0f} mm of the vein: least "
                f"wall gap {gap:.1f} -> {after:.1f} mm, anchors counted with their own diameter."
            )
        if gap < 0.0:
            lines.append(
                f"{name} and vein overlap before the device by {-gap:.1f} mm at {row['min_gap_cs_s_mm']:.1f} mm of the "
                f"vein (along {row['walls_overlap_mm']:.1f} mm): check both outlines; gaps there say little."
            )
    risk = circumflex.get("risk", {})
    if risk.get("class") in ("moderate", "high"):
        lines.append(
            f"risk of significant compression of an artery {risk['class']} (probability {risk['probability']:.2f}, "
            f"stenosis {circumflex['diameter_stenosis_percent']:.0f} % at the point): {risk['advice']}"
        )
    for row in circumflex.get("crossings", ()):
        away = row.get("to_anchor_mm")
        if away is not None and away <= NEAR_ANCHOR_MM:
            where = "covers the place" if away == 0.0 else f"lies {away:.1f} mm from the place"
            lines.append(f"an anchor {where} where {row['artery']} crosses the vein, at {row['cs_s_mm']:.1f} mm of it.")
    return tuple(lines)
