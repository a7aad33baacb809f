"""The initializers draw what Keras' initializers draw.

Two generators never agree number by number, so distributions are compared. A
statistical comparison of equal distributions fails with probability below 1e-6 each,
and seeds are fixed, so a pass is a pass for ever.
"""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src.initializers.random_initializers import compute_fans
from scipy import stats

from course_utils import initialization
from tests.keras_parity.closeness import error

DENSE, CONVOLUTION = (200, 300), (3, 3, 40, 50)
VARIANCE_SCALING = [
    name
    for name in sorted(initialization.INITIALIZERS)
    if name not in ("glorot_2010_standard", "orthogonal", "identity_like")
]


def theirs_of(initializer, shape):
    return keras.ops.convert_to_numpy(initializer(shape))


def assert_alike(ours, theirs):
    """Equal variance, equal distribution and equal extremes, for 18,000 draws and more.

    The standard error of a variance's ratio is at most sqrt(2 (1/n + 1/m)) (normal;
    less for the others). 5.4 of them are exceeded once in 1e7.
    """
    assert ours.shape == theirs.shape
    assert abs(ours.var() / theirs.var() - 1) < 5.4 * math.sqrt(4 / ours.size)
    assert stats.ks_2samp(ours.ravel(), theirs.ravel()).pvalue > 1e-7
    # Bounds, unless there are none: those of 18,000 normals vary by 10 % themselves.
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.35)


@given(st.lists(st.integers(1, 20), min_size=2, max_size=5))
def test_fans(shape):
    assert initialization.fans(tuple(shape)) == compute_fans(shape)


@pytest.mark.parametrize("shape", [DENSE, CONVOLUTION], ids=["dense", "conv"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize(
    "distribution", ["uniform", "truncated_normal", "untruncated_normal"]
)
def test_variance_scaling_draws_from_the_same_distribution(distribution, mode, shape):
    theirs = keras.initializers.VarianceScaling(1.7, mode, distribution, seed=1)
    assert_alike(
        initialization.variance_scaling(
            shape, np.random.default_rng(0), 1.7, mode, distribution
        ),
        theirs_of(theirs, shape),
    )


def test_variance_scaling_has_the_same_defaults():
    ours = initialization.variance_scaling(DENSE, np.random.default_rng(0))
    assert_alike(ours, theirs_of(keras.initializers.VarianceScaling(seed=1), DENSE))


@pytest.mark.parametrize("shape", [DENSE, CONVOLUTION], ids=["dense", "conv"])
@pytest.mark.parametrize("name", VARIANCE_SCALING)
def test_schemes_by_name(name, shape):
    ours = initialization.get(name)(shape, np.random.default_rng(0))
    theirs = type(keras.initializers.get(name))(seed=1)
    assert_alike(ours, theirs_of(theirs, shape))


def test_the_standard_of_2010_which_has_no_name_in_keras():
    ours = initialization.get("glorot_2010_standard")(DENSE, np.random.default_rng(0))
    theirs = keras.initializers.RandomUniform(-(200**-0.5), 200**-0.5, seed=1)
    assert_alike(ours, theirs_of(theirs, DENSE))


def test_bounds_are_the_same():
    # Uniform and truncated draws reach within 1 % of a hard bound, both sides' alike.
    for name in VARIANCE_SCALING:
        ours = initialization.get(name)(DENSE, np.random.default_rng(2))
        theirs = theirs_of(type(keras.initializers.get(name))(seed=3), DENSE)
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)


def test_normal():
    ours = initialization.normal(0.3)(DENSE, np.random.default_rng(0))
    theirs = keras.initializers.RandomNormal(0.0, 0.3, seed=1)
    assert_alike(ours, theirs_of(theirs, DENSE))


def test_constant():
    ours = initialization.constant(-1.5)((2, 3), np.random.default_rng(0))
    theirs = theirs_of(keras.initializers.Constant(-1.5), (2, 3))
    np.testing.assert_array_equal(ours, theirs)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4), st.floats(0.1, 3))
def test_orthogonal_kernels_have_the_same_singular_values(shape, gain):
    # So both flatten a convolution's kernel the same way; each entry is free.
    ours = initialization.orthogonal(tuple(shape), np.random.default_rng(0), gain)
    theirs = theirs_of(keras.initializers.Orthogonal(gain, seed=1), shape)
    assert ours.shape == theirs.shape
    for kernel in (ours, theirs):
        flat = kernel.reshape(-1, shape[-1])
        singular = np.linalg.svd(flat, compute_uv=False)
        assert error(singular, np.full(singular.shape, gain)) < 2e-6


def test_orthogonal_kernels_are_equally_distributed():
    # One entry of many: without the signs of R it would never be positive in ours.
    rng, keras_draw = np.random.default_rng(4), keras.initializers.Orthogonal
    ours = [initialization.orthogonal((3, 2), rng) for _ in range(500)]
    theirs = [theirs_of(keras_draw(seed=k), (3, 2)) for k in range(500)]
    for entry in ((0, 0), (1, 0), (2, 1)):
        mine, other = ([w[entry] for w in draws] for draws in (ours, theirs))
        assert stats.ks_2samp(mine, other).pvalue > 1e-7


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_identity(shape):
    ours = initialization.identity_like(shape, np.random.default_rng(0), 0.7)
    theirs = theirs_of(keras.initializers.Identity(0.7), shape)
    np.testing.assert_allclose(ours, theirs, rtol=1e-7)


@pytest.mark.parametrize("window", [(3, 3), (2, 4), (5, 1)])
def test_a_delta_kernel_passes_images_through_keras_convolution(window):
    kernel = initialization.identity_like((*window, 3, 3), np.random.default_rng(0))
    images = np.random.default_rng(1).normal(size=(2, 6, 7, 3)).astype(np.float32)
    out = keras.ops.conv(images, kernel.astype(np.float32), padding="same")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(out), images)
    with pytest.raises(ValueError, match="2D"):  # what the docstring says of Keras'
        keras.initializers.Identity()(kernel.shape)
