"""Activations and their slopes against Keras 3, over shapes and parameters."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from course_utils import activations as act
from course_utils.activations import ACTIVATIONS, variant
from course_utils.in_keras.activations import Maxout
from course_utils.lab import activation_pieces
from course_utils.lab.network import mlp
from course_utils.optimizers import SGD
from tests.keras_parity.closeness import error

shapes = arrays.array_shapes(min_dims=1, max_dims=4, max_side=6)
seeds = st.integers(0, 2**32 - 1)
scales = st.sampled_from([0.1, 1.0, 10.0, 1000.0])
positive = st.floats(0.05, 4)

# Keras' function for each of ours, with one parameter or none.
KERAS = {
    "gelu": lambda z: keras.activations.gelu(z, approximate=False),
    "gelu_tanh": lambda z: keras.activations.gelu(z, approximate=True),
    "leaky_relu": lambda z: keras.activations.leaky_relu(z, negative_slope=0.01),
}
WITH_PARAMETER = {
    "leaky_relu": lambda z, v: keras.activations.leaky_relu(z, negative_slope=v),
    "elu": lambda z, v: keras.activations.elu(z, alpha=v),
    "celu": lambda z, v: keras.activations.celu(z, alpha=v),
    "silu": lambda z, v: z * keras.activations.sigmoid(v * z),
}


def drawn(shape, seed, scale):
    """Random numbers of a size, none of them at the kink."""
    z = np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)
    z[np.abs(z) < 1e-6] = scale
    return z


def theirs(f, *inputs):
    """Value of Keras' function and its gradient in each input, for a random weight."""
    inputs = [tf.constant(z) for z in inputs]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = f(*inputs)
    weight = tf.random.Generator.from_seed(1).normal(value.shape)
    gradients = tape.gradient(value, inputs, output_gradients=weight)
    return value.numpy(), weight.numpy(), [g.numpy() for g in gradients]


def assert_close(ours, their, tolerance=1e-6):
    """To 1e-6 of each number, or of 1: near zero, sums of larger ones are rounded."""
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, their, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@settings(max_examples=20)
@given(shape=shapes, seed=seeds, scale=scales)
def test_values_and_gradients(name, shape, seed, scale):
    z, ours = drawn(shape, seed, scale), ACTIVATIONS[name]
    value, weight, (gradient,) = theirs(
        KERAS.get(name) or keras.activations.get(name), z
    )
    assert_close(ours(z), value)
    # 1 - a^2 near a = 1 is a few roundings of 1, in Keras as in ours.
    assert_close(ours.derivative(z) * weight, gradient, 2e-6)


@pytest.mark.parametrize("name", sorted(WITH_PARAMETER))
@settings(max_examples=20)
@given(shape=shapes, seed=seeds, scale=scales, number=positive)
def test_values_and_gradients_with_a_parameter(name, shape, seed, scale, number):
    z = drawn(shape, seed, scale)
    ours = variant(name, **{act.PARAMETERS[name]: number})
    value, weight, (gradient,) = theirs(lambda z: WITH_PARAMETER[name](z, number), z)
    assert_close(ours(z), value, 2e-6)
    assert_close(ours.derivative(z) * weight, gradient, 4e-6)


@settings(max_examples=20)
@given(n=st.integers(1, 8), units=st.integers(1, 8), seed=seeds)
def test_prelu_and_the_gradient_of_its_slopes(n, units, seed):
    z, alpha = drawn((n, units), seed, 2.0), drawn(units, seed + 1, 0.5)
    layer = keras.layers.PReLU()
    layer.build(z.shape)
    layer.set_weights([alpha])
    with tf.GradientTape() as tape:
        tape.watch(inner := tf.constant(z))
        value = layer(inner)
    weight = np.random.default_rng(seed).normal(size=z.shape).astype(np.float32)
    in_z, in_alpha = tape.gradient(
        value, [inner, layer.alpha.value], output_gradients=tf.constant(weight)
    )
    assert_close(act.prelu(z, alpha), value.numpy())
    assert_close(weight * act.prelu_derivative(z, alpha), in_z.numpy())
    ours = (weight * act.prelu_alpha_derivative(z)).sum(axis=0)
    assert_close(ours, in_alpha.numpy(), 4e-6)  # sums of up to eight numbers of size 5


@settings(max_examples=20)
@given(
    shape=arrays.array_shapes(min_dims=2, max_dims=3, min_side=2, max_side=6),
    seed=seeds,
    scale=scales,
)
def test_softmax_and_its_way_back(shape, seed, scale):
    z = drawn(shape, seed, scale)
    value, weight, (gradient,) = theirs(keras.activations.softmax, z)
    assert_close(act.softmax(z), value)
    assert_close(act.softmax_backward(z, weight), gradient, 2e-6)


@settings(max_examples=20)
@given(n=st.integers(1, 5), k=st.integers(1, 4), groups=st.integers(1, 4), seed=seeds)
def test_maxout_is_tensorflow_s_maximum_of_groups(n, k, groups, seed):
    z = drawn((n, groups * k), seed, 1.0)

    def maximum(z):
        return tf.reduce_max(tf.reshape(z, (n, groups, k)), axis=-1)

    value, weight, (gradient,) = theirs(maximum, z)
    assert_close(act.maxout(z, k), value)
    ours = act.maxout_derivative(z, k) * np.repeat(weight, k, axis=-1)
    assert_close(ours, gradient)


def test_selu_s_constants_are_those_of_keras():
    z = np.float32([1.0, -100.0])
    scale, bottom = keras.activations.selu(tf.constant(z)).numpy()
    assert pytest.approx(scale, rel=1e-7) == act.SELU_SCALE
    assert pytest.approx(-bottom, rel=1e-7) == act.SELU_SCALE * act.SELU_ALPHA


def test_what_keras_chooses_where_nothing_is_said():
    # The lesson tells these; a new Keras that changes them has to change the lesson.
    z = np.float32([[-1.0]])
    assert keras.activations.leaky_relu(z).numpy() == pytest.approx(-0.2)
    assert keras.layers.LeakyReLU()(z).numpy() == pytest.approx(-0.3)
    assert keras.layers.PReLU()(z).numpy() == 0
    assert error(keras.activations.get("gelu")(z), act.gelu(z)) < 1e-6
    with pytest.raises(ValueError, match="negative"):
        keras.layers.LeakyReLU(negative_slope=-0.1)


BENDS = {
    "PReLU": (activation_pieces.PReLU(0.25), lambda: keras.layers.PReLU("ones"), 1),
    "maxout": (activation_pieces.Maxout(2), lambda: Maxout(2), 2),
    "ELU": (variant("elu", alpha=0.5), lambda: keras.layers.ELU(alpha=0.5), 1),
}


@pytest.mark.parametrize("name", BENDS)
def test_a_network_takes_keras_steps(name):
    # Fifty steps from the same weights: a slope of PReLU that is averaged instead
    # of summed, or a maxout that rewards losers, parts from Keras in the first few.
    ours, theirs, wide = BENDS[name]
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 8)).astype(np.float32), rng.integers(0, 4, 16)
    net = mlp([8, 12 * wide, 12 * wide, 4], ours, "he_normal")
    layers = [keras.Input([8])]
    for _ in range(2):
        layers += [keras.layers.Dense(12 * wide), theirs()]
    model = keras.Sequential([*layers, keras.layers.Dense(4)])
    model.set_weights(net.get_weights())
    step, sgd = keras.optimizers.SGD(0.01, momentum=0.9), SGD(0.01, momentum=0.9)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    state = sgd.init(net.flat)
    for _ in range(50):
        with tf.GradientTape() as tape:
            value = loss(y, model(x))
        weights = model.trainable_variables
        step.apply(tape.gradient(value, weights), weights)
        net.loss_and_gradients(x, y, training=True)
        sgd.update(net.flat, net.flat_gradient, state)
    for mine, its in zip(net.get_weights(), model.get_weights(), strict=True):
        assert error(mine, its) < 1e-4
    assert float(loss(y, model(x))) < float(value) < 1.2
