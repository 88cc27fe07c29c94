"""Weights of the fast closure's regressors: back-propagation through windows of slices, modes and layers, and Adam."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from annulus.mechanics.valve._fast_regressors import MARGIN, REACHES, STEPS, WINDOW_MODES, windows
from annulus.mechanics.valve._fast_slices import SIZES, cosine_modes

Array = np.ndarray

CHANNELS, HIDDEN = 48, (96, 64)
EPOCHS, BATCH, PACE = 150, 128, 2e-3
DECAY, BLUR = 0.1, 0.1  # of the weights; spread of the noise put on the scaled inputs at every step


def trained(profiles: Array, x: Array, y: Array, none: Array, generator: np.random.Generator) -> list[Array]:
    """Weights and levels in the order of `Regressors`, by Adam [Kingma and Ba 2015] with decay of the weights.

    Of scaled profiles (n, k, c) and features x (n, d) for measures y (n, q) in tolerances; log(1 + r^2 / 4) of an error
    r is least. A measure that is zero and cannot be negative, `none` (n, q), asks for at most zero.
    """
    profiles, x, y = (part.astype(np.float32) for part in (profiles, x, y))
    scale = y.std(axis=0)
    numbers = _start(profiles.shape[2], x.shape[1], y.shape[1], generator)
    first, second = ([np.zeros_like(own) for own in numbers] for _ in range(2))
    steps = EPOCHS * -(-len(x) // BATCH)
    for step, own in enumerate(_batches(len(x), generator), start=1):
        seen = [part[own] + np.float32(BLUR) * _normal(part[own].shape, generator) for part in (profiles, x)]
        rates = _rates(numbers, seen[0], seen[1], y[own], none[own], scale)
        pace = 0.5 * PACE * (1.0 + np.cos(np.pi * step / steps))
        for k, rate in enumerate(rates):
            first[k] += 0.1 * (rate - first[k])
            second[k] += 0.001 * (rate**2 - second[k])
            change = first[k] / (1.0 - 0.9**step) / (np.sqrt(second[k] / (1.0 - 0.999**step)) + 1e-8)
            numbers[k] -= np.float32(pace) * (change + (DECAY if rate.ndim == 2 else 0.0) * numbers[k])
    return [*numbers[:-2], numbers[-2] * scale, numbers[-1] * scale]


def _start(c: int, d: int, q: int, generator: np.random.Generator) -> list[Array]:
    s = len(range(d)[SIZES])
    shapes: list[tuple[int, ...]] = []
    for reach, wide in zip(REACHES, (c, CHANNELS), strict=True):
        shapes += [(reach * wide, CHANNELS), (s, CHANNELS), (CHANNELS,)]
    for a, b in pairwise((WINDOW_MODES * CHANNELS + d, *HIDDEN, q)):
        shapes += [(a, b), (b,)]
    return [
        _normal(shape, generator) / np.float32(np.sqrt(shape[0])) if len(shape) == 2 else np.zeros(shape, np.float32)
        for shape in shapes
    ]


def _normal(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    return generator.standard_normal(size=shape, dtype=np.float32)


def _batches(n: int, generator: np.random.Generator) -> Iterator[Array]:
    """Numbers of the valves of each step."""
    for _ in range(EPOCHS):
        order = generator.permutation(n)
        yield from (order[k : k + BATCH] for k in range(0, n, BATCH))


def _rates(numbers: list[Array], profiles: Array, x: Array, y: Array, none: Array, scale: Array) -> list[Array]:
    """Slopes of the mean cost by each of the numbers."""
    n, sizes, values = len(x), x[:, SIZES], profiles
    along, dense = numbers[: 3 * len(REACHES)], numbers[3 * len(REACHES) :]
    seen, slopes = [], []
    for k, (reach, step) in enumerate(zip(REACHES, STEPS, strict=True)):
        seen.append(windows(values, reach, step))
        values, slope = _bent(seen[-1] @ along[3 * k] + (sizes @ along[3 * k + 1] + along[3 * k + 2])[:, None])
        slopes.append(slope)
    modes = cosine_modes(values.shape[1], WINDOW_MODES).astype(np.float32)
    inner, bends = [np.concatenate([(modes.T @ values).reshape(n, -1), x], axis=1)], []
    for k in range(0, len(dense) - 2, 2):
        bent, slope = _bent(inner[-1] @ dense[k] + dense[k + 1])
        inner.append(bent)
        bends.append(slope)
    found = scale * (inner[-1] @ dense[-2] + dense[-1])
    r = np.where(none, np.maximum(found, 0.0), found - y)
    back = scale * r / (1.0 + 0.25 * r * r) / n
    rates: list[Array] = []
    for k in reversed(range(len(inner))):
        rates[:0] = [inner[k].T @ back, back.sum(axis=0)]
        back = back @ dense[2 * k].T
        if k:
            back = back * bends[k - 1]
    back = modes @ back[:, : WINDOW_MODES * CHANNELS].reshape(n, WINDOW_MODES, CHANNELS)
    for k in reversed(range(len(REACHES))):
        back = back * slopes[k]
        own = seen[k].reshape(-1, seen[k].shape[2]).T @ back.reshape(-1, CHANNELS)
        rates[:0] = [own, sizes.T @ back.sum(axis=1), back.sum(axis=(0, 1))]
        if k:
            back = _beside_one_another(back @ along[3 * k].T, REACHES[k], STEPS[k], seen[k].shape[1] * STEPS[k])
    return rates


def _beside_one_another(values: Array, reach: int, step: int, k: int) -> Array:
    """Transpose of `windows`: (n, j, reach c) to sums over the windows in which a slice stands, (n, k, c)."""
    n, j, size = values.shape
    c = size // reach
    padded = np.zeros((n, k + 2 * MARGIN, c), dtype=np.float32)
    for i in range(reach):
        padded[:, i : i + step * (j - 1) + 1 : step] += values[..., i * c : (i + 1) * c]
    return padded[:, MARGIN:-MARGIN]


def _bent(z: Array) -> tuple[Array, Array]:
    """z / (1 + exp(-z)) and its slope."""
    share = 0.5 + 0.5 * np.tanh(0.5 * z)
    return z * share, share * (1.0 + z * (1.0 - share))
