# SPDX-License-Identifier: Apache-2.0
"""Ground as it looks from the air, made of numbers: hills, fields with their rows, woods, a river, a road, clouds.

Nothing is random but seeded: the same arguments give the same samples.
"""

from __future__ import annotations

import numpy as np

__all__ = ["aerial", "clouds", "elevation", "noise"]

CROPS = [
    (124, 132, 72),
    (158, 148, 92),
    (96, 122, 62),
    (180, 166, 112),
    (142, 112, 82),
    (110, 140, 84),
    (168, 158, 104),
]
WOOD, WATER, ROAD = (52, 76, 46), (58, 84, 96), (196, 190, 178)


def noise(height_px: int, width_px: int, seed: int, roughness: float = 2.2) -> np.ndarray:
    """Noise of all scales in [0, 1]; the higher the roughness, the smoother."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.standard_normal((height_px, width_px)))
    frequency = np.hypot(np.fft.fftfreq(height_px)[:, None] * height_px, np.fft.rfftfreq(width_px)[None] * width_px)
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(spectrum / frequency ** (roughness / 2 + 0.5), s=(height_px, width_px))
    return (field - field.min()) / np.ptp(field)


def elevation(height_px: int, width_px: int, seed: int) -> np.ndarray:
    """Heights in [0, 1] with a valley across them."""
    rows, columns = np.mgrid[0 : 1 : height_px * 1j, 0 : 1 : width_px * 1j]
    bend = 0.62 + 0.12 * np.sin(5 * columns + seed) + 0.04 * np.sin(13 * columns)
    valley = 1 - np.exp(-(((rows - bend) / 0.22) ** 2))
    return 0.6 * noise(height_px, width_px, seed, 3.6) + 0.4 * valley


def aerial(height_px: int, width_px: int, seed: int, fields: int = 46) -> np.ndarray:
    """A photograph from the air: uint8 of shape (band, row, column)."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    heights = elevation(height_px, width_px, seed)
    # Fields: each place belongs to the nearest of some points, by a distance that prefers straight borders.
    wavy = 26 * (noise(height_px, width_px, seed + 1) - 0.5)
    nearest = np.full((height_px, width_px), np.inf, np.float32)
    field = np.zeros((height_px, width_px), np.int32)
    second = nearest.copy()
    for index in range(fields):
        y, x = random.uniform(0, height_px), random.uniform(0, width_px)
        distance = np.maximum(np.abs(rows - y + wavy), np.abs(columns - x + wavy)) * random.uniform(0.85, 1.15)
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        nearest, field = np.where(closer, distance, nearest), np.where(closer, index, field)
    crops = np.array(CROPS, np.float32)[random.integers(0, len(CROPS), fields)] * random.uniform(0.88, 1.1, (fields, 1))
    colors = crops[field]
    angles = random.uniform(0, np.pi, fields)[field]
    furrows = np.sin((columns * np.cos(angles) + rows * np.sin(angles)) * 0.75)
    colors += (3.2 * furrows)[..., None] * random.uniform(0.3, 1.2, fields)[field][..., None]
    colors[second - nearest < 2.5] *= 0.72  # hedges
    trees = noise(height_px, width_px, seed + 2, 0.4)
    wood = noise(height_px, width_px, seed + 3) + 0.25 * heights > 0.76
    colors[wood] = np.array(WOOD) + 70 * (trees[wood, None] - 0.5)
    bend = height_px * (0.62 + 0.12 * np.sin(5 * columns / width_px + seed) + 0.04 * np.sin(13 * columns / width_px))
    river = np.abs(rows - bend) < height_px * 0.022
    colors[np.abs(rows - bend) < height_px * 0.032] = np.array(WOOD) * 1.25
    colors[river] = WATER
    road = np.abs(rows - 0.12 * height_px - 0.2 * columns + 9 * np.sin(columns / 60)) < 2.3
    colors[road] = ROAD
    down, right = np.gradient(heights)
    light = 1 + (down + right) * max(height_px, width_px) * 0.09
    colors *= np.where(river, 1, light)[..., None] * (0.93 + 0.14 * noise(height_px, width_px, seed + 4)[..., None])
    return np.clip(np.moveaxis(colors, 2, 0), 3, 247).astype(np.uint8)


def clouds(height_px: int, width_px: int, seed: int, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Clouds that cover about a share of the ground: how opaque they are in [0, 1], and how deep their shadows."""
    field = noise(height_px, width_px, seed, 2.6)
    floor = np.quantile(field, 1 - share)
    opacity = np.clip((field - floor) / 0.10, 0, 1)
    shadow = np.roll(opacity, (height_px // 24, width_px // 20), (0, 1)) * (1 - opacity)
    return opacity, shadow
