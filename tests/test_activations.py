"""Activations against SciPy, finite differences and their own algebra."""

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import expit
from scipy.special import softmax as scipy_softmax

from course_utils import activations
from course_utils.activations import ACTIVATIONS, Activation, get, softmax

NAMES = sorted(ACTIVATIONS)
numbers = st.floats(-1e4, 1e4, width=32)
batches = arrays.arrays(np.float32, arrays.array_shapes(max_dims=3), elements=numbers)

REFERENCE = {
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda z: (z + np.abs(z)) / 2,
    "linear": lambda z: z,
}
REFERENCE_SLOPE = {
    "sigmoid": lambda z: expit(z) * expit(-z),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: np.heaviside(z, 0.0),
    "linear": lambda z: 0 * z + 1,
}


def test_every_activation_has_a_reference_here():
    # A new activation without a line above would go untested.
    assert NAMES == sorted(REFERENCE) == sorted(REFERENCE_SLOPE)


@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_match_the_reference(name):
    # Catches a swapped branch of the stable sigmoid, 1 + tanh^2, z >= 0 in ReLU, ...
    z = np.concatenate([np.linspace(-30, 30, 2001), [-300.0, 0.0, 300.0]])
    activation = get(name)
    np.testing.assert_allclose(activation(z), REFERENCE[name](z), rtol=4e-15)
    # 1 - tanh(z)^2 loses digits where it is tiny, hence the absolute part.
    np.testing.assert_allclose(
        activation.derivative(z), REFERENCE_SLOPE[name](z), rtol=1e-13, atol=3e-16
    )


@pytest.mark.parametrize("name", NAMES)
def test_slope_is_the_derivative_of_the_value(name):
    # Independent of the reference's algebra: centred differences in float64, with the
    # kink of ReLU left out. Truncation h^2/6 |f'''| < 4e-11, rounding eps/h < 3e-11.
    z, h = np.linspace(-8, 8, 1000), 1e-5
    assert np.abs(z).min() > h
    f = get(name)
    slope = (f(z + h) - f(z - h)) / (2 * h)
    np.testing.assert_allclose(f.derivative(z), slope, atol=5e-10)


@pytest.mark.parametrize("name", NAMES)
def test_slope_from_output_is_the_slope(name):
    # Catches tanh's 1 - a written as 1 - a*a of z, or the sigmoid's a (1 + a).
    activation, z = get(name), np.linspace(-12, 12, 997)
    if activation.slope_from_output is None:
        assert name == "linear"
        return
    np.testing.assert_allclose(
        1.0 * activation.slope_from_output(activation(z)),
        activation.derivative(z),
        rtol=1e-11,
        atol=4e-16,
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_inputs_stay_finite_and_silent(name, dtype):
    # 1 / (1 + exp(-z)) would warn of overflow at -1e4, in either precision.
    z = np.array([-1e4, -100, -1, -0.0, 0, 1, 100, 1e4], dtype=dtype)
    activation = get(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slope = activation(z), activation.derivative(z)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    expected = REFERENCE[name](z.astype(float))
    np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-38)


@pytest.mark.parametrize("name", NAMES)
@given(z=batches)
def test_float32_in_float32_out_and_the_input_untouched(name, z):
    # A stray np.float64 constant would double the memory and halve the speed.
    activation, before = get(name), z.copy()
    for function in (activation.function, activation.derivative):
        result = function(z)
        assert result.dtype == np.float32
        assert result.shape == z.shape
    if activation.slope_from_output is not None:
        gradient = np.ones_like(z) * activation.slope_from_output(activation(z))
        assert gradient.dtype == np.float32
    np.testing.assert_array_equal(z, before)


@given(z=batches)
def test_symmetries_and_ranges(z):
    z = z.astype(float)
    sigmoid, tanh = activations.sigmoid, activations.tanh
    np.testing.assert_allclose(sigmoid(-z), 1 - sigmoid(z), atol=2e-16)
    np.testing.assert_array_equal(tanh(-z), -tanh(z))
    np.testing.assert_allclose(tanh(z), 2 * sigmoid(2 * z) - 1, atol=5e-16)
    assert ((sigmoid(z) >= 0) & (sigmoid(z) <= 1)).all()
    assert (activations.sigmoid_derivative(z) <= 0.25 + 1e-16).all()  # one rounding
    assert (activations.tanh_derivative(z) <= 1).all()


def test_the_relu_slope_at_its_kink_is_zero():
    # The docstring promises it, and Keras does the same.
    assert activations.relu_derivative(np.zeros(1))[0] == 0
    assert not get("relu").slope_from_output(np.zeros(1))[0]


def test_the_left_tail_of_the_sigmoid_keeps_its_digits():
    # 1 - sigmoid(-z), or exp clipped at -30, would lose them all.
    z = np.array([-700.0, -100.0, -40.0])
    np.testing.assert_allclose(activations.sigmoid(z), np.exp(z), rtol=1e-12)
    np.testing.assert_allclose(activations.sigmoid_derivative(z), np.exp(z), rtol=1e-12)


@given(
    z=arrays.arrays(
        np.float64, arrays.array_shapes(min_dims=1, max_dims=3), elements=numbers
    ),
    shift=st.floats(-1e4, 1e4, width=32),
)
def test_softmax_is_a_distribution_over_the_last_axis(z, shift):
    # Catches a missing keepdims, a sum over all axes, no subtraction of the maximum.
    p = softmax(z)
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-12)
    assert ((p >= 0) & (p <= 1)).all()
    np.testing.assert_allclose(p, scipy_softmax(z, axis=-1), rtol=1e-12, atol=1e-300)
    # 2e4 has a spacing of 4e-12 between neighbours: the scores differ by that much.
    np.testing.assert_allclose(softmax(z + shift), p, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(softmax(z[..., ::-1]), p[..., ::-1], rtol=1e-12)


def test_softmax_of_two_scores_is_the_sigmoid_of_their_difference():
    z = np.random.default_rng(0).normal(0, 5, (100, 2))
    np.testing.assert_allclose(softmax(z)[:, 0], expit(z[:, 0] - z[:, 1]), rtol=1e-12)


def test_softmax_keeps_float32_and_survives_huge_scores():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        p = softmax(np.array([[1e4, -1e4, 0.0]], dtype=np.float32))
    assert p.dtype == np.float32
    np.testing.assert_array_equal(p, [[1, 0, 0]])


def test_get_returns_by_name_or_unchanged():
    for name in NAMES:
        assert get(name).name == name
    own = Activation("double", lambda z: 2 * z, lambda z: 0 * z + 2)
    assert get(own) is own


def test_get_names_the_choices_when_the_name_is_unknown():
    with pytest.raises(ValueError, match=r"must be one of .*relu.*got 'rleu'"):
        get("rleu")


@pytest.mark.parametrize("name", NAMES)
def test_activations_can_be_sent_to_another_process(name):
    # A lambda in the table would fail here.
    z = np.linspace(-2, 2, 5)
    again = pickle.loads(pickle.dumps(get(name)))
    np.testing.assert_array_equal(again(z), get(name)(z))
