"""What a picture of a page shows: enough to tell a drawing from a blank, and one drawing from another."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["changed_share", "n_colors", "picture"]


def picture(element: Any) -> np.ndarray:
    """Pixels of an element of a page, shape (h, w, 3)."""
    return np.asarray(Image.open(io.BytesIO(element.screenshot())).convert("RGB"))


def n_colors(pixels: np.ndarray) -> int:
    """Number of different colours, in steps of 8."""
    return len(np.unique(pixels.reshape(-1, 3) // 8, axis=0))


def changed_share(first: np.ndarray, second: np.ndarray) -> float:
    """Share of the pixels that differ by more than rounding."""
    return float((np.abs(first.astype(int) - second.astype(int)).max(axis=2) > 16).mean())
