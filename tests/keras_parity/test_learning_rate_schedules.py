"""Every schedule beside the one that Keras has built in, step by step."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import learning_rate_schedules as lrs
from tests.keras_parity.closeness import error, tf

import keras  # isort: skip

schedules = keras.optimizers.schedules
T = np.arange(331)
E = float(np.e)

PAIRS = {
    "power": (
        partial(lrs.power, learning_rate=0.3, s=70),
        schedules.InverseTimeDecay(0.3, decay_steps=70, decay_rate=1.0),
    ),
    "inverse time": (
        partial(lrs.inverse_time, learning_rate=0.3, k=0.02),
        schedules.InverseTimeDecay(0.3, decay_steps=1, decay_rate=0.02),
    ),
    "exponential": (
        partial(lrs.exponential, learning_rate=0.3, s=70),
        schedules.ExponentialDecay(0.3, decay_steps=70, decay_rate=0.1),
    ),
    "e": (
        partial(lrs.exponential, learning_rate=0.3, s=50, rate=1 / E),
        schedules.ExponentialDecay(0.3, decay_steps=1, decay_rate=E**-0.02),
    ),
    "step decay": (
        partial(lrs.step_decay, learning_rate=0.3, every=64, factor=0.2),
        schedules.ExponentialDecay(0.3, decay_steps=64, decay_rate=0.2, staircase=True),
    ),
    "piecewise constant": (
        partial(lrs.piecewise_constant, boundaries=[50, 200], values=[0.3, 0.1, 0.02]),
        schedules.PiecewiseConstantDecay([50, 200], [0.3, 0.1, 0.02]),
    ),
    "linear": (
        partial(lrs.linear, learning_rate=0.3, n_steps=256, end=0.01),
        schedules.PolynomialDecay(0.3, decay_steps=256, end_learning_rate=0.01),
    ),
    "cosine": (
        partial(lrs.cosine, learning_rate=0.3, n_steps=256, end=0.03),
        schedules.CosineDecay(0.3, decay_steps=256, alpha=0.1),
    ),
    "cosine after a warmup": (
        partial(
            lrs.warmup,
            schedule=partial(lrs.cosine, learning_rate=0.3, n_steps=200),
            n_warmup=64,
            start=0.05,
        ),
        schedules.CosineDecay(
            0.05, decay_steps=200, warmup_target=0.3, warmup_steps=64
        ),
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), PAIRS.values(), ids=PAIRS.keys())
def test_it_is_keras_own_at_every_step(ours, theirs):
    # One compiled loop over all steps: calling it eagerly takes milliseconds a step.
    steps = tf.constant(T, tf.float32)
    rates = tf.function(lambda: tf.map_fn(lambda t: theirs(t) + 0.0, steps))()
    assert error(ours(T), rates.numpy()) < 3e-6


@settings(max_examples=30)
@given(
    losses=st.lists(st.integers(0, 300).map(lambda v: v / 100), min_size=1),
    factor=st.sampled_from([0.1, 0.5, 0.9]),
    patience=st.integers(1, 4),
    min_delta=st.sampled_from([0.0, 1e-4, 0.3]),
    cooldown=st.integers(0, 3),
    smallest=st.sampled_from([0.0, 0.02]),
)
def test_performance_decides_as_reduce_lr_on_plateau(
    losses, factor, patience, min_delta, cooldown, smallest
):
    ours = lrs.Performance(0.1, factor, patience, min_delta, cooldown, smallest)
    model = keras.Sequential()
    model.optimizer = keras.optimizers.SGD(0.1)
    theirs = keras.callbacks.ReduceLROnPlateau(
        factor=factor,
        patience=patience,
        mode="min",
        min_delta=min_delta,
        cooldown=cooldown,
        min_lr=smallest,
    )
    theirs.set_model(model)
    theirs.on_train_begin()
    for epoch, loss in enumerate(losses):
        ours.observe(loss)
        theirs.on_epoch_end(epoch, {"val_loss": loss})
        rate = float(model.optimizer.learning_rate)
        assert ours.rate == pytest.approx(rate, rel=1e-5)


def test_by_epoch_is_the_learning_rate_scheduler():
    x = np.zeros((70, 1), np.float32)
    model = keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.5), "mse")
    rule = partial(lrs.exponential, learning_rate=0.5, s=2)
    seen = []
    after = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: seen.append(
            float(model.optimizer.learning_rate)
        )
    )
    scheduler = keras.callbacks.LearningRateScheduler(rule)
    callbacks = [scheduler, after]
    model.fit(x, x, 32, 4, verbose=0, callbacks=callbacks)
    n = lrs.steps_per_epoch(70, 32)
    schedule = lrs.by_epoch(rule, n)
    assert error([schedule(t) for t in range(4 * n)], seen) < 1e-6
