"""Initializers: variance, bounds, shape of the distribution, fans.

Every statistical threshold below is met by a right implementation with probability
above 1 - 1e-6, and random numbers are seeded, so a pass is a pass for ever.

Keras' own initializers are met in `tests/keras_parity`.
"""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course_utils import initialization
from course_utils.initialization import (
    INITIALIZERS,
    TRUNCATED_STD,
    fans,
    get,
    normal,
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
    assert sorted(INITIALIZERS) == sorted(PAPERS)


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


ALL = {**INITIALIZERS, "normal": normal(0.5)}


@pytest.mark.parametrize("name", ALL)
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
