"""The course's own Keras layers: right, trainable, saved and found again."""

import os
import subprocess
import sys

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import activations as act
from course_utils.in_keras.activations import Maxout, RReLU

X = np.random.default_rng(0).normal(size=(64, 12)).astype(np.float32)


@settings(max_examples=20)
@given(n=st.integers(1, 6), groups=st.integers(1, 5), k=st.integers(1, 4))
def test_maxout_and_its_gradient_are_ours(n, groups, k):
    z = np.random.default_rng(n).normal(size=(n, 2, groups * k)).astype(np.float32)
    weight = np.random.default_rng(k).normal(size=(n, 2, groups)).astype(np.float32)
    with tf.GradientTape() as tape:
        tape.watch(inner := tf.constant(z))
        value = Maxout(k)(inner)
    gradient = tape.gradient(value, inner, output_gradients=tf.constant(weight))
    np.testing.assert_allclose(value.numpy(), act.maxout(z, k), rtol=1e-6)
    ours = act.maxout_derivative(z, k) * np.repeat(weight, k, axis=-1)
    np.testing.assert_allclose(gradient.numpy(), ours, rtol=1e-6)


@settings(max_examples=20)
@given(bounds=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_rrelu_at_inference_is_ours(bounds):
    low, high = sorted(bounds)
    with tf.GradientTape() as tape:
        tape.watch(inner := tf.constant(X))
        value = RReLU(low, high)(inner)
    np.testing.assert_allclose(value.numpy(), act.rrelu(X, None, low, high), rtol=1e-6)
    gradient = tape.gradient(value, inner).numpy()
    ours = act.rrelu_derivative(X, None, low, high)
    np.testing.assert_allclose(gradient, ours, rtol=1e-6)


def test_rrelu_in_training_draws_a_slope_for_each_entry():
    layer, z = RReLU(0.1, 0.5, seed=1), -np.ones((200, 50), np.float32)
    with tf.GradientTape() as tape:
        tape.watch(inner := tf.constant(z))
        value = layer(inner, training=True)
    slopes = -value.numpy()
    assert 0.1 <= slopes.min() < 0.101
    assert 0.499 < slopes.max() <= 0.5
    # 10,000 uniform draws: six standard errors of their mean are 0.007.
    assert slopes.mean() == pytest.approx(0.3, abs=0.007)
    gradient = tape.gradient(value, inner).numpy()
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6)
    assert (layer(z, training=True).numpy() != value.numpy()).any()
    above = RReLU(seed=1)(-z, training=True).numpy()
    np.testing.assert_array_equal(above, -z)


def model():
    """A small network with both layers."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input([12]),
            layers.Dense(8, kernel_initializer="he_normal"),
            RReLU(0.1, 0.4, seed=3),
            layers.Dense(9),
            Maxout(3),
            layers.Dense(4),
        ]
    )


def test_shapes_are_known_before_any_data():
    assert model().layers[3].output.shape == (None, 3)
    assert Maxout(4).compute_output_shape((None, 7, 8)) == (None, 7, 2)
    assert RReLU().compute_output_shape((None, 7)) == (None, 7)


@pytest.mark.parametrize("after", ["fresh", "trained"])
def test_a_saved_model_is_the_same_model(tmp_path, after):
    keras.utils.set_random_seed(0)
    net = model()
    if after == "trained":
        net.compile("sgd", "mse")
        before = net.get_weights()[0].copy()
        net.fit(X, np.ones((64, 4)), epochs=1, verbose=0)
        assert (net.get_weights()[0] != before).any()
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    np.testing.assert_array_equal(again(X).numpy(), net(X).numpy())
    first, second = again.layers[1], again.layers[3]
    assert (first.low, first.high, first.seed, second.k) == (0.1, 0.4, 3, 3)
    name = keras.saving.get_registered_name(Maxout)
    assert name == "course_utils>Maxout"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RReLU(0.5, 0.1), "low and high must be 0 <= low <= high <= 1"),
        (lambda: Maxout(0), "k must be a whole number >= 1, got 0"),
        (lambda: Maxout(5)(X), "k must divide the 12 units below, got 5"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_the_package_itself_loads_no_keras():
    code = "import sys, course_utils.in_keras; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False"]
