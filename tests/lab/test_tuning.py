"""Tuning: the right rate on a known curve, borders, and arms that never train."""

import math
import warnings

import numpy as np
import pytest

from course_utils.lab import experiments
from course_utils.lab.divergence import DivergenceError

GRID = [0.01, 0.1, 1.0]


def train(seed, learning_rate, best=0.1, limit=math.inf):
    """Accuracy peaks at the rate `best`; above `limit` training diverges."""
    if learning_rate > limit:
        raise DivergenceError(3, "layer 1", "loss is infinite")
    distance = abs(math.log10(learning_rate / best))
    return [
        {"epoch": 0, "valid_accuracy": 0.99, "valid_loss": 0.0},
        {
            "epoch": 1,
            "valid_accuracy": 0.9 - 0.1 * distance + 0.001 * seed,
            "valid_loss": distance,
        },
    ]


def tune(arms, rates=GRID, seeds=(0, 1), **options):
    return experiments.tune(train, arms, rates, seeds, n_jobs=1, **options)


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", experiments.BorderWarning)
        return tune(*args, **options)


def test_the_best_rate_by_the_last_row_of_each_run():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tuned = tune({"a": {}, "b": {"best": 0.12}}, rates=[1.0, 0.01, 0.1])
    assert tuned.best == {"a": 0.1, "b": 0.1}
    assert tuned.arms == {
        "a": {"learning_rate": 0.1},
        "b": {"best": 0.12, "learning_rate": 0.1},
    }
    assert tuned.border == {}
    assert tuned.failed == ()
    assert list(tuned.frame.columns[:4]) == ["arm", "learning_rate", "seed", "diverged"]
    assert len(tuned.frame) == 2 * 3 * 2 * 2
    means = tuned.scores[tuned.scores["arm"] == "a"]
    assert list(means["learning_rate"]) == GRID
    np.testing.assert_allclose(means["mean"], [0.8005, 0.9005, 0.8005])
    evidence = experiments.run(train, tuned.arms, [7], n_jobs=1)
    assert list(evidence["arm"].unique()) == ["a", "b"]


def test_lower_may_be_better():
    tuned = tune({"a": {}}, metric="valid_loss", higher_is_better=False)
    assert tuned.best == {"a": 0.1}
    with pytest.warns(experiments.BorderWarning):
        worst = tune({"a": {}}, metric="valid_loss", higher_is_better=True)
    assert worst.best == {"a": 0.01}  # 0.01 and 1.0 are as good: the smaller rate


@pytest.mark.parametrize(
    ("best", "border"), [(5.0, "highest"), (0.001, "lowest"), (1.0, "highest")]
)
def test_a_winner_on_the_border_is_warned_of(best, border):
    with pytest.warns(experiments.BorderWarning, match=f"'b' .*the {border}") as caught:
        tuned = tune({"a": {}, "b": {"best": best}})
    assert tuned.border == {"b": border}
    assert "'a'" not in str(caught[0].message)
    assert caught[0].filename == __file__


def test_extending_goes_on_until_the_winner_is_inside():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tuned = tune(
            {"a": {}, "high": {"best": 100.0}, "low": {"best": 1e-4}}, extend=True
        )
    assert tuned.best == {"a": 0.1, "high": 100.0, "low": 1e-4}
    rates = {
        arm: list(rows["learning_rate"].unique())
        for arm, rows in tuned.frame.groupby("arm")
    }
    assert rates["a"] == GRID
    assert rates["high"] == [*GRID, 10.0, 100.0, 1000.0]
    assert rates["low"] == [1e-5, 1e-4, 1e-3, *GRID]


def test_extending_ends():
    with pytest.warns(experiments.BorderWarning):
        tuned = tune({"a": {"best": 1e30}}, extend=True)
    assert tuned.frame["learning_rate"].nunique() == len(GRID) + experiments.MOST_EXTRA


def test_a_diverged_run_counts_as_worst():
    def sometimes(seed, learning_rate):
        if learning_rate == 1.0 and seed == 1:
            raise DivergenceError(3, "layer 1", "loss is NaN")
        return {"valid_accuracy": learning_rate}

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tuned = experiments.tune(sometimes, {"a": {}}, GRID, range(3), n_jobs=1)
    assert tuned.best == {"a": 0.1}
    assert list(tuned.scores["diverged"]) == [0, 0, 1]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_metric_that_is_no_number_counts_as_diverged(bad):
    tuned = experiments.tune(
        lambda seed, learning_rate: {
            "m": bad if learning_rate > 0.5 else learning_rate
        },
        {"a": {}},
        GRID,
        [0],
        metric="m",
        n_jobs=1,
    )
    assert tuned.best == {"a": 0.1}


def test_an_arm_that_never_trains_is_reported():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tuned = tune({"a": {}, "never": {"limit": 0.0}})
    assert tuned.best == {"a": 0.1, "never": None}
    assert tuned.failed == ("never",)
    assert set(tuned.arms) == {"a"}
    assert "never  diverged at every rate" in repr(tuned)


def test_nothing_trains():
    tuned = quiet({"never": {"limit": 0.0}}, extend=True)
    assert tuned.arms == {}
    assert tuned.frame["diverged"].all()
    assert len(tuned.frame["learning_rate"].unique()) == 3 + experiments.MOST_EXTRA


def test_extending_finds_smaller_rates_for_an_arm_that_diverges():
    tuned = tune({"a": {"limit": 0.005, "best": 1e-4}}, extend=True)
    assert tuned.best == {"a": 1e-4}


def test_a_learner_can_read_it():
    text = repr(quiet({"Glorot": {}, "He": {"best": 3.0}}))
    assert text.splitlines() == [
        "Learning rates by mean valid_accuracy (higher is better)",
        "  Glorot  0.1 (0.9005)",
        "  He      1 (0.8528), the highest rate tried",
    ]


def test_a_second_call_does_only_the_new_rates(tmp_path):
    path = tmp_path / "runs.jsonl"
    quiet({"a": {}}, rates=[0.01, 0.1], resume=path)
    before = path.read_bytes().count(b"\n")
    tune({"a": {}}, rates=GRID, resume=path)
    assert path.read_bytes().count(b"\n") == before + 2


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"rates": []}, ValueError, "at least one rate"),
        ({"rates": [0.1, -1]}, ValueError, "positive and finite, got -1"),
        ({"rates": [0.0]}, ValueError, "positive and finite, got 0.0"),
        ({"rates": [math.inf]}, ValueError, "positive and finite, got inf"),
        ({"rates": [0.1, 0.1]}, ValueError, "distinct"),
        ({"rates": ["0.1"]}, TypeError, "must be numbers, got '0.1'"),
        ({"rates": 0.1}, TypeError, "must be a sequence, got 0.1"),
        ({"arms": {"a": {"learning_rate": 1}}}, ValueError, "leave the learning rate"),
        ({"metric": "accuracy"}, ValueError, "must return 'accuracy' in a run's last"),
    ],
)
def test_bad_arguments(options, error, words):
    with pytest.raises(error, match=words):
        tune(**{"arms": {"a": {}}, **options})


@pytest.mark.parametrize(("low", "high", "per_decade"), [(1e-4, 1, 3), (0.05, 0.8, 4)])
def test_the_grid_is_even_on_a_log_scale(low, high, per_decade):
    grid = experiments.log_grid(low, high, per_decade)
    assert (grid[0], grid[-1]) == (low, high)
    assert len(grid) == round(math.log10(high / low) * per_decade) + 1
    steps = np.diff(np.log10(grid))
    np.testing.assert_allclose(steps, steps.mean(), atol=0.005)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, 1), ValueError),
        ((1, 0.1), ValueError),
        ((0.1, 0.1), ValueError),
        ((0.1, 1, 0), ValueError),
        ((0.1, 1, 1.5), TypeError),
        ((0.1, math.inf), ValueError),
    ],
)
def test_bad_grids(arguments, error):
    with pytest.raises(error, match="must"):
        experiments.log_grid(*arguments)


def test_a_border_winner_by_chance_is_no_news():
    scatter = {(0, 0.01): 0.3, (1, 0.01): 0.5, (0, 0.1): 0.4, (1, 0.1): 0.38}

    def guess(seed, learning_rate):
        return {"valid_accuracy": scatter.get((seed, learning_rate), 0.35)}

    def learn(seed, learning_rate):
        return {"valid_accuracy": -learning_rate + 0.001 * seed}

    rates = [0.01, 0.1, 1.0]
    quietly = experiments.tune(guess, {"a": {}}, rates, (0, 1), n_jobs=1)
    assert quietly.best == {"a": 0.01}
    assert quietly.border == {}
    with pytest.warns(experiments.BorderWarning):
        clear = experiments.tune(learn, {"a": {}}, rates, (0, 1), n_jobs=1)
    assert clear.border == {"a": "lowest"}
