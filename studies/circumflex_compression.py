"""How often a double anchor reaches and compresses an artery of virtual FMR patients, beside what trials saw.

Run ``python studies/circumflex_compression.py -n 100 -o docs/circumflex.md``: the tables stand between the marks of the
page. Nothing in the model is fitted to the published shares.

Sizing as in the clinic: the longest published device that is about 40 mm shorter than the vein [devices.csv], the
distal anchor as far out as the rule leaves it, oversized by about a half, the proximal anchor just inside the ostium.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from annulus.errors import AnnulusError
from annulus.heart import Heart
from annulus.mechanics.network import CinchParameters, Landing
from annulus.population import sample_patient
from annulus.prediction import Priors, predict
from annulus.therapies import DoubleAnchor, Load, Site, Wish
from marked_page import put_between

__all__ = ["main", "patient_rows", "shares", "sized", "tables"]

START, END = "<!-- begin compression -->", "<!-- end compression -->"

SEED = 7

WORLDS = 8
"""Worlds of each patient: their shares are averaged over the patients."""

PLICATION_MM = 12.0
"""Asked for; less where the vein is too short for it."""

_OVERSIZE = 1.5
_PROXIMAL_MM = 10.0
_VEIN_LESS_DEVICE_MM = 40.0
_LENGTHS_MM = (80.0, 70.0, 60.0)
_FOOTPRINT_MM = 10.0

PUBLISHED = (
    ("compromise of a coronary artery in device trials", "14 to 25 %", "adverse-events.csv"),
    ("myocardial infarction within 24 h", "7 %", "adverse-events.csv"),
    ("acute flow reduction of the circumflex, 17 patients", "41 %", "klein2016"),
)


def sized(heart: Heart) -> tuple[DoubleAnchor, Site, Load]:
    """Device, site and load for one heart.

    Raises
    ------
    InputError
        No published device fits.
    """
    model, curve = heart.model(CinchParameters()), heart.sinus.curve
    usable = min(heart.strip.vein_length, curve.length - _FOOTPRINT_MM)
    length = next((long for long in _LENGTHS_MM if usable - _VEIN_LESS_DEVICE_MM >= long - 20.0), _LENGTHS_MM[-1])
    distal = usable
    for site in np.arange(usable, _PROXIMAL_MM + length, -0.5):
        if model.slack_free_path(Landing(float(site), _PROXIMAL_MM)) <= length + PLICATION_MM:
            distal = float(site)
            break
    vein = 2.0 * float(curve.radius_at([distal + 0.5 * _FOOTPRINT_MM])[0])
    diameter = float(np.clip(np.round(_OVERSIZE * vein), 7.0, 14.0))
    device = DoubleAnchor(diameter, 18.0, length)
    plication = model.slack_free_path(Landing(distal, _PROXIMAL_MM)) - length
    placed = device.site(heart, Wish(distal_at_mm=distal, plication_mm=max(plication, 0.0)))
    return device, placed.site, placed.load


def patient_rows(index: int, worlds: int = WORLDS) -> list[dict[str, float]]:
    """Numbers of one patient at the point (first row) and in worlds; empty where no device fits."""
    heart = Heart(sample_patient("fmr", seed=SEED, index=index).case)
    try:
        device, site, load = sized(heart)
    except AnnulusError:
        return []
    rows = []
    for world in (Priors().means(), *(Priors().draw(SEED, 100 * index + k) for k in range(worlds))):
        try:
            p = predict(heart, device, site, load, world).checked()
        except AnnulusError:
            continue
        numbers = p.numbers(("circumflex", "annulus", "therapy"))
        rows.append(numbers | {"length_mm": device.length_mm, "diameter_mm": device.distal_diameter_mm})
    return rows


def shares(rows: list[dict[str, float]]) -> dict[str, float]:
    """Shares of rows with contact, and with a stenosis of at least 25 and 50 percent, locked and under traction."""
    locked = np.array([row.get("circumflex.diameter_stenosis_percent", np.nan) for row in rows])
    pulled = np.array([row.get("circumflex.traction_diameter_stenosis_percent", np.nan) for row in rows])
    out = {"contact": float(np.mean(locked > 0.0))}
    for name, values in (("locked", locked), ("traction", pulled)):
        for percent in (25.0, 50.0):
            out[f"{name} {percent:.0f}"] = float(np.mean(values >= percent))
    return out


def tables(n: int) -> str:
    """Text of the page's tables."""
    found = [rows for index in range(n) if (rows := patient_rows(index))]
    points = [rows[0] for rows in found]
    worlds = [row for rows in found for row in rows[1:]]
    columns = (("at the means", shares(points)), ("over worlds", shares(worlds)))
    told = {
        "contact with an artery": "contact",
        "stenosis of 25 % or more, locked": "locked 25",
        "stenosis of 50 % or more, locked (significant)": "locked 50",
        "stenosis of 25 % or more, under traction": "traction 25",
        "stenosis of 50 % or more, under traction": "traction 50",
    }
    lines = [
        f"| {len(found)} of {n} virtual FMR patients, sized by the rule | at the means | over {WORLDS} worlds each |"
    ]
    lines += ["|---|---|---|"]
    lines += [f"| {name} | " + " | ".join(f"{row[key]:.2f}" for _, row in columns) + " |" for name, key in told.items()]
    middle = [np.median([row[key] for row in points]) for key in ("length_mm", "diameter_mm")]
    medians = {
        "AP change, %": "annulus.change_percent.ap_mm",
        "locked tension, N": "therapy.locked_tension_n",
        "traction, N": "therapy.traction_n",
        "peak pressure on an artery, mmHg": "circumflex.peak_contact_pressure_mmhg",
        "stenosis, %": "circumflex.diameter_stenosis_percent",
    }
    for name, key in medians.items():
        ends = [np.quantile([row.get(key, np.nan) for row in rows], (0.1, 0.5, 0.9)) for rows in (points, worlds)]
        lines.append(
            f"| {name}: median (10 to 90 % of patients) | "
            + " | ".join(f"{m:.1f} ({low:.1f} to {high:.1f})" for low, m, high in ends)
            + " |"
        )
    lines += ["", f"Median device: {middle[0]:.0f} mm long, distal anchor {middle[1]:.0f} mm.", ""]
    point = np.mean([row.get("circumflex.risk.probability", 0.0) for row in points])
    lines += [f"Mean of the points' own probability (band of the artery's law alone): {point:.2f}.", ""]
    lines += ["| published | share | source |", "|---|---|---|"]
    lines += [f"| {what} | {share} | {source} |" for what, share, source in PUBLISHED]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("-o", type=Path, default=None)
    arguments = parser.parse_args()
    text = tables(arguments.n)
    if arguments.o is None:
        print(text)
    else:
        put_between(arguments.o, START, END, text)


if __name__ == "__main__":
    main()
