"""Mean-field theory against closed forms, quadrature and real random networks."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from threadpoolctl import threadpool_limits

from course_utils import activations
from course_utils.vanishing_gradients import (
    backward_gain,
    critical_width,
    deep_variance,
    forward_variance,
    gaussian_mean,
    image_share,
    propagate,
    saturated_fraction,
)

variances = st.floats(1e-6, 1e6)
SIGMOID = activations.sigmoid, activations.sigmoid_derivative
TANH = activations.tanh, activations.tanh_derivative
RELU = activations.relu, activations.relu_derivative


def by_quad(g, q):
    """E[g(z)], z ~ N(0, q), by adaptive quadrature over z, in pieces around 0."""

    def integrand(z):
        return g(z) * math.exp(-z * z / (2 * q)) / math.sqrt(2 * math.pi * q)

    inner = [x for x in (1, 4, 15, 40) if x < 10 * math.sqrt(q)]
    outer = [s * math.sqrt(q) for s in (1, 2, 4, 10)]
    edges = [0, *sorted(inner + outer)]
    edges = [-e for e in edges[:0:-1]] + edges
    return sum(
        quad(integrand, a, b, epsabs=1e-14, epsrel=1e-10, limit=200)[0]
        for a, b in itertools.pairwise(edges)
    )


# gaussian_mean


@given(variances)
def test_moments_of_the_normal(q):
    # E z^2k = (2k - 1)!! q^k; catches q in place of sqrt(q), a missing normalization.
    for k, double_factorial in [(1, 1), (2, 3), (3, 15)]:
        moment = gaussian_mean(lambda z, k=k: z ** (2 * k), q)
        assert moment == pytest.approx(double_factorial * q**k, rel=1e-12)
    assert abs(gaussian_mean(lambda z: z**3, q)) < 1e-12 * q**1.5


@given(variances)
def test_the_moments_of_a_relu(q):
    # Half the normal each: q/2 and 1/2; and sqrt(q / 2 pi), where the kink counts.
    assert gaussian_mean(lambda z: activations.relu(z) ** 2, q) == pytest.approx(q / 2)
    slope = gaussian_mean(lambda z: activations.relu_derivative(z) ** 2, q)
    assert slope == pytest.approx(0.5)
    mean = gaussian_mean(activations.relu, q)
    assert mean == pytest.approx(math.sqrt(q / (2 * math.pi)), rel=1e-9)


@given(variances)
def test_the_mean_of_a_sigmoid_is_a_half(q):
    assert gaussian_mean(activations.sigmoid, q) == pytest.approx(0.5, rel=1e-13)


@pytest.mark.parametrize("q", [1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e5, 1e7])
def test_sigmoid_and_tanh_against_adaptive_quadrature(q):
    # The slopes are the hard ones: at q = 1e5 they live on a hundredth of the normal.
    # An even grid, or Gauss-Hermite nodes, fail there.
    cases = [
        (lambda z: activations.sigmoid(z) ** 2, lambda z: expit(z) ** 2),
        (lambda z: SIGMOID[1](z) ** 2, lambda z: (expit(z) * expit(-z)) ** 2),
        (lambda z: TANH[0](z) ** 2, lambda z: math.tanh(z) ** 2),
        (lambda z: TANH[1](z) ** 2, lambda z: (1 - math.tanh(z) ** 2) ** 2),
    ]
    for ours, reference in cases:
        assert gaussian_mean(ours, q) == pytest.approx(by_quad(reference, q), rel=1e-8)


def test_a_cosine_has_a_closed_form():
    # E cos(z) = exp(-q/2): a function with many turns.
    q = np.array([[0.0, 0.5], [4.0, 10.0]])
    np.testing.assert_allclose(gaussian_mean(np.cos, q), np.exp(-q / 2), atol=1e-13)


@pytest.mark.parametrize("q", [-1e-9, np.nan, np.inf, [1.0, -1.0]])
def test_a_variance_that_is_none(q):
    with pytest.raises(ValueError, match="variance must be finite and >= 0, got"):
        gaussian_mean(np.square, q)


# One layer


@given(variances, st.floats(0.01, 10), st.integers(1, 1000))
def test_one_linear_and_one_relu_layer_in_closed_form(q, weight_std, n):
    # Linear: q' = n s^2 q and chi = n s^2; ReLU: half of each. Catches s for s^2.
    gain = n * weight_std**2
    for (f, slope), share in [
        ((activations.linear, activations.linear_derivative), 1.0),
        (RELU, 0.5),
    ]:
        forward = forward_variance(q, f, n, weight_std)
        assert forward == pytest.approx(share * gain * q, rel=1e-12)
        backward = backward_gain(q, slope, n, weight_std)
        assert backward == pytest.approx(share * gain, rel=1e-12)


# Many layers


def test_he_weights_carry_a_relu_network_through_any_depth():
    chain = propagate(
        *RELU, width=64, weight_std=math.sqrt(2 / 64), n_layers=50, first_variance=3.0
    )
    np.testing.assert_allclose(chain.variance, 3.0, rtol=1e-12)
    np.testing.assert_allclose(chain.gradient, 1.0, rtol=1e-12)


def test_linear_layers_grow_as_powers_counted_from_the_right_end():
    # Catches a reversed gradient, an off-by-one in the product, mean square for root.
    f, slope = activations.linear, activations.linear_derivative
    chain = propagate(f, slope, 9, 0.5, 5, 2.0)  # gain 9 * 0.25
    layer = np.arange(5)
    np.testing.assert_allclose(chain.variance, 2.0 * 2.25**layer)
    np.testing.assert_allclose(chain.gain, np.full(4, 2.25))
    np.testing.assert_allclose(chain.gradient, 1.5 ** (4 - layer))


def test_each_gain_is_taken_at_its_own_layers_variance():
    # With a sigmoid the gain depends on q: taken one layer off, this fails.
    chain = propagate(*SIGMOID, 200, 1.0, 4, 30.0)
    for below in range(3):
        q = chain.variance[below]
        assert chain.gain[below] == pytest.approx(
            200 * by_quad(lambda z: (expit(z) * expit(-z)) ** 2, q)
        )
        assert chain.variance[below + 1] == pytest.approx(
            200 * by_quad(lambda z: expit(z) ** 2, q)
        )


def test_a_single_hidden_layer_has_no_gain():
    chain = propagate(*SIGMOID, 10, 1.0, 1, 1.0)
    assert chain.gain.shape == (0,)
    np.testing.assert_array_equal(chain.gradient, [1.0])


def simulate(f, slope, width, weight_std, n_layers, q, n, rng):
    """Mean squares of z and of dLoss/dz, layer by layer, in one random network."""

    def draw(rows, std):  # in float32, which is precise enough here and twice as fast
        return np.float32(std) * rng.standard_normal((rows, width), np.float32)

    z = [draw(n, math.sqrt(q))]
    weights = []
    for _ in range(n_layers - 1):
        weights.append(draw(width, weight_std))
        z.append(f(z[-1]) @ weights[-1])
    gradient = [draw(n, 1.0)]
    for w, below in zip(weights[::-1], z[-2::-1], strict=True):
        gradient.append((gradient[-1] @ w.T) * slope(below))
    return (
        np.array([np.mean(layer**2) for layer in z]),
        np.array([np.mean(layer**2) for layer in gradient[::-1]]),
    )


@pytest.mark.parametrize(
    ("pair", "weight_std"),
    [(SIGMOID, 0.05), (SIGMOID, 0.3), (TANH, 0.06), (RELU, math.sqrt(2 / 400))],
    ids=["sigmoid, scaled", "sigmoid, wide", "tanh", "relu, He"],
)
def test_theory_meets_a_wide_random_network(pair, weight_std):
    # One network strays from the theory by about sqrt(5 / width) a layer (ReLU's
    # fourth moment), whatever the number of examples. Averaged over 32 networks, the
    # mean's standard error is measured, and the bound is 4 of those plus 3 % for the
    # 1 / width corrections of the theory: at most 17 %. A variance taken for a mean
    # square, a forgotten square or a layer off by one are off by more.
    width, n_layers, q = 400, 5, 1.5
    theory = propagate(*pair, width, weight_std, n_layers, q)
    rng = np.random.default_rng(0)
    with threadpool_limits(1, "blas"):  # small matrices: threads only wait
        runs = [
            simulate(*pair, width, weight_std, n_layers, q, 4, rng) for _ in range(32)
        ]
    forward = np.array([run[0] for run in runs]) / theory.variance
    backward = np.array([run[1] / run[1][-1] for run in runs]) / theory.gradient**2
    for ratio in (forward, backward):
        error = ratio.std(axis=0, ddof=1) / math.sqrt(len(runs))
        assert (np.abs(ratio.mean(axis=0) - 1) < 4 * error + 0.03).all(), ratio.mean(0)
        assert (4 * error < 0.14).all()  # or the bound would say nothing


@pytest.mark.parametrize(
    "settings",
    [
        {"n_layers": 0},
        {"width": 0},
        {"weight_std": -0.1},
    ],
)
def test_a_network_that_cannot_be(settings):
    good = {"width": 10, "weight_std": 1.0, "n_layers": 3, "first_variance": 1.0}
    with pytest.raises(ValueError, match="n_layers and width must be >= 1 and"):
        propagate(*SIGMOID, **(good | settings))


def test_a_negative_first_variance():
    with pytest.raises(ValueError, match="variance must be finite and >= 0"):
        propagate(*SIGMOID, 10, 1.0, 3, -1.0)


# The critical width


@pytest.mark.parametrize("pair", [SIGMOID, TANH], ids=["sigmoid", "tanh"])
@pytest.mark.parametrize("width", [5, 100, 3000])
def test_deep_layers_settle_at_a_fixed_point(pair, width):
    q = deep_variance(pair[0], width, 0.8)
    again = forward_variance(q, pair[0], width, 0.8)
    assert q > 0
    assert again == pytest.approx(q, rel=1e-9)


def test_a_variance_without_bounds_is_an_error():
    with pytest.raises(ValueError, match="variance must be finite"):
        deep_variance(RELU[0], 100, 1.0)


def test_the_critical_width_of_the_sigmoid():
    # Found again from scratch: adaptive quadrature, and a root of q for each width.
    width = critical_width(*SIGMOID)

    def settled(n):
        return brentq(
            lambda q: n * by_quad(lambda z: expit(z) ** 2, q) - q, 0.01 * n, n
        )

    def excess(n):
        slope = by_quad(lambda z: (expit(z) * expit(-z)) ** 2, settled(n))
        return n * slope - 1

    assert width == pytest.approx(brentq(excess, 50, 200, rtol=1e-7), rel=2e-6)
    assert width == pytest.approx(103.007, abs=0.001)
    # The step approximation of the docstring, 36 pi, is 10 % above.
    assert 36 * math.pi == pytest.approx(113.1, abs=0.05)
    assert 0.90 < width / (36 * math.pi) < 0.92


@pytest.mark.parametrize("weight_std", [0.3, 1.0, 3.0, 10.0])
def test_chi_is_one_at_it_and_it_goes_as_one_over_the_variance(weight_std):
    # n and s enter as n s^2 alone, so the width is 103.007 / s^2 whatever s.
    width = critical_width(*SIGMOID, weight_std=weight_std, narrowest=0.01)
    q = deep_variance(SIGMOID[0], width, weight_std)
    chi = backward_gain(q, SIGMOID[1], width, weight_std)
    assert chi == pytest.approx(1, abs=1e-6)
    assert width * weight_std**2 == pytest.approx(103.0075, rel=1e-5)


def test_narrower_vanishes_and_wider_explodes():
    for width, grows in [(50, False), (200, True)]:
        assert (propagate(*SIGMOID, width, 1.0, 20, 30.0).gradient[0] > 1) == grows


def test_no_critical_width_in_the_range():
    with pytest.raises(ValueError, match=r"chi must cross 1 between the widths 1 and"):
        critical_width(*SIGMOID, widest=50.0)
    with pytest.raises(ValueError, match="chi must cross 1"):
        critical_width(*SIGMOID, narrowest=200.0)
    with pytest.raises(ValueError, match="variance must be finite"):
        critical_width(*RELU)


@pytest.mark.parametrize("weight_std", [0.0, -1.0, math.nan])
def test_the_critical_width_needs_weights(weight_std):
    with pytest.raises(ValueError, match="weight_std must be > 0, got"):
        critical_width(*SIGMOID, weight_std=weight_std)


# Saturation, and what is left of the images


@pytest.mark.parametrize("threshold", [0.01, 0.05, 0.5])
@pytest.mark.parametrize("pair", [SIGMOID, TANH], ids=["sigmoid", "tanh"])
def test_saturated_fraction_against_the_solved_inequality(pair, threshold):
    # sigmoid: 4 a (1 - a) < t where |z| > 2 artanh(sqrt(1 - t)); tanh at half of that.
    edge = math.atanh(math.sqrt(1 - threshold)) * (2 if pair is SIGMOID else 1)
    z = np.random.default_rng(0).normal(0, 4, (50, 40))
    expected = np.mean(np.abs(z) > edge)
    assert 0.05 < expected < 0.95
    assert saturated_fraction(z, pair[1], threshold) == expected


def test_the_docstrings_4_36():
    edge = 2 * math.atanh(math.sqrt(1 - 0.05))
    assert edge == pytest.approx(4.36, abs=0.005)
    assert saturated_fraction(np.array([edge - 1e-6]), SIGMOID[1]) == 0
    assert saturated_fraction(np.array([edge + 1e-6]), SIGMOID[1]) == 1


def test_relu_is_saturated_where_it_is_off_and_linear_nowhere():
    z = np.array([[-3.0, -1e-9, 1e-9, 5.0]])
    assert saturated_fraction(z, RELU[1]) == 0.5
    assert saturated_fraction(1e4 * z, activations.linear_derivative) == 0


@pytest.mark.parametrize("threshold", [0, 1, -0.1, math.nan])
def test_a_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match=r"threshold must be in \(0, 1\), got"):
        saturated_fraction(np.ones(3), SIGMOID[1], threshold)


def test_no_pre_activations_at_all():
    with pytest.raises(ValueError, match="z must hold at least one"):
        saturated_fraction(np.ones((0, 3)), SIGMOID[1])


def test_image_share_splits_the_mean_square_exactly():
    # Shared part a, own part of variance v: v / (a^2 + v); units of different size.
    own = np.array([[1.0, -1.0, 1.0, -1.0], [2.0, 2.0, -2.0, -2.0]]).T
    shared = np.array([3.0, 0.0])
    expected = (1 + 4) / (1 + 4 + 9)
    assert image_share(own + shared) == pytest.approx(expected)
    assert image_share(100 * (own + shared)) == pytest.approx(expected)
    assert image_share(own) == pytest.approx(1)
    assert image_share(np.tile(shared, (5, 1))) == 0
    assert image_share(np.zeros((4, 3))) == 0


@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 3, 4)])
def test_image_share_needs_images_and_units(shape):
    with pytest.raises(ValueError, match="z must have shape"):
        image_share(np.ones(shape))
