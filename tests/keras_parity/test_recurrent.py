"""The recurrent piece is Keras' SimpleRNN: states and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course_utils.lab.layers import Dense
from course_utils.lab.network import Network
from course_utils.lab.recurrent import Recurrent
from tests.keras_parity.closeness import error


@pytest.mark.parametrize(("steps", "gain"), [(1, 1.0), (7, 1.0), (7, 1.5), (20, 0.7)])
def test_states_and_gradients(steps, gain):
    n, features, units, classes = 6, 3, 5, 4
    net = Network(steps * features, [Recurrent(units, steps), Dense(classes)], seeds=1)
    net.parameters[0]["recurrent"] *= gain
    net.parameters[0]["bias"] += 0.1
    rng = np.random.default_rng(steps)
    x = rng.normal(size=(n, steps * features)).astype(np.float32)
    y = rng.integers(classes, size=n)

    model = keras.Sequential([keras.Input((steps, features))])
    model.add(keras.layers.SimpleRNN(units))
    model.add(keras.layers.Dense(classes))
    model.set_weights(net.get_weights())
    with tf.GradientTape() as tape:
        scores = model(x.reshape(n, steps, features), training=True)
        loss = keras.losses.sparse_categorical_crossentropy(y, scores, True)
        loss = tf.reduce_mean(loss)
    theirs = tape.gradient(loss, [v.value for v in model.trainable_variables])

    ours, gradients = net.loss_and_gradients(x, y)
    assert error(net.scores(x), scores) < 1e-5
    assert float(ours) == pytest.approx(float(loss), rel=1e-5)
    listed = [g for piece in gradients for g in piece.values()]
    for mine, other in zip(listed, theirs, strict=True):
        assert error(mine, other) < 1e-5 if np.any(other) else not mine.any()
