"""Normalization layers compute what Keras' compute: values, gradients, averages."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.batch_normalization import (
    BatchNorm,
    GroupNorm,
    LayerNorm,
    RMSNorm,
    batch_norm,
    batch_norm_backward,
    fold,
)
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD
from tests.keras_parity.closeness import error
from tests.lab.pieces import blobs

# Rounding aside, any shape and any epsilon: both sides in float64, to 1e-9. In float32,
# to 1e-6, at sizes where rounding is not blown up: Keras computes x * scale + (beta -
# mean * scale), and a variance of a few numbers may come out small.
PRECISIONS = {
    "float32": (8, [1e-3, 0.1], 1e-6),
    "float64": (1, [1e-6, 1e-3, 1.0], 1e-9),
}
seeds = st.integers(0, 999)


@st.composite
def settings_of(draw, dtype, shape):
    """Shape, epsilon, and whether there are a beta and a gamma."""
    least, epsilons, _ = PRECISIONS[dtype]
    drawn_shape = tuple(draw(st.integers(max(least, n), 4 * least + 12)) for n in shape)
    return drawn_shape, draw(st.sampled_from(epsilons)), draw(st.booleans())


def drawn(shape, seed, dtype):
    """Inputs, a gradient from above, and gamma, beta for the last axis."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.5, 1, shape)
    gamma, beta = rng.normal(1, 0.3, shape[-1]), rng.normal(size=shape[-1])
    return [array.astype(dtype) for array in (x, rng.normal(size=shape), gamma, beta)]


def of_keras(layer, x, above, training=True):
    """Output, dLoss/dx and the gradients of what the layer learns, all by Keras."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training)
        loss = tf.reduce_sum(y * above)
    return y, *tape.gradient(loss, [x, *[v.value for v in layer.trainable_variables]])


def of_ours(layer, x, above, parameters, state=None, training=True):
    """The same by ours, in the same order."""
    state = {} if state is None else state
    gradients = {k: np.empty_like(v) for k, v in parameters.items()}
    y, cache = layer.forward(x, parameters, state, training, None)
    d_x = layer.backward(above, cache, parameters, gradients)
    return y, d_x, *gradients.values()


def assert_close(ours, theirs, dtype):
    """Each array to the dtype's precision, in units of its largest entry or of 1."""
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.dtype == dtype
        difference = np.abs(mine - other.numpy()).max()
        assert difference < PRECISIONS[dtype][2] * max(1, np.abs(mine).max())


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(data=st.data(), momentum=st.floats(0, 0.999), scale=st.booleans(), seed=seeds)
@settings(max_examples=15, deadline=None)
def test_batch_norm(dtype, data, momentum, scale, seed):
    shape, epsilon, center = data.draw(settings_of(dtype, (2, 1)))
    x, above, gamma, beta = drawn(shape, seed, dtype)
    arguments = {"momentum": momentum, "epsilon": epsilon}
    arguments |= {"center": center, "scale": scale}
    theirs = keras.layers.BatchNormalization(**arguments, dtype=dtype)
    theirs.build(shape)
    parameters = {"gamma": gamma} if scale else {}
    parameters |= {"beta": beta} if center else {}
    for name, array in parameters.items():
        getattr(theirs, name).assign(array)
    ours = BatchNorm(**arguments)
    state = {k: v.astype(dtype) for k, v in ours.initial_state(shape[-1]).items()}
    for training in (True, True, False):
        got = of_ours(ours, x, above, parameters, state, training)
        assert_close(got, of_keras(theirs, x, above, training), dtype)
        for name, array in state.items():
            average = getattr(theirs, name).numpy()
            tolerance = PRECISIONS[dtype][2] / 2
            np.testing.assert_allclose(array, average, rtol=tolerance, atol=tolerance)
        x = x[::-1] * 0.7


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(2, 4)),
    st.integers(1, 5),
    st.sampled_from([-1, 1]),
    seeds,
)
@settings(max_examples=20, deadline=None)
def test_batch_norm_of_feature_maps(places, channels, axis, seed):
    # A channel's statistics are taken over the batch and all places: to ours they are
    # one long batch. Along axis 1 for channels that come first.
    x, above, gamma, beta = drawn((*places, channels), seed, "float64")
    layer = keras.layers.BatchNormalization(axis=axis, dtype="float64")

    def turned(array):
        return np.moveaxis(array, -1, axis)

    layer.build(turned(x).shape)
    layer.set_weights([gamma, beta, *layer.get_weights()[2:]])
    y, cache = batch_norm(x.reshape(-1, channels), gamma, beta)
    d_x, *learned = batch_norm_backward(above.reshape(-1, channels), cache)
    got = turned(y.reshape(x.shape)), turned(d_x.reshape(x.shape)), *learned
    assert_close(got, of_keras(layer, turned(x), turned(above)), "float64")


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(data=st.data(), scale=st.booleans(), seed=seeds)
@settings(max_examples=15, deadline=None)
def test_layer_norm(dtype, data, scale, seed):
    shape, epsilon, center = data.draw(settings_of(dtype, (1, 2)))
    x, above, gamma, beta = drawn(shape, seed, dtype)
    theirs = keras.layers.LayerNormalization(-1, epsilon, center, scale, dtype=dtype)
    theirs.build(shape)
    parameters = {"gamma": gamma} if scale else {}
    parameters |= {"beta": beta} if center else {}
    theirs.set_weights(list(parameters.values()))
    got = of_ours(LayerNorm(epsilon, center, scale), x, above, parameters)
    assert_close(got, of_keras(theirs, x, above), dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(data=st.data(), groups=st.integers(1, 4), seed=seeds)
@settings(max_examples=15, deadline=None)
def test_group_norm(dtype, data, groups, seed):
    (n, each), epsilon, _ = data.draw(settings_of(dtype, (1, 1)))
    x, above, gamma, beta = drawn((n, groups * each), seed, dtype)
    theirs = keras.layers.GroupNormalization(groups, epsilon=epsilon, dtype=dtype)
    theirs.build(x.shape)
    theirs.set_weights([gamma, beta])
    parameters = {"gamma": gamma, "beta": beta}
    got = of_ours(GroupNorm(groups, epsilon), x, above, parameters)
    assert_close(got, of_keras(theirs, x, above), dtype)


@pytest.mark.parametrize("dtype", PRECISIONS)
@given(data=st.data(), seed=seeds)
@settings(max_examples=15, deadline=None)
def test_rms_norm(dtype, data, seed):
    shape, epsilon, _ = data.draw(settings_of(dtype, (1, 1)))
    x, above, gamma, _ = drawn(shape, seed, dtype)
    theirs = keras.layers.RMSNormalization(epsilon=epsilon, dtype=dtype)
    theirs.build(shape)
    theirs.set_weights([gamma])
    got = of_ours(RMSNorm(epsilon), x, above, {"gamma": gamma})
    assert_close(got, of_keras(theirs, x, above), dtype)


def test_defaults():
    batch, layer = keras.layers.BatchNormalization(), keras.layers.LayerNormalization()
    assert BatchNorm().momentum == batch.momentum
    assert BatchNorm().epsilon == batch.epsilon
    assert LayerNorm().epsilon == layer.epsilon
    assert GroupNorm(2).epsilon == keras.layers.GroupNormalization(2).epsilon
    assert RMSNorm().epsilon == keras.layers.RMSNormalization().epsilon


def keras_network(sizes, activation, first):
    """Dense, normalization, activation (the last two the other way round if not)."""
    model = keras.Sequential([keras.Input((sizes[0],))])
    for units in sizes[1:-1]:
        pair = [keras.layers.BatchNormalization(), keras.layers.Activation(activation)]
        model.add(keras.layers.Dense(units, use_bias=False))
        for layer in pair if first else pair[::-1]:
            model.add(layer)
    model.add(keras.layers.Dense(sizes[-1]))
    return model


@pytest.mark.parametrize("first", [True, False], ids=["before", "after"])
def test_a_hundred_steps_of_a_network(first):
    sizes, (x, y) = [6, 16, 16, 3], blobs(320)
    net = mlp(
        sizes,
        "relu",
        "he_normal",
        normalization=BatchNorm(),
        normalize_first=first,
        use_bias=False,
    )
    model = keras_network(sizes, "relu", first)
    for variable, array in zip(
        model.trainable_variables, net.get_weights(), strict=True
    ):
        variable.assign(array)
    optimizer = keras.optimizers.SGD(0.05, 0.9)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    @tf.function
    def step(batch_x, batch_y):
        with tf.GradientTape() as tape:
            loss = loss_of(batch_y, model(batch_x, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    ours = SGD(0.05, momentum=0.9)
    state, start = ours.init(net.flat), net.flat.copy()
    for k in range(100):
        rows = slice(32 * (k % 10), 32 * (k % 10) + 32)
        loss, _ = net.loss_and_gradients(x[rows], y[rows], training=True)
        ours.update(net.flat, net.flat_gradient, state)
        expected = step(tf.constant(x[rows]), tf.constant(y[rows]))
        assert loss == pytest.approx(float(expected), rel=1e-4, abs=1e-5)
    for variable, array in zip(
        model.trainable_variables, net.get_weights(), strict=True
    ):
        assert error(array, variable.numpy()) < 1e-4
    averages = [array for piece in net.state for array in piece.values()]
    for variable, array in zip(model.non_trainable_variables, averages, strict=True):
        assert error(array, variable.numpy()) < 1e-4
    assert error(net.scores(x), model(x, training=False)) < 1e-4
    assert np.abs(net.flat - start).max() > 0.05  # it went somewhere


def test_fold_takes_keras_layers_apart():
    rng = np.random.default_rng(0)
    dense, norm = keras.layers.Dense(5), keras.layers.BatchNormalization()
    x = rng.normal(size=(50, 4)).astype("f")
    for _ in range(5):
        norm(dense(x), training=True)
    norm.set_weights([rng.normal(1, 0.3, 5).astype("f"), *norm.get_weights()[1:]])
    weights, bias = fold(*dense.get_weights(), *norm.get_weights())
    assert error(x @ weights + bias, norm(dense(x), training=False)) < 1e-6
