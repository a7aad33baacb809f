"""Initializers: variance, bounds, shape of the distribution, fans.

Every statistical threshold below is met by a right implementation with probability
above 1 - 1e-6, and random numbers are seeded, so a pass is a pass for ever.

Keras' own initializers are met in `tests/keras_parity`.
"""

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course_utils import initialization
from course_utils.initialization import (
    INITIALIZERS,
    TRUNCATED_STD,
    backward_gain,
    constant,
    fans,
    forward_gain,
    get,
    identity_like,
    layer_sequential_unit_variance,
    normal,
    orthogonal,
    scale_for,
    variance_scaling,
)

#: Standard errors that a normal variable exceeds, in either direction, once in 2e7.
SIGMAS = 5.4
SHAPE = (300, 200)
SIZE = math.prod(SHAPE)

#: name: (variance, distribution), written from the papers, for SHAPE.
PAPERS = {
    "glorot_uniform": (2 / (300 + 200), "uniform"),
    "glorot_normal": (2 / (300 + 200), "truncated"),
    "he_uniform": (2 / 300, "uniform"),
    "he_normal": (2 / 300, "truncated"),
    "lecun_uniform": (1 / 300, "uniform"),
    "lecun_normal": (1 / 300, "truncated"),
    "glorot_2010_standard": (1 / (3 * 300), "uniform"),
}
PARENT = {
    "uniform": stats.uniform(-1, 2),
    "truncated": stats.truncnorm(-2, 2),
    "normal": stats.norm(),
}


def assert_drawn_from(weights, variance, kind):
    """Mean, variance and the whole distribution, at a false-alarm rate below 1e-6."""
    parent, w = PARENT[kind], weights.ravel()
    n, std = w.size, math.sqrt(variance)
    kurtosis = parent.stats(moments="k") + 3
    assert abs(w.mean()) < SIGMAS * std / math.sqrt(n)
    error_of_variance = variance * math.sqrt((kurtosis - 1) / n)
    assert abs(w.var() - variance) < SIGMAS * error_of_variance
    # Kolmogorov and Smirnov see a wrong shape that has the right variance.
    assert stats.kstest(w / std * parent.std(), parent.cdf).pvalue > 1e-7


def test_the_thresholds_are_as_rare_as_they_say():
    assert 2 * stats.norm.sf(SIGMAS) < 1e-7
    # And sharp enough: fan_in in place of fan_avg is 20 % of the variance off.
    assert SIGMAS * math.sqrt(2 / SIZE) < 0.04


def test_every_scheme_is_in_the_table_above():
    assert sorted(INITIALIZERS) == sorted([*PAPERS, "orthogonal", "identity_like"])


@pytest.mark.parametrize("name", PAPERS)
def test_variance_and_distribution_of_each_scheme(name):
    # Catches a wrong scale, the wrong fan, sqrt(3) forgotten, uniform for normal.
    variance, kind = PAPERS[name]
    weights = get(name)(SHAPE, np.random.default_rng(0))
    assert weights.shape == SHAPE
    assert weights.dtype == np.float64
    assert_drawn_from(weights, variance, kind)


@pytest.mark.parametrize("name", PAPERS)
def test_bounds_are_hard_and_reached(name):
    # Uniform: sqrt(3) standard deviations. Truncated: two of the parent's. Within 1 %
    # of the bound lies 0.5 % of a uniform draw and 0.1 % of a truncated one, so that
    # 60,000 draws miss it with probability below exp(-60).
    variance, kind = PAPERS[name]
    std = math.sqrt(variance)
    bound = math.sqrt(3) * std if kind == "uniform" else 2 * std / PARENT[kind].std()
    largest = np.abs(get(name)(SHAPE, np.random.default_rng(1))).max()
    assert 0.99 * bound < largest <= bound


def test_the_glorot_2010_standard_is_bounded_by_one_over_root_n():
    # The form in which the paper's equation 1 states it.
    w = INITIALIZERS["glorot_2010_standard"](SHAPE, np.random.default_rng(2))
    assert 0.99 / math.sqrt(300) < np.abs(w).max() <= 1 / math.sqrt(300)


def test_the_cost_of_truncation_is_a_constant_of_nature():
    assert stats.truncnorm(-2, 2).std() == pytest.approx(TRUNCATED_STD, rel=1e-14)


@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
@pytest.mark.parametrize(
    ("distribution", "kind"),
    [
        ("uniform", "uniform"),
        ("truncated_normal", "truncated"),
        ("untruncated_normal", "normal"),
    ],
)
def test_variance_scaling_of_a_convolution(mode, distribution, kind):
    # fan_in 3*3*20 = 180, fan_out 3*3*40 = 360; catches fans of the last axes only.
    count = {"fan_in": 180, "fan_out": 360, "fan_avg": 270}[mode]
    rng = np.random.default_rng(3)
    w = variance_scaling((3, 3, 20, 40), rng, 1.7, mode, distribution)
    assert_drawn_from(w, 1.7 / count, kind)


@pytest.mark.parametrize("std", [0.01, 1.0, 3.0])
def test_normal_does_not_care_about_fans(std):
    w = normal(std)((30, 2000), np.random.default_rng(4))
    assert_drawn_from(w, std**2, "normal")


def test_normal_with_std_zero_is_all_zeros():
    assert not normal(0.0)((3, 3), np.random.default_rng(0)).any()


@given(
    st.lists(st.integers(1, 6), max_size=3),
    st.integers(1, 50),
    st.integers(1, 50),
)
def test_fans_count_what_a_unit_sees(window, channels_in, channels_out):
    # Counted rather than multiplied: the entries of the kernel that meet one output.
    kernel = np.zeros((*window, channels_in, channels_out))
    assert fans(kernel.shape) == (kernel[..., 0].size, kernel[..., 0, :].size)


@pytest.mark.parametrize("shape", [(), (5,), (0, 3), (3, 0), (0, 3, 3), (-1, 2)])
def test_a_shape_that_is_no_kernel(shape):
    with pytest.raises(ValueError, match=r"shape must be .*got"):
        fans(shape)
    with pytest.raises(ValueError, match=r"shape must be .*got"):
        variance_scaling(shape, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"scale": 0}, "scale must be > 0, got 0"),
        ({"scale": -1.0}, "scale must be > 0, got -1.0"),
        ({"scale": float("nan")}, "scale must be > 0, got nan"),
        ({"mode": "fan"}, "mode must be one of fan_in, .*got 'fan'"),
        ({"distribution": "normal"}, "distribution must be one of .*got 'normal'"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        variance_scaling((2, 2), np.random.default_rng(0), **settings)


@pytest.mark.parametrize("std", [-1.0, float("nan")])
def test_normal_refuses_a_std_that_is_none(std):
    with pytest.raises(ValueError, match="std must be >= 0, got"):
        normal(std)


ALL = {**INITIALIZERS, "normal": normal(0.5), "constant": constant(0.5)}


@pytest.mark.parametrize("name", sorted(set(ALL) - {"identity_like", "constant"}))
def test_the_generator_alone_decides(name):
    # Catches a draw from the global generator, and a seed fixed inside.
    draw = ALL[name]
    np.random.seed(0)  # noqa: NPY002 - the global generator must not matter
    first = draw((40, 30), np.random.default_rng(7))
    np.random.seed(1)  # noqa: NPY002
    np.testing.assert_array_equal(first, draw((40, 30), np.random.default_rng(7)))
    assert (first != draw((40, 30), np.random.default_rng(8))).mean() > 0.99
    rng = np.random.default_rng(7)
    draw((40, 30), rng)
    assert (first != draw((40, 30), rng)).mean() > 0.99


@pytest.mark.parametrize("name", ALL)
def test_initializers_can_be_sent_to_another_process(name):
    # A function inside a function would fail here.
    again = pickle.loads(pickle.dumps(ALL[name]))
    np.testing.assert_array_equal(
        again((3, 4), np.random.default_rng(0)),
        ALL[name]((3, 4), np.random.default_rng(0)),
    )


def test_get_by_name_or_function():
    assert get("he_normal") is initialization.he_normal
    own = normal(2.0)
    assert get(own) is own
    with pytest.raises(ValueError, match=r"must be one of .*got 'he'"):
        get("he")


# Orthogonal and identity


KERNELS = [(1, 1), (7, 7), (9, 4), (4, 9), (3, 3, 4, 20), (2, 3, 2, 50), (5, 2, 3)]


@pytest.mark.parametrize("shape", KERNELS)
@pytest.mark.parametrize("gain", [1.0, 0.3, 2.5])
def test_orthogonal_has_one_singular_value(shape, gain):
    # Catches gain squared, a transposed kernel, rows made orthogonal for columns.
    w = orthogonal(shape, np.random.default_rng(5), gain)
    assert w.shape == shape
    assert w.dtype == np.float64
    singular = np.linalg.svd(w.reshape(-1, shape[-1]), compute_uv=False)
    np.testing.assert_allclose(singular, gain, rtol=1e-12)


def test_orthogonal_is_uniform_over_rotations():
    # Uniform over rotations and reflections of the plane (Haar): the first column's
    # angle is uniform, the determinant is +1 or -1 at even odds, and independent.
    rng = np.random.default_rng(6)
    turns = np.array([orthogonal((2, 2), rng) for _ in range(4000)])
    angle = np.arctan2(turns[:, 1, 0], turns[:, 0, 0])
    assert stats.kstest(angle, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-7
    mirrored = np.linalg.det(turns) < 0
    assert abs(mirrored.mean() - 0.5) < SIGMAS * 0.5 / math.sqrt(4000)
    assert stats.ks_2samp(angle[mirrored], angle[~mirrored]).pvalue > 1e-7


def test_orthogonal_needs_the_signs_of_r():
    # The same numbers without them: LAPACK's first column never points up.
    rng = np.random.default_rng(6)
    raw = np.array([np.linalg.qr(rng.standard_normal((2, 2)))[0] for _ in range(200)])
    assert (raw[:, 0, 0] <= 0).all()


@pytest.mark.parametrize("shape", [(20, 20), (30, 10)])
def test_orthogonal_keeps_lengths(shape):
    # A tall kernel keeps the length of what goes back through it, a square one both.
    w = orthogonal(shape, np.random.default_rng(7))
    delta = np.random.default_rng(8).normal(size=(5, shape[1]))
    np.testing.assert_allclose(
        np.linalg.norm(delta @ w.T, axis=1), np.linalg.norm(delta, axis=1)
    )


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_identity_of_a_dense_kernel(shape):
    x = np.random.default_rng(0).normal(size=(6, shape[0]))
    out = x @ identity_like(shape, np.random.default_rng(0), gain=3.0)
    common = min(shape)
    np.testing.assert_array_equal(out[:, :common], 3 * x[:, :common])
    assert not out[:, common:].any()


@pytest.mark.parametrize("window", [(1,), (3,), (4,), (3, 5), (2, 3)])
def test_identity_of_a_convolution_is_one_matrix_in_the_middle(window):
    kernel = identity_like((*window, 3, 3), np.random.default_rng(0), gain=2.0)
    # As "same" padding counts: of an even window, the position before the middle.
    middle = tuple((n - 1) // 2 for n in window)
    np.testing.assert_array_equal(kernel[middle], 2 * np.eye(3))
    assert np.count_nonzero(kernel) == 3


@pytest.mark.parametrize("draw", [orthogonal, identity_like])
def test_gains_and_shapes_out_of_range(draw):
    rng = np.random.default_rng(0)
    for gain in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(
            ValueError, match=f"gain must be > 0 and finite, got {gain}"
        ):
            draw((3, 3), rng, gain)
    for shape in [(), (5,), (0, 3)]:
        with pytest.raises(ValueError, match=r"shape must be .*got"):
            draw(shape, rng)


def test_constant_fills():
    kernel = constant(-0.25)((2, 3), np.random.default_rng(0))
    np.testing.assert_array_equal(kernel, np.full((2, 3), -0.25))
    assert constant(1)((2, 2), np.random.default_rng(0)).dtype == np.float64
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"value must be finite, got {value}"):
            constant(value)


# Gains and scales


def relu(z):
    return np.maximum(z, 0)


def leaky(alpha):
    return lambda z: np.where(z > 0, z, alpha * z)


@given(st.floats(0, 3), st.floats(0.01, 100))
def test_leaky_relu_has_the_papers_scale_at_any_variance(alpha, variance):
    # He et al. 2015, equation 15. Catches E[f^2] without its division by q.
    expected = (1 + alpha**2) / 2
    slope = lambda z: np.where(z > 0, 1.0, alpha)  # noqa: E731
    assert forward_gain(leaky(alpha), variance) == pytest.approx(expected, rel=1e-9)
    assert backward_gain(slope, variance) == pytest.approx(expected, rel=1e-9)
    assert scale_for(leaky(alpha), variance) == pytest.approx(1 / expected, rel=1e-9)


@given(st.floats(0.01, 30))
def test_gains_of_sine_have_a_closed_form(variance):
    # E[cos(2z)] = exp(-2q), so E[sin^2] = (1 - e)/2 and E[cos^2] = (1 + e)/2.
    e = math.exp(-2 * variance)
    forward = (1 - e) / 2 / variance
    assert forward_gain(np.sin, variance) == pytest.approx(forward, rel=1e-8)
    assert backward_gain(np.cos, variance) == pytest.approx((1 + e) / 2, rel=1e-8)
    assert scale_for(np.sin, variance) == pytest.approx(1 / forward, rel=1e-8)


def test_gains_of_tanh_against_adaptive_quadrature():
    def mean(g, q):
        return stats.norm(scale=math.sqrt(q)).expect(g)

    for q in (0.1, 1.0, 7.0):
        forward = mean(lambda z: math.tanh(z) ** 2, q) / q
        backward = mean(lambda z: (1 - math.tanh(z) ** 2) ** 2, q)
        slope = lambda z: 1 - np.tanh(z) ** 2  # noqa: E731
        assert forward_gain(np.tanh, q) == pytest.approx(forward, rel=1e-6)
        assert backward_gain(slope, q) == pytest.approx(backward, rel=1e-6)


def test_gains_take_arrays_of_variances():
    q = np.array([[0.5, 1.0], [2.0, 4.0]])
    for gain in (forward_gain, backward_gain, scale_for):
        expected = [[gain(np.tanh, v) for v in row] for row in q]
        np.testing.assert_allclose(gain(np.tanh, q), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "f", [np.tanh, relu, leaky(0.3)], ids=["tanh", "relu", "leaky"]
)
@pytest.mark.parametrize("q", [0.5, 1.0])
def test_the_scale_keeps_the_variance_of_a_random_layer(f, q):
    # What units have in common (ReLU's positive mean) makes each of the 20,000 outputs
    # at worst one chi-square draw; f(z)^2 of 40,000 inputs varies by sqrt(5) of itself.
    # Together 1.6 %, of which 0.09 is 5.7. Catches a scale of 1 and a missing square.
    rng = np.random.default_rng(9)
    z = rng.normal(scale=math.sqrt(q), size=(100, 400))
    w = variance_scaling((400, 20_000), rng, scale=float(scale_for(f, q)))
    assert np.mean((f(z) @ w) ** 2) == pytest.approx(q, rel=0.09)


def test_gains_out_of_range():
    for q in (0.0, -1.0, float("nan"), float("inf"), [1.0, 0.0]):
        with pytest.raises(ValueError, match="variance must be finite and > 0, got"):
            forward_gain(np.tanh, q)
        with pytest.raises(ValueError, match="variance must be finite and > 0, got"):
            scale_for(np.tanh, q)
    assert backward_gain(np.cos, 0.0) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="variance must be finite and >= 0, got"):
        backward_gain(np.cos, -1.0)
    with pytest.raises(ValueError, match="f must let something through"):
        scale_for(np.zeros_like)


# Layer-sequential unit variance


def stack(sizes, scale, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [
        (scale * rng.standard_normal(shape)).astype(dtype) for shape in pairwise(sizes)
    ]


def variances(weights, f, x):
    found = []
    for w in weights:
        z = x @ w
        found.append(float(np.var(z, dtype=float)))
        x = f(z)
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-25, 0.1, 30.0])
@pytest.mark.parametrize("f", [np.tanh, relu], ids=["tanh", "relu"])
def test_lsuv_gives_every_layer_unit_variance(f, scale, dtype):
    weights = stack([20, 50, 30, 40, 10], scale, dtype=dtype)
    kept = [w.copy() for w in weights]
    # Images are no N(0, 1): a mean far from zero, and few of them.
    x = np.random.default_rng(1).gamma(2.0, size=(64, 20)).astype(dtype)
    rescaled = layer_sequential_unit_variance(weights, f, x)
    np.testing.assert_allclose(variances(rescaled, f, x), 1, rtol=0.01)
    for new, old, before in zip(rescaled, weights, kept, strict=True):
        assert new.dtype == dtype
        np.testing.assert_array_equal(old, before)
        # One factor a layer, so that orthogonal weights stay orthogonal.
        size, old_size = new.std(dtype=float), before.std(dtype=float)
        np.testing.assert_allclose(new / size, before / old_size, rtol=1e-4)


def test_lsuv_leaves_what_is_within_tolerance():
    x = np.random.default_rng(2).normal(size=(100, 8))
    (w,) = layer_sequential_unit_variance(stack([8, 8], 1.0), np.tanh, x)
    (again,) = layer_sequential_unit_variance([1.02 * w], np.tanh, x, tolerance=0.1)
    np.testing.assert_array_equal(again, 1.02 * w)
    (kept,) = layer_sequential_unit_variance([w], np.tanh, x)
    assert not np.shares_memory(kept, w)
    (finer,) = layer_sequential_unit_variance([1.02 * w], np.tanh, x, tolerance=0.01)
    np.testing.assert_allclose(finer, w)


def test_lsuv_is_of_the_variance_not_of_the_mean_square():
    x = 5 + np.random.default_rng(3).normal(size=(100, 8))
    (w,) = layer_sequential_unit_variance([np.ones((8, 3))], np.tanh, x)
    assert np.var(x @ w) == pytest.approx(1)
    assert np.mean((x @ w) ** 2) > 50


@pytest.mark.parametrize("f", [np.tanh, relu], ids=["tanh", "relu"])
def test_lsuv_agrees_with_the_scale_that_theory_asks_for(f):
    # Measured and calculated weights are the same. The 4,000 outputs are at worst one
    # chi-square draw each, so their variance has an error of 2.2 %, and 0.13 is 5.8.
    x = np.random.default_rng(4).normal(size=(500, 400))
    _, w = layer_sequential_unit_variance(stack([400, 400, 4000], 0.02), f, x)
    assert 400 * w.var() == pytest.approx(float(scale_for(f)), rel=0.13)


def test_lsuv_refuses():
    x, good = np.ones((4, 3)) * np.arange(4)[:, None], np.ones((3, 2))

    def run(weights=(good,), batch=x, **settings):
        return layer_sequential_unit_variance(list(weights), np.tanh, batch, **settings)

    with pytest.raises(ValueError, match=r"tolerance must be > 0 and max_iter.*got 0 "):
        run(tolerance=0)
    with pytest.raises(ValueError, match=r"max_iterations >= 1, got 0\.01 and 0"):
        run(max_iterations=0)
    with pytest.raises(ValueError, match=r"of layer 2 must have shape .*\(3, 2\) and"):
        run([good, good])
    with pytest.raises(ValueError, match="of layer 1 must have shape"):
        run([np.ones(3)])
    with pytest.raises(ValueError, match="of layer 1 must have shape"):
        run(batch=np.ones(3))
    with pytest.raises(ValueError, match=r"of layer 1 must vary .*got variance 0.0"):
        run([0 * good])
    with pytest.raises(ValueError, match="of layer 1 must vary"):
        run(batch=np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"layer 2 must vary .*got variance nan"):
        run([good, np.full((2, 2), np.nan)])
