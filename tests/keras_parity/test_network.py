"""The NumPy engine takes Keras' steps."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from course_utils import initialization
from course_utils.lab import losses
from course_utils.lab.early_stopping import BestWeights, EarlyStopping
from course_utils.lab.network import mlp
from course_utils.lab.records import rms
from course_utils.optimizers import SGD
from tests.keras_parity.closeness import error

N_INPUTS, WIDTH, N_CLASSES, BATCH, STEPS = 8, 16, 4, 16, 100

OPTIMIZERS = {
    "SGD": SGD(0.05),
    "momentum": SGD(0.01, momentum=0.9),
    "Nesterov": SGD(0.01, momentum=0.9, nesterov=True),
}
INITIALIZERS = {
    "glorot_uniform": "glorot_uniform",
    "he_normal": "he_normal",
    "lecun_normal": "lecun_normal",
    "normal(0.3)": initialization.normal(0.3),
}


def batches(seed=0):
    """A hundred batches of a task with some structure, so that there is a path."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(STEPS, BATCH, N_INPUTS)).astype(np.float32)
    y = np.argmax(x[..., :N_CLASSES] + 0.5 * rng.normal(size=x[..., :4].shape), axis=-1)
    return x, y


class KerasPath:
    """A Keras model and optimizer; a traced loop takes many steps at once."""

    def __init__(self, activation, depth, optimizer):
        # Zeros for now: `restart` sets the weights, and they are quick to make.
        units, bends = [*[WIDTH] * depth, N_CLASSES], [*[activation] * depth, None]
        self.model = keras.Sequential([keras.Input((N_INPUTS,))])
        for n, bend in zip(units, bends, strict=True):
            self.model.add(keras.layers.Dense(n, bend, kernel_initializer="zeros"))
        self.optimizer = keras.optimizers.SGD(
            optimizer.learning_rate, optimizer.momentum, optimizer.nesterov
        )
        self.variables = self.model.trainable_variables
        self.optimizer.build(self.variables)
        self.gradients = [tf.Variable(tf.zeros(v.shape)) for v in self.variables]
        self.walk = tf.function(  # one trace for any number of steps
            self._walk,
            input_signature=[
                tf.TensorSpec((None, BATCH, N_INPUTS), tf.float32),
                tf.TensorSpec((None, BATCH), tf.int64),
            ],
        )

    def restart(self, weights, learning_rate):
        self.model.set_weights(weights)
        self.optimizer.learning_rate.assign(learning_rate)
        for velocity in self.optimizer.momentums if self.optimizer.momentum else []:
            velocity.assign(tf.zeros(velocity.shape))

    def _walk(self, x, y):
        """Losses of each step; the last step's gradients stay in `gradients`."""
        seen = tf.TensorArray(tf.float32, size=tf.shape(x)[0])
        for i in tf.range(tf.shape(x)[0]):
            with tf.GradientTape() as tape:
                each = keras.losses.sparse_categorical_crossentropy(
                    y[i], self.model(x[i], training=True), from_logits=True
                )
                loss = tf.reduce_mean(each)
            slopes = tape.gradient(loss, [v.value for v in self.variables])
            for kept, slope in zip(self.gradients, slopes, strict=True):
                kept.assign(slope)
            self.optimizer.apply(slopes, self.variables)
            seen = seen.write(i, loss)
        return seen.stack()


@pytest.fixture(scope="module")
def keras_path():
    """Paths by activation, depth and optimizer: tracing one takes a while."""
    made = {}

    def get(activation, depth, optimizer):
        key = activation, depth, optimizer
        if key not in made:
            made[key] = KerasPath(activation, depth, OPTIMIZERS[optimizer])
        return made[key]

    return get


def our_walk(net, optimizer, state, x, y):
    """The same steps with the NumPy engine's own passes: losses, last gradients."""
    seen = []
    for batch_x, batch_y in zip(x, y, strict=True):
        loss, _ = net.loss_and_gradients(batch_x, batch_y)
        gradients = [g.copy() for piece in net.gradients for g in piece.values()]
        optimizer.update(net.flat, net.flat_gradient, state)  # uses them up
        seen.append(float(loss))
    return np.array(seen), gradients


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("depth", [1, 3, 10])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_one_step_and_a_hundred(keras_path, initializer, activation, depth, optimizer):
    # Rates are small enough that no path is unstable, which needs much smaller ones for
    # the deep linear network: where a path is unstable, rounding is blown up, and two
    # correct float32 engines part for good.
    unstable = activation == "linear" and depth == 10
    rate = OPTIMIZERS[optimizer].learning_rate * (0.03 if unstable else 1)
    ours = dataclasses.replace(OPTIMIZERS[optimizer], learning_rate=rate)
    theirs = keras_path(activation, depth, optimizer)
    sizes = [N_INPUTS, *[WIDTH] * depth, N_CLASSES]
    net = mlp(sizes, activation, INITIALIZERS[initializer], seeds=depth)
    start = net.get_weights()
    theirs.restart(start, rate)
    x, y = batches()
    state = ours.init(net.flat)

    loss, gradients = our_walk(net, ours, state, x[:1], y[:1])
    expected = theirs.walk(tf.constant(x[:1]), tf.constant(y[:1])).numpy()
    assert error(loss, expected) < 1e-6
    for mine, slope in zip(gradients, theirs.gradients, strict=True):
        # Twenty-two products deep, rounding alone has come to 1.4e-6.
        assert error(mine, slope.numpy()) < (3e-6 if depth == 10 else 1e-6)
    weights = theirs.model.get_weights()
    for mine, other in zip(net.get_weights(), weights, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6, rtol=1e-6)

    loss, gradients = our_walk(net, ours, state, x[1:], y[1:])
    expected = theirs.walk(tf.constant(x[1:]), tf.constant(y[1:])).numpy()
    assert error(loss, expected) < 1e-4
    weights = theirs.model.get_weights()
    for mine, other in zip(net.get_weights(), weights, strict=True):
        assert error(mine, other) < 1e-4
    # And it went somewhere: a path that stands still would agree as well.
    assert max(np.abs(a - b).max() for a, b in zip(start, weights, strict=True)) > 5e-3


# The pieces


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("seed", range(2))
def test_the_optimizer_step_by_step(kind, seed):
    # Gradients are given, so nothing but the update rule can differ.
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(5, 7)).astype(np.float32)
    ours = dataclasses.replace(OPTIMIZERS[kind], learning_rate=10 ** rng.uniform(-3, 0))
    theirs = keras.optimizers.SGD(ours.learning_rate, ours.momentum, ours.nesterov)
    variable, parameters = keras.Variable(start), start.copy()
    state = ours.init(parameters)
    for _ in range(30):
        gradient = rng.normal(size=start.shape).astype(np.float32)
        theirs.apply([tf.constant(gradient)], [variable])
        ours.update(parameters, gradient, state)
        assert error(parameters, variable.numpy()) < 1e-6


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_optimizer_under_a_schedule(nesterov):
    # Keras too keeps the velocity as it is when the rate changes.
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 3, 0.5)
    theirs = keras.optimizers.SGD(schedule, 0.9, nesterov)
    ours, rng = SGD(0.5, 0.9, nesterov), np.random.default_rng(0)
    parameters = rng.normal(size=6).astype(np.float32)
    variable, state = keras.Variable(parameters.copy()), ours.init(parameters)
    for step in range(20):
        gradient = rng.normal(size=6).astype(np.float32)
        theirs.apply([tf.constant(gradient)], [variable])
        ours.update(parameters, gradient, state, learning_rate=0.5 * 0.5 ** (step / 3))
        assert error(parameters, variable.numpy()) < 2e-6


@pytest.mark.parametrize("scale", [1, 100])
def test_losses(scale):
    rng = np.random.default_rng(0)
    scores = (scale * rng.normal(size=(50, 6))).astype(np.float32)
    labels, targets = rng.integers(0, 6, 50), rng.normal(size=(50, 6))
    loss, _ = losses.softmax_cross_entropy(scores, labels)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert loss == pytest.approx(float(theirs(labels, scores)), rel=1e-6)
    loss, _ = losses.mean_squared_error(scores, targets.astype(np.float32))
    theirs = keras.losses.MeanSquaredError()
    assert loss == pytest.approx(float(theirs(targets, scores)), rel=1e-6)


# Records and early stopping


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_records_are_what_a_gradient_tape_sees(activation):
    net = mlp([N_INPUTS, WIDTH, WIDTH, N_CLASSES], activation, "he_normal", seeds=3)
    x, y = (array[0] for array in batches())
    records = net.record(x, y)
    a, labels, weights = tf.constant(x), y, net.get_weights()
    z, outputs, variables = [], [], [tf.Variable(w) for w in weights[::2]]
    with tf.GradientTape(persistent=True) as tape:
        for k, w in enumerate(variables):
            z.append(a @ w + weights[2 * k + 1])
            tape.watch(z[-1])
            a = keras.activations.get(activation)(z[-1]) if k < 2 else z[-1]
            outputs.append(a)
        # One example's share: the sum of the examples' losses, not their mean.
        loss = tf.reduce_sum(
            keras.losses.sparse_categorical_crossentropy(labels, a, from_logits=True)
        )
    for k, record in enumerate(records.layers):
        assert error(record.z, z[k]) < 1e-6
        assert error(record.a, outputs[k]) < 1e-6
        assert error(record.gradient_z, tape.gradient(loss, z[k])) < 1e-6
        slope = tape.gradient(loss, variables[k]) / BATCH
        assert error(record.gradient_weights, slope) < 1e-6
        np.testing.assert_array_equal(record.weights, weights[2 * k])
        row = records.rows()[k]
        expected = rms(tape.gradient(loss, z[k]).numpy())
        assert row["gradient_rms"] == pytest.approx(expected, rel=1e-5)


@given(
    st.lists(st.sampled_from([1.0, 0.9, 0.85, 0.8, 0.7, 0.5]), min_size=1, max_size=12),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.07, 0.2]),
)
def test_early_stopping_ends_in_the_same_epoch(valid_losses, patience, min_delta):
    theirs = keras.callbacks.EarlyStopping(
        "val_loss", min_delta=min_delta, patience=patience
    )
    model = keras.Sequential()
    model.stop_training = False
    theirs.set_model(model)
    theirs.on_train_begin()
    net = mlp([1, 1])
    ours = BestWeights(net, EarlyStopping(patience, min_delta))
    for epoch, loss in enumerate(valid_losses):
        theirs.on_epoch_end(epoch, {"val_loss": loss})
        assert ours.all_stopped(net, loss) == model.stop_training
        if model.stop_training:
            break
