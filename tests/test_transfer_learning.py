"""Reuse, freeze, fine-tune and save Keras models, and nothing silently wrong."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
from keras import layers

from course_utils import transfer_learning as tl

X = np.random.default_rng(0).normal(size=(48, 6)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)


def small(compiled=False, norm=False, **compile):
    """Two hidden layers and a sigmoid, a new one each time."""
    keras.utils.set_random_seed(0)
    middle = [layers.BatchNormalization()] if norm else []
    model = keras.Sequential(
        [
            keras.Input([6]),
            layers.Dense(5, "relu"),
            *middle,
            layers.Dense(4, "relu"),
            layers.Dense(1, "sigmoid"),
        ]
    )
    if compiled:
        settings = {
            "optimizer": keras.optimizers.SGD(0.5, momentum=0.9),
            "loss": "binary_crossentropy",
            "metrics": ["accuracy"],
        }
        model.compile(**settings | compile)
    return model


def trained(eager=True, **settings):
    """A model that has trained; a graph takes half a second, few tests need one."""
    model = small(compiled=True, run_eagerly=eager, **settings)
    model.fit(X, Y, verbose=0)
    return model


def ready():
    """A model whose training step is made, as by its first `fit`."""
    model = small(compiled=True)
    model.make_train_function()
    return model


@pytest.fixture(scope="module")
def untouched():
    """One model for all that is refused: whatever refuses must leave it as it is."""
    model = small()
    before = model.get_weights()
    yield model
    assert all(same(model, before))
    assert all(part.trainable for part in model.layers)


def same(model, weights):
    return [
        np.array_equal(a, b) for a, b in zip(model.get_weights(), weights, strict=True)
    ]


# --- clone and reuse ---------------------------------------------------------------


def test_a_clone_is_the_same_function_and_shares_nothing():
    model = tl.freeze(small(norm=True), 1)
    model.layers[1].moving_mean.assign(np.arange(5.0))
    copy = tl.clone_with_weights(model)
    assert same(copy, model.get_weights()) == [True] * len(model.weights)
    assert [part.trainable for part in copy.layers] == [False, True, True, True]
    assert not {id(v) for v in copy.variables} & {id(v) for v in model.variables}
    before = model.get_weights()
    copy.set_weights([w + 1 for w in before])
    assert all(same(model, before))


def test_keras_own_clone_has_other_weights():
    """What the function is for; should it change, the lesson has to."""
    model = small()
    assert not same(keras.models.clone_model(model), model.get_weights())[0]


def test_a_clone_of_a_trained_model_has_an_optimizer_of_its_own():
    model = trained()
    copy = tl.clone_with_weights(model)
    steps = int(model.optimizer.iterations)
    assert copy.optimizer is not model.optimizer
    assert (int(copy.optimizer.iterations), steps) == (0, 2)


@pytest.mark.parametrize("k", [0, 2])
def test_reused_layers_are_built_copies_below_the_head(k):
    model = small()
    head = [layers.Dense(3, "relu"), layers.Dense(1, "sigmoid")]
    new = tl.reuse_layers(model, k, head)
    assert new.built
    assert new.layers[k:] == head
    assert new.input_shape == (None, 6)
    for ours, theirs in zip(new.layers[:k], model.layers[:k], strict=True):
        assert ours is not theirs
        np.testing.assert_array_equal(ours.get_weights()[0], theirs.get_weights()[0])


def test_training_the_new_network_leaves_the_old_one_alone_unless_shared():
    for share in (False, True):
        model = small()
        before = model.get_weights()
        new = tl.reuse_layers(model, 2, layers.Dense(1, "sigmoid"), share=share)
        new.compile("sgd", "binary_crossentropy", run_eagerly=True)
        new.fit(X, Y, verbose=0)
        assert same(model, before) == [not share] * 4 + [True] * 2


def test_a_frozen_layer_stays_frozen_when_reused():
    new = tl.reuse_layers(tl.freeze(small(), 1), 2, layers.Dense(1))
    assert [part.trainable for part in new.layers] == [False, True, True]


def test_a_head_of_a_name_that_is_taken_gets_another():
    model = small()
    taken = model.layers[0].name
    new = tl.reuse_layers(model, 2, layers.Dense(1, name=taken))
    assert new.layers[-1].name == taken + "_1"
    keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(new))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((1, 1, None), TypeError, "model must be a keras.Sequential, got int"),
        ((None, 4, None), ValueError, r"n_layers must be in \[0, 3\], got 4"),
        ((None, -1, None), ValueError, r"n_layers must be in \[0, 3\], got -1"),
        ((None, 1.0, None), TypeError, "n_layers must be an int, got 1.0"),
        ((None, True, None), TypeError, "n_layers must be an int, got True"),
        ((None, 1, []), ValueError, "head must be a Keras layer or a list"),
        ((None, 1, "dense"), ValueError, "head must be a Keras layer or a list"),
    ],
)
def test_reuse_that_makes_no_sense(untouched, arguments, error, words):
    model, n, head = arguments
    model = untouched if model is None else model
    head = layers.Dense(1) if head is None else head
    with pytest.raises(error, match=words):
        tl.reuse_layers(model, n, head)


def test_an_old_head_is_not_a_new_one():
    model = small()
    with pytest.raises(ValueError, match="head must be new layers"):
        tl.reuse_layers(model, 2, model.layers[-1])


def test_models_without_weights():
    empty = keras.Sequential([layers.Dense(2)])
    for function in (
        tl.clone_with_weights,
        tl.freeze,
        tl.unfreeze,
        lambda model: tl.reuse_layers(model, 1, layers.Dense(1)),
        lambda model: tl.save(model, "x.keras"),
    ):
        with pytest.raises(ValueError, match="model must be built"):
            function(empty)
    with pytest.raises(TypeError, match=r"model must be a keras\.Model, got list"):
        tl.clone_with_weights([])


# --- freeze ------------------------------------------------------------------------


def test_keras_does_not_hear_and_with_freeze_it_does():
    """The silence that `freeze` breaks; should Keras change, the lesson has to."""
    model = trained(eager=False)
    before = model.get_weights()
    model.layers[0].trainable = False
    model.fit(X, Y, verbose=0)
    assert not same(model, before)[0]
    model.layers[0].trainable = True
    before = tl.freeze(model, 1, recompile=True).get_weights()
    model.fit(X, Y, verbose=0)
    assert same(model, before) == [True] * 2 + [False] * 4


def test_a_trained_model_refuses_and_stays_as_it_is():
    model = ready()
    assert tl.ignores_changes(model)
    with pytest.raises(ValueError, match=r"freeze\(\.\.\., recompile=True\)"):
        tl.freeze(model, 2)
    assert all(part.trainable for part in model.layers)
    tl.freeze(model, 0)  # nothing changes, so there is nothing to ignore
    tl.unfreeze(model)


@pytest.mark.parametrize("how", ["optimizer", "not yet trained", "eager"])
def test_a_frozen_layer_does_not_move(how):
    if how == "not yet trained":
        model = tl.freeze(small(compiled=True), 1)
    elif how == "eager":
        model = tl.freeze(trained(), 1)
    else:
        given = {"optimizer": keras.optimizers.Adam(0.1), "run_eagerly": True}
        model = tl.freeze(ready(), 1, **given)
        assert isinstance(model.optimizer, keras.optimizers.Adam)
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert same(model, before) == [True] * 2 + [False] * 4


def test_recompiling_keeps_all_but_the_memory():
    model = ready()
    old = model.optimizer
    tl.freeze(model, 1, recompile=True)
    assert model.optimizer is not old
    assert model.optimizer.get_config() == old.get_config()
    assert model.loss == "binary_crossentropy"
    assert int(model.optimizer.iterations) == 0
    assert "accuracy" in model.evaluate(X, Y, verbose=0, return_dict=True)


def test_unfreezing_is_heard():
    model = tl.freeze(ready(), 1, recompile=True)
    model.make_train_function()
    with pytest.raises(ValueError, match=r"unfreeze\(\.\.\., recompile=True\)"):
        tl.unfreeze(model)
    before = model.get_weights()
    tl.unfreeze(model, recompile=True, run_eagerly=True).fit(X, Y, verbose=0)
    assert not any(same(model, before))


def test_an_optimizer_that_knows_too_few_weights_is_noticed_before_keras_does():
    model = tl.freeze(small(compiled=True), 1)
    model.optimizer.build(model.trainable_variables)
    assert not tl.ignores_changes(model)
    with pytest.raises(ValueError, match="recompile=True"):
        tl.unfreeze(model)
    model.layers[0].trainable = True
    with pytest.raises(ValueError, match="Unknown variable"):
        model.fit(X, Y, verbose=0)


def test_a_model_saved_as_h5_can_still_be_recompiled(tmp_path):
    """Keras takes the optimizer out of the settings then."""
    model = ready()
    model.save(tmp_path / "old.h5")
    tl.freeze(model, 1, recompile=True)
    assert float(model.optimizer.momentum) == 0.9


def test_layers_by_name_position_number_and_themselves():
    for chosen in (2, [0, 1], [0, -2], ["first", "second"]):
        model = small()
        model.layers[0].name, model.layers[1].name = "first", "second"
        tl.freeze(model, chosen)
        assert [part.trainable for part in model.layers] == [False, False, True]
    model = small()
    tl.freeze(model, model.layers[1:2])
    assert [part.trainable for part in model.layers] == [True, False, True]
    assert [part.trainable for part in tl.freeze(model).layers] == [False] * 2 + [True]
    assert all(part.trainable for part in tl.unfreeze(model).layers)


@pytest.mark.parametrize(
    ("chosen", "error", "words"),
    [
        (4, ValueError, r"layers must be in \[0, 3\], got 4"),
        (-1, ValueError, r"layers must be in \[0, 3\], got -1"),
        (True, TypeError, "layers must be an int or a list of layers, got True"),
        ("dense", TypeError, "layers must be an int or a list of layers, got 'dense'"),
        (1.5, TypeError, "layers must be an int or a list"),
        (["no such"], ValueError, "layers must be among"),
        ([3], ValueError, r"positions must be in \[-3, 2\], got 3"),
        ([None], TypeError, "layers must hold layers, names or ints, got None"),
    ],
)
def test_layers_that_are_none(untouched, chosen, error, words):
    with pytest.raises(error, match=words):
        tl.freeze(untouched, chosen)


def test_a_layer_of_another_model(untouched):
    with pytest.raises(ValueError, match="layers must belong to the model"):
        tl.freeze(untouched, [layers.Dense(1)])


def test_a_part_frozen_inside_a_layer_is_let_go_with_it():
    inner = small()
    outer = keras.Sequential([keras.Input([6]), inner, layers.Dense(1)])
    inner.layers[0].trainable = False
    tl.unfreeze(outer)
    assert len(outer.trainable_weights) == 8
    tl.freeze(outer)
    assert len(outer.trainable_weights) == 2


def test_recompile_needs_something_to_go_by(untouched):
    with pytest.raises(ValueError, match="model must be compiled, or be given"):
        tl.freeze(untouched, recompile=True)


def test_counting_what_learns():
    model = small()  # 35 + 24 + 5
    assert tl.trainable_parameters(model) == 64
    assert tl.trainable_parameters(tl.freeze(model)) == 5
    assert tl.trainable_parameters(tl.freeze(model, 3)) == 0
    model = small()
    model.layers[0].enable_lora(2)  # 6 * 2 + 2 * 5 and the bias, for 6 * 5
    assert tl.trainable_parameters(model) == 64 - 30 + 22


def test_a_frozen_batch_normalization_uses_and_keeps_its_moving_averages():
    model = trained(norm=True)
    norm = model.layers[1]
    norm.moving_mean.assign(np.arange(5.0))
    tl.freeze(model, 2, recompile=True)
    before = norm.get_weights()
    model.fit(5 + X, Y, verbose=0)
    assert all(same(norm, before))
    a = np.asarray(norm(X[:, :5], training=True))
    gamma, beta, mean, variance = before
    expected = gamma * (X[:, :5] - mean) / np.sqrt(variance + norm.epsilon) + beta
    np.testing.assert_allclose(a, expected, atol=1e-5)


# --- fine_tune ---------------------------------------------------------------------


def test_two_phases_are_the_two_fits_by_hand():
    rates = {"head_rate": 0.3, "rate": 0.02}
    settings = "binary_crossentropy", None, None, ["accuracy"], None, True
    model, by_hand = small(compiled=True, run_eagerly=True, optimizer="sgd"), small()
    keras.utils.set_random_seed(1)
    frame = tl.fine_tune(
        model,
        X,
        Y,
        head_epochs=1,
        epochs=2,
        batch_size=24,
        validation_data=(X, Y),
        **rates,
    )
    keras.utils.set_random_seed(1)
    for part in by_hand.layers[:2]:
        part.trainable = False
    by_hand.compile(keras.optimizers.SGD(0.3), *settings)
    first = by_hand.fit(X, Y, epochs=1, batch_size=24, verbose=0).history["loss"]
    for part in by_hand.layers[:2]:
        part.trainable = True
    by_hand.compile(keras.optimizers.SGD(0.02), *settings)
    second = by_hand.fit(
        X, Y, epochs=3, initial_epoch=1, batch_size=24, verbose=0
    ).history["loss"]
    np.testing.assert_allclose(frame.loss, first + second, rtol=1e-5)
    for ours, theirs in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert frame.phase.tolist() == ["head"] + ["all"] * 2
    assert frame.epoch.tolist() == [1, 2, 3]
    assert frame.learning_rate.tolist() == [0.3] + [0.02] * 2
    assert {"accuracy", "val_loss", "val_accuracy"} <= {*frame.columns}


def test_only_the_head_learns_first_and_what_was_frozen_before_stays_frozen():
    model = tl.freeze(small(compiled=True, run_eagerly=True), 1)
    before, seen = model.get_weights(), []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(same(model, before))
    )
    tl.fine_tune(
        model,
        X,
        Y,
        head_epochs=1,
        epochs=1,
        head_rate=0.3,
        rate=0.1,
        callbacks=[note],
    )
    assert seen == [[True] * 4 + [False] * 2, [True] * 2 + [False] * 4]
    assert [part.trainable for part in model.layers] == [False, True, True]


def test_a_compiled_model_s_settings_are_used():
    model = trained()
    frame = tl.fine_tune(
        model, X, Y, head_epochs=1, epochs=0, head_rate=0.1, rate=0.05, reused=1
    )
    assert float(model.optimizer.learning_rate) == pytest.approx(0.05)
    assert float(model.optimizer.momentum) == 0.9
    assert frame.columns.tolist()[-2:] == ["accuracy", "loss"]
    tl.fine_tune(
        model, X, Y, head_epochs=1, epochs=0, head_rate=1, rate=0.1, optimizer="adam"
    )
    assert isinstance(model.optimizer, keras.optimizers.Adam)


@pytest.mark.parametrize(
    ("setting", "error", "words"),
    [
        ({"rate": 0.1}, ValueError, r"rate must be in \(0, head_rate = 0.1\)"),
        ({"rate": 0}, ValueError, "rate must be in"),
        ({"rate": float("nan")}, ValueError, "rate must be in"),
        ({"rate": "0.1"}, TypeError, "rate must be a number"),
        ({"head_rate": float("inf")}, ValueError, "head_rate must be finite"),
        ({"head_epochs": 0}, ValueError, "head_epochs must be >= 1, got 0"),
        ({"epochs": -1}, ValueError, "epochs must be >= 0, got -1"),
        ({"epochs": 1.5}, TypeError, "epochs must be an int, got 1.5"),
        ({"loss": None}, ValueError, "loss must be given"),
        ({"initial_epoch": 1}, TypeError, "initial_epoch"),
        ({"reused": 9}, ValueError, r"layers must be in \[0, 3\], got 9"),
    ],
)
def test_tuning_that_makes_no_sense(untouched, setting, error, words):
    good = {"head_epochs": 1, "epochs": 1, "head_rate": 0.1, "rate": 0.01}
    with pytest.raises(error, match=words):
        tl.fine_tune(untouched, X, Y, **good | {"loss": "mse"} | setting)
    assert all(part.trainable for part in untouched.layers)


# --- files -------------------------------------------------------------------------


def test_a_saved_model_goes_on_as_if_nothing_had_happened(tmp_path):
    model = trained()
    tl.save(model, tmp_path / "a.keras")
    again = tl.load(str(tmp_path / "a.keras"))
    losses = [m.fit(X, Y, shuffle=False, verbose=0).history for m in (model, again)]
    assert losses[0] == losses[1]
    assert [path.name for path in tmp_path.iterdir()] == ["a.keras"]


@pytest.mark.parametrize("left", [0, 100, 0.5, -30])
def test_a_file_cut_short_is_said_to_be(untouched, tmp_path, left):
    path = tmp_path / "a.keras"
    tl.save(untouched, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * left) if left == 0.5 else left])
    with pytest.raises(ValueError, match=r"must be a whole \.keras file, got 'a\.k"):
        tl.load(path)


def test_a_changed_byte_is_noticed(untouched, tmp_path):
    path = tmp_path / "a.keras"
    tl.save(untouched, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="must be a whole"):
        tl.load(path)


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.keras"
    tl.save(small(), path)
    old = path.read_bytes()

    def half(self, name):
        with open(name, "wb") as file:
            file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Sequential, "save", half)
    with pytest.raises(KeyboardInterrupt):
        tl.save(small(), path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["a.keras"]


def test_paths_that_are_none(tmp_path):
    for function in (lambda p: tl.save(small(), p), tl.load):
        with pytest.raises(ValueError, match=r"must end in \.keras, got 'a\.h5'"):
            function(tmp_path / "a.h5")
        with pytest.raises(FileNotFoundError, match="path must"):
            function(tmp_path / "no folder" / "a.keras")
