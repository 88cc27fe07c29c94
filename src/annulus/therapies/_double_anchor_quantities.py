"""Numbers of a double-anchor device: keys, units, definitions."""

from __future__ import annotations

from typing import Any

from annulus.quantity import Quantity

__all__ = ["DOUBLE_ANCHOR_QUANTITIES"]


def _own(id_: str, unit: str, definition: str, **more: Any) -> Quantity:
    return Quantity(id_, "therapy", unit, definition, **more)


DOUBLE_ANCHOR_QUANTITIES: tuple[Quantity, ...] = (
    _own("landing.distal_s", "mm", "Distal end of the ribbon, along the vein from the ostium."),
    _own("landing.proximal_s", "mm", "Proximal end of the ribbon."),
    _own("traction", "N", "Pull at the ostium that gives the traction state.", label="traction", digits=2),
    _own("locked_tension", "N", "Tension of the ribbon, locked.", label="locked tension", digits=2),
    _own(
        "locked_tension_range",
        "N",
        "Tension at the two ends that friction allows: T exp(-+ mu phi / 2), phi the ribbon's turning angle.",
        many=True,
    ),
    _own("required_holding_force", "N", "Tension at the ribbon's tighter end: what an anchor must hold."),
    _own(
        "force_share_ap",
        "1",
        "Share of the ribbon's force that points along AP behind P, newton for newton of its tension: sum of its "
        "forces on the vein within 10 mm of P across the annulus, before any load, along AP in the annulus' plane; "
        "0 where the vein runs straight there, 20 mm over the radius where it is round.",
        label="force along AP per newton",
        digits=2,
    ),
    _own("plication", "mm", "Slack-free path less device length.", label="plication"),
    _own("centreline_arc", "mm", "Arc of the vein's axis between the ribbon's ends."),
    _own("slack_free_path", "mm", "Path of the ribbon along the inner wall before any load."),
    _own("device_length", "mm", "Ribbon between the facing ends of the anchors."),
    _own("distal_vein_diameter", "mm", "Area-equivalent diameter of the vein in the middle of the distal anchor."),
    _own("proximal_vein_diameter", "mm", "The same at the proximal anchor."),
    _own("distal_oversize", "1", "Distal anchor over vein diameter.", label="distal oversize", digits=2),
    _own("proximal_oversize", "1", "Proximal anchor over vein diameter.", label="proximal oversize", digits=2),
    _own("ap_loss_per_distal_slip", "1", "AP that is lost per slip of the distal anchor [mm/mm].", costly=True),
    _own("ap_loss_per_proximal_slip", "1", "The same for the proximal anchor [mm/mm].", costly=True),
)
