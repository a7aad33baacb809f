"""Activations against SciPy, finite differences and their own algebra."""

import pickle
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import erfc, expit
from scipy.special import softmax as scipy_softmax

from course_utils import activations as act
from course_utils.activations import ACTIVATIONS, Activation, get, softmax, variant
from course_utils.gaussian import gaussian_mean

NAMES = sorted(ACTIVATIONS)
numbers = st.floats(-1e4, 1e4, width=32)
batches = arrays.arrays(np.float32, arrays.array_shapes(max_dims=3), elements=numbers)

# As published in Klambauer et al. (2017), section 2, and its code.
ALPHA, SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def phi(z):
    """The density of the standard normal."""
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def gelu_sigmoid(z):
    """The sigmoid that the tanh form of GELU multiplies z by."""
    u = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
    return expit(2 * u), 2 * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)


def mish_slope(z):
    """As in the paper, one fraction of exponentials; it is 1 from z = 40 on."""
    z = np.minimum(z, 40)
    e = np.exp(z)
    top = 4 * (z + 1) + 4 * e**2 + e**3 + e * (4 * z + 6)
    return e * top / (2 * e + e**2 + 2) ** 2


def mish_value(z):
    """tanh of a logarithm is a fraction of powers."""
    e = np.exp(np.minimum(z, 40))
    return z * e * (e + 2) / (e * (e + 2) + 2)


def below(z):
    """The negative part of z."""
    return np.minimum(z, 0)


REFERENCE = {
    "sigmoid": expit,
    "tanh": np.tanh,
    "relu": lambda z: (z + np.abs(z)) / 2,
    "leaky_relu": lambda z: np.maximum(0.01 * z, z),
    "elu": lambda z: np.maximum(z, 0) + np.expm1(below(z)),
    "celu": lambda z: np.maximum(z, 0) + np.expm1(below(z)),
    "selu": lambda z: SCALE * (np.maximum(z, 0) + ALPHA * np.expm1(below(z))),
    "softplus": lambda z: np.logaddexp(0, z),
    "gelu": lambda z: z * erfc(-z / np.sqrt(2)) / 2,
    "gelu_tanh": lambda z: z * gelu_sigmoid(z)[0],
    "silu": lambda z: z * expit(z),
    "mish": mish_value,
    "linear": lambda z: z,
}
REFERENCE_SLOPE = {
    "sigmoid": lambda z: expit(z) * expit(-z),
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: np.heaviside(z, 0.0),
    "leaky_relu": lambda z: 0.01 + 0.99 * np.heaviside(z, 0.0),
    "elu": lambda z: np.exp(below(z)),
    "celu": lambda z: np.exp(below(z)),
    # the left slope at the kink
    "selu": lambda z: SCALE * np.where(z > 0, 1, ALPHA * np.exp(below(z))),
    "softplus": expit,
    "gelu": lambda z: erfc(-z / np.sqrt(2)) / 2 + z * phi(z),
    "gelu_tanh": lambda z: (
        gelu_sigmoid(z)[0] * (1 + z * gelu_sigmoid(-z)[0] * gelu_sigmoid(z)[1])
    ),
    "silu": lambda z: expit(z) * (1 + z * expit(-z)),
    "mish": mish_slope,
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
    # erfc of a rounded argument loses digits in its far tail, hence the absolute part.
    value = REFERENCE[name](z)
    np.testing.assert_allclose(activation(z), value, rtol=4e-15, atol=1e-18)
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
        assert name not in ("sigmoid", "tanh", "relu", "elu", "selu")
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
    sigmoid, tanh = act.sigmoid, act.tanh
    np.testing.assert_allclose(sigmoid(-z), 1 - sigmoid(z), atol=2e-16)
    np.testing.assert_array_equal(tanh(-z), -tanh(z))
    np.testing.assert_allclose(tanh(z), 2 * sigmoid(2 * z) - 1, atol=5e-16)
    assert ((sigmoid(z) >= 0) & (sigmoid(z) <= 1)).all()
    assert (act.sigmoid_derivative(z) <= 0.25 + 1e-16).all()  # one rounding
    assert (act.tanh_derivative(z) <= 1).all()


def test_the_relu_slope_at_its_kink_is_zero():
    # The docstring promises it, and Keras does the same.
    assert act.relu_derivative(np.zeros(1))[0] == 0
    assert not get("relu").slope_from_output(np.zeros(1))[0]


def test_the_left_tail_of_the_sigmoid_keeps_its_digits():
    # 1 - sigmoid(-z), or exp clipped at -30, would lose them all.
    z = np.array([-700.0, -100.0, -40.0])
    np.testing.assert_allclose(act.sigmoid(z), np.exp(z), rtol=1e-12)
    np.testing.assert_allclose(act.sigmoid_derivative(z), np.exp(z), rtol=1e-12)


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


# --- parameters --------------------------------------------------------------------

SLOPES = np.linspace(-8, 8, 1000)  # 0 is not among them


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("leaky_relu", {"alpha": 0.0}),
        ("leaky_relu", {"alpha": 0.3}),
        ("leaky_relu", {"alpha": 2.0}),
        ("elu", {"alpha": 0.3}),
        ("elu", {"alpha": 2.5}),
        ("celu", {"alpha": 0.3}),
        ("celu", {"alpha": 2.5}),
        ("silu", {"beta": 0.0}),
        ("silu", {"beta": 3.0}),
    ],
)
def test_a_variant_has_its_own_slope_in_every_form(name, parameters):
    # Catches a parameter that reaches the value but not the slope, or not the slope
    # from the output; and float64 numbers that turn float32 arrays into float64.
    f, h = variant(name, **parameters), 1e-5
    numeric = (f(SLOPES + h) - f(SLOPES - h)) / (2 * h)
    np.testing.assert_allclose(f.derivative(SLOPES), numeric, atol=5e-10)
    if f.slope_from_output is not None:
        from_output = f.slope_from_output(f(SLOPES))
        np.testing.assert_allclose(from_output, numeric, atol=5e-10)
    (value,) = parameters.values()
    assert f.name == f"{name}({next(iter(parameters))}={value:g})"
    f = variant(name, **{key: np.float64(v) for key, v in parameters.items()})
    z = np.float32([-1e4, -2, 0, 3, 1e4])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for result in (f(z), f.derivative(z)):
            assert result.dtype == np.float32
            assert np.isfinite(result).all()
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again.derivative(z), f.derivative(z))


def test_a_variant_without_parameters_is_the_activation():
    assert variant("gelu") is get("gelu")


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("relu", {"alpha": 0.1}, "must be none for relu, got alpha"),
        ("silu", {"alpha": 0.1}, "must be beta for silu, got alpha"),
        ("elu", {"alpha": 1, "beta": 1}, "must be alpha for elu, got alpha, beta"),
        ("elu", {"alpha": 0.0}, "alpha must be a finite number > 0, got 0"),
        ("celu", {"alpha": -1.0}, "alpha must be a finite number > 0, got -1"),
        ("elu", {"alpha": np.inf}, "> 0, got inf"),
        ("leaky_relu", {"alpha": -0.1}, "alpha must be a finite number >= 0, got -0.1"),
        ("leaky_relu", {"alpha": np.nan}, ">= 0, got nan"),
        ("silu", {"beta": -1}, "beta must be a finite number >= 0, got -1"),
        ("maxout", {"k": 2}, "must be one of .*got 'maxout'"),
    ],
)
def test_a_variant_refuses_what_makes_no_sense(name, parameters, said):
    with pytest.raises(ValueError, match=said):
        variant(name, **parameters)


@pytest.mark.parametrize(
    "call",
    [
        lambda z: act.leaky_relu(z, -0.5),
        lambda z: act.leaky_relu_derivative(z, -0.5),
        lambda z: act.elu(z, 0),
        lambda z: act.elu_derivative(z, 0),
        lambda z: act.celu(z, 0),
        lambda z: act.celu_derivative(z, 0),
        lambda z: act.silu(z, -1),
        lambda z: act.silu_derivative(z, -1),
        lambda z: act.prelu(z, np.array([0.1, np.nan])),
        lambda z: act.prelu_derivative(z, np.inf),
        lambda z: act.elu(z, np.array([1.0, 2.0])),
        lambda z: act.rrelu(z, low=0.5, high=0.4),
        lambda z: act.rrelu(z, low=-0.1),
        lambda z: act.rrelu_derivative(z, high=1.5),
        lambda z: act.maxout(z, 0),
        lambda z: act.maxout(z, 4),
        lambda z: act.maxout(z, 1.5),
        lambda z: act.maxout_derivative(z, -1),
        lambda z: act.maxout(z[0, 0], 1),
    ],
)
def test_parameters_outside_their_range_are_named(call):
    with pytest.raises(ValueError, match=r"^(alpha|beta|low and high|k) must be "):
        call(np.ones((3, 2)))


def test_max_of_alpha_z_and_z_is_leaky_only_up_to_one():
    # The formula of many texts: right at 0.2, and wrong on both sides at 2.
    z = np.array([-1.0, 1.0])
    np.testing.assert_array_equal(act.leaky_relu(z, 0.2), np.maximum(0.2 * z, z))
    np.testing.assert_array_equal(act.leaky_relu(z, 2.0), [-2.0, 1.0])
    np.testing.assert_array_equal(np.maximum(2.0 * z, z), [-1.0, 2.0])


@given(alpha=st.floats(0.1, 8))
def test_elu_and_celu_saturate_at_alpha_and_meet_zero_as_they_say(alpha):
    deep, near = np.array([-1e3]), np.array([-1e-9, 1e-9])
    for f in (act.elu, act.celu):
        assert f(deep, alpha)[0] == pytest.approx(-alpha)
    assert act.elu_derivative(near, alpha) == pytest.approx([alpha, 1])
    assert act.celu_derivative(near, alpha) == pytest.approx([1, 1])


def test_the_slope_of_elu_has_a_corner():
    # Continuous slope, but its slope jumps: from exp(0) = 1 below to 0 above.
    h = 1e-6
    slope = act.elu_derivative(np.array([-h, 0, h]))
    np.testing.assert_allclose(np.diff(slope) / h, [1, 0], atol=1e-6)


def test_silu_lies_between_a_line_and_relu():
    np.testing.assert_allclose(act.silu(SLOPES, 0), SLOPES / 2)
    np.testing.assert_allclose(act.silu(SLOPES, 1e4), act.relu(SLOPES), atol=1e-12)


def test_the_two_gelus_are_close_and_not_the_same():
    # The docstring's 5e-4.
    apart = np.abs(act.gelu(SLOPES) - act.gelu_tanh(SLOPES)).max()
    assert 1e-4 < apart < 5e-4


@pytest.mark.parametrize("name", ["softplus", "gelu", "gelu_tanh", "silu", "mish"])
def test_left_tails_keep_their_digits(name):
    # log(1 + exp(z)), 1 + erf(z / sqrt 2) and 1 + tanh(u) lose them all at -12.
    z = np.array([-12.0, -9.0])
    value, slope = get(name)(z), get(name).derivative(z)
    np.testing.assert_allclose(value, REFERENCE[name](z), rtol=1e-12)
    np.testing.assert_allclose(slope, REFERENCE_SLOPE[name](z), rtol=1e-12)
    assert (value != 0).all()


# --- SELU --------------------------------------------------------------------------


def test_selu_constants_are_the_published_ones():
    np.testing.assert_allclose(act.selu_constants(), (ALPHA, SCALE), rtol=1e-14)
    assert act.selu_constants() == (act.SELU_ALPHA, act.SELU_SCALE)


def moments(alpha, scale, mean, variance):
    """Mean and variance of SELU's output, by a fine trapezoidal sum on either side."""
    std, parts = np.sqrt(variance), []
    for low, high in ((mean - 12 * std, 0.0), (0.0, mean + 12 * std)):
        z = np.linspace(low, max(high, low + 1e-9), 400_001)
        density = np.exp(-((z - mean) ** 2) / (2 * variance)) / np.sqrt(
            2 * np.pi * variance
        )
        value = scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))
        parts.append([np.trapezoid(value**k * density, z) for k in (1, 2)])
    first, second = np.sum(parts, axis=0)
    return first, second - first**2


@pytest.mark.parametrize(
    ("mean", "variance"), [(0, 1), (0, 2.5), (0.3, 1), (-0.2, 0.5), (0.5, 4)]
)
def test_selu_hands_on_the_mean_and_variance_it_was_made_for(mean, variance):
    # An independent sum; catches a lost mean^2, or E[f^2] taken for the variance.
    alpha, scale = act.selu_constants(mean, variance)
    assert moments(alpha, scale, mean, variance) == pytest.approx(
        (mean, variance), abs=1e-7
    )


def test_the_fixed_point_is_seen_by_the_other_means_of_the_course_too():
    assert float(gaussian_mean(act.selu, 1.0)) == pytest.approx(0, abs=1e-10)
    second = gaussian_mean(lambda z: act.selu(z) ** 2, 1.0)
    assert float(second) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(
    ("mean", "variance"),
    [(0, 0), (0, -1), (np.nan, 1), (0, np.inf), (-1.5, 1), (1.0, 0.01)],
)
def test_selu_constants_say_when_there_are_none(mean, variance):
    with pytest.raises(ValueError, match=r"^mean (must be|and variance must be)"):
        act.selu_constants(mean, variance)


# --- slopes that are learned or drawn ------------------------------------------------

pairs = st.integers(1, 6)


@given(n=pairs, units=pairs, seed=st.integers(0, 99))
def test_prelu_has_one_slope_a_unit_and_two_derivatives(n, units, seed):
    rng, h = np.random.default_rng(seed), 1e-6
    z, alpha = rng.normal(0, 3, (n, units)), rng.normal(0.2, 0.5, units)
    z[np.abs(z) < 2 * h] = 1.0
    a = act.prelu(z, alpha)
    for j in range(units):
        expected = np.where(z[:, j] > 0, z[:, j], alpha[j] * z[:, j])
        np.testing.assert_array_equal(a[:, j], expected)
    in_z = (act.prelu(z + h, alpha) - act.prelu(z - h, alpha)) / (2 * h)
    in_alpha = (act.prelu(z, alpha + h) - act.prelu(z, alpha - h)) / (2 * h)
    np.testing.assert_allclose(act.prelu_derivative(z, alpha), in_z, atol=1e-8)
    np.testing.assert_allclose(act.prelu_alpha_derivative(z), in_alpha, atol=1e-8)
    small = act.prelu(z.astype(np.float32), alpha)
    assert small.dtype == act.prelu_derivative(np.float32(z), alpha).dtype == np.float32


def test_rrelu_draws_in_training_and_takes_the_mean_afterwards():
    z = np.full((200, 50), -1.0, dtype=np.float32)
    slopes = -act.rrelu(z, np.random.default_rng(3), low=0.1, high=0.5)
    assert slopes.dtype == np.float32
    assert 0.1 <= slopes.min() < 0.101
    assert 0.499 < slopes.max() <= 0.5
    # 10,000 uniform draws: six standard errors of their mean are 0.007.
    assert slopes.mean() == pytest.approx(0.3, abs=0.007)
    assert len(np.unique(slopes)) > 9_000  # one an entry, not one a unit or a batch
    np.testing.assert_allclose(act.rrelu(z, low=0.1, high=0.5), 0.3 * z)
    same = act.rrelu_derivative(z, np.random.default_rng(3), low=0.1, high=0.5)
    np.testing.assert_array_equal(same, slopes)
    above = act.rrelu(-z, np.random.default_rng(3))
    np.testing.assert_array_equal(above, -z)
    assert (act.rrelu_derivative(-z, np.random.default_rng(3)) == 1).all()
    # The default bounds are 1/8 and 1/3.
    assert act.rrelu_derivative(z)[0, 0] == pytest.approx(11 / 48)


# --- several units at once ---------------------------------------------------------


@given(
    z=arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4),
        elements=numbers,
    ),
    k=st.integers(1, 4),
)
def test_maxout_is_the_largest_of_neighbours(z, k):
    z = np.repeat(z, k, axis=-1) + np.tile(np.arange(k), z.shape[-1]).astype(np.float32)
    a, slope = act.maxout(z, k), act.maxout_derivative(z, k)
    assert a.dtype == slope.dtype == np.float32
    assert slope.shape == z.shape
    for j in range(z.shape[-1] // k):
        group = z[..., j * k : (j + 1) * k]
        np.testing.assert_array_equal(a[..., j], group.max(axis=-1))
        mine = slope[..., j * k : (j + 1) * k]
        np.testing.assert_array_equal(mine.sum(axis=-1), 1)  # one winner, ties too
        np.testing.assert_array_equal((mine * group).sum(axis=-1), a[..., j])


def test_two_lines_and_a_maximum_make_other_activations():
    z = np.linspace(-3, 3, 7)
    pair = np.stack([0 * z, z], axis=-1)
    np.testing.assert_array_equal(act.maxout(pair, 2)[:, 0], act.relu(z))
    pair = np.stack([-z, z], axis=-1)
    np.testing.assert_array_equal(act.maxout(pair, 2)[:, 0], np.abs(z))


@given(seed=st.integers(0, 99), classes=st.integers(1, 6))
def test_softmax_backward_is_the_jacobian_times_the_gradient(seed, classes):
    rng = np.random.default_rng(seed)
    z, g = rng.normal(0, 2, (2, 3, classes))
    p, got = softmax(z), act.softmax_backward(z, g)
    for row in range(3):
        jacobian = np.diag(p[row]) - np.outer(p[row], p[row])
        np.testing.assert_allclose(got[row], jacobian @ g[row], atol=1e-14)
    np.testing.assert_allclose(got.sum(axis=-1), 0, atol=1e-14)
    h = 1e-6
    for j in range(classes):
        step = h * np.eye(classes)[j]
        slope = ((softmax(z + step) - softmax(z - step)) * g).sum(axis=-1) / (2 * h)
        np.testing.assert_allclose(got[:, j], slope, atol=1e-8)


def test_softmax_backward_keeps_float32_and_survives_huge_scores():
    z = np.array([[1e4, -1e4, 1e4]], dtype=np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = act.softmax_backward(z, np.float32([[1, 5, 0]]))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, [[0.25, 0, -0.25]])
