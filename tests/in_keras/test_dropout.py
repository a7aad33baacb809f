"""Monte Carlo dropout in Keras: awake where it should be, asleep elsewhere, reloads."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras

from course_utils.in_keras.dropout import MCAlphaDropout, MCDropout, Sampler, to_mc
from course_utils.regularization import mc_predict

layers = keras.layers
X = np.random.default_rng(0).normal(size=(16, 6)).astype(np.float32)


def trained(*dropout, head="softmax"):
    """A small model whose batch normalization has seen data."""
    keras.utils.set_random_seed(0)
    body = [layers.Dense(16, "relu"), layers.BatchNormalization(momentum=0.5)]
    body += [*dropout, layers.Dense(3, head)]
    model = keras.Sequential([keras.Input([6]), *body])
    model(3 + X, training=True)
    return model


def kinds(model):
    return [type(layer).__name__ for layer in model._flatten_layers()]


@pytest.mark.parametrize("kind", [MCDropout, MCAlphaDropout])
def test_the_layers_drop_whatever_training_says(kind):
    layer = kind(0.5, seed=1)
    x = np.ones((100, 50), np.float32)
    first, second = layer(x).numpy(), layer(x, training=False).numpy()
    assert (first != second).mean() > 0.3
    low = 0 if kind is MCDropout else first.min()
    assert (first == low).mean() == pytest.approx(0.5, abs=0.05)


def test_to_mc_swaps_dropout_and_leaves_the_rest():
    model = trained(layers.Dropout(0.3, seed=5), layers.AlphaDropout(0.2, name="a"))
    before = [w.copy() for w in model.get_weights()]
    copy = to_mc(model)
    swapped = [layer for layer in copy.layers if "MC" in type(layer).__name__]
    assert [type(layer) for layer in swapped] == [MCDropout, MCAlphaDropout]
    assert (swapped[0].rate, swapped[0].seed) == (0.3, 5)
    assert (swapped[1].rate, swapped[1].name) == (0.2, "a")
    for a, b in zip(before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    copy.set_weights([0 * w for w in before])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)  # the model shares nothing with its copy
    assert kinds(model).count("Dropout") == 1


def test_batch_norm_sleeps_in_the_copy_but_not_with_training_true():
    model = trained(layers.Dropout(0.5))
    copy = to_mc(model)
    before = [w.copy() for w in copy.get_weights()]
    passes = np.mean([copy(np.tile(X, (200, 1))) for _ in range(5)], axis=0)
    alone = np.mean([copy(np.tile(X[:1], (200, 1))) for _ in range(5)], axis=0)
    mean = passes.reshape(200, 16, 3).mean(axis=0)
    np.testing.assert_allclose(alone.mean(axis=0), mean[0], atol=0.05)
    for a, b in zip(before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model(X, training=True)
    assert any((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def functional():
    start = keras.Input([6])
    h = layers.Dense(6, "relu")(start)
    drop = layers.Dropout(0.5)
    inner = keras.Sequential([keras.Input([6]), layers.Dense(6), layers.Dropout(0.5)])
    out = layers.Add()([drop(h), inner(drop(h))])
    return keras.Model(start, layers.Dense(3)(out))


def in_a_wrapper():
    inner = keras.Sequential([keras.Input([6]), layers.Dense(2), layers.Dropout(0.5)])
    start = keras.Input([4, 6])
    out = layers.TimeDistributed(inner)(
        layers.TimeDistributed(layers.Dropout(0.5))(start)
    )
    return keras.Model(start, out)


@pytest.mark.parametrize(("make", "n"), [(functional, 2), (in_a_wrapper, 2)])
def test_functional_nested_shared_and_wrapped_dropouts_are_found(make, n):
    model = make()
    copy = to_mc(model)
    assert kinds(copy).count("MCDropout") == n
    assert kinds(copy).count("Dropout") == 0
    assert kinds(model).count("Dropout") == n
    for a, b in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    x = np.ones((3, *model.input_shape[1:]), np.float32)
    assert (copy(x).numpy() != copy(x).numpy()).any()
    # with every rate at 0 the copy says what the model says
    for layer in copy._flatten_layers():
        if isinstance(layer, MCDropout):
            layer.rate = 0
    np.testing.assert_allclose(copy(x).numpy(), model(x).numpy(), rtol=1e-5)


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, x):
        return self.dense(x)


def test_to_mc_says_what_is_missing():
    nothing = "model must have a Dropout or AlphaDropout layer"
    for model in (trained(), trained(layers.Dropout(0)), trained(MCDropout(0))):
        with pytest.raises(ValueError, match=nothing):
            to_mc(model)
    with pytest.raises(ValueError, match="model must be built"):
        to_mc(keras.Sequential([layers.Dense(2), layers.Dropout(0.5)]))
    with pytest.raises(TypeError, match="model must be a Keras model, got list"):
        to_mc([])
    own = Own()
    own(X)
    with pytest.raises(ValueError, match=r"got a subclass of keras.Model \(Own\)"):
        to_mc(own)


def test_a_copy_can_be_copied_and_sampled():
    copy = to_mc(to_mc(trained(layers.Dropout(0.5))))
    assert kinds(copy).count("MCDropout") == 1
    assert (Sampler(copy)(X) != Sampler(copy)(X)).any()


def test_the_sampler_agrees_with_the_stack():
    model = trained(layers.Dropout(0.5))
    sampler, big = Sampler(model), np.tile(X, (200, 1))
    copy = sampler.model
    stack = np.concatenate([copy(big).numpy().reshape(200, 16, 3) for _ in range(10)])
    draw = sampler.prepared(big)
    ours = np.concatenate([draw().reshape(200, 16, 3) for _ in range(10)])
    error = 6 * np.sqrt(2) * stack.std(axis=0).max() / np.sqrt(2_000)
    np.testing.assert_allclose(ours.mean(axis=0), stack.mean(axis=0), atol=error)
    np.testing.assert_allclose(ours.std(axis=0), stack.std(axis=0), atol=0.03)
    seen = mc_predict(sampler, X, samples=20)
    assert seen.mean.shape == (16, 3)
    assert (seen.std > 0).all()


def test_sampling_leaves_the_model_alone():
    model = trained(layers.Dropout(0.5))
    before = [w.copy() for w in model.get_weights()]
    Sampler(model)(X)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_saved_models_reload_because_the_layers_are_registered(tmp_path, monkeypatch):
    model = to_mc(trained(layers.Dropout(0.5), layers.AlphaDropout(0.25)))
    path = tmp_path / "mc.keras"
    model.save(path)
    again = keras.saving.load_model(path)
    assert [type(layer) for layer in again.layers[2:4]] == [MCDropout, MCAlphaDropout]
    assert [layer.rate for layer in again.layers[2:4]] == [0.5, 0.25]
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert (again(X).numpy() != again(X).numpy()).any()
    known = keras.saving.get_custom_objects()
    monkeypatch.delitem(known, "course_utils>MCDropout")
    with pytest.raises(TypeError, match=r"Could not locate class 'MCDropout'"):
        keras.saving.load_model(path)


@pytest.mark.parametrize("layer", [MCDropout, MCAlphaDropout])
def test_nobody_drops_everything(layer):
    for rate in (1.0, -0.1):
        with pytest.raises(ValueError, match=r"in \[0, 1\)|0 and 1"):
            layer(rate)
