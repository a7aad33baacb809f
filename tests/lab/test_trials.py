"""The standard trial: what it trains on, what it returns, what it refuses."""

import pytest

from course_utils.lab import network, trials
from course_utils.optimizers import SGD

SMALL = {"hidden": [16], "learning_rate": 0.05, "n_train": 500, "epochs": 2}


def test_it_is_the_networks_own_training():
    data = trials.images()
    net = network.mlp([784, 16, 10], seeds=3)
    history = net.fit(
        data.train.x[:500],
        data.train.y[:500],
        epochs=2,
        optimizer=SGD(0.05, momentum=0.9),
        valid=(data.valid.x, data.valid.y),
    )
    expected = [{k: v for k, v in row.items() if k != "seed"} for row in history.rows]
    assert trials.fit_mlp(seed=3, every_epoch=True, **SMALL) == expected


def test_the_last_row_is_the_last_epochs():
    rows = trials.fit_mlp(seed=1, every_epoch=True, **SMALL)
    assert [row["epoch"] for row in rows] == [1, 2]
    assert trials.fit_mlp(seed=1, **SMALL) == rows[-1]


def test_it_learns_and_seeds_differ():
    scores = [trials.fit_mlp(seed=s, **SMALL)["valid_accuracy"] for s in (0, 1)]
    assert min(scores) > 0.5
    assert scores[0] != scores[1]


def test_another_optimizer_gets_the_rate():
    def half(learning_rate):
        return SGD(learning_rate / 2, momentum=0.9)

    doubled = SMALL | {"learning_rate": 0.1}
    assert trials.fit_mlp(seed=0, optimizer=half, **doubled) == trials.fit_mlp(
        seed=0, **SMALL
    )


def test_divergence_is_raised():
    with pytest.raises(network.DivergenceError):
        trials.fit_mlp(seed=0, **SMALL | {"learning_rate": 1e9, "activation": "relu"})


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"n_train": 0}, r"n_train must be in \[1, 10000\], got 0"),
        ({"n_train": 10_001}, "got 10001"),
        ({"epochs": 0}, "epochs must be >= 1, got 0"),
        ({"learning_rate": 0}, "learning_rate must be > 0, got 0"),
    ],
)
def test_bad_settings(setting, words):
    with pytest.raises(ValueError, match=words):
        trials.fit_mlp(seed=0, **SMALL | setting)
