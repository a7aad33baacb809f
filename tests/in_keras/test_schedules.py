"""1cycle and the range test in Keras: against our own training, saved, refused."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import tensorflow as tf

from course_utils import learning_rate_schedules as lrs
from course_utils.in_keras.schedules import LRRangeTest, MovingMomentumSGD, OneCycle
from course_utils.optimizers import SGD

# Traced graphs run a few times only: optimizing them takes longer than that saves.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 3)).astype(np.float32)
Y = (X @ [[1.0], [2.0], [3.0]]).astype(np.float32)


def line(optimizer, **settings):
    """One layer of three weights, all 1, that learns (1, 2, 3)."""
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input([3]), dense])
    model.compile(optimizer, "mse", **settings)
    return model


def fit(model, callback, epochs=4, **settings):
    """Batches of 32, 32 and 6, always in the same order."""
    fixed = {"batch_size": 32, "shuffle": False, "verbose": 0}
    model.fit(X, Y, epochs=epochs, callbacks=[callback], **fixed, **settings)
    return model.get_weights()[0]


def by_hand(schedule, nesterov=False, first=0, epochs=4, theta=None, state=None):
    """The same training in NumPy."""
    theta = np.ones((3, 1)) if theta is None else theta
    sgd = SGD(0.1, 0.9, nesterov)
    state = sgd.init(theta) if state is None else state
    for t in range(3 * first, 3 * (first + epochs)):
        rows = slice(32 * (t % 3), 32 * (t % 3 + 1))
        x, y = X[rows], Y[rows]
        gradient = 2 * x.T @ (x @ theta - y) / len(x)
        sgd.update(theta, gradient, state, **schedule(t))
    return theta


@pytest.mark.parametrize("nesterov", [False, True])
def test_one_cycle_moves_rate_and_momentum_of_every_step(nesterov):
    model = line(MovingMomentumSGD(0.5, 0.5, nesterov=nesterov))
    cycle = OneCycle(0.2)
    trained = fit(model, cycle)
    schedule = [lrs.one_cycle(t, 0.2, n_steps=12) for t in range(12)]
    np.testing.assert_allclose(trained, by_hand(schedule.__getitem__, nesterov), 1e-5)
    assert cycle.history == schedule
    # Another momentum is another training, by far more than that.
    still = [now | {"momentum": 0.95} for now in schedule]
    assert np.abs(trained - by_hand(still.__getitem__, nesterov)).max() > 0.01


def test_a_second_fit_is_moved_as_well_and_an_interrupted_one_goes_on():
    model = line(MovingMomentumSGD())
    fit(model, OneCycle(0.2, n_steps=12), epochs=2)
    assert float(model.optimizer.momentum) < 0.9
    trained = fit(model, OneCycle(0.2, n_steps=12), initial_epoch=2)
    whole = by_hand(lambda t: lrs.one_cycle(t, 0.2, n_steps=12))
    np.testing.assert_allclose(trained, whole, 1e-5)


def test_without_momentum_any_optimizer_will_do():
    model = line(keras.optimizers.SGD(0.1, momentum=0.9))
    trained = fit(model, OneCycle(0.2, momentum=None))
    schedule = lrs.one_cycle(np.arange(12), 0.2, n_steps=12)["learning_rate"]
    hand = by_hand(lambda t: {"learning_rate": schedule[t]})
    np.testing.assert_allclose(trained, hand, 1e-5)


def test_where_nothing_is_compiled_plain_sgd_will_do():
    model = line(keras.optimizers.SGD(0.1, momentum=0.9), run_eagerly=True)
    trained = fit(model, OneCycle(0.2))
    hand = by_hand(lambda t: lrs.one_cycle(t, 0.2, n_steps=12))
    np.testing.assert_allclose(trained, hand, 1e-5)


def test_what_keras_bakes_in_does_not_move():
    """Why all this is needed: the day this fails, Keras has changed."""

    class Naive(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.model.optimizer.momentum = 0.9 if batch == 0 else 0.1

    frozen = fit(line(keras.optimizers.SGD(0.01, momentum=0.9)), Naive(), epochs=1)
    constant = by_hand(lambda t: {"learning_rate": 0.01}, epochs=1)
    np.testing.assert_allclose(frozen, constant, 1e-5)


def test_the_moving_optimizer_is_saved_with_all_it_has(tmp_path):
    model = line(MovingMomentumSGD(0.5, 0.5, nesterov=True))
    fit(model, OneCycle(0.2, n_steps=12), epochs=2)
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert type(again.optimizer) is MovingMomentumSGD
    assert again.optimizer.nesterov
    now = lrs.one_cycle(5, 0.2, n_steps=12)
    assert float(again.optimizer.momentum) == pytest.approx(now["momentum"])
    rate = float(again.optimizer.learning_rate)
    assert rate == pytest.approx(now["learning_rate"])
    resumed = OneCycle(0.2, n_steps=12)
    trained = fit(again, resumed, initial_epoch=2)
    hand = by_hand(lambda t: lrs.one_cycle(t, 0.2, n_steps=12), nesterov=True)
    np.testing.assert_allclose(trained, hand, 1e-5)


def test_the_range_test_is_ours_and_leaves_no_trace():
    model = line(keras.optimizers.SGD(0.3, momentum=0.9))
    variables = [*model.variables]
    before = [v.numpy().copy() for v in variables]
    test = LRRangeTest(1e-3, 100, 30)
    fit(model, test, epochs=20)

    theta, sgd = np.ones((3, 1)), SGD(0.3, 0.9)
    state, t = sgd.init(theta), iter(range(99))

    def step(rate):
        rows = slice(32 * ((k := next(t)) % 3), 32 * (k % 3 + 1))
        x, y = X[rows], Y[rows]
        wrong = x @ theta - y
        sgd.update(theta, 2 * x.T @ wrong / len(x), state, learning_rate=rate)
        return (wrong**2).mean()

    ours = lrs.lr_range_test(step, 1e-3, 100, 30)
    assert len(test.result.losses) == len(ours.losses) < 30
    np.testing.assert_allclose(test.result.losses, ours.losses, rtol=1e-3)
    np.testing.assert_array_equal(test.result.rates, ours.rates)
    assert test.result.suggestion() == ours.suggestion()
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)
    optimizer = model.optimizer
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    assert not any(v.numpy().any() for v in optimizer.momentums)
    assert int(optimizer.iterations) == 0


def test_the_range_test_ends_when_the_rates_are_used_up():
    test = LRRangeTest(1e-5, 1e-3, 7)
    fit(line("sgd"), test, epochs=20)
    np.testing.assert_allclose(test.result.rates, np.geomspace(1e-5, 1e-3, 7))


def scheduled():
    return line(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9)))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: OneCycle(0), "learning_rate must be > 0, got 0"),
        (lambda: OneCycle(0.1, n_steps=2), "n_steps must be a whole number >= 3"),
        (lambda: OneCycle(0.1, momentum=(0.5, 0.9)), "momentum must be .high, low."),
        (lambda: LRRangeTest(1, 0.1), "smallest must be < largest, got 1 and 0.1"),
        (lambda: LRRangeTest(give_up=0.5), "give_up must be > 1, got 0.5"),
        (lambda: MovingMomentumSGD(0.1, 1.5), "momentum"),
        (
            lambda: setattr(MovingMomentumSGD(), "momentum", 1.5),
            r"momentum must be in \[0, 1\], got 1.5",
        ),
        (
            lambda: fit(line(keras.optimizers.SGD(0.1, momentum=0.9)), OneCycle(0.1)),
            "OneCycle needs an optimizer whose momentum can move.* got SGD",
        ),
        (
            lambda: fit(scheduled(), OneCycle(0.1, momentum=None)),
            "OneCycle sets the learning rate itself.* got CosineDecay",
        ),
        (
            lambda: fit(scheduled(), LRRangeTest()),
            "LRRangeTest sets the learning rate itself.* got CosineDecay",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
