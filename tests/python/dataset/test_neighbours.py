# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tilewright.dataset import nearest_targets
from tilewright.dataset.neighbours import EARTH_RADIUS_M


def all_distances(latitudes, longitudes):
    """Give the distances of all pairs by the haversine formula, metres."""
    phi, lam = np.radians(latitudes), np.radians(longitudes)
    half_phi, half_lam = (phi[:, None] - phi) / 2, (lam[:, None] - lam) / 2
    squared = np.sin(half_phi) ** 2 + np.cos(phi[:, None]) * np.cos(phi) * np.sin(half_lam) ** 2
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(squared, 0, 1)))


@pytest.mark.parametrize(("count", "k"), [(0, 5), (1, 5), (2, 5), (6, 5), (7, 5), (300, 1), (300, 50)])
def test_nearest_are_those_of_all_pairs(count, k):
    random = np.random.default_rng(count)
    latitudes, longitudes = random.uniform(-90, 90, count), random.uniform(-180, 180, count)
    indices, distances = nearest_targets(latitudes, longitudes, k)
    assert indices.shape == distances.shape == (count, min(k, max(count - 1, 0)))
    assert (indices.dtype, distances.dtype) == (np.int32, np.float32)
    if count > 1:
        expected = all_distances(latitudes, longitudes)
        np.fill_diagonal(expected, np.inf)
        np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, : indices.shape[1]], rtol=1e-6)
        np.testing.assert_allclose(np.take_along_axis(expected, indices, axis=1), distances, rtol=1e-6)


@given(
    hnp.arrays(np.float64, st.integers(2, 40), elements=st.sampled_from([0.0, 1e-7, 36.1, 90.0, -90.0, 89.9999999])),
    st.integers(1, 45),
    st.integers(0, 2**32 - 1),
)
def test_points_at_one_place_and_at_the_poles(latitudes, k, seed):
    longitudes = np.random.default_rng(seed).choice([0.0, 180.0, -180.0, 179.9999999], len(latitudes))
    indices, distances = nearest_targets(latitudes, longitudes, k)
    assert indices.shape[1] == min(k, len(latitudes) - 1)
    for point, nearest in enumerate(indices):
        assert point not in nearest
        assert len(set(nearest.tolist())) == len(nearest)
    assert (np.diff(distances, axis=1) >= 0).all()
    expected = all_distances(latitudes, longitudes)
    np.fill_diagonal(expected, np.inf)
    np.testing.assert_allclose(distances, np.sort(expected, axis=1)[:, : indices.shape[1]], rtol=1e-5, atol=1e-3)


def test_metres_across_the_date_line():
    _, distances = nearest_targets(np.array([60.0, 60.0]), np.array([179.5, -179.5]), 1)
    # One degree of longitude is half as long at 60 degrees as at the equator.
    np.testing.assert_allclose(distances.ravel(), 2 * [55595.0], rtol=1e-4)


def test_points_at_one_place_come_in_their_order():
    indices, distances = nearest_targets(np.full(6, 36.1), np.full(6, -115.2), 5)
    assert indices.tolist() == [[other for other in range(6) if other != point] for point in range(6)]
    assert not distances.any()
