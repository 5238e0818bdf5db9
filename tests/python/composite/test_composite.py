# SPDX-License-Identifier: Apache-2.0
"""Composites, against NumPy written down plainly."""

from pathlib import Path

import numpy as np
import pytest

import tilewright
from tilewright import raster
from tilewright.composite import CogOptions, CompositeFiles, CompositeOptions, StackOptions, composite, write_composite

WINDOW = (7, 11, 60, 50)


def scenes(count, bands=3, dtype=np.uint8, size=(80, 90), seed=1):
    """Write scenes of random samples, many of them 0, 255 or equal; give their paths and samples."""
    generator = np.random.default_rng(seed)
    shape = (count, bands, *size)
    samples = generator.integers(0, 256, shape)
    samples = np.where(generator.random(shape) < 0.3, generator.integers(1, 4, shape), samples)
    samples = np.where(generator.random((count, 1, *size)) < 0.2, 255, samples)
    samples[:, :, 20:24, 10:30] = 0  # no sample is left here
    samples = samples.astype(dtype)
    paths = [f"scene{number}.tif" for number in range(count)]
    for path, scene in zip(paths, samples, strict=True):
        raster.write(path, scene)
    return paths, samples


def part(samples):
    x, y, width, height = WINDOW
    return samples[..., y : y + height, x : x + width]


def by_definition(samples, valid):
    """Of each pixel the sample at place k // 2 of those that count, ordered by (sum of bands, dataset)."""
    sums = samples.astype(np.int64).sum(axis=1)
    order = np.argsort(np.where(valid, sums, np.iinfo(np.int64).max), axis=0, kind="stable")
    counts = valid.sum(axis=0)
    chosen = np.take_along_axis(order, (counts // 2)[None], axis=0)[0]
    image = np.take_along_axis(samples, chosen[None, None], axis=0)[0]
    return np.where(counts > 0, image, 0), np.where(counts > 0, chosen, 65535), counts


@pytest.mark.parametrize("count", [1, 2, 9, 40])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32])
def test_luminance_is_what_numpy_makes_of_it(folder, count, dtype):
    paths, samples = scenes(count, dtype=dtype)
    saturation = 255 if dtype == np.uint8 else None
    valid = (samples != 0).all(axis=1)
    if saturation is not None:
        valid &= (samples != saturation).all(axis=1)
    image, chosen, counts = by_definition(part(samples), part(valid))
    made = composite(paths, WINDOW)
    assert made.image.dtype == dtype
    assert np.array_equal(made.image, image)
    assert np.array_equal(made.datasets, chosen)
    assert np.array_equal(made.counts, counts)
    assert np.array_equal(made.mask, np.where(counts > 0, 255, 0))
    assert (made.counts == 0).any()


@pytest.mark.parametrize("quantile", [0.0, 0.5, 0.9, 1.0])
def test_a_quantile_of_each_band(folder, quantile):
    paths, samples = scenes(9, bands=5)
    valid = part((samples != 0).all(axis=1) & (samples != 255).all(axis=1))
    ordered = np.sort(np.where(valid[:, None], part(samples).astype(int), 999), axis=0)
    counts = valid.sum(axis=0)
    place = np.clip((quantile * counts).astype(int), 0, np.maximum(counts - 1, 0))
    expected = np.take_along_axis(ordered, np.broadcast_to(place, ordered.shape[1:])[None], axis=0)[0]
    made = composite(paths, WINDOW, CompositeOptions("quantile", quantile=quantile))
    assert np.array_equal(made.image, np.where(counts > 0, expected, 0))
    assert made.datasets is None


def geomedian(points, iterations=1000, tolerance=1e-6):
    """Weiszfeld's iterations for one pixel; points are (sample, band)."""
    estimate = points.mean(axis=0)
    for _ in range(iterations):
        distances = np.linalg.norm(points - estimate, axis=1)
        apart = distances > 0
        if not apart.any():
            return estimate
        weights = 1 / distances[apart]
        target = (points[apart] * weights[:, None]).sum(axis=0) / weights.sum()
        pull = np.linalg.norm(((points[apart] - estimate) * weights[:, None]).sum(axis=0))
        stay = min(1.0, (~apart).sum() / pull) if pull > 0 else 1.0
        step = (1 - stay) * (target - estimate)
        estimate = estimate + step
        if np.linalg.norm(step) <= tolerance:
            return estimate
    return estimate


def test_mean_medoid_geomedian_and_count(folder):
    paths, samples = scenes(7)
    valid = part((samples != 0).all(axis=1) & (samples != 255).all(axis=1))
    window = part(samples).astype(np.float64)
    counts = valid.sum(axis=0)
    mean = composite(paths, WINDOW, CompositeOptions("mean"))
    medoid = composite(paths, WINDOW, CompositeOptions("medoid"))
    options = CompositeOptions("geomedian", geomedian_iterations=1000, geomedian_tolerance=1e-6)
    middle = composite(paths, WINDOW, options)
    count = composite(paths, WINDOW, CompositeOptions("count"))
    assert mean.image.dtype == middle.image.dtype == np.float32
    assert count.image.dtype == np.uint16
    assert np.array_equal(count.image[0], counts)
    for y, x in np.argwhere(counts > 0)[::23]:
        points = window[valid[:, y, x], :, y, x]
        np.testing.assert_allclose(mean.image[:, y, x], points.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(middle.image[:, y, x], geomedian(points), atol=1e-2)
        distances = np.linalg.norm(points[:, None] - points[None], axis=2).sum(axis=0)
        chosen = np.flatnonzero(valid[:, y, x]).tolist().index(medoid.datasets[y, x])
        assert distances[chosen] == pytest.approx(distances.min())


def test_dropped_values_are_as_wanted(folder):
    nines = np.full((1, 4, 4), 9, np.uint8)
    raster.write("a.tif", nines, info=raster.info_of(nines, band=[raster.BandInfo(nodata=9)]))
    raster.write("b.tif", np.full((1, 4, 4), 0, np.uint8))
    raster.write("c.tif", np.full((1, 4, 4), 255, np.uint8))

    def count(**dropped):
        return int(composite(["a.tif", "b.tif", "c.tif"], options=CompositeOptions("count", **dropped)).image[0, 0, 0])

    assert count() == 0
    assert count(nodata=None) == 2
    assert count(saturation=None) == 1
    assert count(nodata=9, saturation=None) == 2
    assert count(nodata=None, saturation=None) == 3


def test_a_composite_is_written_once(folder):
    paths, _ = scenes(5)
    files = CompositeFiles(counts=True, datasets=True)
    told = []
    written = write_composite("out/tile.tif", paths, WINDOW, files=files, on_progress=told.append)
    assert not written.skipped
    assert written.path == Path("out/tile.tif")
    assert told
    made = composite(paths, WINDOW)
    assert written.void_pixels == (made.mask == 0).sum()
    assert np.array_equal(raster.read("out/tile.tif"), made.image)
    assert np.array_equal(raster.read("out/tile_count.tif")[0], made.counts)
    assert np.array_equal(raster.read("out/tile_dataset.tif")[0], made.datasets)
    info = raster.info("out/tile.tif")
    assert info.mask == "per_dataset"
    assert info.band[0].nodata == 0
    before = Path("out/tile.tif").stat().st_mtime_ns
    assert write_composite("out/tile.tif", paths, WINDOW, files=files).skipped
    assert Path("out/tile.tif").stat().st_mtime_ns == before
    assert not write_composite("out/tile.tif", paths, WINDOW, CompositeOptions("mean")).skipped
    lossy = CompositeFiles(cog=CogOptions(jpeg_quality=90))
    assert not write_composite("out/tile.tif", paths, WINDOW, files=lossy).skipped
    assert "JPEG" in raster.info("out/tile.tif").compression


def test_raising_in_on_progress_stops_it(folder):
    paths, _ = scenes(3)

    def enough(_):
        raise TimeoutError("enough")

    with pytest.raises(TimeoutError):
        write_composite("never.tif", paths, on_progress=enough)


def test_what_cannot_be_composed_is_refused(folder):
    paths, samples = scenes(3)
    for window in [(0, 0, 0, 5), (0, 0, 5, -1), (-1, 0, 5, 5), (80, 0, 50, 5), (0, 2**62, 5, 5)]:
        with pytest.raises(tilewright.InvalidArgumentError):
            composite(paths, window)
    with pytest.raises(tilewright.InvalidArgumentError):
        composite([])
    with pytest.raises(tilewright.NotFoundError, match=r"missing\.tif"):
        composite([*paths, "missing.tif"])
    assert len(composite([*paths, "missing.tif"], stack=StackOptions(skip_bad=1)).skipped) == 1
    raster.write("odd.tif", samples[0][:, :60])
    with pytest.raises(tilewright.InvalidArgumentError, match="90 x 60"):
        composite([*paths, "odd.tif"])
    raster.write("double.tif", samples[0].astype(np.float64))
    with pytest.raises(tilewright.UnsupportedError, match="float64"):
        composite(["double.tif"])
    with pytest.raises(tilewright.InvalidArgumentError, match="rule"):
        CompositeOptions("median")
    Path("a file").write_text("")
    with pytest.raises(tilewright.TilewrightError, match="a file"):
        write_composite("a file/out.tif", paths)
