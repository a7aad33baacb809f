"""Our clips are what Keras' optimizers do, one step and a hundred."""

import math
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from course_utils.gradient_clipping import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    global_norm,
)
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD
from tests.keras_parity.closeness import error

CLIPS = {
    "clipvalue": clip_by_value,
    "clipnorm": clip_by_norm,
    "global_clipnorm": clip_by_global_norm,
}
N_INPUTS, N_CLASSES, BATCH, STEPS = 8, 4, 16, 100


def keras_clipped(gradients, setting, limit):
    """The step of SGD at rate 1 from zero: minus the gradient that it used."""
    variables = [keras.Variable(np.zeros_like(g)) for g in gradients]
    optimizer = keras.optimizers.SGD(1.0, **{setting: limit})
    optimizer.apply([tf.constant(g) for g in gradients], variables)
    return [-v.numpy() for v in variables]


entries = st.floats(-100, 100, width=32).map(lambda v: v if abs(v) > 1e-3 else 0.0)
shapes = array_shapes(min_dims=0, max_dims=4, max_side=4)


@pytest.mark.parametrize("setting", CLIPS)
@settings(max_examples=30, deadline=None)
@given(
    st.lists(arrays(np.float32, shapes, elements=entries), min_size=1, max_size=4),
    st.floats(0.01, 100),
)
def test_one_step(setting, gradients, limit):
    ours = CLIPS[setting](gradients, limit)
    theirs = keras_clipped(gradients, setting, limit)
    for a, b in zip(ours, theirs, strict=True):
        assert np.abs(a - b).max() <= 1e-6 * max(np.abs(b).max(), 1e-3)


@pytest.mark.parametrize("setting", CLIPS)
def test_a_hundred_steps(setting):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(STEPS, BATCH, N_INPUTS)).astype(np.float32)
    y = np.argmax(x[..., :N_CLASSES] + 0.5 * rng.normal(size=x[..., :4].shape), axis=-1)
    limit = {"clipvalue": 0.02, "clipnorm": 0.1, "global_clipnorm": 0.3}[setting]
    clip = partial(CLIPS[setting], limit=limit)
    net = mlp([N_INPUTS, 16, 16, N_CLASSES], "tanh", seeds=3, clipping=clip)

    model = keras.Sequential([keras.Input((N_INPUTS,))])
    for units, bend in [(16, "tanh"), (16, "tanh"), (N_CLASSES, None)]:
        model.add(keras.layers.Dense(units, bend))
    model.set_weights(net.get_weights())
    variables = model.trainable_variables
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, **{setting: limit})
    optimizer.build(variables)

    @tf.function
    def step(batch_x, batch_y):
        with tf.GradientTape() as tape:
            scores = model(batch_x, training=True)
            loss = keras.losses.sparse_categorical_crossentropy(batch_y, scores, True)
            loss = tf.reduce_mean(loss)
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    start, state, lengths, losses = net.get_weights(), None, [], []
    for batch_x, batch_y in zip(x, y, strict=True):
        _, gradients = net.loss_and_gradients(batch_x, batch_y)
        listed = [g for piece in gradients for g in piece.values()]
        lengths.append(global_norm(listed) > global_norm(clip(listed)) * 1.001)
        history = net.fit(
            batch_x, batch_y, 1, BATCH, SGD(0.1, 0.9), optimizer_state=state
        )
        state = history.optimizer_state
        losses.append(history.frame.loss[0] - float(step(batch_x, batch_y)))
    assert np.abs(losses).max() < 1e-4
    for before, ours, theirs in zip(
        start, net.get_weights(), model.get_weights(), strict=True
    ):
        assert error(ours - before, theirs - before) < 1e-4
    assert sum(lengths) > 20  # the clip had something to do


def test_two_settings_at_once_are_refused():
    for two in [
        {"clipnorm": 1.0, "clipvalue": 1.0},
        {"clipnorm": 1.0, "global_clipnorm": 1.0},
        {"clipvalue": 1.0, "global_clipnorm": 1.0},
    ]:
        with pytest.raises(ValueError, match="Only one of"):
            keras.optimizers.SGD(0.1, **two)


def test_clipping_comes_before_weight_decay():
    # The decay alone would shorten 100 to 90; the clipped step takes 1 more.
    variable = keras.Variable([100.0])
    decay = {"weight_decay": 0.1, "learning_rate": 1.0}
    optimizer = keras.optimizers.SGD(**decay, global_clipnorm=1.0)
    optimizer.apply([tf.constant([1000.0])], [variable])
    assert variable.numpy()[0] == pytest.approx(100 * (1 - 0.1) - 1, rel=1e-6)


def test_where_keras_squares_overflow():
    # What ours does better: 1e30 squared is infinite in float32, and Keras' step
    # becomes zero, or NaN.
    gradients = [np.float32([3e30, 4e30])]
    alone = keras_clipped(gradients, "clipnorm", 1.0)[0]
    together = keras_clipped(gradients, "global_clipnorm", 1.0)[0]
    assert not alone.any()
    assert np.isnan(together).all()
    for clip in (clip_by_norm, clip_by_global_norm):
        np.testing.assert_allclose(clip(gradients, 1.0)[0], [0.6, 0.8], rtol=1e-6)
    assert math.isclose(global_norm(gradients), 5e30, rel_tol=1e-6)
