"""Two hundred steps of every optimizer are Keras' steps, also where gradients are tiny.

Keras computes in float64 here, so that the formulas are compared and not the rounding
of 1 - 0.999^t in float32, of which only five digits are right in the first step. It
still reads 0.999 as float32, so the betas are float32 numbers on both sides.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import optimizers as opt
from tests.keras_parity.closeness import error

STEPS, N = 200, 6
# Keras names some settings otherwise.
THEIRS = {"initial_accumulator": "initial_accumulator_value"}
BETAS = {"beta_1": float(np.float32(0.9)), "beta_2": float(np.float32(0.999))}
CASES = {
    "SGD": opt.SGD(0.03),
    "SGD momentum": opt.SGD(0.03, 0.9),
    "SGD nesterov": opt.SGD(0.03, 0.9, nesterov=True),
    "Adagrad": opt.Adagrad.as_keras(),
    "RMSprop": opt.RMSprop.as_keras(),
    "RMSprop momentum": opt.RMSprop.as_keras(momentum=0.9),
    "RMSprop centered": opt.RMSprop.as_keras(centered=True),
    "Adam": opt.Adam.as_keras(**BETAS),
    "Adam amsgrad": opt.Adam.as_keras(amsgrad=True, **BETAS),
    "AdamW": opt.AdamW.as_keras(**BETAS),
    "Adamax": opt.Adamax.as_keras(**BETAS),
    "Nadam": opt.Nadam.as_keras(**BETAS),
    "Lion": opt.Lion.as_keras(weight_decay=0.1),
}
SETTINGS_OF = {
    "SGD": ("learning_rate", "momentum", "nesterov"),
    "Adagrad": ("learning_rate", "initial_accumulator", "epsilon"),
    "RMSprop": ("learning_rate", "rho", "momentum", "centered", "epsilon"),
    "Adam": ("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"),
    "AdamW": ("learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay"),
    "Adamax": ("learning_rate", "beta_1", "beta_2", "epsilon"),
    "Nadam": ("learning_rate", "beta_1", "beta_2", "epsilon"),
    "Lion": ("learning_rate", "beta_1", "beta_2", "weight_decay"),
}


def theirs_of(ours):
    """Keras' optimizer with our settings."""
    name = type(ours).__name__
    settings = {
        THEIRS.get(field, field): getattr(ours, field) for field in SETTINGS_OF[name]
    }
    return getattr(keras.optimizers, name)(**settings)


class KerasWalk:
    """Keras' optimizer in one traced loop, which starts anew for each walk."""

    def __init__(self, ours):
        self.variable = keras.Variable(np.zeros(N), dtype="float64")
        self.optimizer = theirs_of(ours)
        self.optimizer.build([self.variable])
        self.start = [v.numpy() for v in self.optimizer.variables]
        self.walk = tf.function(
            self._walk, input_signature=[tf.TensorSpec((None, N), tf.float64)]
        )

    def __call__(self, theta, gradients, learning_rate):
        for variable, value in zip(self.optimizer.variables, self.start, strict=True):
            variable.assign(value)
        self.optimizer.learning_rate.assign(learning_rate)
        self.variable.assign(theta)
        return self.walk(tf.constant(gradients)).numpy()

    def _walk(self, gradients):
        path = tf.TensorArray(tf.float64, size=tf.shape(gradients)[0])
        for t in tf.range(tf.shape(gradients)[0]):
            self.optimizer.apply([gradients[t]], [self.variable])
            path = path.write(t, tf.convert_to_tensor(self.variable))
        return path.stack()


@pytest.fixture(scope="module", autouse=True)
def _float64():
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx(before)


@pytest.fixture(scope="module")
def walks():
    """One Keras optimizer for each case, made when first asked for."""
    return {}


def gradients_with_gaps(rng):
    """Ordinary, large, small, tiny, sparse, and tiny after one large gradient."""
    g = rng.normal(size=(STEPS, N)) * [1, 100, 1e-3, 1e-7, 1, 1e-6]
    g[rng.random(STEPS) < 0.9, 4] = 0
    g[0, 5] = 1.0
    return g


def walk(ours, theta, gradients, **now):
    theta, path = theta.copy(), []
    state = ours.init(theta)
    for g in gradients:
        ours.update(theta, g.copy(), state, **now)
        path.append(theta.copy())
    return np.array(path)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=8)
@given(seed=st.integers(0, 10**6), rate=st.floats(1e-4, 0.5))
def test_two_hundred_steps_are_keras_steps(walks, case, seed, rate):
    # Every column against its own size: the tiny one's epsilon is not hidden by others.
    # `learning_rate` comes for each step: that is the path a schedule takes.
    ours = CASES[case]
    if case not in walks:
        walks[case] = KerasWalk(ours)
    rng = np.random.default_rng(seed)
    theta, gradients = rng.normal(size=N), gradients_with_gaps(rng)
    mine = walk(ours, theta, gradients, learning_rate=rate) - theta
    theirs = walks[case](theta, gradients, rate) - theta
    for one, other in zip(mine.T, theirs.T, strict=True):
        assert error(one, other) < 1e-6


@pytest.mark.parametrize("name", SETTINGS_OF)
def test_the_settings_said_to_be_keras_are_its_defaults(name):
    theirs = getattr(keras.optimizers, name)().get_config()
    ours = getattr(opt, name).as_keras()
    for field in SETTINGS_OF[name]:
        expected = theirs[THEIRS.get(field, field)]
        assert getattr(ours, field) == pytest.approx(float(expected or 0)), field


def test_a_number_comes_out_different_where_epsilon_stands_elsewhere():
    # Gradients of 1e-6: the paper's Adam takes 91 % of a full first step, Keras 24 %.
    def first(rule):
        return -rule.step(np.zeros(1), np.full(1, 1e-6), rule.init(np.zeros(1)))[0][0]

    theirs = KerasWalk(opt.Adam.as_keras())
    full = -theirs(np.zeros(N), np.full((1, N), 1e-6), 1.0)[0, 0]
    assert first(opt.Adam.as_keras(learning_rate=1.0)) == pytest.approx(full, rel=1e-4)
    assert full < 0.25
    assert first(opt.Adam(1.0, epsilon=1e-7)) > 0.9
