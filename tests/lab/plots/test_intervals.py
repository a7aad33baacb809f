import numpy as np
import pytest
from scipy import stats

from course_utils.lab.plots.intervals import band_name, mean_and_interval

VALUES = np.random.default_rng(0).normal(size=(6, 4)) + np.arange(4)


def test_t_interval_is_scipys():
    mean, low, high = mean_and_interval(VALUES, level=0.9)
    expected = stats.t.interval(
        0.9, df=5, loc=VALUES.mean(axis=0), scale=stats.sem(VALUES, axis=0)
    )
    np.testing.assert_allclose(mean, VALUES.mean(axis=0))
    np.testing.assert_allclose([low, high], expected)


def test_bootstrap_is_close_to_scipys_and_repeats():
    mean, low, high = mean_and_interval(VALUES, band="bootstrap")
    np.testing.assert_allclose(mean, VALUES.mean(axis=0))
    for k in range(4):
        expected = stats.bootstrap(
            (VALUES[:, k],), np.mean, method="percentile", rng=1, n_resamples=5000
        ).confidence_interval
        spread = expected.high - expected.low
        assert abs(low[k] - expected.low) < 0.1 * spread
        assert abs(high[k] - expected.high) < 0.1 * spread
    again = mean_and_interval(VALUES, band="bootstrap")
    np.testing.assert_array_equal([mean, low, high], again)


@pytest.mark.parametrize("band", ["t", "bootstrap"])
def test_values_that_are_not_finite_do_not_count(band):
    holed = np.vstack([VALUES, np.full(4, np.nan), np.full(4, np.inf)])
    np.testing.assert_allclose(
        mean_and_interval(holed, band=band), mean_and_interval(VALUES, band=band)
    )


@pytest.mark.parametrize("band", ["t", "bootstrap"])
def test_one_seed_has_no_interval_and_none_no_mean(band):
    values = [[1.0, 2.0, np.nan], [np.nan, 4.0, np.nan]]
    mean, low, high = mean_and_interval(values, band=band)
    np.testing.assert_array_equal(mean, [1.0, 3.0, np.nan])
    np.testing.assert_array_equal(np.isnan(low), [True, False, True])
    np.testing.assert_array_equal(np.isnan(high), [True, False, True])


def test_the_input_is_not_changed():
    values = np.array([[np.inf, 1.0], [2.0, 3.0]])
    mean_and_interval(values)
    assert values[0, 0] == np.inf


@pytest.mark.parametrize(
    ("values", "settings", "message"),
    [
        ([1.0, 2.0], {}, r"\(seeds, points\), got shape \(2,\)"),
        ([[1.0]], {"band": "sd"}, "band must be one of .* got 'sd'"),
        ([[1.0]], {"level": 95}, r"level must be in \(0, 1\), got 95"),
    ],
)
def test_bad_input(values, settings, message):
    with pytest.raises(ValueError, match=message):
        mean_and_interval(values, **settings)


def test_band_name():
    assert band_name("t", 0.95) == "95 % t interval"
    assert band_name("t", 0.999) == "99.9 % t interval"
