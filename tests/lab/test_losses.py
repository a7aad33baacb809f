"""Losses against SciPy, finite differences and by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import log_softmax

from course_utils.lab.losses import (
    LOSSES,
    get,
    mean_squared_error,
    softmax_cross_entropy,
)


def numeric_gradient(function, at, h=1e-3):
    """Fourth-order centred differences of a scalar function: error about h^4."""
    gradient = np.empty_like(at)
    for i in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[i] = h
        near = function(at + step) - function(at - step)
        far = function(at + 2 * step) - function(at - 2 * step)
        gradient[i] = (8 * near - far) / (12 * h)
    return gradient


def task(loss, shape, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 2, shape)
    if loss is softmax_cross_entropy:
        return scores, rng.integers(0, shape[-1], shape[:-1])
    return scores, rng.normal(size=shape)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("shape", [(1, 2), (5, 3), (4, 1)])
def test_the_gradient_is_the_slope_of_the_loss(loss, shape):
    # Catches a missing 1 / n, the one-hot with the wrong sign, a lost factor of two.
    scores, targets = task(loss, shape)
    expected = numeric_gradient(lambda s: float(loss(s, targets)[0]), scores)
    np.testing.assert_allclose(loss(scores, targets)[1], expected, atol=1e-11)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_replicas_are_losses_side_by_side(loss):
    # Catches a mean over the replica axis, and a division by the wrong length.
    scores, targets = task(loss, (3, 7, 4))
    together, gradient = loss(scores, targets)
    assert together.shape == (3,)
    for r in range(3):
        alone, alone_gradient = loss(scores[r], targets[r])
        assert alone.shape == ()
        np.testing.assert_allclose(together[r], alone, rtol=1e-14)
        np.testing.assert_allclose(gradient[r], alone_gradient, rtol=1e-14)


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(1, 6), st.integers(1, 5)),
        elements=st.floats(-1e4, 1e4),
    ),
    st.integers(0, 100),
)
def test_cross_entropy_is_scipys_log_softmax_at_the_label(scores, seed):
    n, classes = scores.shape
    labels = np.random.default_rng(seed).integers(0, classes, n)
    before = scores.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, gradient = softmax_cross_entropy(scores, labels)
    expected = -log_softmax(scores, axis=-1)[np.arange(n), labels].mean()
    np.testing.assert_allclose(loss, expected, rtol=1e-12, atol=1e-12)
    # Each example's gradient sums to zero: more for one class is less for the others.
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15)
    np.testing.assert_array_equal(scores, before)


def test_cross_entropy_by_hand():
    # exp(0) : exp(log 3) = 1 : 3.
    scores = np.array([[0.0, np.log(3.0)], [0.0, np.log(3.0)]])
    loss, gradient = softmax_cross_entropy(scores, np.array([0, 1]))
    assert loss == pytest.approx((np.log(4) + np.log(4 / 3)) / 2)
    np.testing.assert_allclose(gradient, np.array([[-0.75, 0.75], [0.25, -0.25]]) / 2)


def test_mean_squared_error_by_hand():
    scores = np.array([[1.0, 2.0], [3.0, 4.0]])
    loss, gradient = mean_squared_error(scores, np.array([[0.0, 2.0], [3.0, 1.0]]))
    assert loss == (1 + 0 + 0 + 9) / 4
    np.testing.assert_array_equal(gradient, np.array([[2.0, 0.0], [0.0, 6.0]]) / 4)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_float32_stays_float32(loss):
    scores, targets = task(loss, (5, 3))
    if targets.dtype.kind == "f":
        targets = targets.astype(np.float32)
    value, gradient = loss(scores.astype(np.float32), targets)
    assert value.dtype == gradient.dtype == np.float32


def test_get_by_name_or_function():
    assert get("softmax_cross_entropy") is softmax_cross_entropy
    assert get(np.hypot) is np.hypot
    with pytest.raises(ValueError, match=r"loss must be one of .*got 'mse'"):
        get("mse")
