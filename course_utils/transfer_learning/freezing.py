"""Frozen layers: which ones learn, and whether the model knows it."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import keras
import numpy as np

from course_utils.transfer_learning.reuse import check_built

Chosen = int | Iterable[int | str | keras.layers.Layer] | None


def ignores_changes(model: keras.Model) -> bool:
    """Whether training would go on as if no layer had been frozen or unfrozen.

    The first `fit` (or `train_on_batch`) of a compiled model turns its training step
    into a graph, and the list of weights that learn goes into it. `layer.trainable`
    changes the layer, not that graph; `compile` throws it away. With
    `run_eagerly=True` there is no graph.

    Example:
        >>> model = keras.Sequential([keras.Input([3]), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> ignores_changes(model)
        False
        >>> _ = model.train_on_batch(np.ones((2, 3)), np.ones((2, 1)))
        >>> ignores_changes(model)
        True
    """
    traced = getattr(model, "train_function", None) is not None
    return bool(model.compiled and traced and not model.run_eagerly)


def freeze(
    model: keras.Model,
    layers: Chosen = None,
    *,
    recompile: bool = False,
    **compile: Any,
) -> keras.Model:
    r"""Hold layers: their weights no longer learn.

    A frozen `BatchNormalization` also normalizes with its moving averages, in training
    as well, and leaves them as they are.

    Args:
        model: a built model; it is changed.
        layers: which ones: the lowest so many (an int), or a list of layers, their
            names or positions in `model.layers`; None for all but the last one.
        recompile: whether the model may be compiled anew: the same loss and metrics,
            and a fresh optimizer with the same settings and no memory.
        **compile: arguments of `model.compile` that replace those of the model, such
            as `optimizer=`; any of them implies `recompile`.

    Returns:
        The model itself.

    Raises:
        TypeError, ValueError: `layers` does not name layers of the model.
        ValueError: the model would ignore the change (see `ignores_changes`), and was
            not to be recompiled. Then nothing has been changed.

    Example:
        >>> parts = [keras.layers.Dense(2), keras.layers.Dense(1)]
        >>> model = keras.Sequential([keras.Input([3]), *parts])
        >>> [layer.trainable for layer in freeze(model).layers]
        [False, True]
    """
    check_built(model)
    layers = len(model.layers) - 1 if layers is None else layers
    return _set(model, layers, False, recompile, compile)


def unfreeze(
    model: keras.Model,
    layers: Chosen = None,
    *,
    recompile: bool = False,
    **compile: Any,
) -> keras.Model:
    """Let layers learn again; as `freeze`, but None stands for all layers.

    Raises:
        TypeError, ValueError: as for `freeze`; also when the optimizer has prepared its
            memory for fewer weights, which Keras finds out in the next `fit`.

    Example:
        >>> parts = [keras.layers.Dense(2), keras.layers.Dense(1)]
        >>> model = freeze(keras.Sequential([keras.Input([3]), *parts]))
        >>> [layer.trainable for layer in unfreeze(model).layers]
        [True, True]
    """
    check_built(model)
    layers = len(model.layers) if layers is None else layers
    return _set(model, layers, True, recompile, compile)


def trainable_parameters(model: keras.Model) -> int:
    """How many numbers learn: those in the weights of layers that are not frozen."""
    check_built(model)
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def _set(
    model: keras.Model, layers: Any, value: bool, recompile: bool, compile: dict
) -> keras.Model:
    chosen = chosen_layers(model, layers)
    changes = any(_learning(layer) is not value for layer in chosen)
    anew = bool(recompile or compile)
    if changes and not anew and _would_be_ignored(model, value):
        word = "unfreeze" if value else "freeze"
        raise ValueError(
            "model must not have trained since it was compiled: its training step "
            f"would ignore the change; call {word}(..., recompile=True) or compile it "
            f"yourself; got {model.name!r}, whose step is ready made"
        )
    by_hand = {"optimizer", "loss"} <= {*compile} and not model.compiled
    settings = compile_settings(model) if anew and not by_hand else {}
    for layer in chosen:
        _let(layer, value)
    if anew:
        model.compile(**settings | compile)
    return model


def _let(layer: keras.layers.Layer, value: bool) -> None:
    """Freeze or unfreeze a layer and all that it holds.

    Keras' own setter does not always reach a layer frozen inside a nested model.
    """
    layer.trainable = value
    for part in getattr(layer, "layers", None) or []:
        _let(part, value)


def _learning(layer: keras.layers.Layer) -> bool | None:
    """Whether a layer learns; None if some of the layers inside it do and some do not.

    A frozen layer's own flag says nothing about what was frozen inside it.
    """
    inner = getattr(layer, "layers", None) or []
    states = {layer.trainable, *(_learning(part) for part in inner)}
    return states.pop() if len(states) == 1 else None


def _would_be_ignored(model: keras.Model, unfreezing: bool) -> bool:
    prepared = unfreezing and model.compiled and model.optimizer.built
    return ignores_changes(model) or prepared


def compile_settings(model: keras.Model) -> dict[str, Any]:
    """What to compile a model with, so that it trains as now from a fresh optimizer.

    Raises:
        ValueError: the model is not compiled.
    """
    if not model.compiled:
        raise ValueError(
            "model must be compiled, or be given optimizer= and loss=, "
            f"got {model.name!r}, which is not"
        )
    config = model.get_compile_config()
    settings = keras.saving.deserialize_keras_object(config)
    # Not the config's: saving a model as .h5 takes the optimizer out of it.
    return settings | {"optimizer": fresh(model.optimizer)}


def fresh(
    optimizer: keras.optimizers.Optimizer, **changes: Any
) -> keras.optimizers.Optimizer:
    """An optimizer with the same settings, but for `changes`, and no memory."""
    return type(optimizer).from_config(optimizer.get_config() | changes)


def chosen_layers(model: keras.Model, layers: Chosen) -> list[keras.layers.Layer]:
    """The layers of a model that an int, names, positions or layers stand for.

    Raises:
        TypeError: a bool, a single text or layer, or a list of something else.
        ValueError: there is no such layer in the model.
    """
    count, names = len(model.layers), [layer.name for layer in model.layers]
    if isinstance(layers, Integral) and not isinstance(layers, bool):
        if not 0 <= layers <= count:
            raise ValueError(f"layers must be in [0, {count}], got {layers}")
        return list(model.layers[:layers])
    if isinstance(layers, bool | str) or not isinstance(layers, Iterable):
        raise TypeError(f"layers must be an int or a list of layers, got {layers!r}")
    return [_one_layer(model, names, layer) for layer in layers]


def _one_layer(model: keras.Model, names: list[str], layer: Any) -> keras.layers.Layer:
    count = len(names)
    if isinstance(layer, str):
        if layer not in names:
            raise ValueError(f"layers must be among {names}, got {layer!r}")
        return model.layers[names.index(layer)]
    if isinstance(layer, Integral) and not isinstance(layer, bool):
        if not -count <= layer < count:
            raise ValueError(
                f"positions must be in [{-count}, {count - 1}], got {layer}"
            )
        return model.layers[layer]
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"layers must hold layers, names or ints, got {layer!r}")
    if not any(layer is own for own in model.layers):
        raise ValueError(f"layers must belong to the model, got {layer.name!r}")
    return layer
