"""Schedules: their values at the steps that matter, shapes, and the noisy bowl."""

import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import learning_rate_schedules as lrs
from course_utils.learning_rate_schedules.range_test import smooth

T = np.arange(0, 401)
FALLING = {
    "power": partial(lrs.power, learning_rate=0.1, s=50),
    "steep power": partial(lrs.power, learning_rate=0.1, s=50, c=2.5),
    "inverse time": partial(lrs.inverse_time, learning_rate=0.1, k=0.02),
    "exponential": partial(lrs.exponential, learning_rate=0.1, s=150),
    "piecewise": partial(
        lrs.piecewise_constant, boundaries=[100, 250], values=[0.1, 0.03, 0.02]
    ),
    "step decay": partial(lrs.step_decay, learning_rate=0.1, every=100),
    "linear": partial(lrs.linear, learning_rate=0.1, n_steps=300, end=0.01),
    "cosine": partial(lrs.cosine, learning_rate=0.1, n_steps=300, end=0.01),
}
RISING = {
    "warmup": partial(lrs.warmup, schedule=FALLING["cosine"], n_warmup=40),
    "no warmup": partial(lrs.warmup, schedule=FALLING["cosine"], n_warmup=0),
    "performance": lrs.Performance(0.1),
}
ALL = FALLING | RISING
each = pytest.mark.parametrize("schedule", ALL.values(), ids=ALL.keys())


# What every schedule promises


@each
def test_an_array_of_steps_is_its_steps_one_by_one(schedule):
    rates = schedule(T)
    assert rates.shape == T.shape
    assert rates.dtype == np.float64
    alone = [schedule(int(t)) for t in T]
    assert all(type(rate) is float for rate in alone)
    np.testing.assert_array_equal(rates, alone)


@each
def test_it_travels_to_another_process(schedule):
    again = pickle.loads(pickle.dumps(schedule))
    np.testing.assert_array_equal(again(T), schedule(T))


@each
def test_no_step_is_before_the_first(schedule):
    with pytest.raises(ValueError, match="step must be >= 0, got"):
        schedule(-1)
    with pytest.raises(ValueError, match="step must be >= 0, got"):
        schedule(np.array([3, -1]))


@pytest.mark.parametrize("schedule", FALLING.values(), ids=FALLING.keys())
def test_it_begins_at_its_rate_and_never_rises(schedule):
    rates = schedule(T)
    assert rates[0] == pytest.approx(0.1, rel=1e-12)
    assert (np.diff(rates) <= 1e-16).all()
    assert rates[-1] < 0.05


# Their formulas


def test_power_is_a_half_a_third_a_quarter():
    rates = lrs.power(np.array([0, 20, 40, 60]), 1.2, s=20)
    np.testing.assert_allclose(rates, [1.2, 0.6, 0.4, 0.3])
    assert lrs.power(60, 1.6, s=20, c=2) == pytest.approx(0.1)


def test_inverse_time_is_power_by_another_name():
    ours = lrs.inverse_time(T, 0.1, k=1 / 64)
    np.testing.assert_array_equal(ours, lrs.power(T, 0.1, s=64))


def test_exponential_loses_the_same_share_in_every_stretch():
    rates = lrs.exponential(T, 0.1, s=80, rate=0.25)
    np.testing.assert_allclose(rates[80:], rates[:-80] / 4)
    e = lrs.exponential(T, 0.1, s=50, rate=1 / np.e)
    np.testing.assert_allclose(e, 0.1 * np.exp(-T / 50))


def test_a_boundary_belongs_to_the_stretch_before_it():
    rates = lrs.piecewise_constant(T, [10, 30], [0.5, 0.2, 0.1])
    np.testing.assert_array_equal(np.flatnonzero(np.diff(rates)), [10, 30])
    assert rates[[0, 10, 11, 30, 31]].tolist() == [0.5, 0.5, 0.2, 0.2, 0.1]
    assert lrs.piecewise_constant(7, [], [0.5]) == 0.5


def test_step_decay_drops_at_the_first_step_of_each_stretch():
    rates = lrs.step_decay(T, 1.0, every=100, factor=0.1)
    levels = 0.1 ** np.array([0, 1, 2, 3])
    np.testing.assert_allclose(rates[:400], np.repeat(levels, 100))


@pytest.mark.parametrize("schedule", [lrs.linear, lrs.cosine])
def test_the_end_is_reached_and_kept(schedule):
    rates = schedule(T, 0.1, n_steps=200, end=0.02)
    np.testing.assert_allclose(rates[200:], 0.02)
    assert rates[199] > 0.02
    assert rates[100] == pytest.approx(0.06)
    quarter = {lrs.linear: 0.08, lrs.cosine: 0.06 + 0.04 * np.sqrt(0.5)}
    assert rates[50] == pytest.approx(quarter[schedule])


def test_warmup_rises_along_a_line_and_then_lets_the_schedule_begin():
    after = FALLING["exponential"]
    rates = lrs.warmup(T, after, 40, start=0.02)
    np.testing.assert_allclose(rates[:41], np.linspace(0.02, 0.1, 41))
    np.testing.assert_array_equal(rates[40:], after(T[:-40]))


def test_warmup_hands_settings_on():
    whole = lrs.warmup(T, lrs.power, 10, learning_rate=0.3, s=70)
    np.testing.assert_array_equal(whole[10:], lrs.power(T[:-10], 0.3, 70))


def test_one_cycle_goes_up_down_and_out():
    now = lrs.one_cycle(T, 0.5, n_steps=400)
    rates, momenta = now["learning_rate"], now["momentum"]
    np.testing.assert_allclose(rates[:181], np.linspace(0.05, 0.5, 181))
    np.testing.assert_allclose(rates[180:361], np.linspace(0.5, 0.05, 181))
    np.testing.assert_allclose(rates[360:], np.linspace(0.05, 5e-5, 41))
    np.testing.assert_allclose(momenta[:181], np.linspace(0.95, 0.85, 181))
    np.testing.assert_allclose(momenta[180:361], np.linspace(0.85, 0.95, 181))
    np.testing.assert_allclose(momenta[360:], 0.95)
    alone = [lrs.one_cycle(int(t), 0.5, n_steps=400) for t in T]
    assert [one["learning_rate"] for one in alone] == rates.tolist()
    assert [one["momentum"] for one in alone] == momenta.tolist()
    assert type(alone[0]["momentum"]) is float


def test_one_cycle_takes_its_corners_from_its_settings():
    shape = {"start": 0.1, "end": 0.0, "last": 0.0, "momentum": (0.9, 0.5)}
    now = lrs.one_cycle(np.array([0, 50, 100, 200]), 0.5, 100, **shape)
    np.testing.assert_allclose(now["learning_rate"], [0.1, 0.5, 0.0, 0.0])
    np.testing.assert_allclose(now["momentum"], [0.9, 0.5, 0.9, 0.9])
    now = lrs.one_cycle(0, 0.5, 100, momentum=None)
    assert list(now) == ["learning_rate"]


# Performance


def rates_of(losses, **settings):
    plateau = lrs.Performance(1.0, **settings)
    for loss in losses:
        plateau.observe(loss)
    return [*plateau.rates, plateau.rate]


@pytest.mark.parametrize(
    ("losses", "settings", "expected"),
    [
        ([5, 4, 4, 4, 4], {"patience": 2}, [1, 1, 1, 1, 0.5, 0.5]),
        ([5, 4, 3, 2], {"patience": 1}, [1, 1, 1, 1, 1]),
        # An improvement of less than min_delta is none.
        ([5, 4.9, 4.8], {"patience": 1, "min_delta": 0.15}, [1, 1, 0.5, 0.5]),
        # The best counts, not the last one.
        ([5, 9, 8, 7], {"patience": 3}, [1, 1, 1, 1, 0.5]),
        # After a drop the count begins anew: without cooldown, and with.
        ([5, 5, 5, 5, 5], {"patience": 1}, [1, 1, 0.5, 0.25, 0.125, 0.0625]),
        (
            [5, 5, 5, 5, 5],
            {"patience": 1, "cooldown": 2},
            [1, 1, 0.5, 0.5, 0.25, 0.25],
        ),
        ([5, 5, 5, 5], {"patience": 1, "smallest": 0.4}, [1, 1, 0.5, 0.4, 0.4]),
        ([np.nan, 5, np.nan], {"patience": 1}, [1, 1, 1, 0.5]),
    ],
)
def test_performance_waits_as_long_as_it_says(losses, settings, expected):
    assert rates_of(losses, **settings) == expected


def test_performance_can_forget():
    plateau = lrs.Performance(1.0, patience=1)
    for _ in range(3):
        plateau.observe(5)
    plateau.reset()
    plateau.observe(9)
    assert (plateau.rate, plateau.best, plateau.rates) == (1.0, 9, [1.0])


# Counting


@given(n=st.integers(1, 500), batch=st.integers(1, 70), epochs=st.integers(1, 4))
def test_steps_are_what_a_loop_takes(n, batch, epochs):
    taken = sum(len(range(0, n, batch)) for _ in range(epochs))
    assert epochs * lrs.steps_per_epoch(n, batch) == taken


def test_by_epoch_changes_between_epochs_only():
    schedule = lrs.by_epoch(partial(lrs.exponential, learning_rate=1.0, s=1), steps=5)
    rates = [pickle.loads(pickle.dumps(schedule))(step) for step in range(15)]
    np.testing.assert_allclose(rates, np.repeat([1, 0.1, 0.01], 5))


# The range test


def quadratic(rate):
    """Lowest at 0.1 on a log axis."""
    return 1 + (np.log10(rate) + 1) ** 2


def test_it_tries_each_rate_once_and_both_rules_find_their_place():
    tried = []
    seen = lrs.lr_range_test(
        lambda rate: tried.append(rate) or quadratic(rate), 1e-3, 10, 41, give_up=99
    )
    np.testing.assert_allclose(tried, np.logspace(-3, 1, 41))
    np.testing.assert_array_equal(seen.rates, tried)
    assert seen.suggestion(smoothing=0) == pytest.approx(0.01)
    # A parabola falls fastest at its left end; the first 4 of 41 steps do not count.
    expected = 0.001 * 10**0.4
    assert seen.suggestion("steepest", smoothing=0) == pytest.approx(expected)


def test_steepest_is_looked_for_before_the_minimum():
    losses = [3, 2.9, 1, 1, 0.9, 2, 5, 0.95]
    seen = lrs.RangeTest(np.logspace(-4, 3, 8), losses)
    assert seen.suggestion("steepest", smoothing=0) == pytest.approx(1e-3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9])
def test_it_ends_when_the_loss_explodes(bad):
    losses = iter([2.0, 1.0, 1.5, 3.9, bad, 1.0])
    seen = lrs.lr_range_test(lambda rate: next(losses), 0.1, 1, 6)
    assert next(losses) == 1.0
    assert len(seen.losses) == 4 + bool(np.isfinite(bad))


@settings(max_examples=20)
@given(beta=st.floats(0, 0.99), level=st.floats(-5, 5))
def test_smoothing_leaves_a_constant_alone(beta, level):
    np.testing.assert_allclose(smooth(np.full(9, level), beta), level, atol=1e-12)


def test_smoothing_weighs_the_past_by_its_age():
    row, beta = np.array([1.0, 5.0, 2.0, 8.0]), 0.7
    weights = beta ** np.array([3, 2, 1, 0])
    assert smooth(row, beta)[-1] == pytest.approx(weights @ row / weights.sum())


# The noisy bowl


@pytest.mark.parametrize("bowl", [{}, {"curvature": 3.0, "noise": 0.5, "start": -2}])
@pytest.mark.parametrize("schedule", ["power", "cosine", "step decay"])
def test_the_expected_loss_is_the_mean_of_many_walks(bowl, schedule):
    rates = FALLING[schedule](np.arange(120)) * 3
    walks = lrs.descend(rates, np.random.default_rng(0), n_runs=4000, **bowl)
    losses = bowl.get("curvature", 1.0) * walks**2 / 2
    expected = lrs.expected_loss(rates, **bowl)
    # Five standard errors of each mean.
    room = 5 * losses.std(axis=0) / np.sqrt(4000) + 1e-12
    assert (np.abs(losses.mean(axis=0) - expected) <= room).all()


@given(
    rate=st.floats(0.01, 1.9),
    curvature=st.floats(0.1, 1.0),
    noise=st.floats(0.1, 5.0),
)
def test_the_floor_is_where_the_loss_stays(rate, curvature, noise):
    bowl = {"curvature": curvature, "noise": noise}
    floor = lrs.floor(rate, **bowl)
    start = np.sqrt(2 * floor / curvature)
    losses = lrs.expected_loss(np.full(5, rate), start, **bowl)
    np.testing.assert_allclose(losses, floor, rtol=1e-9)
    # From elsewhere it is approached.
    far = lrs.expected_loss(np.full(5, rate), 2 * start, **bowl)
    assert (np.diff(np.abs(far - floor)) < 0).all()


@settings(max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    start=st.floats(0.5, 20),
    curvature=st.floats(0.2, 4),
    noise=st.floats(0.2, 4),
)
def test_no_schedule_beats_the_best_rates(seed, start, curvature, noise):
    bowl = {"start": start, "curvature": curvature, "noise": noise}
    best = lrs.best_rates(60, **bowl)
    reached = lrs.expected_loss(best, **bowl)[-1]
    factors = np.random.default_rng(seed).uniform(0.5, 1.5, (4, 60))
    for other in (*best * factors, np.full(60, best[20]), 2 * best, best / 2):
        assert lrs.expected_loss(other, **bowl)[-1] >= reached * (1 - 1e-12)
    # They are power scheduling, s steps to the half.
    s = 1 / (curvature * best[0])
    np.testing.assert_allclose(best, lrs.power(np.arange(60), best[0], s))


# What makes no sense


RATES = np.array([0.1, 0.2, 0.3])


@pytest.mark.parametrize("value", [0, -0.1, np.nan, np.inf])
@pytest.mark.parametrize(
    "make",
    [
        partial(lrs.power, 0, s=9),
        partial(lrs.inverse_time, 0, k=9),
        partial(lrs.exponential, 0, s=9),
        partial(lrs.step_decay, 0, every=9),
        partial(lrs.linear, 0, n_steps=9),
        partial(lrs.cosine, 0, n_steps=9),
        partial(lrs.one_cycle, 0, n_steps=9),
        lrs.Performance,
    ],
)
def test_a_learning_rate_is_above_zero(make, value):
    with pytest.raises(ValueError, match=f"learning_rate must be > 0, got {value}"):
        make(learning_rate=value)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: lrs.power(0, 0.1, s=0), "s must be > 0, got 0"),
        (lambda: lrs.power(0, 0.1, 9, c=-1), "c must be > 0, got -1"),
        (lambda: lrs.inverse_time(0, 0.1, k=0), "k must be > 0, got 0"),
        (lambda: lrs.exponential(0, 0.1, s=-2), "s must be > 0, got -2"),
        (lambda: lrs.exponential(0, 0.1, 9, 1.5), r"rate must be in \(0, 1\], got 1.5"),
        (lambda: lrs.exponential(0, 0.1, 9, 0), r"rate must be in \(0, 1\], got 0"),
        (
            lambda: lrs.piecewise_constant(0, [20, 10], [3, 2, 1]),
            r"boundaries must be >= 0 and rising, got \[20, 10\]",
        ),
        (
            lambda: lrs.piecewise_constant(0, [10, 10], [3, 2, 1]),
            "boundaries must be >= 0 and rising",
        ),
        (lambda: lrs.piecewise_constant(0, [-1], [3, 2]), "boundaries must be >= 0"),
        (
            lambda: lrs.piecewise_constant(0, [10], [3]),
            "values must be one more than boundaries, got 1 for 1 boundaries",
        ),
        (
            lambda: lrs.piecewise_constant(0, [10], [3, 2, 1]),
            "values must be one more than boundaries, got 3",
        ),
        (lambda: lrs.piecewise_constant(0, [10], [3, 0]), "values must be > 0, got 0"),
        (lambda: lrs.step_decay(0, 0.1, every=0), "every must be a whole number >= 1"),
        (lambda: lrs.step_decay(0, 0.1, every=1.5), "whole number >= 1, got 1.5"),
        (lambda: lrs.step_decay(0, 0.1, 9, 2.0), r"factor must be in \(0, 1\], got 2"),
        (lambda: lrs.linear(0, 0.1, n_steps=0), "n_steps must be a whole number >= 1"),
        (lambda: lrs.cosine(0, 0.1, 9, end=0.2), r"end must be in \[0, 0.1\], got 0.2"),
        (lambda: lrs.linear(0, 0.1, 9, end=-1), r"end must be in \[0, 0.1\], got -1"),
        (
            lambda: lrs.warmup(0, FALLING["power"], n_warmup=-1),
            "n_warmup must be a whole number >= 0, got -1",
        ),
        (
            lambda: lrs.warmup(0, FALLING["power"], 5, start=-0.1),
            "start must be >= 0, got -0.1",
        ),
        (lambda: lrs.one_cycle(0, 0.1, 2), "n_steps must be a whole number >= 3"),
        (
            lambda: lrs.one_cycle(0, 0.1, 9, start=0.2),
            r"start must be in \(0, 0.1\], got 0.2",
        ),
        (
            lambda: lrs.one_cycle(0, 0.1, 9, start=0.05, end=0.06),
            r"end must be in \[0, 0.05\], got 0.06",
        ),
        (lambda: lrs.one_cycle(0, 0.1, 9, last=1), r"last must be in \[0, 1\), got 1"),
        (
            lambda: lrs.one_cycle(0, 0.1, 9, momentum=(0.85, 0.95)),
            "momentum must be .high, low. with 0 <= low <= high < 1, got",
        ),
        (lambda: lrs.one_cycle(0, 0.1, 9, momentum=(0.9,)), "momentum must be .high"),
        (lambda: lrs.Performance(0.1, factor=1), r"factor must be in \(0, 1\), got 1"),
        (lambda: lrs.Performance(0.1, patience=0), "patience must be a whole"),
        (lambda: lrs.Performance(0.1, cooldown=-1), "cooldown must be a whole number"),
        (lambda: lrs.Performance(0.1, min_delta=-1), "min_delta must be >= 0, got -1"),
        (lambda: lrs.Performance(0.1, smallest=-1), "smallest must be >= 0, got -1"),
        (lambda: lrs.steps_per_epoch(0, 32), "n must be a whole number >= 1, got 0"),
        (lambda: lrs.steps_per_epoch(9, 0), "batch_size must be a whole number >= 1"),
        (lambda: lrs.by_epoch(abs, steps=0), "steps must be a whole number >= 1"),
        (lambda: lrs.rising_rates(0, 1, 9), "smallest must be > 0, got 0"),
        (lambda: lrs.rising_rates(1, 1, 9), "smallest must be < largest, got 1 and 1"),
        (lambda: lrs.rising_rates(0.1, 1, np.inf), "n_steps must be a whole number"),
        (lambda: lrs.lr_range_test(abs, give_up=1), "give_up must be > 1, got 1"),
        (
            lambda: lrs.lr_range_test(lambda rate: np.nan),
            "rates must be a row of at least 3 finite numbers",
        ),
        (
            lambda: lrs.RangeTest(RATES, [1, 2, np.inf]),
            "losses must be a row of at least 3 finite numbers",
        ),
        (lambda: lrs.RangeTest(RATES, [1, 2, 3, 4]), "equally long, got 3 and 4"),
        (lambda: lrs.RangeTest(RATES[::-1], RATES), "rates must be > 0 and rising"),
        (
            lambda: lrs.RangeTest(RATES, RATES).suggestion("best"),
            "rule must be one of tenth, steepest, got 'best'",
        ),
        (
            lambda: lrs.RangeTest(RATES, RATES).smoothed(1.0),
            r"smoothing must be in \[0, 1\), got 1.0",
        ),
        (lambda: lrs.expected_loss(np.array([-1.0])), "rates must be a row of finite"),
        (lambda: lrs.expected_loss(0.1), "rates must be a row of finite numbers"),
        (lambda: lrs.expected_loss(RATES, noise=0), "noise must be > 0, got 0"),
        (lambda: lrs.descend(RATES, None, n_runs=0), "n_runs must be >= 1, got 0"),
        (lambda: lrs.floor(2.0), r"learning_rate must be in \(0, 2\), got 2.0"),
        (lambda: lrs.floor(0.6, curvature=4), r"must be in \(0, 0.5\), got 0.6"),
        (lambda: lrs.best_rates(9, start=0), "start must be > 0, got 0"),
        (lambda: lrs.best_rates(0), "n_steps must be > 0, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_boundaries_that_are_no_numbers():
    with pytest.raises(TypeError, match=r"boundaries must be numbers, got \['10'\]"):
        lrs.piecewise_constant(3, ["10"], [0.2, 0.1])
