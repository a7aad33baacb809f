"""Our regularizers are Keras': penalties, dropout, max-norm, and training with them."""

from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course_utils import regularization as reg
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD
from tests.keras_parity.closeness import error

entries = st.floats(-10, 10, width=32).map(lambda v: v if abs(v) > 1e-3 else 0.0)
matrices = arrays(np.float32, (4, 3), elements=entries)
strengths = st.floats(1e-4, 1)
X = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
Y = np.random.default_rng(1).integers(0, 4, 64)


def keras_penalty(regularizer, w):
    variable = tf.Variable(w)
    with tf.GradientTape() as tape:
        loss = regularizer(variable)
    return loss.numpy(), tape.gradient(loss, variable).numpy()


@settings(max_examples=30, deadline=None)
@given(w=matrices, a=strengths, b=strengths)
def test_penalties_and_gradients(w, a, b):
    of = keras.regularizers
    for ours, theirs in (
        (reg.l1(a), of.L1(a)),
        (reg.l2(a), of.L2(a)),
        (reg.l1_l2(a, b), of.L1L2(a, b)),
    ):
        loss, gradient = keras_penalty(theirs, w)
        np.testing.assert_allclose(ours.loss(w), loss, rtol=1e-5)
        np.testing.assert_allclose(ours.gradient(w), gradient, rtol=1e-5, atol=1e-7)


def test_defaults():
    w = np.ones((2, 2), np.float32)
    assert keras.regularizers.L1L2()(w) == 0  # ours have to be named
    for name in ("l1", "l2"):
        theirs = getattr(keras.regularizers, name)()(w)
        assert float(getattr(reg, name)().loss(w)) == pytest.approx(float(theirs))


@settings(max_examples=20, deadline=None)
@given(
    kernel=arrays(np.float32, (2, 2, 3, 4), elements=entries),
    radius=st.floats(0.1, 5),
)
def test_max_norm_dense_and_convolution(kernel, radius):
    for w, axis in ((kernel[0, 0], 0), (kernel, (0, 1, 2)), (kernel, 0)):
        theirs = keras.constraints.MaxNorm(radius, axis=axis)(w)
        ours = reg.max_norm(w, radius, axis=axis)
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_keras_shortens_what_is_short_enough_and_ours_does_not():
    w = np.float32([[0.6], [0.8]]) * 0.99
    theirs = np.array(keras.constraints.MaxNorm(1.0)(w))
    assert (reg.max_norm(w, 1.0) == w).all()
    assert 0 < np.abs(theirs / w - 1).max() < 1e-6


@pytest.mark.parametrize("rate", [0.2, 0.5])
@pytest.mark.parametrize("kind", ["Dropout", "AlphaDropout"])
def test_dropout_given_keras_mask(kind, rate):
    x = tf.constant(np.random.default_rng(0).normal(size=(200, 50)), tf.float32)
    layer = getattr(keras.layers, kind)(rate, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    kept = tape.gradient(y, x).numpy() != 0

    class Given:
        def keep_mask(self, shape, rate):
            return kept

    piece = getattr(reg, kind)(rate)
    ours, cache = piece.forward(x.numpy(), {}, {}, True, Given())
    np.testing.assert_allclose(ours, y.numpy(), rtol=1e-5, atol=1e-6)
    slope = piece.backward(np.ones_like(ours), cache, {}, {})
    np.testing.assert_allclose(slope, tape_slope(layer, x, kept), rtol=1e-6)
    assert kept.mean() == pytest.approx(1 - rate, abs=0.03)
    np.testing.assert_array_equal(layer(x, training=False), x)


def tape_slope(layer, x, kept):
    """Keras' slope where it kept: 1 / (1 - p), or alpha dropout's a."""
    a = 1 / (1 - layer.rate)
    if isinstance(layer, keras.layers.AlphaDropout):
        a = reg.affine_correction(layer.rate)[0]
    return a * kept


@pytest.mark.parametrize("smooth", [0.0, 0.1])
def test_label_smoothing(smooth):
    scores = np.random.default_rng(2).normal(size=(64, 4)).astype(np.float32)
    one_hot = np.eye(4, dtype=np.float32)[Y]
    theirs = keras.losses.CategoricalCrossentropy(True, label_smoothing=smooth)
    ours, _ = reg.soft_cross_entropy(scores, reg.smooth_labels(Y, 4, smooth))
    assert float(ours) == pytest.approx(float(theirs(one_hot, scores)), rel=1e-5)


def test_training_with_a_penalty_and_max_norm():
    # The loss that Keras reports contains the penalty; ours keeps the two apart.
    penalty, radius = reg.l1_l2(1e-3, 1e-2), 0.9
    net = mlp([8, 16, 4], penalty=penalty, constraint=reg.MaxNorm(radius), seeds=3)
    held = {
        "kernel_regularizer": keras.regularizers.L1L2(1e-3, 1e-2),
        "kernel_constraint": keras.constraints.MaxNorm(radius),
    }
    stack = [keras.layers.Dense(16, "relu", **held), keras.layers.Dense(4, **held)]
    model = keras.Sequential([keras.Input([8]), *stack])
    model.set_weights(net.get_weights())
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(True)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), cross_entropy)
    start, state = net.get_weights(), None
    for _ in range(20):
        ours = net.evaluate(X, Y)["loss"] + net.penalty_loss()
        theirs = model.train_on_batch(X, Y)
        assert float(theirs) == pytest.approx(float(ours), rel=1e-4)
        state = net.fit(
            X, Y, 1, 64, SGD(0.1, 0.9), optimizer_state=state
        ).optimizer_state
    for before, a, b in zip(start, net.get_weights(), model.get_weights(), strict=True):
        assert error(a - before, b - before) < 1e-4
    assert np.linalg.norm(net.get_weights()[0], axis=0).max() <= radius * 1.000001


def after(optimizer, strength=0.0, steps=30):
    """Weights after full-batch steps of a softmax regression with an l2 penalty."""
    w = keras.Variable(np.random.default_rng(3).normal(size=(8, 4)).astype(np.float32))
    for _ in range(steps):
        scores = X @ w.numpy()
        gradient = X.T @ reg.soft_cross_entropy(scores, Y)[1]
        gradient += reg.l2(strength).gradient(w.numpy())
        optimizer.apply([tf.constant(gradient)], [w])
    return w.numpy()


def test_l2_is_weight_decay_for_plain_sgd_alone():
    for make, the_same in (
        (partial(keras.optimizers.SGD, 0.05), True),
        (partial(keras.optimizers.SGD, 0.05, momentum=0.9), False),
        (partial(keras.optimizers.Adam, 0.05), False),
    ):
        apart = error(after(make(weight_decay=0.1)), after(make(), strength=0.05))
        assert (apart < 1e-5) if the_same else (apart > 0.01)
