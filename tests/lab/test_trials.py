"""The standard trial: what it trains on, what it returns, what it refuses."""

from functools import partial

import pytest

from course_utils import learning_rate_schedules as lrs
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


def test_a_schedule_gets_the_rate_that_is_tuned():
    # 500 images in batches of 32 are 16 steps an epoch.
    falling = partial(lrs.exponential, s=32)
    rows = trials.fit_mlp(seed=0, schedule=falling, every_epoch=True, **SMALL)
    data = trials.images()
    net = network.mlp([784, 16, 10], seeds=0)
    history = net.fit(
        data.train.x[:500],
        data.train.y[:500],
        epochs=2,
        optimizer=SGD(1.0, momentum=0.9),
        valid=(data.valid.x, data.valid.y),
        schedule=lambda step: 0.05 * 0.1 ** (step / 32),
    )
    assert [row["loss"] for row in rows] == [row["loss"] for row in history.rows]
    # Step 0 is trained at the whole rate, so a higher one is a different run.
    other = SMALL | {"learning_rate": 0.1}
    assert trials.fit_mlp(seed=0, schedule=falling, **other) != rows[-1]


def test_a_schedule_with_a_memory_is_made_anew_and_sees_every_epoch():
    # Nothing counts as an improvement: from the third epoch on the rate is a tenth.
    stalls = partial(lrs.Performance, factor=0.1, patience=1, min_delta=1e9)
    longer = SMALL | {"epochs": 3}
    rows = trials.fit_mlp(seed=0, schedule=stalls, every_epoch=True, **longer)
    assert trials.fit_mlp(seed=0, schedule=stalls, **longer) == rows[-1]
    boundary = partial(trials_rate, drop=32)
    assert trials.fit_mlp(seed=0, schedule=boundary, **longer) == rows[-1]


def trials_rate(step, learning_rate, drop):
    """A tenth of the rate from some step on."""
    return learning_rate * (0.1 if step >= drop else 1.0)


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
